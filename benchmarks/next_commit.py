"""A search through 1,000,000 commits: how long it takes to choose the next commit.

    python -m benchmarks.next_commit FOLDER [--commits N] [--searches N]

The history is that of `benchmarks.million`; it is made once and kept in FOLDER, and searched in a clone. A
verdict costs nothing here: what is timed is all between one verdict and the next question, the books of git
included, as wall time and as processor time of all processes. The culprits are commits that change the code,
on the main line or in what a merge brought in.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from attrs import define, field, frozen

from benchmarks.million_history import build
from bisect_parity.bisection.git_bisect import GitBisect
from bisect_parity.bisection.model import Find
from bisect_parity.bisection.search import Search
from bisect_parity.bisection.span import Span, read_span
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.repository import Repository
from bisect_parity.history.worktree_pool import own_worktree
from bisect_parity.journal import Journal
from fixtures.git import sealed_environment

__all__ = ["Searched", "search_for"]

SEED = 20251009
CODE = "src"
MOST_SECONDS = 2.0


@frozen
class Cost:
    """Seconds on the wall, and of processors."""

    wall: float
    processor: float

    @classmethod
    def now(cls) -> Cost:
        """Of this process and the children that ended, so far."""
        return cls(time.perf_counter(), sum(os.times()[:4]))

    def since(self, begin: Cost) -> Cost:
        """What was spent after another moment."""
        return Cost(self.wall - begin.wall, self.processor - begin.processor)


@frozen
class Searched:
    """One search.

    Attributes:
        start: until the first question.
        choices: of each choice after it, the last of which named the commit.
        is_found: whether that was the culprit.
    """

    start: Cost
    choices: list[Cost]
    is_found: bool


@define
class _Oracle:
    """Knows the culprit, and measures how long it takes until it is asked again."""

    repository: Repository
    culprit: str
    waits: list[Cost] = field(factory=list)
    since: Cost = field(factory=Cost.now)

    def verdict(self, commit: str, _steps_left: int | None, _ahead: object) -> str:
        """The verdict on a commit."""
        self.waits.append(Cost.now().since(self.since))
        words = ("merge-base", "--is-ancestor", self.culprit, commit)
        status = self.repository.git_result(*words).status
        self.since = Cost.now()
        return "bad" if status == 0 else "good"


def search_for(culprit: str, span: Span, repository: Repository, code_states: CodeStates) -> Searched:
    """Search a range for a commit that breaks what is checked.

    Args:
        culprit: full id.
        span: the range.
        repository: that holds it; a worktree of ours is made there.
        code_states: with the code paths.
    """
    with own_worktree(repository, span.new, code_states.holds) as worktree:
        oracle = _Oracle(repository, culprit)
        books = GitBisect(worktree, Find.REGRESSION)
        search = Search(repository, code_states, Find.REGRESSION, books, oracle.verdict, frozenset)
        found = search.run(span)
        oracle.waits.append(Cost.now().since(oracle.since))
    return Searched(oracle.waits[0], oracle.waits[1:], found.first == culprit)


def main() -> None:
    """Make the history if it is not there, search it, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where the history is kept")
    parser.add_argument("--commits", type=int, default=1_000_000)
    parser.add_argument("--searches", type=int, default=3)
    options = parser.parse_args()
    top = options.folder.absolute() / f"million-{options.commits}-1000"
    if not top.exists():
        build(top, options.commits, 1000)
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        words = ["git", "clone", "-q", "--shared", "--no-checkout", str(top), str(clone)]
        subprocess.run(words, env=sealed_environment(), check=True)
        repository = Repository.open(clone, Journal(None, ["benchmark"]))
        code_states = CodeStates(repository, [CODE])
        changes = repository.git("rev-list", "HEAD", "--", CODE).decode("ascii").split()
        begin = Cost.now()
        span = read_span(repository, changes[-1], changes[0], code_states)
        print(f"{'commits':<28}{span.count}")
        print(f"{'on the main line, with code':<28}{len(span.main_line)}")
        _tell("reading the range", Cost.now().since(begin))
        for culprit in random.Random(SEED).sample(changes[1:-1], options.searches):
            done = search_for(culprit, span, repository, code_states)
            count = len(done.choices)
            print(f"{'found' if done.is_found else 'MISSED'} {culprit[:12]} by {count} choices")
            _tell("before the first question", done.start)
            _tell("mean choice", Cost(_mean(done, "wall"), _mean(done, "processor")))
            worst = max(done.choices, key=lambda cost: cost.wall)
            _tell(f"slowest (at most {MOST_SECONDS:g} s)", worst)


def _mean(done: Searched, name: str) -> float:
    return statistics.fmean(getattr(cost, name) for cost in done.choices)


def _tell(name: str, cost: Cost) -> None:
    print(f"{name:<28}{cost.wall:.2f} s, {cost.processor:.2f} s of processors")


if __name__ == "__main__":
    main()
