"""What looks like a secret is replaced before it is written: telling names, known shapes, random words. Pure.

The journal redacts whatever it logs: the long patterns are texts, which `re` compiles (and remembers) only
where something hints at them.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence

from bisect_parity.login_secrets import login_words, redact_logins
from bisect_parity.program_secrets import redact_programs, secret_words

REDACTED = "REDACTED"
SHORTEST_LITERAL = 5
LONG_WORD = 40
WORD = 100
CHANGES_PER_CHARACTER = (
    0.25  # of random words the kinds of neighbours differ more often than in names and paths
)
_SECRET_NAME = re.compile(r"(?i)token|secret|key|passw|passphrase|pwd$|credential|private|auth\b|cookie")
_NAME = (  # the whole word
    r"(?=[\w-]*?(?:token(?!i[sz]|s\b)|secret|passw(?:or)?d|passphrase|credential|api[_-]?key|access[_-]?key"
    r"|account[_-]?key|private[_-]?key|cookie))[\w-]++"
)
_HINT = (  # begins with different letters, so that `re` looks closely at few places of a text
    r"token|secret|p(?:assw|assphrase|wd|rivate[_-]?key)|c(?:redential|ookie)|bearer"
    r"|a(?:pi[_-]?key|ccess[_-]?key|ccount[_-]?key|uthorization)|[?&;](?:sig|key|code|signature)=|x-(?:amz|goog)-"
    r"|[_-]p(?:ass|w)[=\s\\\"']"
)
_SMALL_HINT, _ANY_HINT = re.compile(_HINT), re.compile(f"(?i){_HINT}")
_VALUE = (
    rf"(?i)((?:(?<![\w-]){_NAME}\\*[\"']?\s*[=:]\s*)|(?:(?<![\w-])[\w-]*pwd[\"']?\s*[=:]\s*)"
    r"|(?:[?&;](?:sig|key|code|signature)=)|x-(?:amz|goog)-(?:signature|security-token|credential)="
    rf"|--{_NAME}\s+|authorization[\"']?\s*[=:]\s*[\"']?(?:\w+\s+)?|bearer\s+"
    r"|(?<![\w-])[\w-]*(?<!high[_-])(?<!low[_-])(?<!band[_-])(?<![^\W_])(?:pass|pw)(?:(?<=_pass)|(?<=-pass)|(?<=[_-]pw))"
    r"(?:=|(?<=-pass)\s+|(?<=-pw)\s+)(?![-+.\d]+(?:\s|$)))"
    r"(?:\\+\"[^\"]*\"|\"[^\"]*\"|'[^']*'|[^\s,;&\"']+)"
)
_KEY_BLOCK = (
    r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|\Z)"
)
_NETRC = re.compile(  # as `.netrc` has it, in one line or several; and as programs tell it
    r"(?im)(\b(?:login|account|machine|user(?:name)?)\s+\S+\s+passw(?:or)?d\s+"
    r"|^[ \t]*passw(?:or)?d[ \t]+(?=\S+[ \t]*$)"
    r"|\bpassw(?:or)?d\s+is:?\s+(?!(?:required|invalid|incorrect|wrong|not|too|missing|expired|empty|set)\b))\S+"
)
_ELEMENT = re.compile(rf"(?i)(<(?:[\w.-]+:)?{_NAME}[\w.-]*(?:\s[^<>]*)?>)[^<>]+(?=</)")
_SHAPES = (
    # of user and password, up to the last @ before the path; a password may hold a slash, a port may not; its
    # length is bounded, and nothing is tried twice: a line may hold a thousand "://"
    r"(?<=://)[^/\s:@]*:(?:[^/\s]+|(?!\d+/)[^\s@]{1,256}+)(?=@)|(?<=://)[\w-]{16,}+(?=@)"
    r"|(?<![A-Za-z0-9])(?:"
    r"AIza[\w-]{20,}|ya29\.[\w-]{16,}|GOCSPX-[\w-]{16,}|1//0[\w-]{32,}"  # Google
    r"|gh[pousr]_\w{20,}|github_pat_\w{20,}"
    r"|gl(?:pat|ptt|dt|rt|soat|cbt|ft|imt|agent|oas|ffct)-[\w.-]{16,}|GR1348941[\w-]{16,}"  # GitLab
    r"|(?:sk|rk|pk)[-_][\w-]{16,}|whsec_\w{16,}"  # OpenAI, Anthropic, Stripe
    r"|gsk_\w{20,}|r8_\w{20,}|xai-\w{20,}|pplx-\w{20,}|nvapi-[\w-]{20,}"  # further models
    r"|xox[abeoprs][-.][\w.-]{8,}|xapp-[\w-]{8,}"  # Slack
    r"|A(?:KIA|SIA|BIA|CCA)[A-Z0-9]{16}"  # AWS
    r"|\w{3}[78]Q~[\w.~-]{24,}|\w{60,}AZDO\w{4}"  # Azure
    r"|(?:hf|api_org|npm)_\w{20,}|pypi-[\w-]{20,}|rubygems_[0-9a-f]{20,}|dckr_[po]at_[\w-]{16,}"  # registries
    r"|oy2[a-z0-9]{43}|AKCp[A-Za-z0-9]{40,}|cmVmdGtu[\w-]{32,}"
    r"|(?:ops_)?eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]+)?|ops_eyJ[\w-]{32,}"  # JSON web tokens, 1Password
    r"|SG\.[\w-]{16,}\.[\w-]{16,}|key-[0-9a-f]{32}|(?:SK|AC)[0-9a-f]{32}|[0-9a-f]{32}-us\d{1,2}"  # mail
    r"|do[opr]_v1_[0-9a-f]{32,}|shp(?:at|ss|ca|pa)_[0-9a-fA-F]{16,}|dapi[0-9a-f]{32}(?:-\d)?"
    r"|HRKU-[\w-]{32,}|fo1_[\w-]{32,}|FlyV1 [\w+/=,.-]{16,}|vc[pkari]_\w{24,}|nfp_\w{32,}"  # hosting
    r"|sbp_[0-9a-f]{40}|pscale_(?:tkn|pw|oauth)_[\w.-]{24,}|napi_\w{32,}|v1\.0-[0-9a-f]{24}-[0-9a-f]{32,}"
    r"|dp\.(?:pt|st|ct|sa)\.[\w-]{16,}|lin_api_\w{16,}|sq0(?:atp|csp|idp)-[\w-]{16,}"
    r"|\d{8,10}:AA[\w-]{32,}|hv[sbr]\.[\w-]{16,}|\w{14}\.atlasv1\.[\w-]{16,}|pul-[0-9a-f]{40}"
    r"|PMAK-[\w-]{16,}|NRAK-\w{16,}|gl(?:c|sa)_[\w+/=-]{16,}|sntry[su]_[\w+/=-]{16,}|snyk_\w{3}\.[\w.]{24,}"
    r"|AGE-SECRET-KEY-1[A-Z0-9]{16,}|tskey-[\w-]{12,}|figd_[\w-]{16,}|(?:ntn|secret)_\w{32,}"
    r"|AT(?:ATT3|BB)\w{16,}|CCIPAT_\w{16,}|bkua_[0-9a-f]{32,}|sl\.[\w-]{32,}"
    r"|wandb_v\d_\w{32,}|KGAT_[0-9a-f]{32}|pn[ub]_[a-z0-9]{32,}|aio_\w{28}|EAA[A-Za-z0-9]{56,}"
    r")"
    r"|(?<=hooks\.slack\.com/services/)[\w/-]{16,}|(?<=hooks\.slack\.com/workflows/)[\w/-]{16,}"
    r"|(?<=/api/webhooks/)\d+/[\w-]{16,}|(?<=/webhookb2/)[\w@/-]{16,}"
)
_OWN_SECRET = re.compile(  # narrower than `is_secret_name`: what is found under it is replaced everywhere
    r"(?i)(?:(?:^|(?<!high)(?<!low)(?<!band)(?<!all)[/_-])(?:pass|pw)|(?:ssh|store|key)pass|-pass(?:in|out))$|token(?!i[sz]|s\b)|secret|passw|passphrase|pwd$|credential|cookie|webhook|_pat$|(?<!\w)auth$|_auth$|_key$"
    r"|(?:api|access|private|account|encryption|signing|licen[cs]e|ssh)[_-]?key|authorization"
)
_PLAIN_VALUE = re.compile(r"(?i)[-+.\d\s,:xe]*|true|false|none|null|always|never|default|auto|/.*")
_PUBLIC = (
    r"(?:CUDA|CUDNN|CUBLAS(?:LT)?|NCCL|OMP|MKL|KMP|NB|TORCH|TORCHINDUCTOR|TRITON|NUMEXPR|OPENBLAS|GOTO|GOMP|PYTORCH"
    r"|NVIDIA|XLA|JAX|TF|ROCM|HIP|HSA|MIOPEN|SYCL|ZE|KOKKOS|ACC|RAYON|JULIA|MPI|OMPI|I_MPI|UCX|SLURM_JOB|ATEN|ONEDNN"
    r"|DNNL|BLIS|VECLIB)_[A-Z0-9_]+|DEVICE|DTYPE|STAMP|LANG|LC_ALL|TZ|PYTHONHASHSEED|PYTHONDONTWRITEBYTECODE"
    r"|CONDA_DEFAULT_ENV|LOADEDMODULES|HOST(?:NAME)?|HOSTTYPE|OSTYPE|MACHTYPE|CC|CXX|CFLAGS|CXXFLAGS|FC|FFLAGS|LDFLAGS"
)
_SWITCH = re.compile(  # so short or so common that nobody would keep it secret
    r"(?i)[-+]?\d{1,4}(?:\.\d{1,4})?|true|false|on|off|yes|no|none|null|auto|default|always|never|enabled?|disabled?"
    r"|lowest|low|medium|high|highest|strict|(?:b?float|u?int|complex|fp|bf|tf)\d{1,3}|half|single|double|cpu|gpu|mps"
    r"|cuda(?::\d{1,2})?"
)
_OF_THE_SHELL = re.compile(
    r"_|PWD|OLDPWD|SHLVL|TERM\w*|COLUMNS|LINES|PS\d|LS_COLORS|SSH_\w+|GIT_\w+|BISECT_PARITY_\w+|PYTHON(?:DONTWRITE"
    r"BYTECODE|HASHSEED)|VIRTUAL_ENV\w*|DBUS_\w+|DISPLAY|WAYLAND_\w+|COLORTERM|EDITOR|PAGER"
    r"|LESS\w*|LOGNAME|MAIL|HIST\w+|INVOCATION_ID|JOURNAL_STREAM"
)
_OF_THE_DESKTOP = re.compile(r"XDG_\w+|WINDOWID|VTE_\w+|KDE_\w+|GNOME_\w+|\w*_?P?PID|PIN|\w*_PIN|TMUX\w*|STY")
_MARKS = sorted(  # one of them is in every text that `_SHAPES` finds something in
    word
    for line in (
        "AIza ya29. GOCSPX 1//0 ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat glptt gldt glrt glsoat glcbt glft",
        "glimt glagent gloas glffct glc_ glsa_ GR1348941 sk- sk_ rk- rk_ pk- pk_ whsec gsk_ r8_ xai- pplx-",
        "nvapi- xox xapp AKIA ASIA ABIA ACCA 7Q~ 8Q~ AZDO hf_ api_org_ npm_ pypi- rubygems_ dckr_ oy2 AKCp",
        "cmVmdGtu eyJ SG. key- SK AC -us _v1_ shp dapi HRKU fo1_ FlyV1 vcp_ vck_ vca_ vcr_ vci_ nfp_ sbp_",
        "pscale_ napi_ v1.0- dp. lin_api sq0 :AA hvs. hvb. hvr. atlasv1 pul- PMAK NRAK sntry snyk_ AGE-",
        "tskey figd_ ntn_ secret_ ATATT3 ATBB CCIPAT bkua_ sl. wandb_v KGAT_ pnu_ pnb_ aio_ EAA ://",
        "/services/ /workflows/ /webhooks/ /webhookb2/",
    )
    for word in line.split()
)
_MARK = re.compile(  # grouped by their first letters, as `_HINT` is
    "|".join(
        f"{first}(?:{'|'.join(re.escape(word[1:]) for word in words)})"
        for first, words in itertools.groupby(_MARKS, key=lambda word: re.escape(word[0]))
    )
)
_USER_OPTIONS = ("-u", "--user", "--proxy-user")
_USER = re.compile(r"((?:^|\s)(?:-u|--user|--proxy-user)[\s=]+[\"']?[^\s:\"']+:)(?!\d+(?:\s|$))[^\s\"']+")
_LONG_OPTION = re.compile(r"--?[A-Za-z][\w-]+")
# what has underscores, or letters only, is rather the name of a test or of a registry
_SERVICE_KEY = re.compile(r"(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z\d]{20,}")
_SHELL_TEXT = re.compile(r"-[a-z]*c")
_SHELL_WORD = re.compile(r"(?:\"[^\"]*\"|'[^']*'|[^\s;|&\"'])+|[;|&\n]")
_SETS = frozenset({"set", "put", "modify", "config", "configure"})
_HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")
_SYLLABLE = re.compile(r"[a-z]{7}")
_MIXED_WORD = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{20,}={0,2}")
_PLAIN_WORD = re.compile(r"(?<![\w/+=-])[a-z0-9]{24,}(?![\w/+=-])|(?<![\w/+=-])[A-Z0-9]{24,}(?![\w/+=-])")


@functools.lru_cache(maxsize=4096)
def is_public_variable(name: str) -> bool:
    """Whether the value of an environment variable may be kept: an allow-list, and nothing like a secret."""
    return re.fullmatch(_PUBLIC, name) is not None and not is_secret_name(name)


def is_public_setting(name: str, value: object) -> bool:
    """Whether a variable may be kept with its value: by its name, or because the value is a switch.

    A number of four digits, `true`, `float32` or `auto` is no secret under a name that tells of none.
    """
    if is_public_variable(name):
        return True
    is_other = is_of_the_shell(name) or _OF_THE_DESKTOP.fullmatch(name) is not None or is_secret_name(name)
    return not is_other and _SWITCH.fullmatch(str(value).strip()) is not None


@functools.lru_cache(maxsize=4096)
def is_of_the_shell(name: str) -> bool:
    """Whether a variable is one of the shell, the terminal or the session, which no program computes with."""
    return _OF_THE_SHELL.fullmatch(name) is not None


@functools.lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether the value of a variable, option or parameter of this name may be a secret.

    Wider than what readers leave out: of command lines, which cannot be left out, values are replaced.
    """
    return _SECRET_NAME.search(name) is not None


