"""`diagnose --run`: one commit, in a clean worktree and in a copy of the user's directory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bisect_parity.bisection.in_place import check_in_place
from bisect_parity.commands.bench import file_changes, open_bench
from bisect_parity.commands.bench_options import size_of
from bisect_parity.diagnosis.tested import Tested, place_text
from bisect_parity.parity.verdict import DECIDED

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.bisection.bench import Bench
    from bisect_parity.commands.invocation import Invocation
    from bisect_parity.commands.named_case import NamedCase
    from bisect_parity.history.repository import Repository


def check_both(
    call: Invocation,
    repository: Repository,
    revision: str,
    named: NamedCase,
    most: str,
    folder: Path,
) -> tuple[Tested, dict[str, Any]]:
    """Check one commit in both places; the facts, and what `diagnosis.json` says of them.

    Args:
        call, repository, revision, named, folder: see `open_bench`.
        most: bytes to be copied at once, as they were typed.

    Raises:
        BisectParityError: as `open_bench`; also where `most` is no size.
    """
    with open_bench(call, repository, revision, named, folder) as bench:
        return _checked(bench, repository, size_of(most))


def _checked(bench: Bench, repository: Repository, most_bytes: int) -> tuple[Tested, dict[str, Any]]:
    changes, local = file_changes(repository, bench.commit, most_bytes, bench.folder)
    places = check_in_place(bench, changes)
    undecided = [check for check in (places.clean, places.in_place) if check.verdict not in DECIDED]
    facts = Tested(
        commit=bench.commit,
        case=bench.case.name,
        clean=places.clean.verdict,
        in_place=places.in_place.verdict,
        reference_repeats=places.reference_repeats,
        candidate_repeats=places.candidate_repeats,
        reference_moves=places.reference_moves,
        candidate_moves=places.candidate_moves,
        local_items=len(changes),
        opened=places.opened,
        reason=undecided[0].result.reason if undecided else "",
    )
    says = f"{place_text(facts)}."
    return facts, {"commit": bench.commit, "case": bench.case.name, "says": says} | places.to_json(local)
