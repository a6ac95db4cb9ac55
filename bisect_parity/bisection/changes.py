"""Changes to a clean check that may flip its verdict: files, variables, parameters, code. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from bisect_parity.bisection.local_items import LocalItem
from bisect_parity.errors import UsageError
from bisect_parity.history.partial_commits import ChangePart
from bisect_parity.parity.placeholders import literal
from bisect_parity.redaction import is_of_the_shell

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from bisect_parity.diagnosis.attributes import Attribute
    from bisect_parity.parity.case import Case

ALWAYS_PASSED = frozenset({"PATH", "HOME", "LANG", "TMPDIR"})
_CHANGE = re.compile(
    r"(?:(?P<step>reference|candidate|test):)?(?P<flag>--?[A-Za-z][\w.-]*)=(?P<value>.*)", re.DOTALL
)


@frozen
class Difference:
    """One difference from a clean check.

    Attributes:
        kind: "files", "env", "params" or "code".
        name: of the file or folder, of the variable, of the step and its flag, or of the part of a commit.
        value: of a variable or parameter; None leaves it out.
        item: the file or folder.
        part: of what a commit changes.
        is_switch: whether the flag stands without its value.
    """

    kind: str
    name: str
    value: str | None = None
    item: LocalItem | None = None
    part: ChangePart | None = None
    is_switch: bool = False

    @classmethod
    def of_code(cls, part: ChangePart) -> Difference:
        """A part of what a commit changes."""
        return cls("code", part.name, part=part)

    @property
    def files(self) -> tuple[str, ...]:
        """The paths that it is seen in; none, if it may be seen anywhere."""
        if self.part is not None:
            return tuple(dict.fromkeys((self.part.file.path, self.part.file.old_path)))
        return self.item.files if self.item is not None else ()

    def to_json(self) -> dict[str, object]:
        """This change as it stands in isolate.json; values of variables are left out: they may be secret."""
        document: dict[str, object] = {"kind": self.kind, "name": self.name}
        if self.item is not None:
            document |= {"state": self.item.kind, "size": self.item.size, "files": len(self.item.files)}
        if self.kind == "params":
            document["value"] = self.value
        if self.part is not None:
            hunk = self.part.hunk
            lines = None if hunk is None or not hunk.new[1] else [hunk.new[0] + 1, sum(hunk.new)]
            document |= {"state": self.part.file.state, "path": self.part.file.path, "lines": lines}
        return document


def environment_changes(case: Case, caller: Mapping[str, str]) -> list[Difference]:
    """The variables of the caller that the case does not let through, except those of the shell itself."""
    known = ALWAYS_PASSED | set(case.passed) | set(case.environment)
    names = sorted(n for n in caller if n not in known and n.isidentifier() and not is_of_the_shell(n))
    return [Difference("env", name, caller[name]) for name in names]


def without_switches(case: Case, caller: Mapping[str, str]) -> Case:
    """The case without what it lets through, which is tried as all else; paths, which it may need, stay."""
    return evolve(case, passed=tuple(name for name in case.passed if "/" in caller.get(name, "/")))


def parameter_change(case: Case, text: str) -> list[Difference]:
    """The changes that `[STEP:]--FLAG=VALUE` asks for: of one step, or of both.

    Raises:
        UsageError: it is not of that form, or the candidate is a function, which takes no flags.
    """
    found = _CHANGE.fullmatch(text)
    if found is None:
        raise UsageError(f"--set {text!r} is not a parameter", "Write it as --set candidate:--distance=151.")
    steps = (found["step"],) if found["step"] else tuple(case.steps())
    if not case.steps().keys() >= {*steps}:
        raise UsageError(
            f"--set {text!r}: the case has no step {steps[0]}", f"It has: {', '.join(case.steps())}."
        )
    if isinstance(case.candidate, str) and "candidate" in steps:
        raise UsageError(
            f"--set {text!r}: the candidate is a function, and takes no flags", "Set the reference's."
        )
    return [Difference("params", f"{step} {found['flag']}", found["value"]) for step in steps]


def recorded_changes(
    attributes: Iterable[Attribute],
    good: int,
    bad: int,
    takes: Callable[[str, str], bool],
    programs: Mapping[str, Collection[str]],
) -> tuple[list[Difference], list[str]]:
    """The differences of a bad run from a good one, as changes that can be tried on the case.

    Args:
        attributes: of runs.
        good, bad: positions of the two runs.
        takes: whether a step of the case takes a flag.
        programs: that each step runs: a flag of one is not tried on another that takes its like.

    Returns:
        the changes, and the names of the differences that no step of the case takes.
    """
    from bisect_parity.diagnosis import omissions  # noqa: PLC0415 - slow, and most isolate files
    from bisect_parity.diagnosis.attributes import Kind  # noqa: PLC0415

    changes: list[Difference] = []
    left: list[str] = []
    by_name = {attribute.name: attribute for attribute in attributes}
    for attribute in by_name.values():
        beside = by_name.get(attribute.name + omissions.GIVEN_OR_NOT, attribute)
        here, there = (attribute.values[at] or beside.values[at] for at in (good, bad))
        is_same = attribute.partition((good, bad)) == (0, 0)
        if here is None or there is None or is_same or attribute.name.endswith(omissions.GIVEN_OR_NOT):
            continue
        if attribute.kind is Kind.ENVIRONMENT and attribute.name.startswith("$"):
            is_known = there not in (omissions.NOT_LISTED, omissions.NOT_KEPT)
            changes += [Difference("env", attribute.name[1:], there)] if is_known else []
            left += [] if is_known else [attribute.name]
        elif attribute.kind in (Kind.PARAMETERS, Kind.DEFAULTS):
            program, _, flag = attribute.name.rpartition(" ")
            steps = [step for step in programs if flag.startswith("-") and takes(step, flag)]
            own = [step for step in steps if any(_same_name(program, each) for each in programs[step])]
            steps = own or steps
            is_switch = {here, there} <= {"true", "false", omissions.NOT_GIVEN}
            is_set = there != omissions.NOT_GIVEN and not (is_switch and there == "false")
            value = there if is_set else None
            changes += [Difference("params", f"{step} {flag}", value, is_switch=is_switch) for step in steps]
            left += [] if steps else [attribute.name]
    return changes, left


def _same_name(label: str, program: str) -> bool:
    """Whether a program as records name it, by its name or path, is one that a command runs."""
    return label.rpartition("/")[2] == program.rpartition("/")[2]


def applied(case: Case, changes: Iterable[Difference]) -> Case:
    """The case with some changes of variables and parameters; files are laid elsewhere."""
    for change in changes:
        if change.kind == "env":
            case = evolve(case, environment=case.environment | {change.name: literal(change.value or "")})
        elif change.kind == "params":
            step, _, flag = change.name.partition(" ")
            command = getattr(case, step)
            if not isinstance(command, str):
                changed: dict[str, Any] = {step: _with_flag(command, flag, change)}
                case = evolve(case, **changed)
    return case


def _with_flag(command: Sequence[str], flag: str, change: Difference) -> tuple[str, ...]:
    """A command with another value of a flag, which is replaced where it stands, and added elsewhere."""
    given = () if change.value is None else (flag,) if change.is_switch else (flag, literal(change.value))
    words: list[str] = []
    is_done = False
    rest = iter(command)
    for word in rest:
        if word == flag:
            if not change.is_switch:
                next(rest, None)
        elif not word.startswith(f"{flag}="):
            words.append(word)
            continue
        if not is_done:
            words += given
            is_done = True
    return tuple(words) if is_done else (*words, *given)
