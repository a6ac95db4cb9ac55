"""Searches of seeded histories: whether the answer is right, and how many checks it takes beside plain git.

    python -m benchmarks.bisections [--histories N] [--first SEED] [--jobs N] [--json]

Each history (`fixtures.graphs`) is searched once, every fourth again, and by `git bisect run`, which is told
the same verdicts; a history with several flips is swept as well. The truth comes from the drawing.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import asdict, frozen

from benchmarks.searching import Bench
from bisect_parity.bisection.graph import steps_of
from bisect_parity.bisection.model import Outcome, Role
from fixtures.git import sealed_environment
from fixtures.graphs import LONGEST, History, draw
from fixtures.stated_check import CODE, STATUS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bisect_parity.bisection.answer import Bisection

__all__ = ["Trial", "asked_by_git", "summarise", "try_history"]

HISTORIES = 200
REPEATED = 4  # every so many histories are searched again
ENDS_AND_PROOF = 4
SCRIPT = 'c=$(git rev-parse BISECT_HEAD); echo "$c" >> "{log}"; exit "$(sed -n "s/^$c //p" "{table}")"'


@frozen
class Trial:
    """What came of one history.

    Attributes:
        seed: of the history.
        kind: "defined" where one commit is to blame and can be named; "hidden" where commits that cannot be
            tested hide it; "flips" where the verdict changes more than once.
        is_right: whether the answer is the true one; see `_judged`.
        told: what was answered, in places.
        states: code states in the range; is_plain: linear, and each of them can be tested.
        checks: that were run; search: those of them between the ends.
        git: checks of plain `git bisect run`; git_paths: of the same with the code paths.
        surplus: candidates that were listed though tests of every commit would rule them out.
        repeated: checks that the same search took again; None where it was not tried.
    """

    seed: int
    kind: str
    is_right: bool
    told: str
    states: int
    is_plain: bool
    checks: int
    search: int
    git: int
    git_paths: int
    surplus: int = 0
    repeated: int | None = None


def try_history(seed: int, folder: Path, longest: int = LONGEST, jobs: int = 1) -> Trial:
    """Draw, build and search the history of a seed, below an empty folder; see `draw` and `Bench`."""
    history = draw(seed, longest)
    ids = history.build(folder / "repository")
    bench = Bench(folder / "repository", jobs)
    old, new = ids[history.old], ids[history.new]
    result = bench.bisect(old, new)
    checks = len(bench.ended())
    is_right, told, surplus = _judged(history, ids, result)
    repeated = None
    if seed % REPEATED == 0:
        bench.bisect(old, new)
        repeated = len(bench.ended()) - checks
    if len(history.flips) > 1:
        swept = _is_swept(history, ids, bench)
        is_right, told = is_right and swept, told if swept else f"{told}; a flip is missing in the sweep"
    run = [check for check in result.checks if check.known_from is None]
    return Trial(
        seed=seed,
        kind="flips" if len(history.flips) > 1 else "hidden" if history.culprit is None else "defined",
        is_right=is_right,
        told=told,
        states=history.state_count,
        is_plain=history.is_linear and not history.skipped and len(history.flips) == 1,
        checks=checks,
        search=sum(check.role is Role.SEARCH for check in run),
        git=len(asked_by_git(history, ids, folder / "git")),
        git_paths=len(asked_by_git(history, ids, folder / "git-paths", (CODE,))),
        surplus=surplus,
        repeated=repeated,
    )


def _judged(history: History, ids: Sequence[str], result: Bisection) -> tuple[bool, str, int]:
    """Whether an answer is right, the answer in places, and how many candidates too many it lists.

    With one flip: the culprit is confirmed, or every true candidate is listed. With several: ends that agree
    are told; of others, what is confirmed is a true change, and is followed by the word that there are more.
    """
    place = {commit: number for number, commit in enumerate(ids)}
    listed = {place[commit] for commit in result.candidates}
    first = None if result.first is None else place[result.first]
    told = f"{result.outcome.value}: {first if first is not None else sorted(listed)}"
    if history.culprit is not None:
        return result.outcome is Outcome.CONFIRMED and first == history.culprit, told, 0
    if len(history.flips) == 1:
        true = set(history.candidates)
        return first is None and true <= listed, told, len(listed - true)
    if len(history.flips) % 2 == 0:
        return result.outcome is Outcome.NOTHING_TO_BISECT, told, 0
    changes = set(history.flips[::2])
    if result.outcome in (Outcome.CONFIRMED, Outcome.LIKELY):
        return first in changes, told, 0
    return result.outcome is Outcome.REFUTED or bool(changes & listed), told, 0


def _is_swept(history: History, ids: Sequence[str], bench: Bench) -> bool:
    """Whether a sweep tells every flip that shows: its place, or the untested stretch that it lies in."""
    place = {commit: number for number, commit in enumerate(ids)}
    swept = bench.sweep(ids[history.old], ids[history.new])
    pairs = [(place[flip.before], place[flip.after]) for flip in swept.flips]
    ancestors = history.ancestors
    return all(
        any(
            after == flip or (flip in history.skipped and flip in ancestors[after] - ancestors[before])
            for before, after in pairs
        )
        for flip in history.seen_flips
    )


def asked_by_git(history: History, ids: Sequence[str], folder: Path, paths: Iterable[str] = ()) -> list[str]:
    """The commits that `git bisect run` checks, in order; it is told the verdicts, and checks nothing out.

    Args:
        history: that was built.
        ids: of its commits, by place.
        folder: to be made, beside the repository.
        paths: that the range is restricted to.
    """
    folder.mkdir()
    log, table = folder / "log", folder / "verdicts"
    log.touch()
    lines = [f"{commit} {STATUS[history.verdict(place)]}\n" for place, commit in enumerate(ids)]
    table.write_text("".join(lines), encoding="ascii")
    top = folder.with_name("repository")
    start = ("start", "--no-checkout", ids[history.new], ids[history.old], "--", *paths)
    for words in (start, ("run", "sh", "-c", SCRIPT.format(log=log, table=table)), ("reset",)):
        subprocess.run(
            ["git", "bisect", *words], cwd=top, env=sealed_environment(), capture_output=True, check=False
        )
    return log.read_text(encoding="ascii").splitlines()


def summarise(trials: Sequence[Trial]) -> dict[str, Any]:
    """The figures of some trials; `wrong` and `over` name the histories that miss a goal."""
    plain = [trial for trial in trials if trial.is_plain]
    single = [trial for trial in trials if trial.kind != "flips"]
    again = [trial.repeated for trial in trials if trial.repeated is not None]
    kinds = {
        kind: {
            "histories": sum(trial.kind == kind for trial in trials),
            "right": sum(trial.kind == kind and trial.is_right for trial in trials),
        }
        for kind in ("defined", "hidden", "flips")
    }
    bound = {trial.seed: steps_of(trial.states) + ENDS_AND_PROOF for trial in plain}
    return {
        "histories": len(trials),
        **kinds,
        "wrong": [f"{trial.seed}: {trial.told}" for trial in trials if not trial.is_right],
        "candidates too many": sum(trial.surplus for trial in trials),
        "linear, every commit testable": len(plain),
        "more than log2 S + 4 checks": [trial.seed for trial in plain if trial.checks > bound[trial.seed]],
        "one flip: checks between the ends": sum(trial.search for trial in single),
        "plain git": sum(trial.git for trial in single),
        "plain git with the code paths": sum(trial.git_paths for trial in single),
        "more than plain git": [trial.seed for trial in single if trial.search > trial.git],
        "more than git with paths": [trial.seed for trial in single if trial.search > trial.git_paths],
        "searched again": len(again),
        "checks of these": sum(again),
    }


def main() -> None:
    """Try the histories, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--histories", type=int, default=HISTORIES)
    parser.add_argument("--first", type=int, default=0, metavar="SEED")
    parser.add_argument("--jobs", type=int, default=1, help="checks at once")
    parser.add_argument("--json", action="store_true", help="print every trial")
    options = parser.parse_args()
    trials = []
    for seed in range(options.first, options.first + options.histories):
        with tempfile.TemporaryDirectory() as folder:
            os.environ["XDG_CACHE_HOME"] = folder  # of proofs
            trials.append(try_history(seed, Path(folder), jobs=options.jobs))
        if not trials[-1].is_right:
            print(f"history {seed}: {trials[-1].told}", file=sys.stderr)
    if options.json:
        print(json.dumps([asdict(trial) for trial in trials], indent=1))
    else:
        for name, value in summarise(trials).items():
            print(f"{name:<36}{value}")


if __name__ == "__main__":
    main()
