"""Searches that are killed at any moment and taken up again: same answer, nothing twice, checkout untouched.

    python -m benchmarks.kills [--kills N] [--first SEED] [--jobs N]

Searches of seeded histories (`fixtures.graphs`) get SIGKILL at random moments of the time that they take when
left alone, and go on each time in a new process, as `bisect --resume` does; it is forked, so that imports are
made once. HEAD, index, files, stash, settings and reflogs of the checkout are compared byte for byte.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from benchmarks.searching import Bench
from fixtures.git import GitRunner, snapshot
from fixtures.graphs import LONGEST, draw
from fixtures.stated_check import CODE, SECONDS

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

__all__ = ["Killed", "kill_searches"]

KILLS = 100
CHECK_SECONDS = "0.05"
MOST_KILLS = 12  # of one search: then it may end


@frozen
class Killed:
    """What came of one search that was killed again and again.

    Attributes:
        seed: of the history.
        kills: how many.
        is_same: whether it ended as one that was left alone.
        repeated: checks of code states that had been checked to the end before, proofs left out.
        touched: files of the checkout that are not what they were.
    """

    seed: int
    kills: int
    is_same: bool
    repeated: int
    touched: tuple[str, ...]


def kill_searches(
    kills: int, first: int, folder: Path, longest: int = LONGEST, jobs: int = 1
) -> list[Killed]:
    """Kill searches, of the histories from a seed on, so many times in all.

    Args:
        kills: in all.
        first: seed.
        folder: empty; for the repositories.
        longest: commits of a history, as of `draw`.
        jobs: checks at once.
    """
    found: list[Killed] = []
    seed = first
    while (left := kills - sum(each.kills for each in found)) > 0:
        found.append(_kill_search(seed, min(left, MOST_KILLS), folder / str(seed), longest, jobs))
        seed += 1
    return found


def _kill_search(seed: int, most: int, folder: Path, longest: int, jobs: int) -> Killed:
    history, rng = draw(seed, longest), random.Random(seed)
    ids = history.build(folder / "alone" / "repository")
    history.build(folder / "killed" / "repository")
    ends = ids[history.old], ids[history.new]
    begin = time.monotonic()
    expected = _searched(folder / "alone" / "repository", ends, None, jobs)
    whole = time.monotonic() - begin
    top = folder / "killed" / "repository"
    _make_dirty(GitRunner(top, init=False))
    before, kills, answer = snapshot(top), 0, None
    while answer is None:
        answer = _searched(top, ends, rng.uniform(0, whole) if kills < most else None, jobs)
        kills += answer is None
    after = snapshot(top)
    searched = [tree for _, kind, tree in Bench(top).ended() if kind == "search"]
    return Killed(
        seed=seed,
        kills=kills,
        is_same=answer == expected,
        repeated=len(searched) - len(set(searched)),
        touched=tuple(name for name in before.keys() | after.keys() if before.get(name) != after.get(name)),
    )


def _make_dirty(repository: GitRunner) -> None:
    """Let the checkout hold a stash, a staged file, an edited one and an untracked one."""
    start = f"{CODE}/start"
    repository.write({start: "stashed\n"})
    repository.git("stash", "push", "-q")
    repository.write({start: "edited\n", "staged.txt": "staged\n", "untracked.txt": "mine\n"})
    repository.git("add", "staged.txt")


def _searched(top: Path, ends: tuple[str, str], seconds: float | None, jobs: int) -> str | None:
    """The answer of a search in a process of its own; None where it was killed after so many seconds."""
    fork = multiprocessing.get_context("fork")
    answer, told = fork.Pipe(duplex=False)
    process = fork.Process(target=_search, args=(top, ends, told, jobs))
    process.start()
    told.close()
    process.join(seconds)
    process.kill()
    process.join()
    try:
        return str(answer.recv())
    except EOFError:
        if seconds is None:
            raise SystemExit(f"the search in {top} ended with status {process.exitcode}") from None
        return None


def _search(top: Path, ends: tuple[str, str], told: Connection, jobs: int) -> None:
    """Search, or go on with the search that was killed, and tell the answer."""
    os.environ.update({"XDG_CACHE_HOME": str(top.parent), SECONDS: CHECK_SECONDS})
    bench = Bench(top, jobs)
    is_begun = any((top / ".git/bisect-parity/sessions").glob("*/session.json"))
    result = (bench.resumed() if is_begun else bench.session(*ends)).run()
    told.send(f"{result.outcome.value} {result.first} {sorted(result.candidates)}")


def main() -> None:
    """Kill the searches, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--first", type=int, default=0, metavar="SEED")
    parser.add_argument("--jobs", type=int, default=1, help="checks at once")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = kill_searches(options.kills, options.first, Path(folder), jobs=options.jobs)
    for each in found:
        print(f"history {each.seed}: {each}", file=sys.stderr)
    print(f"{'searches':<36}{len(found)}")
    print(f"{'kills':<36}{sum(each.kills for each in found)}")
    print(f"{'same answer':<36}{sum(each.is_same for each in found)}")
    print(f"{'checks of ended code states again':<36}{sum(each.repeated for each in found)}")
    print(f"{'files of the checkout touched':<36}{sum(len(each.touched) for each in found)}")


if __name__ == "__main__":
    main()