def redact(text: str) -> str:
    """`text` with what looks like a secret replaced: values of telling names, and known shapes of tokens."""
    return _redacted_word(text) if len(text) <= WORD else _redacted(text)


@functools.lru_cache(maxsize=8192)  # a thousand runs write the same words
def _redacted_word(text: str) -> str:
    return _redacted(text)


def _redacted(text: str) -> str:
    hint = _SMALL_HINT.search(text.lower()) if text.isascii() else _ANY_HINT.search(text)
    if hint is not None:  # most lines have none, and are searched at once
        text = re.sub(_VALUE, rf"\1{REDACTED}", text)
        text = _ELEMENT.sub(rf"\1{REDACTED}", _NETRC.sub(rf"\1{REDACTED}", text))
    if "PRIVATE KEY" in text:
        text = re.sub(_KEY_BLOCK, REDACTED, text)
    if "-u" in text:
        text = _USER.sub(rf"\1{REDACTED}", text)
    if _MARK.search(text) is not None:
        text = re.sub(_SHAPES, REDACTED, text)
    return redact_logins(redact_programs(text, REDACTED), REDACTED)


class Redactor:
    """Redacts what a run leaves behind: besides what `redact` knows, its own secrets and random words.

    Its own secrets are the values of variables and options with telling names, and whatever else in them has
    the shape of a token; they are replaced wherever they stand, in its output, too.
    """

    def __init__(self, environment: Mapping[str, str], argv: Sequence[str]) -> None:
        found = {value for name, value in environment.items() if _OWN_SECRET.search(name)}
        for call in (argv, *_calls_within(argv)):
            places = itertools.chain(secret_words(call), login_words(call))
            found |= set(_option_values(call)) | {secret for _, _, secret in places}
        lines = {line.strip() for value in found for line in value.splitlines()}
        self._literals = sorted(
            (line for line in lines if len(line) >= SHORTEST_LITERAL and not _PLAIN_VALUE.fullmatch(line)),
            key=len,
            reverse=True,
        )

    def text(self, text: str) -> str:
        """`text` without secrets."""
        for literal in self._literals:
            text = text.replace(literal, REDACTED)
        text = redact(text)
        text = _MIXED_WORD.sub(_unless_plain, text)
        return _PLAIN_WORD.sub(_unless_plain, text)

    def words(self, argv: Sequence[str]) -> list[str]:
        """A command line without secrets: each word by itself, and the value after an option that tells."""
        shown = [self.text(word) for word in argv]
        for index, (option, value) in enumerate(itertools.pairwise(argv), 1):
            if (option in _USER_OPTIONS or _LONG_OPTION.fullmatch(option)) and not value.startswith("-"):
                shown[index] = redact(f"{option} {shown[index]}").removeprefix(f"{option} ")
        for index in _value_places(argv):
            shown[index] = REDACTED
        for index, begin, _ in itertools.chain(secret_words(argv), login_words(argv)):
            shown[index] = f"{argv[index][:begin]}{REDACTED}"
        return shown


