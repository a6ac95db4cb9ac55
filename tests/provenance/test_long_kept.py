"""What was kept for long before it was committed, and histories that were rewritten as a whole."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bisect_parity.provenance.model import ResolutionClass
from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.provenance.model import Resolution

HOUR, YEAR = 3600, 365 * 86400


def result(number: int) -> str:
    return json.dumps([{"size": 4096, "correlation_warm": 0.9, "py_time_warm": number + 0.123456789}])


def utc_stamp(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y%m%dT%H%M%SZ")


def found_years_later(top: Path, runs: int, *, with_file_times: bool) -> tuple[list[str], list[Resolution]]:
    """Commits, an hour apart, and the answers for runs at the first of them, found two years later."""
    repo = GitRunner(top)
    commits = [repo.commit({"a.py": f"A = {n}\n"}, "code", when=EPOCH + n * HOUR) for n in range(runs + 2)]
    starts = [EPOCH + n * HOUR + 1800 for n in range(runs)]
    paths = [f"results/{utc_stamp(start)}" for start in starts]
    files = {f"{path}/benchmark_results.json": result(n) for n, path in enumerate(paths)}
    repo.commit({"a.py": "A = -1\n"}, "code", when=EPOCH + 2 * YEAR - HOUR)
    repo.commit(files, "found on a disk", when=EPOCH + 2 * YEAR)
    repo.git("reflog", "expire", "--expire=now", "--all")
    for path, start in zip(files, starts, strict=True):
        when = start if with_file_times else EPOCH + 3 * YEAR
        os.utime(top / path, (when, when))
    found = resolutions(top)
    return commits, [found[path] for path in paths]


def test_results_that_were_found_together_vouch_for_the_age_of_each_other(tmp_path: Path) -> None:
    commits, found = found_years_later(tmp_path / "r", 6, with_file_times=False)
    assert [each.commit for each in found] == commits[:6]
    assert min(each.probability for each in found) > 0.5


def test_a_stamp_that_the_file_itself_bears_out_is_believed_years_later(tmp_path: Path) -> None:
    (first, *_), (alone,) = found_years_later(tmp_path / "r", 1, with_file_times=True)
    assert alone.commit == first
    assert alone.probability > 0.6


@pytest.mark.parametrize("is_whole", [True, False], ids=["with its root", "but for its root"])
def test_the_commits_of_a_history_that_was_rewritten_as_a_whole_stand_for_what_they_were(
    tmp_path: Path, *, is_whole: bool
) -> None:
    repo = GitRunner(tmp_path / "r")
    if not is_whole:
        repo.commit({"a.py": "A = -1\n"}, "root", when=EPOCH - HOUR)
    commits = []
    stamp = utc_stamp(EPOCH + 3 * HOUR + 600)
    for number in range(8):
        path = f"results/{stamp}/benchmark_results.json" if number == 4 else "a.py"
        (repo.top / path).parent.mkdir(parents=True, exist_ok=True)
        (repo.top / path).write_text(result(number))
        repo.git("add", "-A")
        made = EPOCH + number * HOUR
        repo.git("commit", "-q", "-m", str(number), when=EPOCH + YEAR, author_when=made)
        commits.append(repo.head)
    repo.git("reflog", "expire", "--expire=now", "--all")
    found = resolutions(repo.top)[f"results/{stamp}"]
    assert found.candidates[0].commit == commits[3]
    if is_whole:
        assert found.resolution_class is ResolutionClass.INFERRED
        assert found.probability > 0.9
    else:
        assert found.resolution_class is ResolutionClass.UNRESOLVED
        assert f"what {commits[3][:12]} replaced was probably checked out" in found.note


def test_a_bundle_that_was_moved_to_another_folder_at_the_top_counts_from_its_first_place(
    tmp_path: Path,
) -> None:
    repo = GitRunner(tmp_path / "r")
    commits = [repo.commit({"a.py": f"A = {n}\n"}, "code", when=EPOCH + n * HOUR) for n in range(3)]
    name = f"run_{utc_stamp(EPOCH + 2 * HOUR + 600)}"
    repo.commit({f"results/{name}/benchmark_results.json": result(1)}, "run", when=EPOCH + 2 * HOUR + 900)
    first = repo.head
    repo.commit({"a.py": "A = 9\n"}, "code", when=EPOCH + 3 * HOUR)
    (repo.top / "archive").mkdir()
    repo.git("mv", f"results/{name}", f"archive/{name}")
    repo.git("commit", "-q", "-m", "tidy up", when=EPOCH + 30 * 24 * HOUR)
    repo.git("reflog", "expire", "--expire=now", "--all")
    found = resolutions(repo.top)[f"archive/{name}"]
    assert found.commit == commits[2]
    assert any(clue.says.startswith(f"{first[:12]} added it, 5 min after") for clue in found.clues)
