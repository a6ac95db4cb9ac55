"""Runs on a branch that was rebased with its dates kept: what was checked out then is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600
OWN, OTHER = ("Own", "own@example.org"), ("Other", "other@example.org")
STAMPS = ("20250908T211500Z", "20250908T231500Z")  # 5.25 and 7.25 hours after EPOCH


def project(top: Path, *, rebase: bool) -> tuple[GitRunner, list[str]]:
    """A topic of two commits, with results after each; what was checked out then."""
    repo = GitRunner(top)
    repo.person = OTHER
    repo.commit({"b.py": "B = 0\n"}, "base", when=EPOCH)
    base = repo.git("rev-parse", "HEAD")
    repo.git("checkout", "-q", "-b", "topic")
    repo.person = OWN
    made_at = []
    for number, stamp in enumerate(STAMPS):
        start = EPOCH + (5 + 2 * number) * HOUR
        repo.commit({"a.py": f"A = {number}\n"}, "code", when=start)
        made_at.append(repo.git("rev-parse", "HEAD"))
        repo.commit({f"reports/{stamp}/m.json": f'{{"rmse": 0.{number + 1}}}'}, "results", when=start + 1200)
    repo.git("checkout", "-q", "main")
    repo.person = OTHER
    repo.commit({"b.py": "B = 1\n"}, "later" if rebase else "meanwhile", when=EPOCH + 12 * HOUR)
    repo.person = OWN
    repo.git("checkout", "-q", "topic")
    if rebase:
        repo.git("rebase", "-q", "--committer-date-is-author-date", "main", when=EPOCH + 13 * HOUR)
    assert (repo.git("merge-base", "topic", "main") == base) is not rebase
    return repo, made_at


def without_reflogs(repo: GitRunner, top: Path) -> Path:
    repo.git("clone", "-q", "--no-local", "--branch", "topic", str(repo.top), str(top))
    return top


def test_without_reflogs_a_commit_of_another_id_is_not_stated_with_certainty(tmp_path: Path) -> None:
    plain, made_at = project(tmp_path / "plain", rebase=False)
    found = resolutions(without_reflogs(plain, tmp_path / "a")).values()
    assert [item.commit for item in found] == made_at
    assert min(item.probability for item in found) > 0.8
    rebased, _ = project(tmp_path / "rebased", rebase=True)
    found = resolutions(without_reflogs(rebased, tmp_path / "b")).values()
    assert max(item.probability for item in found) < 0.5
    assert all("what" in item.note and "replaced was probably checked out" in item.note for item in found)


def test_reflogs_tell_what_was_checked_out_before_the_rebase(tmp_path: Path) -> None:
    rebased, made_at = project(tmp_path, rebase=True)
    found = resolutions(rebased.top).values()
    assert [item.commit for item in found] == made_at
    assert min(item.probability for item in found) > 0.9
