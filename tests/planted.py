"""Secrets of some sixty kinds, made up for the tests, each in a line that holds it."""

from __future__ import annotations

__all__ = ["PLANTED"]

_BASE64 = "qZ3vB8nK1mX7cR5tY2uW9eL4pS6dF0gHjA"
_LOWER = "q7z3v8b1n5k2m9x4c6r0t"
_HEX = "9f86d081884c7d659a2feaa0c55ad015"


def _joined(*parts: str) -> str:
    """A token, put together only here: no scanner of repositories may take a made-up one for a real one."""
    return "".join(parts)


# kind -> (the secret, a line that holds it)
PLANTED: dict[str, tuple[str, str]] = {
    name: (secret, line.format(secret))
    for name, (secret, line) in {
        "AWS access key": (_joined("AKIA", "Q7Z3V8B1N5K2M9X4"), "aws s3 ls --profile {}"),
        "AWS secret key": (_joined("wJalrXUtnFEMI/K7MDENG/", "bPxRfiCYzQ8RvT2uWk"), "upload {} bucket"),
        "GitHub token": (_joined("ghp_", _BASE64), "clone with {}"),
        "GitHub fine-grained token": (_joined("github_pat_11", _BASE64), "push {}"),
        "GitLab token": (_joined("glpat-", _LOWER), "fetch {}"),
        "mysql -p": (_LOWER[:9], "mysql -u root -p{} db"),
        "sshpass -p": (_LOWER[:9], "sshpass -p {} ssh host"),
        "zip -P": (_LOWER[:9], "unzip -P {} data.zip"),
        "docker login -p": (_LOWER[:9], "docker login -u me -p {}"),
        "redis-cli -a": (_LOWER[:9], "redis-cli -h db -a {} ping"),
        "curl cookie": (_LOWER, "curl -b sid={} https://e.org"),
        "curl -uUSER:": (_LOWER[:9], "curl -ume:{} https://e.org"),
        "--pass": (_LOWER[:9], "tool --pass {} run"),
        "--pw=": (_LOWER[:9], "tool --pw={} run"),
        "DB_PASS=": (_LOWER[:9], "DB_PASS={} ./run"),
        "netrc": (_LOWER[:9], "echo 'machine e.org login me password {}'"),
        "an element": (_LOWER[:9], "<password>{}</password>"),
        "a sentence": (_LOWER[:9], "echo 'your password is {}'"),
        "escaped JSON": (_LOWER[:9], r"""'{{\"password\": \"{}\"}}'"""),
        "a presigned address": (_HEX * 2, "GET /a?X-Amz-Signature={}"),
        "Slack token": (_joined("xoxb-", "123456789012-abcdefGHIJKL"), "notify {} done"),
        "Slack webhook": (
            _joined("T0A1B2C3D/B4E5F6G7H/", _LOWER),
            "curl https://hooks.slack.com/services/{}",
        ),
        "Discord webhook": (
            _joined("112233445566778899/", _BASE64),
            "curl https://discord.com/api/webhooks/{}",
        ),
        "Stripe key": (_joined("sk_live_", _BASE64), "bill {}"),
        "OpenAI key": (_joined("sk-proj-", _BASE64), "label {}"),
        "Anthropic key": (_joined("sk-ant-api03-", _BASE64), "label {}"),
        "Google API key": (_joined("AIza", "Sy", _BASE64[:33]), "map {}"),
        "Google OAuth token": (_joined("ya29.", _BASE64), "drive {}"),
        "Hugging Face token": (_joined("hf_", _BASE64), "download {}"),
        "npm token": (_joined("npm_", _BASE64), "publish {}"),
        "PyPI token": (_joined("pypi-AgEIcHlwaS5vcmc", _BASE64), "twine {}"),
        "Docker token": (_joined("dckr_pat_", _BASE64[:27]), "login {}"),
        "JSON web token": (_joined("eyJhbGciOiJIUzI1NiJ9.", "eyJzdWIiOiIxIn0.", _BASE64), "call {}"),
        "SendGrid key": (_joined("SG.", _BASE64[:22], ".", _BASE64), "mail {}"),
        "Mailgun key": (_joined("key-", _HEX), "mail {}"),
        "Twilio key": (_joined("SK", _HEX), "sms {}"),
        "DigitalOcean token": (_joined("dop_v1_", _HEX, _HEX), "droplet {}"),
        "Shopify token": (_joined("shpat_", _HEX), "shop {}"),
        "Databricks token": (_joined("dapi", _HEX), "spark {}"),
        "Telegram bot token": (_joined("123456789:AA", _BASE64[:33]), "tell {}"),
        "HashiCorp Vault token": (_joined("hvs.", _BASE64), "vault {}"),
        "New Relic key": (_joined("NRAK-", "Q7Z3V8B1N5K2M9X4C6R0T"), "trace {}"),
        "Grafana token": (_joined("glsa_", _BASE64, "_1a2b3c4d"), "plot {}"),
        "age secret key": (_joined("AGE-SECRET-KEY-1", "QZ3VB8NK1MX7CR5TY2UW9EL4PS6DF0GH"), "age {}"),
        "GitLab runner token": (_joined("GR1348941", _LOWER), "register {}"),
        "GitLab routable token": (_joined("glpat-", _BASE64[:27], ".01.", "0z1x2c3v4"), "fetch {}"),
        "Slack configuration token": (_joined("xoxe.xoxp-1-", _BASE64), "notify {}"),
        "Slack workflow": (
            _joined("T0A1B2C3D/A4E5F6G7H/445566778899/", _BASE64[:24]),
            "curl https://hooks.slack.com/workflows/{}",
        ),
        "Azure client secret": (_joined("aES8", "Q~", _BASE64), "az login {}"),
        "Azure DevOps token": (_joined(_BASE64 * 2, "1a2b3c4d", "AZDO", "x7Yq"), "az devops {}"),
        "Google refresh token": (_joined("1//0", _BASE64), "drive {}"),
        "Hugging Face organisation token": (_joined("api_org_", _BASE64), "download {}"),
        "Groq key": (_joined("gsk_", _BASE64), "label {}"),
        "Replicate token": (_joined("r8_", _BASE64), "label {}"),
        "NVIDIA key": (_joined("nvapi-", _BASE64), "label {}"),
        "NuGet key": (_joined("oy2", _LOWER * 2, "a"), "dotnet {}"),
        "Docker organisation token": (_joined("dckr_oat_", _BASE64[:32]), "login {}"),
        "Artifactory key": (_joined("AKCp", _BASE64, _BASE64[:12]), "upload {}"),
        "Mailchimp key": (_joined(_HEX, "-us12"), "mail {}"),
        "Heroku key": (_joined("HRKU-", _BASE64), "deploy {}"),
        "Netlify token": (_joined("nfp_", _BASE64), "deploy {}"),
        "Supabase token": (_joined("sbp_", _HEX, "0badcafe"), "deploy {}"),
        "PlanetScale password": (_joined("pscale_pw_", _BASE64), "connect {}"),
        "1Password token": (_joined("ops_eyJ", _BASE64), "op {}"),
        "Snyk token": (_joined("snyk_uat.", "0badcafe.", _BASE64), "scan {}"),
        "Pulumi token": (_joined("pul-", _HEX, "0badcafe"), "up {}"),
        "Bitbucket token": (_joined("ATBB", _BASE64), "push {}"),
        "Weights & Biases key": (_joined("wandb_v1_", _BASE64), "log {}"),
        "Kaggle token": (_joined("KGAT_", _HEX), "download {}"),
        "Facebook token": (_joined("EAA", _BASE64, _BASE64), "post {}"),
        "private key": (
            _BASE64,
            "echo '-----BEGIN OPENSSH PRIVATE KEY-----\\n{}\\n-----END OPENSSH PRIVATE KEY-----'",
        ),
        "password with an at sign": ("p@ss-hunter2", "psql postgres://lab:{}@db.example.org/runs"),
        "password with a slash": ("ab/hunter2", "psql postgres://lab:{}@db.example.org/runs"),
        "password without a user": ("hunter2horse", "redis-cli -u redis://:{}@cache.example.org:6379/0"),
        "password of a connection string": ("hunter2horse", "sqlcmd Server=db;Uid=lab;Pwd={};Database=x"),
        "vault header": (_joined("s.", _LOWER), "curl -H 'X-Vault-Token: {}' https://example.org"),
        "password in a URL": ("hunter2horse", "psql postgres://lab:{}@db.example.org/runs"),
        "token in a URL": (_LOWER, "git clone https://{}@example.org/r.git"),
        "password option": ("hunter2-horse", "login --db-password {} --size 4096"),
        "password variable": ("hunter2-horse", "PGPASSWORD={} psql"),
        "credentials of curl": ("hunter2horse", "curl -u lab:{} https://example.org"),
        "bearer header": ("abcdef0123456789abcdef", "curl -H 'Authorization: Bearer {}' https://example.org"),
        "basic header": ("bGFiOmh1bnRlcjI=", "curl -H 'Authorization: Basic {}' https://example.org"),
        "API key header": (_HEX, "curl -H 'X-Api-Key: {}' https://example.org"),
        "cookie": ("8a7b6c5d4e", "curl --cookie session={} https://example.org"),
        "signature in a query": ("Zm9vYmFyYmF6cXV4", "azcopy https://x.example.org/c?sv=2024&sig={}"),
        "storage account key": (_BASE64 + "==", "az AccountName=x;AccountKey={};Suffix=y"),
        "hexadecimal key option": (_HEX, "wandb login --api-key {}"),
        "random word": (_BASE64, "token-less {} here"),
    }.items()
}
