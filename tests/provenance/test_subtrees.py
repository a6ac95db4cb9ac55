"""Results of a history that a merge put below a folder, as `git subtree add` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bisect_parity.provenance.background import Background
from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pytest

    from bisect_parity.history.additions import FileHistory

STAMPS = ("20250908T161500Z", "20250908T181500Z")  # 15 minutes after each commit of the code


def test_the_commit_of_the_other_history_brought_them_in(tmp_path: Path) -> None:
    library = GitRunner(tmp_path / "library")
    made_at, added = [], []
    for number, stamp in enumerate(STAMPS):
        start = EPOCH + 2 * number * 3600
        made_at.append(library.commit({"a.py": f"A = {number}\n"}, "code", when=start))
        results = {f"results/{stamp}/m.json": f'{{"rmse": 0.{number + 1}}}'}
        added.append(library.commit(results, "results", when=start + 1200))
    repo = GitRunner(tmp_path / "repo")
    repo.commit({"b.py": "B = 1\n"}, "other code", when=EPOCH + 86400)
    repo.git("fetch", "-q", str(library.top), "main", when=EPOCH + 86400)
    options = ("-s", "ours", "--no-commit", "--allow-unrelated-histories")
    repo.git("merge", "-q", *options, "FETCH_HEAD", when=EPOCH + 90000)
    repo.git("read-tree", "--prefix=lib/", "-u", "FETCH_HEAD")
    repo.git("commit", "-q", "-m", "Add library", when=EPOCH + 90000)
    found = resolutions(repo.top)
    assert list(found) == [f"lib/results/{stamp}" for stamp in STAMPS]
    assert [item.commit for item in found.values()] == made_at
    clues = [next(clue for clue in item.clues if clue.kind == "added-by") for item in found.values()]
    assert [clue.says[:12] for clue in clues] == [commit[:12] for commit in added]
    assert min(item.probability for item in found.values()) > 0.8


def test_a_merge_that_adds_results_itself_brings_in_no_other_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = GitRunner(tmp_path / "repo")
    repo.commit({"a.py": "A = 1\n"}, "code", when=EPOCH)
    repo.checkout("side", create=True, when=EPOCH)
    repo.commit({"b.py": "B = 1\n"}, "side", when=EPOCH + 60)
    repo.checkout("main", when=EPOCH + 120)
    made_at = repo.commit({"a.py": "A = 2\n"}, "main", when=EPOCH + 120)
    repo.git("merge", "-q", "--no-commit", "--no-ff", "side", when=EPOCH + 600)
    repo.write({f"results/{STAMPS[0]}/m.json": '{"rmse": 0.1}'})
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "merge", when=EPOCH + 900)
    asked = []
    read = Background.files

    def files(background: Background, roots: Iterable[str], tracked: Iterable[str]) -> FileHistory:
        asked.append(sorted(roots))
        return read(background, asked[-1], tracked)

    monkeypatch.setattr(Background, "files", files)
    (found,) = resolutions(repo.top).values()
    assert found.commit == made_at
    assert asked == [["results"]]  # a history of a million commits is not read again
