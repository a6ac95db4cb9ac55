"""Secrets of logins to programs that nobody knows: `-u me -p S`, `--auth me:S`, `me:S@host`. Pure."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence

from bisect_parity.program_secrets import is_started

SHORTEST = 6
SHORTEST_KEY = 8
KINDS = 2  # of small letters, capitals and digits, and a sign: a word of so many is no name of a thing
_VALUE = r"\"[^\"]*\"|'[^']*'|[^\s\"']+"
_PLAIN = re.compile(r"[-+.\d:x*/,]*|[a-z_-]+|(?:oauth|sha|v)\d+|true|false|none|null")
_FILE = re.compile(r"[\w-]{3,}\.[a-z]{2,4}")
_SCHEMES = r"(?:mailto|sips?|acct|xmpp|npm|pkg|docker|oci|git|svn|file|ssh|jdbc|https?|s?ftp)"
# USER:PASSWORD@HOST without a scheme; "model:v2@main" and "image:tag@sha256:..." name no host
_ADDRESS = re.compile(
    rf"(?<![\w/:.@+-])(?!{_SCHEMES}:)([A-Za-z_][\w.+-]*:)(?!\d+@)([^\s:/@\"']+)"
    r"(?=@(?:localhost\b|\[?\d{1,3}(?:\.\d{1,3}){3}|(?:[\w-]+\.)+[A-Za-z]{2,}|(?!sha\d)[A-Za-z][\w-]*[:/]\S|\w+\())"
)
# --auth USER:PASSWORD
_PAIR = re.compile(
    r"((?:^|(?<=\s))--?(?:[\w-]+-)?(?:login|auth|creds?|credentials|user-?pass(?:word)?|account)[\s=]+[\"']?"
    r"[^\s:\"'/]+:)(?!\d+(?:[\s\"']|$)|//)[^\s\"']+"
)
# --auth PASSWORD
_TELLING = re.compile(
    r"((?:^|(?<=\s))--?(?:[\w-]+-)?(?:auth|pwd|pass-?code|pass-?phrase|jwt|bearer|sas|creds?|user-?pass|key)"
    rf"[\s=]+)(?!-)({_VALUE})"
)
_NUMBER = re.compile(r"((?:^|(?<=\s))--?(?:[\w-]+-)?(?:pin|otp|pass-?code)[\s=]+[\"']?)\d{4,}(?=[\s\"']|$)")
_HINT = re.compile(r"@|--|\s-[pP]|-(?:auth|pwd|key)|sql(?:plus|ldr)|expdp|impdp|rman")
_KEY = re.compile(r"key[\s=]+$")
_PASSWORD = re.compile(rf"((?:^|(?<=\s))-[pP](?:\s+|=)?)({_VALUE})")
_USER = re.compile(r"(?:^|\s)(?:-[uUl]|--user(?:name)?|--login)(?:\s+|=)[\"']?[A-Za-z_][\w@-]*[\"']?(?=\s|$)")
_OTHER_USER = re.compile(  # whose -u is a user, and whose -p, or that of what they run, is something else
    r"(?:^|[\s/])(?:squeue|s(?:acct|run|batch|alloc|info|cancel|trigger)|sacctmgr|sudo|su|runuser|ssh|scp|ps|pgrep"
    r"|pkill|lsof|crontab|docker|podman|python[\d.]*|nice|mpirun|qstat|qsub|find|ls|mkdir|cp|tar)(?=\s)"
)
# NAME/PASSWORD@DATABASE of Oracle's programs; the first such word of a call
_ORACLE = ("sqlplus", "sqlldr", "expdp", "impdp", "rman")
_ORACLE_LOGIN = re.compile(r"(?:userid=)?[\"']?[A-Za-z_]\w*/(?!/)([^\s/@\"']+)(?:@[^\"']*)?[\"']?")
_ORACLE_CALL = re.compile(
    rf"((?:^|(?<=[\n;|&$/])|(?<=[\n;|&$] )|(?<=sudo )|(?<=nohup ))(?:{'|'.join(_ORACLE)})\s"
    r"(?:[^\n;|&]{0,200}?\s)?(?:userid=)?[\"']?[A-Za-z_]\w*/)(?!/)[^\s/@\"']+(?=[@\s\"']|$)"
)
_SIGN = re.compile(r"[!#$%^&]")
_CALL = re.compile(r"(?:\"[^\"\n]*\"|'[^'\n]*'|[^\n;|&])+")


def login_words(argv: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """The passwords in a command line that stand after `-p`, `-P` or `NAME/`, by what else is there.

    Yields:
        the index of a word, where in the word the secret begins, and the secret.
    """
    has_user = _has_user(" ".join(argv))
    oracle = next((at for at, word in enumerate(argv) if word.rpartition("/")[2] in _ORACLE), len(argv))
    oracle = oracle if is_started(argv, oracle) else len(argv)
    logins = ((at, _ORACLE_LOGIN.fullmatch(argv[at])) for at in range(oracle + 1, len(argv)))
    if found := next(((at, match) for at, match in logins if match), None):
        yield found[0], found[1].start(1), found[1][1]
    for index, word in enumerate(argv):
        if word[:2] not in ("-p", "-P"):
            continue
        if len(word) > 2 and _is_password(word[2:].removeprefix("="), has_user=has_user):
            begin = 3 if word[2] == "=" else 2
            yield index, begin, word[begin:]
        value = argv[index + 1] if len(word) == 2 and index + 1 < len(argv) else "-"
        if not value.startswith("-") and _is_password(value, has_user=has_user):
            yield index + 1, 0, value


def redact_logins(text: str, replacement: str) -> str:
    """A text in which passwords of logins, as command lines have them, are replaced."""
    if _HINT.search(text) is None:
        return text
    if "@" in text:
        text = _ADDRESS.sub(rf"\1{replacement}", text)
    if "/" in text:
        text = _ORACLE_CALL.sub(rf"\1{replacement}", text)
    if "-" in text:
        text = _NUMBER.sub(rf"\1{replacement}", _PAIR.sub(rf"\1{replacement}", text))
        text = _TELLING.sub(functools.partial(_unless_plain, replacement), text)
    if " -p" in text or " -P" in text:
        text = _CALL.sub(functools.partial(_of_call, replacement), text)
    return text


def _unless_plain(replacement: str, match: re.Match[str]) -> str:
    value = match[2].strip("\"'")
    is_word = len(value) < SHORTEST_KEY or not value.isalnum() or not any(map(str.isdigit, value))
    is_name = is_word and _KEY.search(match[1]) is not None  # --sort-key name1
    return match[0] if is_name or _PLAIN.fullmatch(value) else f"{match[1]}{replacement}"


def _of_call(replacement: str, call: re.Match[str]) -> str:
    has_user = _has_user(call[0])

    def hide(match: re.Match[str]) -> str:
        is_secret = _is_password(match[2].strip("\"'"), has_user=has_user)
        return f"{match[1]}{replacement}" if is_secret else match[0]

    return _PASSWORD.sub(hide, call[0])


def _has_user(line: str) -> bool:
    """Whether a user logs in: there is a name, and no program that only looks for users, or runs as one."""
    return _USER.search(line) is not None and _OTHER_USER.search(line) is None


def _is_password(value: str, *, has_user: bool) -> bool:
    """Whether the value of `-p` is one: beside a user whatever is not plain, else a word of many kinds."""
    if "/" in value or _PLAIN.fullmatch(value):
        return has_user and value.isalpha() and len(value) >= SHORTEST
    if has_user:
        return "=" not in value and _FILE.fullmatch(value) is None
    kinds = (any(map(str.islower, value)), any(map(str.isupper, value)), any(map(str.isdigit, value)))
    return len(value) >= SHORTEST and sum(kinds) >= KINDS and _SIGN.search(value) is not None
