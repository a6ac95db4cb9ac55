"""Reflogs as lines of checkouts: where git has expired entries, they say nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bisect_parity.provenance.model import ResolutionClass
from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.provenance.model import Resolution

RESULT = json.dumps([{"size": 4096, "correlation_warm": 0.9}])
HOUR = 3600


def after_expiry(top: Path, stamp: str, *, prune: bool = True) -> tuple[list[str], Resolution]:
    """Commits, an hour apart, of which the third was amended after two hours, and the answer for a run."""
    repo = GitRunner(top)
    commits = [repo.commit({"a.py": f"A = {n}\n"}, "code", when=EPOCH + n * HOUR) for n in range(3)]
    repo.git("commit", "-q", "--amend", "-m", "better", when=EPOCH + 4 * HOUR, author_when=EPOCH + 2 * HOUR)
    commits.append(repo.head)
    path = f"reports/{stamp}"
    repo.commit({f"{path}/benchmark_results.json": RESULT}, "results", when=EPOCH + 5 * HOUR)
    repo.git("reflog", "expire", "--expire=never", "--expire-unreachable=now", "--all")
    if prune:
        repo.git("prune", "--expire=now")
    return commits, resolutions(repo.top)[path]


def test_a_checkout_is_not_believed_until_the_next_entry_where_those_between_were_expired(
    tmp_path: Path,
) -> None:
    commits, found = after_expiry(tmp_path / "r", "20250908T190000Z")  # EPOCH + 3 h
    assert found.resolution_class is ResolutionClass.AMBIGUOUS
    assert found.probability < 0.5
    assert f"what {commits[3][:12]} replaced was probably checked out" in found.note


def test_what_was_amended_is_named_until_git_removes_it(tmp_path: Path) -> None:
    commits, found = after_expiry(tmp_path / "r", "20250908T190000Z", prune=False)
    assert found.commit == commits[2]
    assert f"`git branch NAME {commits[2][:12]}` keeps it" in found.note


@pytest.mark.parametrize(
    ("stamp", "place", "says"),
    [
        ("20250908T170300Z", 1, "(commit); the next entries were expired"),  # 3 min after it was made
        ("20250908T204500Z", 3, "was checked out until 2025-09-08 14:00:00 -0700; the entries before that"),
    ],
)
def test_what_was_checked_out_before_and_after_expired_entries_is_still_told(
    tmp_path: Path, stamp: str, place: int, says: str
) -> None:
    commits, found = after_expiry(tmp_path / "r", stamp)
    assert found.commit == commits[place]
    assert any(says in clue.says for clue in found.clues)
    assert not any(event.text.endswith("by lost (logs/HEAD:3)") for event in found.timeline)
