"""Secrets in calls of programs that are about secrets, and behind options of one letter. Pure.

A call is about secrets by the name of its program, such as `ssh-keygen`, or by what it is asked to do, such
as `create secret`: then the values of all its options are hidden, and the last word of such a program. The
options of one letter mean a secret to some programs only, which are listed.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple


class _Options(NamedTuple):
    """The letters of a program's options whose value is a secret.

    Attributes:
        joined: the value follows at once, as in `-psecret`.
        apart: it is the next word.
        verb: a word without which they mean something else; may be empty.
    """

    joined: str = ""
    apart: str = ""
    verb: str = ""


_MYSQL = _Options(joined="p")
_BOTH_P, _BOTH_CAPITAL = _Options("p", "p"), _Options("P", "P")
_LOGIN = _Options("p", "p", verb="login")
_OPTIONS: dict[str, _Options] = {
    **dict.fromkeys(
        ("mysql", "mysqldump", "mysqladmin", "mysqlimport", "mysqlshow", "mysqlcheck", "mysqlpump", "mycli"),
        _MYSQL,
    ),
    **dict.fromkeys(("mariadb", "mariadb-dump", "mariadb-admin", "mariadb-import"), _MYSQL),
    **dict.fromkeys(
        ("sshpass", "mongo", "mongosh", "mongodump", "mongorestore", "mongoimport", "mongoexport"), _BOTH_P
    ),
    **dict.fromkeys(
        ("zip", "unzip", "sqlcmd", "bcp", "mosquitto_pub", "mosquitto_sub", "ipmitool"), _BOTH_CAPITAL
    ),
    **dict.fromkeys(("docker", "podman", "buildah", "skopeo", "helm", "nerdctl", "oras"), _LOGIN),
    **dict.fromkeys(("ldapsearch", "ldapadd", "ldapmodify", "ldapdelete", "ldappasswd"), _Options("w", "w")),
    **dict.fromkeys(("7z", "7za", "7zr", "7zz"), _MYSQL),
    "redis-cli": _Options("a", "a"),
    "twine": _BOTH_P,
    "smbclient": _Options("U", "U"),
    **dict.fromkeys(("http", "https", "xh", "xhs"), _Options("a", "a")),
    "openssl": _Options("", "kK"),
    "curl": _Options("bUu", "bU"),
    "lftp": _Options("u", "u"),
    **dict.fromkeys(("snmpwalk", "snmpget", "snmpset", "snmpbulkwalk"), _Options("cAX", "cAX")),
}
_ABOUT_PROGRAM = re.compile(r"(?:[\w.-]*-)?(?:\w*passwd|keygen|vault|keyring|secret-tool)|(?:go|l)?pass|sops")
_ABOUT_VERB = re.compile(r"secrets?|secretsmanager|set-credentials|passwd|put-parameter|config:set")
_ABOUT_HINT = re.compile(r"passwd|keygen|vault|keyring|secret|set-credentials")
_STARTER = re.compile(r"sudo|env|nohup|time|exec|\w+=.*|[$+>#%]")  # or a prompt
_STARTS = 4  # of a line
_ANY_CALL = re.compile(r"(?:\"[^\"\n]*\"|'[^'\n]*'|[^\n;|&])++")
_WORD = re.compile(r"(?:\"[^\"]*\"|'[^']*'|[^\s\"'])+")
_HINT = re.compile(
    "passwd|keygen|vault|keyring|secret|set-credentials|snmp|mysql|mycli|mariadb|sshpass|mongo|zip|sqlcmd|bcp|mosquitto|ipmi|login|ldap|7z|redis-cli|smb|curl|lftp|http|xh|openssl"
)
_PLAIN = re.compile(r"[-+.\d:x*]*|prompt|true|false")  # ports, counts
_MARK = {"b": "=", "u": ":,"}  # without one of them the value is a file, or a user
_CALL = re.compile(
    rf"(?<![\w.-])(?:{'|'.join(map(re.escape, sorted(_OPTIONS, key=len, reverse=True)))})(?=\s)[^\n;|&]*"
)


def secret_words(argv: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """The secrets in a command line, by the programs that it names.

    Yields:
        the index of a word, where in the word the secret begins, and the secret.
    """
    for first, word in enumerate(argv):
        if _is_about_secrets(argv, first):
            yield from _values(argv, first)
            return
        options = _OPTIONS.get(word.rpartition("/")[2])
        if options is not None and (not options.verb or options.verb in argv[first + 1 :]):
            for index in range(first + 1, len(argv)):
                yield from _of_word(argv, index, options)


def is_started(argv: Sequence[str], at: int) -> bool:
    """Whether a word of a command line is a program that it runs, and no word for another one."""
    return at == 0 or _STARTER.fullmatch(argv[at - 1]) is not None


def _is_about_secrets(argv: Sequence[str], first: int) -> bool:
    """Whether the words from one on are such a call, by its program or the two words behind it."""
    verbs = itertools.takewhile(lambda word: not word.startswith("-"), argv[first + 1 : first + 3])
    is_program = _ABOUT_PROGRAM.fullmatch(argv[first].rpartition("/")[2]) is not None
    return is_started(argv, first) and (is_program or any(map(_ABOUT_VERB.fullmatch, verbs)))


def _values(argv: Sequence[str], first: int) -> Iterator[tuple[int, int, str]]:
    """The values of the options of a call, those after an equals sign, and the last word of a program's."""
    is_program = _ABOUT_PROGRAM.fullmatch(argv[first].rpartition("/")[2]) is not None
    for index in range(first + 1, len(argv)):
        word, before = argv[index], argv[index - 1]
        name, equals, value = word.partition("=")
        is_value = before.startswith("-") and "=" not in before and index > first + 1
        is_last = is_program and index == len(argv) - 1
        if word.startswith("-") or (equals and not is_value):
            if value:
                yield index, len(name) + 1, value
        elif (is_value or is_last) and not _PLAIN.fullmatch(word):
            yield index, 0, word


