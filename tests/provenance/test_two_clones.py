"""Who works in two clones has what was made in one of them in the other later."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600


def test_what_was_made_here_was_not_checked_out_where_the_run_was_added(tmp_path: Path) -> None:
    here = GitRunner(tmp_path / "here")
    for n in range(4):
        shared = here.commit({"src.py": f"A = {n}\n"}, "code", when=EPOCH + n * HOUR)
    here.git("clone", "-q", str(here.top), str(tmp_path / "there"))
    there = GitRunner(tmp_path / "there")
    for n in range(4, 7):
        here.commit({"src.py": f"A = {n}\n"}, "code", when=EPOCH + n * HOUR)
    run = {"rmse": 0.125, "started_at": EPOCH + 6 * HOUR + 600}
    there.commit({"results/a/scores.json": json.dumps(run)}, "results", when=EPOCH + 6 * HOUR + 1800)
    here.git("pull", "-q", "--no-rebase", "--no-edit", str(there.top), "main", when=EPOCH + 8 * HOUR)
    found = resolutions(here.top)["results/a"]
    assert found.commit == shared
    assert found.probability > 0.6


BOOK = {"hostname": "anns-book.example"}, {"hostname": "3b77aa12cd9e"}
KERNELS = {"platform": "Linux-6.8.0-45-generic-x86_64"}, {"platform": "Linux-4.18.0-513.el8.x86_64"}


@pytest.mark.parametrize(
    ("has_reflog", "own", "other", "name"),
    [
        (True, BOOK, {"hostname": "node07"}, "node"),
        (True, ({}, {}), {}, "batch jobs"),
        (False, BOOK, {"hostname": "node07"}, "node"),
        (True, (KERNELS[0], {}), KERNELS[1], "another system"),
        (True, (KERNELS[0], {"cwd": "/home/lab/x"}), {"os": "Linux"}, ""),  # perhaps the same one
        (True, BOOK, {"os": "Linux"}, ""),
        (True, ({"os": "Linux"}, {"platform": "Linux"}), {"hostname": "node07"}, "node"),
        (True, ({"user": "lab"}, {"cwd": "/home/lab/x"}), {"cwd": "/home/u417/x"}, "another account"),
    ],
)
def test_results_of_another_machine_that_come_in_late_may_be_of_a_clone_that_is_behind(
    tmp_path: Path, has_reflog: bool, own: tuple[dict[str, str], ...], other: dict[str, str], name: str
) -> None:
    here = GitRunner(tmp_path / "here")
    late = {}
    for n in range(5):
        code = EPOCH + n * 3 * HOUR
        here.commit({"src.py": f"A = {n}\n"}, "code", when=code)
        run = {"rmse": n / 7, "started_at": code + 600} | own[n >= 3]
        here.commit({f"results/own{n}/scores.json": json.dumps(run)}, "results", when=code + 900)
        run = {"rmse": n / 9, "started_at": code + HOUR} | other
        late[f"results/node{n}/scores.json"] = json.dumps(run)
        if name == "batch jobs":
            late[f"results/node{n}/slurm-10{n}.out"] = "done\n"
    here.commit(late, "results of the cluster", when=EPOCH + 90 * HOUR)
    found = resolutions(here.top if has_reflog else here.clone(tmp_path / "fresh", "--no-local").top)
    assert all(found[f"results/own{n}"].probability > 0.9 for n in range(5))
    assert all((0.5 < found[f"results/node{n}"].probability < 0.8) == bool(name) for n in range(5))
    assert (f"the results of {name} come in later than others" in found["results/node0"].note) == bool(name)


@pytest.mark.parametrize("has_reflog", [True, False])
def test_a_run_of_another_person_was_made_in_the_clone_of_that_person(
    tmp_path: Path, has_reflog: bool
) -> None:
    here = GitRunner(tmp_path / "here", person=("Ann", "ann@example.org"))
    here.commit({"src.py": "A = 0\n"}, "code", when=EPOCH)
    here.git("clone", "-q", str(here.top), str(tmp_path / "there"))
    there = GitRunner(tmp_path / "there", init=False, person=("Bob", "bob@example.org"))
    own = here.commit({"src.py": "A = 1\n"}, "mine", when=EPOCH + 8 * HOUR)
    there.git("pull", "-q", str(here.top), "main", when=EPOCH + 10 * HOUR)
    other = there.commit({"src.py": "A = 2\n"}, "theirs", when=EPOCH + 11 * HOUR)
    here.git("pull", "-q", str(there.top), "main", when=EPOCH + 18 * HOUR)
    said: list[dict[str, object]] = [{"user": "bob"}, {"argv": ["/home/bob/run.py", "--n=3"]}]
    said += [{"user": "cy"}, {"user": "ann"}]
    began: dict[str, object] = {"started_at": EPOCH + 13 * HOUR, "rmse": 0.5}
    runs = {f"results/run{n}/scores.json": began | each for n, each in enumerate(said)}
    here.commit({path: json.dumps(run) for path, run in runs.items()}, when=EPOCH + 18.5 * HOUR)
    here.write({"results/run4/scores.json": json.dumps(began | {"rmse": 0.7})})
    here.git("add", "results")
    here.git("commit", "-qm", "Results", "--author=Bob <bob@example.org>", when=EPOCH + 19 * HOUR)
    found = resolutions(here.top if has_reflog else here.clone(tmp_path / "fresh", "--no-local").top)
    here_or_there = own if has_reflog else other  # of somebody else's account nothing is known
    expected = [other, other, here_or_there, here_or_there, other]
    answers = [found[f"results/run{n}"] for n in range(5)]
    assert [answer.commit for answer in answers] == expected
    assert ["bob@example.org ran it" in answer.note for answer in answers] == [
        True,
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize("is_theirs", [True, False])
def test_late_runs_that_suit_the_commits_of_a_colleague_were_perhaps_made_by_that_person(
    tmp_path: Path, is_theirs: bool
) -> None:
    here = GitRunner(tmp_path / "here", person=("Ann", "ann@example.org"))
    here.commit({"src.py": "A = 0\n"}, "code", when=EPOCH)
    here.git("clone", "-q", str(here.top), str(tmp_path / "there"))
    there = GitRunner(tmp_path / "there", init=False, person=("Bob", "bob@example.org"))
    runs, truth = {}, []
    for n in range(6):
        begin = EPOCH + (n + 1) * 24 * HOUR
        there.git("pull", "-q", "--ff-only", str(here.top), "main", when=begin)
        other = there.commit({"theirs.py": f"B = {n}\n"}, "theirs", when=begin + 8 * HOUR)
        truth.append(other if is_theirs else here.head)
        run = {"rmse": n / 8, "started_at": begin + (8 * HOUR if is_theirs else 10 * HOUR) + 60}
        runs[f"results/run{n}/scores.json"] = json.dumps(run)
        if not is_theirs:
            truth[-1] = here.commit({"mine.py": f"C = {n}\n"}, "mine", when=begin + 10 * HOUR)
        pull = ("pull", "-q", "--no-rebase", "--no-edit", str(there.top), "main")
        here.git(*pull, when=begin + 12 * HOUR)
    here.commit(runs, "Results", when=EPOCH + 8 * 24 * HOUR)
    found = resolutions(here.top)
    answers = [found[f"results/run{n}"] for n in range(6)]
    assert [answer.commit for answer in answers] == truth
    assert all(answer.probability > (0.5 if is_theirs else 0.95) for answer in answers)


def test_where_the_reflog_tells_less_late_runs_speak_less_for_colleagues(tmp_path: Path) -> None:
    here = GitRunner(tmp_path / "here", person=("Ann", "ann@example.org"))
    here.commit({"src.py": "A = 0\n"}, "code", when=EPOCH)
    clones = []
    for name in ("Ann", "Bob"):
        here.git("clone", "-q", str(here.top), str(tmp_path / name))
        person = (name, f"{name.lower()}@example.org")
        clones.append(GitRunner(tmp_path / name, init=False, person=person))
    desk, there = clones
    runs, truth = {}, []
    for n in range(4):
        day = EPOCH + (n + 1) * 24 * HOUR
        desk.git("pull", "-q", "--ff-only", str(here.top), "main", when=day)
        truth.append(desk.commit({"mine.py": f"A = {n}\n"}, "mine", when=day + HOUR))
        for clone, source, hour in ((here, desk, 2), (there, desk, 3)):
            clone.git("pull", "-q", "--ff-only", str(source.top), "main", when=day + hour * HOUR)
        there.commit({"theirs.py": f"B = {n}\n"}, "theirs", when=day + 4 * HOUR)
        run = {"rmse": n / 8, "started_at": day + 9 * HOUR}  # it follows on nothing
        runs[f"results/run{n}/scores.json"] = json.dumps(run)
        here.git("pull", "-q", "--ff-only", str(there.top), "main", when=day + 20 * HOUR)
    here.commit(runs, "Results", when=EPOCH + 8 * 24 * HOUR)
    found = resolutions(here.top)
    assert [found[f"results/run{n}"].commit for n in range(4)] == truth
