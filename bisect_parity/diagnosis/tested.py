"""A diagnosis after one commit was checked clean, and in a copy of the user's directory. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve, frozen

from bisect_parity.diagnosis.causes import PRIORS, Cause, CauseKind, mixed, verdict_of
from bisect_parity.diagnosis.next_step import NextStep
from bisect_parity.diagnosis.sentences import run_numbers
from bisect_parity.parity.verdict import DECIDED
from bisect_parity.wording import SHORT, case_option, search_command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.diagnosis.diagnose import Diagnosis

SEEN = 100.0  # what was seen to flip the verdict, against what is inferred from records
NOT_SEEN = 0.1
NO_FILE = "no file that lies there now makes a difference"


@frozen
class Tested:
    """What the checks said.

    Attributes:
        commit: full id.
        case: its name.
        clean, in_place: the verdicts in both places.
        reference_repeats, candidate_repeats: whether each gave the same image twice; None where it gave none.
        reference_moves, candidate_moves: whether each gives another image in place.
        local_items: how many files and folders only the copy had.
        opened: which of them the case opened; None where that is not known.
        reason: why one of the places has no verdict.
    """

    commit: str
    case: str
    clean: str
    in_place: str
    reference_repeats: bool | None
    candidate_repeats: bool | None
    reference_moves: bool
    candidate_moves: bool
    local_items: int
    opened: tuple[str, ...] | None
    reason: str = ""

    @property
    def differ(self) -> bool:
        """Whether one commit is good in one place and bad in the other."""
        return self.clean != self.in_place and {self.clean, self.in_place} <= DECIDED

    @property
    def agree(self) -> bool:
        """Whether the verdicts are the same, and are verdicts."""
        return self.clean == self.in_place and self.clean in DECIDED


def with_tested(diagnosis: Diagnosis, tested: Tested) -> Diagnosis:
    """The diagnosis with its causes weighed again: of bad runs of several kinds those of that commit."""
    causes = _weighed(diagnosis.causes, tested)
    kinds = tuple(with_tested(kind, tested) if _is_of(tested, kind) else kind for kind in diagnosis.kinds)
    if kinds != diagnosis.kinds:
        causes = mixed([(run_numbers(k.contrast.bad), len(k.contrast.bad), k.causes) for k in kinds], causes)
    return evolve(diagnosis, causes=causes, verdict=verdict_of(causes, diagnosis.premise), kinds=kinds)


def _weighed(causes: Sequence[Cause], tested: Tested) -> tuple[Cause, ...]:
    known = {cause.kind: cause for cause in causes}
    if len(known) == 1:  # no contrast of records: the checks alone speak
        known = {kind: known.get(kind, Cause(kind, prior, ())) for kind, prior in PRIORS.items()}
        known[CauseKind.UNKNOWN] = evolve(known[CauseKind.UNKNOWN], weight=PRIORS[CauseKind.UNKNOWN])
    moves = tested.reference_moves or tested.candidate_moves
    factors = {
        CauseKind.UNTRACKED: SEEN if tested.differ else NOT_SEEN if tested.agree and not moves else 1.0,
        CauseKind.REFERENCE: SEEN if tested.reference_repeats is False else 1.0,
        CauseKind.NOISE: SEEN if tested.candidate_repeats is False else 1.0,
    }
    lines = {
        CauseKind.UNTRACKED: _place_lines(tested),
        CauseKind.REFERENCE: _repeat_lines("reference", tested.reference_repeats),
        CauseKind.NOISE: _repeat_lines("candidate", tested.candidate_repeats),
    }
    weights = {kind: cause.weight * factors.get(kind, 1.0) for kind, cause in known.items()}
    total = sum(weights.values())
    found = (
        evolve(cause, weight=weights[kind] / total, evidence=(*lines.get(kind, ()), *cause.evidence))
        for kind, cause in known.items()
    )
    return tuple(sorted(found, key=lambda cause: -cause.weight))


def _is_of(tested: Tested, kind: Diagnosis) -> bool:
    """Whether a bad run of this kind was made at the commit that was tested."""
    return any(kind.runs[at].resolution.commit == tested.commit for at in kind.contrast.bad)


def place_text(tested: Tested) -> str:
    """Both verdicts in one sentence."""
    commit = tested.commit[:SHORT]
    moved = [name for name in ("reference", "candidate") if getattr(tested, f"{name}_moves")]
    image = f"; the {' and the '.join(moved)} made another image there" if moved else ""
    if tested.differ:
        return (
            f"{commit} is {tested.clean} in a clean worktree and {tested.in_place} in a copy of your"
            f" directory{image}: a file that is not as the commit has it makes the difference"
        )
    if tested.agree:
        what = "a file there changes the figures, and not the verdict" if moved else NO_FILE
        return (
            f"{commit} is {tested.clean} in a clean worktree and in a copy of your directory{image}: {what}"
        )
    return (
        f"{commit} cannot be compared: {tested.clean} in a clean worktree, {tested.in_place} in a copy of"
        f" your directory{f' ({tested.reason})' if tested.reason else ''}"
    )


def steps_after(tested: Tested, planned: Sequence[NextStep], *, has_kinds: bool = False) -> list[NextStep]:
    """What to do next, by what the checks said, and then what was planned before them and still helps.

    Args:
        tested: the checks.
        planned: before them, the first step first.
        has_kinds: whether the bad runs are of several kinds, of which the checks tell of one.
    """
    option = case_option(tested.case)
    rest = f"{option} --at {tested.commit[:SHORT]}"
    done: tuple[str, ...] = ("bisect-parity diagnose --run ", "bisect-parity init")
    first = []
    if tested.differ:  # a search checks clean worktrees, in which the difference does not lie
        searches = (s.command for s in planned if s.command.startswith("bisect-parity bisect "))
        done += tuple(s for s in searches if not has_kinds or tested.commit[:SHORT] in s.split())
        first = [
            NextStep(f"bisect-parity isolate --over files {rest}", "finds the file, and tests it both ways")
        ]
    elif tested.agree:
        first = [
            NextStep(f"bisect-parity isolate --over env {rest}", "tries the variables of your environment")
        ]
    last = []
    if False in (tested.reference_repeats, tested.candidate_repeats):
        search = search_command("auto", tested.commit[:SHORT], option, is_flaky=True)
        why = "weighs verdicts that change from check to check, and finds the commit that made them so"
        last = [NextStep(search, why)]
    return first + [step for step in planned if not step.command.startswith(done)] + last


def _place_lines(tested: Tested) -> tuple[str, ...]:
    lines = [
        place_text(tested),
        f"{tested.local_items} untracked, ignored or changed files and folders lie in it only",
    ]
    if tested.opened is None:
        lines.append("which of them the case opened is not known: strace is not installed, or may not trace")
    elif tested.opened:
        lines.append(f"of these the case opened {', '.join(tested.opened)}")
    else:
        lines.append("the case opened none of these: it can only have asked whether they are there")
    return tuple(lines)


def _repeat_lines(name: str, repeats: bool | None) -> tuple[str, ...]:
    if repeats is None:
        return ()
    if repeats:
        return (f"run twice in a clean worktree, the {name} made the same image",)
    return (f"run twice in a clean worktree, the {name} made two different images: it cannot judge anything",)
