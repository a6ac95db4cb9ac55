"""The words of a command line given to the options that the program declares, as argparse does. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from attrs import define, field

from bisect_parity.params.literals import number
from bisect_parity.params.model import Option, Scalar

EXACT_FLOATS = 2**53
_NUMBER_LIKE = re.compile(r"-(?:\d|\.\d).*")


@define
class Given:
    """What a command line gives one option.

    Attributes:
        option: as it is declared.
        values: one a mention; several words of one mention are joined by blanks.
    """

    option: Option
    values: list[Scalar] = field(factory=list)

    @property
    def counted(self) -> Scalar:
        """The value that counts: the last, or all where mentions add up."""
        if self.option.is_repeated and self.option.arity == 0 and self.option.switched is True:
            return len(self.values)  # `-vv` is 2
        if self.option.is_repeated and len(self.values) > 1:
            return " ".join(str(value) for value in self.values)
        return self.values[-1]

    @property
    def note(self) -> str:
        """What a reader must know; empty for nothing."""
        if len(self.values) > 1 and not self.option.is_repeated:
            return f"given {len(self.values)} times, the last counts"
        if self.option.type_name in {"int", "float"} and isinstance(self.values[-1], str):
            return f"not {'an' if self.option.type_name == 'int' else 'a'} {self.option.type_name}"
        return ""


def bind(words: Sequence[str], options: Sequence[Option]) -> tuple[dict[str, Given], list[str]]:
    """Give the words of a command line to options.

    Long flags may be shortened where one only can be meant, `--flag=value` and `-n5` are understood, and
    switches may stand together (`-xv`).

    Args:
        words: those after the program.
        options: that it declares; of several with one name, the first counts.

    Returns:
        by the name of the option, what it is given; and the words that belong to none.
    """
    binder = _Binder(options)
    binder.run(list(words))
    return binder.given, binder.rest


class _Binder:
    def __init__(self, options: Sequence[Option]) -> None:
        self._flags: dict[str, Option] = {}
        self._negative: dict[str, Option] = {}
        for option in options:
            for flag in option.flags:
                self._flags.setdefault(flag, option)
            for flag in option.negative_flags:
                self._negative.setdefault(flag, option)
        self._commands = {option.command for option in options if option.command}
        self._options = options
        self._command = ""
        self._waiting: list[Option] = self._operands("")
        self.given: dict[str, Given] = {}
        self.rest: list[str] = []

    def run(self, words: list[str]) -> None:
        """Give all words."""
        at = 0
        while at < len(words):
            word = words[at]
            at += 1
            if word == "--":
                for operand in words[at:]:
                    self._operand(operand)
                return
            if not word.startswith("-") or word == "-" or _NUMBER_LIKE.fullmatch(word):
                self._operand(word)
                continue
            at = self._flag(word, words, at)

    def _flag(self, word: str, words: list[str], at: int) -> int:
        """Take the flag `word`, and those of the words from `at` on that are its values."""
        flag, equals, attached = word.partition("=")
        option = self._find(self._flags, flag)
        negative = self._find(self._negative, flag) if option is None else None
        end = at
        if option is not None and not equals:
            end = self._values_end(option, words, at)
            self._give(option, _typed(option, *words[at:end]))
        elif option is not None:
            self._give(option, _typed(option, attached))
        elif negative is not None:
            self._give(negative, False)
        elif not self._short(word):
            has_value = not equals and at < len(words) and not self._is_flag(words[at]) and not self._waiting
            end += has_value  # what follows an unknown flag is its value, where nothing else can want it
            self.rest += [word, *words[at:end]]
        return end

    def _short(self, word: str) -> bool:
        """Take `-n5` or switches that stand together (`-xv`); False where it is neither."""
        first = self._flags.get(word[:2])
        if first is None or word.startswith("--"):
            return False
        if first.arity != 0:
            self._give(first, _typed(first, word[2:]))
            return True
        switches = [self._flags.get(f"-{letter}") for letter in word[1:]]
        known = [option for option in switches if option is not None and option.arity == 0]
        if len(known) < len(switches):
            return False
        for option in known:
            self._give(option, option.switched)
        return True

    def _values_end(self, option: Option, words: list[str], at: int) -> int:
        end = at
        while end < len(words) and not self._is_flag(words[end]):
            if option.arity is not None and end - at >= option.arity:
                break
            end += 1
        return end

    def _find(self, flags: dict[str, Option], flag: str) -> Option | None:
        found = flags.get(flag)
        if found is not None or not flag.startswith("--"):
            return found
        longer = {option.name: option for name, option in flags.items() if name.startswith(flag)}
        return next(iter(longer.values())) if len(longer) == 1 else None

    def _is_flag(self, word: str) -> bool:
        return word.startswith("-") and word != "-" and not _NUMBER_LIKE.fullmatch(word)

    def _operand(self, word: str) -> None:
        longer = f"{self._command} {word}".strip()
        if any(name == longer or name.startswith(f"{longer} ") for name in self._commands):
            self._enter(longer)
            return
        if not self._waiting:
            self.rest.append(word)
            return
        option = self._waiting[0]
        known = self.given.get(option.name)
        if option.arity is None and known is not None:
            known.values[-1] = f"{known.values[-1]} {word}"
            return
        self._give(option, _typed(option, word))
        if option.arity is not None:
            self._waiting.pop(0)

    def _operands(self, command: str) -> list[Option]:
        return [o for o in self._options if not o.flags and o.arity != 0 and o.command == command]

    def _enter(self, command: str) -> None:
        """Prefer the options of a subcommand from now on."""
        self._command = command
        self._waiting += self._operands(command)
        for option in self._options:
            if option.command == command:
                self._flags.update(dict.fromkeys(option.flags, option))
                self._negative.update(dict.fromkeys(option.negative_flags, option))

    def _give(self, option: Option, value: Scalar) -> None:
        self.given.setdefault(option.name, Given(option)).values.append(value)


def _typed(option: Option, *words: str) -> Scalar:
    if not words:
        return option.switched
    text = " ".join(words)
    value = number(text) if option.type_name in {"int", "float"} and len(words) == 1 else None
    if option.type_name == "float" and isinstance(value, int):
        return float(value) if abs(value) < EXACT_FLOATS else value
    if value is None or (option.type_name == "int" and not isinstance(value, int)):
        return text
    return value


def used_commands(words: Iterable[str], options: Iterable[Option]) -> frozenset[str]:
    """The subcommands of a program that a command line names."""
    names = {option.command for option in options if option.command}
    given = [word for word in words if not word.startswith("-")]
    return frozenset(name for name in names if name.split(" ")[0] in given)
