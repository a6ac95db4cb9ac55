from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bisect_parity.bisection import ends_account
from bisect_parity.bisection.answer_parts import BundleEnd
from bisect_parity.commands.invocation import Invocation
from bisect_parity.commands.session_ends import named_end
from bisect_parity.errors import EvidenceError
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from fixtures.git import GitRunner
from tests.end_to_end.world import BUNDLE, call, small_history

if TYPE_CHECKING:
    from pathlib import Path


def test_an_end_may_be_a_bundle_and_carries_its_probability_into_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = small_history(tmp_path / "r")
    journal = Journal(log := tmp_path / "commands.txt", ["test"])
    call = Invocation(made.top, None, False, False, False, journal)
    repository = Repository.open(made.top, journal)
    second = made.git("rev-parse", "HEAD~1")
    commit, bundle = named_end(call, repository, str(made.top / BUNDLE), "good")
    assert bundle is not None
    assert (commit, bundle.commit, bundle.path, bundle.end) == (second, second, BUNDLE, "good")
    assert bundle.resolution_class == "inferred"
    assert 0 < bundle.probability <= 1
    says = ends_account.bundle_ends([bundle], [])
    assert f"{second[:12]} is the commit of {BUNDLE} (inferred, probability" in says[0]
    monkeypatch.chdir(made.top)
    made.git("rm", "-rq", BUNDLE)
    made.commit({}, "Remove the run")
    deleted, bundle = named_end(call, repository, BUNDLE, "good")
    assert bundle is not None
    assert (deleted, bundle.path) == (second, BUNDLE)
    assert named_end(call, repository, f"{BUNDLE}x", "good") == (f"{BUNDLE}x", None)
    assert named_end(call, repository, "HEAD", "good") == ("HEAD", None)
    before = log.read_text()
    assert " log " in before
    assert named_end(call, repository, "2025-09-08", "good") == ("2025-09-08", None)
    assert " log " not in log.read_text().removeprefix(before)  # of a date, no history is searched
    assert named_end(call, repository, "auto", "good") == ("auto", None)
    (made.top / "main").mkdir()  # what is both a branch and a folder is taken as the branch
    assert named_end(call, repository, "main", "good") == ("main", None)


def test_an_end_has_the_probability_that_the_bundle_has_among_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = GitRunner(tmp_path / "r")
    for number in range(5):  # four runs teach what the last one, which names no commit, is like
        made.commit({"src/a.py": f"A = {number}\n"}, "Code")
        stamp = f"reports/20250908T16{2 * number:02}30Z"
        env = json.dumps({"git_sha": made.rev("HEAD") if number < 4 else ""})
        made.commit({f"{stamp}/env.json": env, f"{stamp}/run.json": '{"correlation": 0.5}'}, "Run")
    journal = Journal(None, ["test"])
    call_ = Invocation(made.top, None, False, False, False, journal)
    _, end = named_end(call_, Repository.open(made.top, journal), stamp, "bad")
    told = json.loads(call(capsys, "provenance", "--json", "--repo", made.top).out)["bundles"][-1]
    assert end is not None
    assert (end.path, end.probability) == (told["path"], told["code_state_probability"])


def test_an_end_whose_run_had_uncommitted_changes_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = small_history(tmp_path / "r")
    git = {"commit": made.rev("HEAD"), "dirty": True}
    record = {"schema": "bisect-parity/record", "version": 1, "state": "ended", "git": git}
    made.write({"reports/recorded/a/record.json": json.dumps(record)})
    answer = call(
        capsys,
        "bisect",
        "--repo",
        made.top,
        "--good",
        "HEAD~1",
        "--bad",
        "reports/recorded/a",
        "--test",
        "true",
    )
    told = f"the run of reports/recorded/a had changes that {made.rev('HEAD')[:12]} does not hold"
    assert told in answer.err


def test_no_end_is_claimed_to_be_certain() -> None:
    end = BundleEnd("good", BUNDLE, "confirmed", "a" * 40, 0.99996)
    assert ends_account.bundle_ends([end], [])[0].endswith("(confirmed, probability >0.999).")


def test_a_folder_that_holds_no_bundle_is_no_end(tmp_path: Path) -> None:
    made = small_history(tmp_path / "r")
    (made.top / "empty").mkdir()
    journal = Journal(None, ["test"])
    call = Invocation(made.top, None, False, False, False, journal)
    with pytest.raises(EvidenceError):
        named_end(call, Repository.open(made.top, journal), str(made.top / "empty"), "bad")
