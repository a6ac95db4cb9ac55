"""Words of a simple command sorted out: wrappers, program, options and positional words. Pure.

A command counts where it runs a program whose result may matter. What only looks, moves files, prints
or keeps the history (`cat`, `mkdir`, `echo`, `git`, ...) is left out, and so are questions for a version,
and prose that stands in a command log. Wrappers are taken off (see `wrappers`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bisect_parity.evidence.model import Command, Source
from bisect_parity.evidence.wrapper_options import STARTERS
from bisect_parity.evidence.wrappers import FIRST_WORDS, PYTHON, SHELLS, without_wrappers

_NOISE = """
    [ [[ alias awk basename bc cat cd chmod chown clear column comm cp crontab curl cut date declare df
    diff dirname du echo emacs eval exit export false fg file find free git grep egrep fgrep rg
    head help history hostname id jobs jq kill less ln local ls lscpu man mkdir more mv nano nproc
    nvidia-smi pip pip3 popd printenv printf ps pushd pwd read readlink realpath rm rmdir rsync scp sed
    seq set sha1sum sha256sum md5sum shift shopt sleep sort ssh stat tail tar tee test top touch tr tree
    tmux screen parallel true type typeset ulimit umask unalias uname uniq unset unzip vi vim wait watch wc
    wget which whoami xargs yes zip source . : conda mamba apt apt-get brew module pre-commit ruff black
    mypy nl ml micromamba
"""
NOISE = frozenset(_NOISE.split())
NOISE_MODULES = NOISE | {"venv", "virtualenv", "ensurepip", "compileall", "http.server", "json.tool", "build"}
HARMLESS_ENDS = frozenset({"fi", "done", "esac", "}", "for", "case", "select", "function", "in"})
_TOOLS = """
    pytest py.test make cmake ninja meson gcc cc clang g++ c++ clang++ nvcc gfortran cargo go node java
    julia Rscript perl ruby matlab octave nsys ncu perf valgrind asv dvc snakemake nextflow torchrun tox
    nox nb-compare bisect-parity
"""
TOOLS = frozenset(_TOOLS.split())
# interpreter -> its options that take the next word
INTERPRETERS = {
    "julia": frozenset(
        {"-t", "-p", "-J", "-L", "-H", "-C", "-O", "-g", "--threads", "--procs", "--sysimage"}
    ),
    **dict.fromkeys(("Rscript", "perl", "ruby", "node", "octave", "lua"), frozenset({"-I", "-r"})),
}
_PYTHON_VALUES = frozenset({"-W", "-X", "--check-hash-based-pycs"})
_PLAIN_NAME = re.compile(r"[a-z][\w.+-]*")
_IMAGE = re.compile(r"[a-z0-9][\w./-]*:[\w.-]+")  # of a container
_PATH = re.compile(
    r"(?:\.{0,2}/(?=.*\w)|~/|[A-Za-z]:/|\$\{?\w+\}?(?:/|$)).*"
    r"|[\w.+-]+/[\w./+-]+\.(?:py|sh|exe|R|jl|pl)|[\w.+-]+\.(?:py|sh|x|exe)"
)
_FLAG = re.compile(r"--?[A-Za-z?][\w.\-?]*")
_NUMBER = re.compile(r"[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_PROSE = re.compile(r"[A-Za-z]+[,;:.]?")
_QUESTIONS = (["--version"], ["-V"], ["--help"])
BARE_FLAGS = re.compile(
    r"-(?:v+|q+|s|x|h|l|f|d)|--(?:help|version|verbose|quiet|debug|dry-run|collect-only|profile)"
)
LETTERS = frozenset({"-s", "-x", "-l", "-f", "-d"})
_PYTEST_VALUES = """
    -k -m -p -c -n -o -W --rootdir --ignore --deselect --maxfail --durations --tb --junitxml --timeout
    --cov --log-level --log-cli-level --basetemp --confcutdir --import-mode --seed
"""
PYTEST_VALUES = frozenset(_PYTEST_VALUES.split())
NOWHERE = Source("")


# A line of plain words, none of which is a flag, a path, a variable or quoted, behind the first one.
_ONLY_WORDS = re.compile(r"[ \t]*(\w+)[:,]?(?:[ \t]+[\w.,:%+/=@*~^?!][\w.,:%+/=@*~^?!-]*)*[ \t]*")
_BUILT_IN = frozenset({"export", "declare", "typeset", "unset", "eval", "ssh"})
_MEANT = FIRST_WORDS | _BUILT_IN | NOISE | HARMLESS_ENDS | TOOLS | frozenset(INTERPRETERS)


def read_invocation(
    assignments: Sequence[tuple[str, str]],
    words: Sequence[str],
    *,
    reads_input: bool = False,
    is_marked: bool = False,
) -> Command | None:
    """The command that some words are, wherever they stand; None for noise and prose.

    Args:
        assignments: NAME=value words before the first other word.
        words: the others.
        reads_input: its input is redirected; an interpreter without arguments runs what it reads.
        is_marked: a prompt stands before it, so that any name with a flag is a program.
    """
    set_here, rest = without_wrappers(list(words))
    environment = [*assignments, *set_here]
    is_started = not STARTERS.isdisjoint(words[: len(words) - len(rest)])  # no word of prose is one
    if reads_input and len(rest) == 1 and PYTHON.fullmatch(rest[0].rpartition("/")[2]):
        rest = [*rest, "-"]
    if not rest or rest[0] in HARMLESS_ENDS:
        return None
    name = rest[0].rpartition("/")[2]
    has_flag = is_marked and any(_FLAG.fullmatch(word.partition("=")[0]) for word in rest[1:])
    if name in NOISE or not _is_program(rest, has_prefix=bool(environment) or has_flag or is_started):
        return None
    program, arguments = _program(name, rest)
    if list(arguments) in _QUESTIONS or rest[1:] in _QUESTIONS:
        return None
    if program in NOISE_MODULES and rest[1:2] == ["-m"]:
        return None
    options, positional = parse_options(arguments, is_pytest=program in {"pytest", "py.test"})
    return Command(tuple(rest), program, NOWHERE, tuple(environment), options, positional)


def is_only_words(line: str) -> bool:
    """Whether a line that nothing marks as a command can be none, such as `rmse 0.5`: most lines of texts.

    It says at once what `read_invocation` would say of the words: without a flag, the name of a program
    cannot be told from any other word.
    """
    found = _ONLY_WORDS.fullmatch(line)
    return found is not None and found[1] not in _MEANT and PYTHON.fullmatch(found[1]) is None


def program_arguments(argv: Sequence[str]) -> Sequence[str]:
    """The words after the program of a command, wrappers taken off already."""
    return _program(argv[0].rpartition("/")[2], argv)[1] if argv else ()


def parse_options(
    arguments: Sequence[str], *, is_pytest: bool
) -> tuple[dict[str, str | bool | tuple[str, ...]], tuple[str, ...]]:
    """Tell flags with their values from positional words, without knowing the program.

    A flag takes the word that follows it; if that is a number, all numbers that follow (`-cell 1 2 3`).
    Flags that are commonly bare (`-v`, `--profile`) take none. A flag given twice has all its values.
    `--` parts the words, and what follows is read in the same way: it is input of what is run.
    """
    options: dict[str, str | bool | tuple[str, ...]] = {}
    positional: list[str] = []
    at = 0
    while at < len(arguments):
        word = arguments[at]
        at += 1
        if word == "--":
            continue
        flag, equals, value = word.partition("=")
        if not _FLAG.fullmatch(flag):
            positional.append(word)
            continue
        if equals:
            _add(options, flag, (value,))
            continue
        takes_value = flag in PYTEST_VALUES if is_pytest else _takes_value(flag, arguments[at : at + 1])
        end = _values_end(arguments, at) if takes_value else at
        _add(options, flag, tuple(arguments[at:end]))
        at = end
    return options, tuple(positional)


def _takes_value(flag: str, following: Sequence[str]) -> bool:
    """Whether a flag is not one that is commonly bare; a number behind a letter is its value all the same."""
    if BARE_FLAGS.fullmatch(flag) is None:
        return True
    return flag in LETTERS and any(map(_NUMBER.fullmatch, following))


def _values_end(arguments: Sequence[str], at: int) -> int:
    """Where the values of a flag end that stands before `at`."""
    end = at
    while end < len(arguments) and _NUMBER.fullmatch(arguments[end]):
        end += 1
    if end == at and at < len(arguments) and arguments[at] != "--":
        is_value = not _FLAG.fullmatch(arguments[at].partition("=")[0])
        end += is_value
    return end


def _add(options: dict[str, str | bool | tuple[str, ...]], flag: str, values: tuple[str, ...]) -> None:
    before = options.get(flag)
    if isinstance(before, tuple):
        values = before + values
    elif isinstance(before, str):
        values = (before, *values)
    options[flag] = values if len(values) > 1 else values[0] if values else True


def _is_program(words: Sequence[str], *, has_prefix: bool) -> bool:
    first, arguments = words[0], words[1:]
    name = first.rpartition("/")[2]
    has_flag = any(_FLAG.fullmatch(word.partition("=")[0]) for word in arguments)
    if not has_flag and sum(_PROSE.fullmatch(word) is not None for word in arguments) >= 3:
        return False
    if PYTHON.fullmatch(name):
        return bool(arguments) and (arguments[0].startswith("-") or any(c in arguments[0] for c in "./$"))
    if name in INTERPRETERS and arguments and not (arguments[0].startswith("-") or "." in arguments[0]):
        return False
    if name in SHELLS and arguments[:1] == ["-n"]:  # which reads only
        return False
    if name in TOOLS or name in SHELLS or _PATH.fullmatch(first):
        return True
    is_name = _PLAIN_NAME.fullmatch(first) is not None
    begins_with_flag = bool(arguments) and _FLAG.fullmatch(arguments[0].partition("=")[0]) is not None
    is_image = has_prefix and _IMAGE.fullmatch(first) is not None
    return is_image or (is_name and (has_prefix or begins_with_flag))


def _program(name: str, words: Sequence[str]) -> tuple[str, Sequence[str]]:
    """What is run, and its arguments; for an interpreter, its script (`-c` and `-` as in sys.argv[0])."""
    if name in SHELLS:
        return _script(words, frozenset({"-o"})) or (name, ())
    if name in INTERPRETERS:
        return _script(words, INTERPRETERS[name]) or (words[0], words[1:])
    return _python_program(words) if PYTHON.fullmatch(name) else (words[0], words[1:])


def _script(words: Sequence[str], values: frozenset[str]) -> tuple[str, Sequence[str]] | None:
    """The script that an interpreter reads, and its arguments; None where none is named."""
    at = 1
    while at < len(words) and words[at].startswith("-"):
        if words[at] in {"-e", "-E", "--eval", "-c"}:
            return None
        at += 2 if words[at] in values else 1
    return (words[at], words[at + 1 :]) if at < len(words) else None


def _python_program(words: Sequence[str]) -> tuple[str, Sequence[str]]:
    at = 1
    while at < len(words):
        word = words[at]
        if word in {"-m", "-c"} and at + 1 < len(words):
            return (words[at + 1] if word == "-m" else "-c"), words[at + 2 :]
        if word == "-" or not word.startswith("-"):
            return word, words[at + 1 :]
        if word.startswith("-m") and len(word) > 2:
            return word[2:], words[at + 1 :]
        at += 2 if word in _PYTHON_VALUES else 1
    return words[0], words[1:]
