"""A merge of good parents, or a change that landed again, is told with what it is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures.git import GitRunner
from tests.end_to_end.world import call

if TYPE_CHECKING:
    from pathlib import Path

TEST = 'test "$(cat a)$(cat b)" != 22'  # neither change breaks it alone


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRunner:
    """A base, and a commit on each of two branches, which pass alone."""
    made = GitRunner(tmp_path / "r")
    made.commit({"a": "1\n", "b": "1\n", "c": "1\n"})
    made.git("tag", "base")
    made.checkout("side", create=True)
    made.commit({"b": "2\n"}, "Side")
    made.checkout("main")
    made.commit({"a": "2\n"}, "Main")
    monkeypatch.chdir(made.top)
    return made


def _answer(capsys: pytest.CaptureFixture[str], test: str = TEST, good: str = "base") -> str:
    answer = call(capsys, "bisect", "--good", good, "--bad", "HEAD", "--test", test)
    assert answer.status == 0
    return answer.out


def test_changes_that_break_only_together_are_told_with_the_side(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    merge = repo.merge("side")
    main, side = repo.git("rev-parse", "HEAD^1", "HEAD^2").split()
    told = _answer(capsys)
    assert f"first bad commit: {merge}\n" in told
    assert f"  its parents: {main}, {side}\n" in told
    assert f"{merge[:12]} is bad, its parents {main[:12]}, {side[:12]} are good." in told
    assert "the sides are bad only together" in told
    assert f"Its side is one commit: {side[:12]}." in told


def test_a_side_of_many_commits_is_told_with_the_search_among_them(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    repo.checkout("side")
    side = repo.commit({"c": "2\n"}, "Harmless")
    repo.checkout("main")
    main = repo.git("rev-parse", "HEAD")
    repo.merge("side")
    told = _answer(capsys)
    assert "To find which of the 2 commits of its side is at odds with the other: " in told
    assert (
        f"git worktree add --detach ../replay {side[:12]} && git -C ../replay rebase {main[:12]} &&" in told
    )
    assert f'bisect --good {main[:12]} --bad "$(git -C ../replay rev-parse HEAD)" --test' in told


def test_what_was_changed_by_hand_in_a_merge_is_named(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    repo.git("merge", "-q", "--no-ff", "--no-commit", "side")
    merge = repo.commit({"c": "9\n"}, "Merge")
    told = _answer(capsys, "test $(cat c) != 9")
    assert f"first bad commit: {merge}\n" in told
    assert "is not what git merges by itself in c. To see what was changed:" in told
    assert f"git show --remerge-diff {merge[:12]}\n" in told


def test_a_merge_of_more_than_two_parents_is_told_as_one(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    repo.checkout("third", create=True)
    repo.commit({"d": "1\n"})
    repo.checkout("main")
    repo.commit({"c": "3\n"})
    repo.git("merge", "-q", "-m", "Octopus", "side", "third")
    merge = repo.git("rev-parse", "HEAD")
    told = _answer(capsys)
    assert f"first bad commit: {merge}\n" in told
    assert "the sides are bad only together.\n" in told


def test_what_was_changed_by_hand_in_a_merge_of_more_parents_is_shown_by_another_command(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    repo.checkout("third", create=True)
    repo.commit({"d": "1\n"})
    repo.checkout("main")
    repo.commit({"e": "3\n"})
    repo.git("merge", "-q", "--no-commit", "side", "third")
    merge = repo.commit({"c": "9\n"}, "Octopus")
    told = _answer(capsys, "test $(cat c) != 9")
    assert f"To see what was changed: git show --cc {merge[:12]}\n" in told
    assert "+++9" in repo.git("show", "--cc", merge)


def test_a_change_that_lands_again_is_told_with_where_it_was_before(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    first = repo.commit({"c": "9\n"}, "Land it")
    revert = repo.commit({"c": "1\n"}, f'Revert "Land it"\n\nThis reverts commit {first}.')
    again = repo.commit({"c": "9\n"}, f"Land it again\n\nThis reverts commit {revert}.")
    told = _answer(capsys, "test $(cat c) != 9", "HEAD~1")
    assert f"first bad commit: {again}\n" in told
    chain = f'{revert[:12]} (Revert "Land it"), which reverts {first[:12]} (Land it)'
    assert f"It says that it reverts {chain}, so that {first[:12]} holds again.\n" in told
