"""On which machine, and in whose account, a run was made: as it says, or as who committed it tells."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bisect_parity.evidence.model import Bundle, Findings, Parameter, Source
from bisect_parity.provenance.whereabouts import account, machine
from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600


def stating(**values: str) -> list[Bundle]:
    said = tuple(Parameter(name, value, Source("run.json")) for name, value in values.items())
    return [Bundle("run", (), (), (Findings(environment=said),))]


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ({"platform": "macOS-14.2-arm64-arm-64bit"}, {"platform": "macOS-14.2.1-arm64-arm-64bit"}, True),
        ({"os": "Ubuntu 22.04 LTS"}, {"os": "Ubuntu 22.04.5 LTS"}, True),
        ({"os": "Ubuntu 22.04 LTS"}, {"os": "Rocky Linux 9.3"}, False),
        ({"platform": "cpu"}, {"platform": "gpu"}, True),  # of one machine, as JAX calls them
        ({"platform": "cuda:0"}, {}, True),
        ({"hostname": "node1.cluster"}, {"hostname": "node22"}, True),
    ],
)
def test_machines_are_told_apart_by_what_does_not_change(
    one: dict[str, str], other: dict[str, str], is_same: bool
) -> None:
    assert (machine(stating(**one)) == machine(stating(**other))) == is_same


def test_an_account_is_a_name_whatever_stands_there() -> None:
    assert account(stating(user="bob")) == "bob"
    assert account(stating(user="1234", cwd="/home/cy/work")) == "cy"
    assert account(stating(user="a" * 100_000 + "!")) == ""  # at once


def test_a_robot_runs_where_it_commits_in_the_name_of_another(tmp_path: Path) -> None:
    here = GitRunner(tmp_path / "here", person=("bench", "bench-bot@example.org"))
    here.commit({"src.py": "A = 0\n"}, "code", when=EPOCH)
    here.git("clone", "-q", str(here.top), str(tmp_path / "there"))
    there = GitRunner(tmp_path / "there", init=False, person=("Bob", "bob@example.org"))
    truth = []
    for n in range(2):
        day = EPOCH + (n + 1) * 24 * HOUR
        there.git("pull", "-q", "--ff-only", str(here.top), "main", when=day)
        truth.append(there.commit({"src.py": f"A = {n + 1}\n"}, "code", when=day + HOUR))
        here.git("pull", "-q", "--ff-only", str(there.top), "main", when=day + 2 * HOUR)
        there.commit({"src.py": f"A = {n + 1.5}\n"}, "more code", when=day + 3 * HOUR)
        run = {"rmse": n / 7, "started_at": day + 4 * HOUR}
        here.write({f"results/run{n}/scores.json": json.dumps(run)})
        here.git("add", "results")
        here.git("commit", "-qm", "Results", "--author=Bob <bob@example.org>", when=day + 4.2 * HOUR)
        there.person = ("Cy", "@example.org")  # nobody's account is empty
        there.git("pull", "-q", "--no-rebase", "--no-edit", str(here.top), "main", when=day + 6 * HOUR)
        there.person = ("Bob", "bob@example.org")
        here.git("pull", "-q", "--ff-only", str(there.top), "main", when=day + 7 * HOUR)
    found = resolutions(here.top)
    answers = [found[f"results/run{n}"] for n in range(2)]
    assert [answer.commit for answer in answers] == truth
    assert all("ran it" not in answer.note for answer in answers)


def test_who_works_in_a_shared_worktree_is_at_home_there(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r", person=("Lab", "lab@example.org"))
    for n, who in enumerate(("Ann", "Bob", "Ann")):
        repo.write({"src.py": f"A = {n}\n"})
        repo.git("add", ".")
        name = f"--author={who} <{who.lower()}@example.org>"
        repo.git("commit", "-qm", "code", name, when=EPOCH + n * HOUR)
    repo.git("checkout", "-q", "--detach", "HEAD~2", when=EPOCH + 4 * HOUR)
    repo.write({"results/run/scores.json": json.dumps({"rmse": 0.5, "started_at": EPOCH + 5 * HOUR})})
    truth = repo.head
    repo.git("checkout", "-q", "main", when=EPOCH + 6 * HOUR)
    repo.git("add", "results")
    repo.git("commit", "-qm", "Results", "--author=Bob <bob@example.org>", when=EPOCH + 7 * HOUR)
    found = resolutions(repo.top)["results/run"]
    assert found.commit == truth
    assert found.probability > 0.8
