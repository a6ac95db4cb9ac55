"""What stands before a program in a command line and does not change what is computed, taken off. Pure.

`env`, `timeout 600`, `nohup` and the like, starters of parallel jobs (`mpirun`, `srun`, `sbatch`), what
repeats a command (`xargs`, `parallel`), runners of environments (`uv run`), containers, and launchers
(`torchrun`, `nsys`). What they set for the program, as `docker run -e N=4` does, is part of its environment.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bisect_parity.evidence.wrapper_options import (
    CONTAINERS,
    LAUNCHER_MODULES,
    LAUNCHERS,
    MPI,
    RUNNER,
    RUNNERS,
    SINGULARITY,
    SSH,
    TAKES_MODULE,
    WRAPPERS,
    Wrapper,
)

_KEYWORDS = frozenset(
    {"if", "then", "else", "elif", "do", "while", "until", "!", "{", "time", "exec", "command"}
)
SHELLS = frozenset({"sh", "bash", "zsh", "dash", "ksh"})
PYTHON = re.compile(r"(?:python|pypy)[\d.]*(?:\.exe)?")
FIRST_WORDS = _KEYWORDS.union(WRAPPERS, RUNNERS, CONTAINERS, LAUNCHERS, SHELLS)  # that mean more than a name
_NAME = re.compile(r"[A-Za-z_]\w*")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_PYTHON_SWITCH = re.compile(r"-[bBdEiIOqsSuv]+")
_FROM_INPUTS = frozenset({":::", "::::", ":::+", "::::+"})


def without_wrappers(words: list[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """The variables that are set before the program of a command line, and its words from the program on.

    Args:
        words: of a simple command.

    Returns:
        no words where a container runs what its image says, without arguments.
    """
    environment: list[tuple[str, str]] = []
    while words:
        name = words[0].rpartition("/")[2]
        if words[0] in _KEYWORDS and name not in WRAPPERS:
            rest = words[1:]
        elif name in WRAPPERS and len(words) > 1:
            wrapper = WRAPPERS[name]
            rest = _without_options(words[1:], wrapper, environment)[wrapper.own :]
            if wrapper.own:  # as in `flux run -n 4 ./a`, `setarch x86_64 -R ./a`
                rest = _without_options(rest, wrapper, environment)
            rest = _given(rest) if name == "parallel" else rest
        elif name in RUNNERS and words[1:2] == ["run"]:
            rest = _without_options(words[2:], RUNNER, environment)
        elif name in CONTAINERS:
            rest = _contained(words, *CONTAINERS[name], environment)
        elif _ASSIGNMENT.match(words[0]):
            environment += _variables(words[0])
            rest = words[1:]
        else:
            rest = _launched(words)
        if len(rest) == len(words):
            break
        words = rest
    return environment, words


def each_program(words: Sequence[str]) -> list[list[str]]:
    """A command line, or one for each program of `mpirun -n 1 ./a : -n 2 ./b`."""
    if ":" not in words or WRAPPERS.get(words[0].rpartition("/")[2]) is not MPI:
        return [list(words)]
    parts: list[list[str]] = [[]]
    for word in words[1:]:
        if word == ":":
            parts.append([])
        else:
            parts[-1].append(word)
    return [[words[0], *part] for part in parts if part]


def quoted_script(words: Sequence[str]) -> tuple[list[tuple[str, str]], str] | None:
    """The variables that are set for shell text that is part of a command, as after `sh -c`, and the text.

    Returns:
        None where the command is not of that kind.
    """
    environment, rest = without_wrappers(list(words))
    wrapped = _value_of(list(words), "--wrap") if words[:1] == ("sbatch",) else ""
    text = wrapped or _quoted(rest, is_wrapped=len(rest) < len(words))
    return (environment, text) if text else None


def _quoted(words: list[str], *, is_wrapped: bool) -> str:
    name = words[0].rpartition("/")[2] if words else ""
    if name in SHELLS and len(words) >= 3 and re.fullmatch(r"-[a-z]*c", words[1]):
        return words[2]
    if name == "eval":
        return " ".join(words[1:])
    if name == "ssh":
        return " ".join(_without_options(words[1:], SSH, [])[1:])
    return words[0] if is_wrapped and len(words) == 1 and " " in words[0].strip() else ""


def _given(words: list[str]) -> list[str]:
    """The command of `parallel`, without the inputs behind it."""
    end = next((at for at, word in enumerate(words) if word in _FROM_INPUTS), len(words))
    return words[:end]


def _without_options(words: list[str], wrapper: Wrapper, environment: list[tuple[str, str]]) -> list[str]:
    at = 0
    while at < len(words) and words[at].startswith("-") and len(words[at]) > 1:
        option, equals, value = words[at].partition("=")
        at += 1
        if option == "--":
            break
        if option in {"-genv", "-env"}:
            environment += [(words[at], words[at + 1])] if at + 1 < len(words) else []
            at += 2
            continue
        if option in {"-mca", "--mca"}:
            at += 2
            continue
        if not equals and wrapper.takes_value(option) and at < len(words):
            value = words[at]
            at += 1
        if option in wrapper.variables:
            environment += _variables(value)
    return words[at:]


def _variables(text: str) -> list[tuple[str, str]]:
    """Of `A=1` or `ALL,A=1,B=2`, the names with their values."""
    if "," in text and all(_NAME.fullmatch(part.partition("=")[0]) for part in text.split(",")):
        pairs = [part.partition("=") for part in text.split(",")]
    else:
        pairs = [text.partition("=")]
    return [(name, value) for name, equals, value in pairs if equals and _NAME.fullmatch(name)]


def _contained(
    words: list[str], wrapper: Wrapper, verbs: frozenset[str], environment: list[tuple[str, str]]
) -> list[str]:
    """What a container runs: the words behind its image, or the image where it is only given options."""
    at = next((i for i, word in enumerate(words[1:4], 1) if word in verbs), 0)
    if not at:
        return []
    own = words[at + 1 :]
    rest = _without_options(own, wrapper, environment)
    options = own[: len(own) - len(rest)]
    image, inner = rest[:1], rest[2:] if rest[1:2] == ["--"] else rest[1:]
    entry = _value_of(options, "--entrypoint")
    if entry:
        return [entry, *inner]
    if not inner:
        return []
    is_for_image = inner[0].startswith("-") or (words[at] == "run" and wrapper is SINGULARITY)
    return [*image, *inner] if is_for_image else inner


def _value_of(options: list[str], name: str) -> str:
    for at, option in enumerate(options):
        if option == name:
            return options[at + 1] if at + 1 < len(options) else ""
        if option.startswith(f"{name}="):
            return option.partition("=")[2]
    return ""


def _launched(words: list[str]) -> list[str]:
    """What a launcher starts; the words themselves where none is named, or nothing is seen to be started."""
    name = words[0].rpartition("/")[2]
    begin = 1
    bare = next((at for at, word in enumerate(words) if at and not _PYTHON_SWITCH.fullmatch(word)), 1)
    if (
        PYTHON.fullmatch(name)
        and words[bare : bare + 1] == ["-m"]
        and set(words[bare + 1 : bare + 2]) <= LAUNCHER_MODULES
    ):
        name, begin = "".join(words[bare + 1 : bare + 2]), bare + 2
    elif name not in LAUNCHERS:
        return words
    for at in range(begin, len(words)):
        word = words[at]
        if word in {"-m", "--module"} and name in TAKES_MODULE and at + 1 < len(words):
            return ["python", "-m", *words[at + 1 :]]
        if (
            PYTHON.fullmatch(word.rpartition("/")[2])
            or (word.startswith("./") and ":" not in word)
            or (word.endswith((".py", ".sh")) and not word.startswith("-"))
        ):
            return words[at:]
    return words