def _of_word(argv: Sequence[str], index: int, options: _Options) -> Iterator[tuple[int, int, str]]:
    word = argv[index]
    if len(word) < 2 or word[0] != "-" or word[1] == "-":
        return
    letter, value = word[1], word[2:]
    if value and letter in options.joined and _is_secret(letter, value):
        yield index, 2, value
    if not value and letter in options.apart and index + 1 < len(argv):
        value = argv[index + 1]
        if not value.startswith("-") and _is_secret(letter, value):
            yield index + 1, 0, value


def _is_secret(letter: str, value: str) -> bool:
    is_marked = letter not in _MARK or any(mark in value for mark in _MARK[letter])
    return is_marked and _PLAIN.fullmatch(value) is None


def redact_programs(text: str, replacement: str) -> str:
    """A text in which the secrets of calls, as a shell shows or gets them, are replaced."""
    if " -" not in text or _HINT.search(text) is None:
        return text
    text = _CALL.sub(functools.partial(_redacted_call, replacement), text)
    if _ABOUT_HINT.search(text) is None:
        return text
    return _ANY_CALL.sub(functools.partial(_redacted_values, replacement), text)


def _redacted_values(replacement: str, match: re.Match[str]) -> str:
    """A call in a text; without an option it is prose."""
    call = match[0]
    found = list(_WORD.finditer(call)) if " -" in call and _ABOUT_HINT.search(call) else []
    argv = [word[0].replace('"', "").replace("'", "") for word in found]
    first = next((at for at in range(len(argv[:_STARTS])) if _is_about_secrets(argv, at)), None)
    if first is not None and any(re.match(r"--?\w", word) for word in argv[first:]):
        for index, begin, _ in reversed([*_values(argv, first)]):
            start, end = found[index].span()
            call = f"{call[: start + begin]}{replacement}{call[end:]}"
    return call


def _redacted_call(replacement: str, match: re.Match[str]) -> str:
    call = match[0]
    name = re.split(r"\s", call, maxsplit=1)[0]
    options = _OPTIONS[name]
    if options.verb and options.verb not in call.split():
        return call

    def hide(found: re.Match[str]) -> str:
        is_secret = _is_secret(found[1].strip()[-1], found[2].strip("\"'"))
        return f"{found[1]}{replacement}" if is_secret else found[0]

    for letters, gap in ((options.joined, ""), (options.apart, r"\s+")):
        if letters:
            call = re.sub(rf"(\s-[{letters}]{gap})(\"[^\"]*\"|'[^']*'|[^\s-]\S*)", hide, call)
    return call
