"""Words of a simple command sorted out: wrappers, program, options and positional words. Pure.

A command counts where it runs a program whose result may matter. What only looks, moves files, prints
or keeps the history (`cat`, `mkdir`, `echo`, `git`, ...) is left out, and so are questions for a version,
and prose that stands in a command log. Wrappers (`env`, `timeout 600`, `nohup`, `uv run`, ...) are taken
off: they do not change what is computed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ProgramCall", "parse_options", "program_arguments", "read_invocation", "shell_script"]

_NOISE = """
    [ [[ alias awk basename bc cat cd chmod chown clear column comm cp crontab curl cut date declare df
    diff dirname du echo emacs eval exit export false fg file find free git grep egrep fgrep rg
    head help history hostname id jobs jq kill less ln local ls lscpu man mkdir more mv nano nproc
    nvidia-smi pip pip3 popd printenv printf ps pushd pwd read readlink realpath rm rmdir rsync scp sed
    seq set sha1sum sha256sum md5sum shift shopt sleep sort ssh stat tail tar tee test top touch tr tree
    true type typeset ulimit umask unalias uname uniq unset unzip vi vim wait watch wc wget which whoami
    xargs yes zip source . : conda mamba apt apt-get brew module pre-commit ruff black mypy nl
"""
NOISE = frozenset(_NOISE.split())
KEYWORDS = frozenset(
    {"if", "then", "else", "elif", "do", "while", "until", "!", "{", "time", "exec", "command"}
)
HARMLESS_ENDS = frozenset({"fi", "done", "esac", "}", "for", "case", "select", "function", "in"})
# wrapper -> its options that take a value; words before the program that are values themselves
WRAPPERS: dict[str, tuple[frozenset[str], int]] = {
    "env": (frozenset({"-u", "-C", "--unset", "--chdir"}), 0),
    "nohup": (frozenset(), 0),
    "nice": (frozenset({"-n"}), 0),
    "ionice": (frozenset({"-c", "-n"}), 0),
    "stdbuf": (frozenset({"-i", "-o", "-e"}), 0),
    "setsid": (frozenset(), 0),
    "sudo": (frozenset({"-u", "-g"}), 0),
    "time": (frozenset({"-o", "-f"}), 0),
    "timeout": (frozenset({"-k", "-s", "--signal", "--kill-after"}), 1),
    "taskset": (frozenset(), 1),
    "numactl": (frozenset(), 0),
    "mpirun": (frozenset({"-n", "-np", "--np", "-H", "--host"}), 0),
    "mpiexec": (frozenset({"-n", "-np", "--np", "-H", "--host"}), 0),
    "srun": (frozenset({"-n", "-N", "-p", "-t", "-c", "-J"}), 0),
    "aprun": (frozenset({"-n", "-N", "-d", "-j", "-S"}), 0),
    "jsrun": (frozenset({"-n", "-a", "-c", "-g", "-r", "-b"}), 0),
    "ibrun": (frozenset({"-n", "-o"}), 0),
    "xvfb-run": (frozenset({"-n", "-s"}), 0),
}
STARTERS = frozenset({"mpirun", "mpiexec", "srun", "aprun", "jsrun", "ibrun", "nohup", "numactl", "taskset"})
RUNNERS = frozenset({"uv", "poetry", "pipenv", "pdm", "hatch", "rye", "pixi", "conda", "mamba", "micromamba"})
RUNNER_VALUES = frozenset({"-n", "-p", "--name", "--prefix", "--with", "--python", "--extra", "--project"})
_TOOLS = """
    pytest py.test make cmake ninja meson gcc cc clang g++ c++ clang++ nvcc gfortran cargo go node java
    julia Rscript perl ruby matlab octave nsys ncu perf valgrind asv dvc snakemake nextflow torchrun tox
    nox nb-compare bisect-parity
"""
TOOLS = frozenset(_TOOLS.split())
# what starts another program: options of its own, then a script, an interpreter or a path
LAUNCHERS = frozenset(
    {"torchrun", "accelerate", "deepspeed", "singularity", "apptainer", "docker", "podman"}
    | {"nsys", "ncu", "perf", "valgrind", "strace", "gdb", "coverage", "kernprof", "memray"}
)
LAUNCHER_MODULES = frozenset(
    {"torch.distributed.run", "torch.distributed.launch", "accelerate.commands.launch"}
)
SHELLS = frozenset({"sh", "bash", "zsh", "dash", "ksh"})
_PYTHON = re.compile(r"(?:python|pypy)[\d.]*")
_PYTHON_VALUES = frozenset({"-W", "-X", "--check-hash-based-pycs"})
_PLAIN_NAME = re.compile(r"[a-z][\w.+-]*")
_PATH = re.compile(
    r"(?:\.{0,2}/|~/|\$\{?\w+\}?(?:/|$)).*"
    r"|[\w.+-]+/[\w./+-]+\.(?:py|sh|exe|R|jl|pl)|[\w.+-]+\.(?:py|sh|x|exe)"
)
_FLAG = re.compile(r"--?[A-Za-z?][\w.\-?]*")
_NUMBER = re.compile(r"[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_PROSE = re.compile(r"[A-Za-z]+[,;:.]?")
_QUESTIONS = (["--version"], ["-V"], ["--help"])
BARE_FLAGS = re.compile(
    r"-(?:v+|q+|s|x|h|l|f|d)|--(?:help|version|verbose|quiet|debug|dry-run|collect-only|profile)"
)
_PYTEST_VALUES = """
    -k -m -p -c -n -o -W --rootdir --ignore --deselect --maxfail --durations --tb --junitxml --timeout
    --cov --log-level --log-cli-level --basetemp --confcutdir --import-mode --seed
"""
PYTEST_VALUES = frozenset(_PYTEST_VALUES.split())


@frozen
class ProgramCall:
    """A program with its words; fields as in `evidence.model.Command`."""

    environment: tuple[tuple[str, str], ...]
    argv: tuple[str, ...]
    program: str
    options: dict[str, str | bool | tuple[str, ...]]
    positional: tuple[str, ...]


def read_invocation(
    assignments: Sequence[tuple[str, str]],
    words: Sequence[str],
    *,
    reads_input: bool = False,
    is_marked: bool = False,
) -> ProgramCall | None:
    """The invocation that a simple command is, or None for noise and prose.

    Args:
        assignments: NAME=value words before the first other word.
        words: the others.
        reads_input: its input is redirected; an interpreter without arguments runs what it reads.
        is_marked: a prompt stands before it, so that any name with a flag is a program.
    """
    environment, rest = _without_wrappers(list(assignments), list(words))
    is_started = not STARTERS.isdisjoint(words[: len(words) - len(rest)])  # no word of prose is one
    rest = _launched(rest)
    if reads_input and len(rest) == 1 and _PYTHON.fullmatch(rest[0].rpartition("/")[2]):
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
    options, positional = parse_options(arguments, is_pytest=program in {"pytest", "py.test"})
    return ProgramCall(tuple(environment), tuple(rest), program, options, positional)


def program_arguments(argv: Sequence[str]) -> Sequence[str]:
    """The words after the program of a command, wrappers taken off already."""
    return _program(argv[0].rpartition("/")[2], argv)[1] if argv else ()


def shell_script(words: Sequence[str]) -> str | None:
    """The text after `sh -c`, wrappers or not, or None."""
    _, rest = _without_wrappers([], list(words))
    if len(rest) >= 3 and rest[0].rpartition("/")[2] in SHELLS and re.fullmatch(r"-[a-z]*c", rest[1]):
        return rest[2]
    return None


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
        takes_value = flag in PYTEST_VALUES if is_pytest else not BARE_FLAGS.fullmatch(flag)
        end = _values_end(arguments, at) if takes_value else at
        _add(options, flag, tuple(arguments[at:end]))
        at = end
    return options, tuple(positional)


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


def _without_wrappers(
    environment: list[tuple[str, str]], words: list[str]
) -> tuple[list[tuple[str, str]], list[str]]:
    while words:
        name = words[0].rpartition("/")[2]
        if words[0] in KEYWORDS and name not in WRAPPERS:
            words = words[1:]
        elif name in WRAPPERS and len(words) > 1:
            takes_value, own_values = WRAPPERS[name]
            words = _without_options(words[1:], takes_value)[own_values:]
        elif name in RUNNERS and words[1:2] == ["run"]:
            words = _without_options(words[2:], RUNNER_VALUES)
        elif "=" in words[0] and re.match(r"[A-Za-z_]\w*=", words[0]):
            variable, _, value = words[0].partition("=")
            environment.append((variable, value))
            words = words[1:]
        else:
            break
    return environment, words


def _launched(words: list[str]) -> list[str]:
    """What a launcher starts; the words themselves where none is named, or nothing is seen to be started."""
    if not words:
        return words
    name = words[0].rpartition("/")[2]
    is_module = (
        _PYTHON.fullmatch(name) is not None and words[1:2] == ["-m"] and set(words[2:3]) <= LAUNCHER_MODULES
    )
    if name not in LAUNCHERS and not (is_module and len(words) > 2):
        return words
    for at in range(3 if is_module else 1, len(words)):
        word = words[at]
        if (
            _PYTHON.fullmatch(word.rpartition("/")[2])
            or (word.startswith("./") and ":" not in word)
            or word.endswith((".py", ".sh"))
        ):
            return words[at:]
    return [] if name in {"docker", "podman"} else words


def _without_options(words: list[str], takes_value: frozenset[str]) -> list[str]:
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in takes_value else 1
    return words[at:]


def _is_program(words: Sequence[str], *, has_prefix: bool) -> bool:
    first, arguments = words[0], words[1:]
    name = first.rpartition("/")[2]
    has_flag = any(_FLAG.fullmatch(word.partition("=")[0]) for word in arguments)
    if not has_flag and sum(_PROSE.fullmatch(word) is not None for word in arguments) >= 3:
        return False
    if _PYTHON.fullmatch(name):
        return bool(arguments) and (arguments[0].startswith("-") or any(c in arguments[0] for c in "./$"))
    if name in TOOLS or name in SHELLS or _PATH.fullmatch(first):
        return True
    is_name = _PLAIN_NAME.fullmatch(first) is not None
    begins_with_flag = bool(arguments) and _FLAG.fullmatch(arguments[0].partition("=")[0]) is not None
    return is_name and (has_prefix or begins_with_flag)


def _program(name: str, words: Sequence[str]) -> tuple[str, Sequence[str]]:
    """What is run, and its arguments; for an interpreter, its script (`-c` and `-` as in sys.argv[0])."""
    if name in SHELLS:
        rest = _without_options(list(words[1:]), frozenset({"-o"}))
        return (rest[0], rest[1:]) if rest else (name, ())
    return _python_program(words) if _PYTHON.fullmatch(name) else (words[0], words[1:])


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
