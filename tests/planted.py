"""Secrets of thirty kinds, made up for the tests, each in a line that holds it."""

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