def _calls_within(argv: Sequence[str]) -> Iterator[list[str]]:
    """The commands in what a shell is given to run: `sh -c 'vault kv put a b=c; run'`."""
    for option, text in itertools.pairwise(argv):
        if _SHELL_TEXT.fullmatch(option) and " " in text:
            words: list[str] = []
            for word in (*_SHELL_WORD.findall(text), ";"):
                if word in ";|&\n":
                    yield words
                    words = []
                else:
                    words.append(word.replace('"', "").replace("'", ""))


def _option_values(argv: Sequence[str]) -> list[str]:
    pairs = (word.partition("=") for word in argv)
    joined = [value for name, _, value in pairs if value and _OWN_SECRET.search(name)]
    return joined + [argv[index] for index in _value_places(argv)]


def _value_places(argv: Sequence[str]) -> list[int]:
    """Where in a command line the value of an option like `--password` stands as a word of its own.

    So it does after `set NAME`, `config NAME` and the like, and a key of a service after `login`.
    """
    verb = next((at for at, word in enumerate(argv) if at and word in _SETS), len(argv))
    return [
        index
        for index, (option, value) in enumerate(itertools.pairwise(argv), 1)
        if (option == "login" and _SERVICE_KEY.fullmatch(value))
        or (
            (option.startswith("-") or verb < index - 1)
            and "=" not in option
            and not value.startswith("-")
            and _OWN_SECRET.search(option)
            and not _PLAIN_VALUE.fullmatch(value)
        )
    ]


def _unless_plain(match: re.Match[str]) -> str:
    return REDACTED if _is_random(match[0]) else match[0]


def _is_random(word: str) -> bool:
    """Whether a word looks drawn at random: capitals, small letters and digits in turn, and no hex digest.

    A capital before a small letter begins a word of a name in camel case, and is no change.
    """
    is_long = len(word) >= LONG_WORD and word.isalnum()  # seven letters in a row may be chance there
    if _HEX.fullmatch(word) or (not is_long and _SYLLABLE.search(word)):
        return False
    kinds = [("A" if c.isupper() else "a" if c.isalpha() else "0") for c in word if c.isalnum()]
    separators = len(word) - len(kinds)
    has_all = {"A", "a", "0"} <= set(kinds)
    if (not has_all and separators) or separators * 8 > len(word) or len(set(kinds)) < 2:
        return False
    changes = sum(one != other and one + other != "Aa" for one, other in itertools.pairwise(kinds))
    return changes >= CHANGES_PER_CHARACTER * len(kinds)
