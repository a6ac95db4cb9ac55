"""A list of commands that checks out a commit records it; one that checks out several records none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600
RUN = "results/run1"


@pytest.fixture
def history(tmp_path: Path) -> tuple[GitRunner, list[str]]:
    """A commit each hour; the second one has a tag."""
    repo = GitRunner(tmp_path / "r")
    commits = [repo.commit({"src.py": f"A = {n}\n"}, "code", when=EPOCH + n * HOUR) for n in range(5)]
    repo.git("tag", "v1.2.0", commits[1])
    return repo, commits


def added(repo: GitRunner, name: str, text: str) -> None:
    """Commit a run of half an hour after the last commit, with such a text; no reflog tells anything."""
    begun = EPOCH + 4 * HOUR + 1800
    result = json.dumps({"correlation_warm": 0.9, "started_at": begun})
    repo.commit({f"{RUN}/benchmark_results.json": result, f"{RUN}/{name}": text}, "results", when=begun + 600)
    repo.git("reflog", "expire", "--expire=now", "--all")


@pytest.mark.parametrize("name", ["commands.txt", "run.sh", "run.log"])
@pytest.mark.parametrize("line", ["git checkout {id:.9}", "git switch --detach {id}", "git checkout v1.2.0"])
def test_the_commit_that_the_commands_check_out_is_that_of_the_run(
    history: tuple[GitRunner, list[str]], name: str, line: str
) -> None:
    repo, commits = history
    added(repo, name, f"{line.format(id=commits[1])}\npython run.py --size 8\ngit checkout main\n")
    assert resolutions(repo.top)[RUN].commit == commits[1]
    assert resolutions(repo.top, blind=True)[RUN].commit == commits[4]


@pytest.mark.parametrize(
    "text",
    [
        "git checkout {1}\npython run.py\ngit checkout {2}\npython run.py\n",
        "git checkout {1}\npython run.py\ngit checkout main\npython run.py\n",
        "git checkout {1} -- src.py\npython run.py\n",
        "git checkout 1234567890abcdef\npython run.py\n",
    ],
)
def test_commands_that_check_out_several_commits_files_or_unknown_ones_record_none(
    history: tuple[GitRunner, list[str]], text: str
) -> None:
    repo, commits = history
    added(repo, "commands.txt", text.format(*commits))
    found = resolutions(repo.top)[RUN]
    assert (found.commit, str(found.resolution_class)) == (commits[4], "inferred")
