"""Commits with a part of what another one changes: files, hunks, renames, modes, links."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.errors import MissingObjectError
from bisect_parity.history.partial_commits import (
    ChangePart,
    Hunk,
    PartialCommits,
    changes_between,
    edited,
    split,
)
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

LINES = st.lists(st.sampled_from([b"a", b"b", b"", b"c\r", b"\x0bd"]), max_size=12)


def contents(repository: Repository, commit: str) -> dict[str, tuple[str, str]]:
    """Path -> mode and content of what a commit holds."""
    found = {}
    for field in repository.fields("ls-tree", "-r", commit):
        head, path = field.split("\t")
        mode, _, blob = head.split()
        (answer,) = repository.objects([blob])
        assert answer is not None
        found[path] = mode, answer[2].decode()
    return found


class Laid:
    """Two commits, and what leads from one to the other."""

    def __init__(self, top: Path) -> None:
        self.sandbox = sandbox = Sandbox(top)
        lines = "".join(f"line {n}\n" for n in range(30))
        sandbox.commit(
            {
                "src/a.py": lines,
                "src/gone.py": "gone\n",
                "src/old name.py": lines.replace("line", "row"),
                "run.sh": "echo\n",
                "place/inner.txt": "x\n",
                "image.bin": "a\0b",
                "untouched/b.py": "1\n",
            }
        )
        self.old = sandbox.git("rev-parse", "HEAD").strip()
        changed = lines.replace("line 3\n", "").replace("line 20\n", "row 20\nrow 21\n") + "end"
        (sandbox.top / "link").symlink_to("run.sh")
        (sandbox.top / "run.sh").chmod(0o755)
        self.new = sandbox.commit(
            {
                "src/a.py": changed,
                "src/gone.py": None,
                "src/old name.py": None,
                "src/new\nname.py": lines.replace("line", "row").replace("row 9\n", "row nine\n"),
                "place/inner.txt": None,
                "image.bin": "a\0c",
            }
        )
        (sandbox.top / "place").rmdir()
        (sandbox.top / "place").write_text("a file now\n")
        sandbox.git("add", "-A")
        sandbox.git("commit", "-q", "--amend", "--no-edit")
        self.new = sandbox.git("rev-parse", "HEAD").strip()
        self.repository = Repository.open(sandbox.top, Journal(None, ["test"]))
        self.changes = {
            change.path: change for change in changes_between(self.repository, self.old, self.new)
        }
        self.made = PartialCommits(self.repository, self.old, self.new)

    def with_parts(self, parts: Iterable[ChangePart]) -> dict[str, tuple[str, str]]:
        return contents(self.repository, self.made.commit(list(parts)))


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Laid:
    return Laid(tmp_path_factory.mktemp("parts") / "r")


def test_every_change_is_named_with_its_state(laid: Laid) -> None:
    assert {path: change.state for path, change in laid.changes.items()} == {
        "src/a.py": "modified",
        "src/gone.py": "deleted",
        "src/new\nname.py": "renamed",
        "run.sh": "modified",
        "place": "added",
        "place/inner.txt": "deleted",
        "link": "added",
        "image.bin": "modified",
    }


def test_all_changes_make_the_new_tree_and_none_the_old_commit(laid: Laid) -> None:
    git = laid.sandbox.git
    assert laid.made.commit([]) == laid.old
    whole = [ChangePart(change) for change in laid.changes.values()]
    in_parts = [part for change in laid.changes.values() for part in split(laid.repository, change)]
    for parts in (whole, in_parts, in_parts[::-1]):
        made = laid.made.commit(parts)
        assert git("rev-parse", f"{made}^{{tree}}") == git("rev-parse", f"{laid.new}^{{tree}}")
    git("fsck", "--strict", "--no-dangling")
    assert git("for-each-ref", "--contains", laid.made.commit(in_parts[:2])) == ""


def test_the_parts_of_a_file_are_its_hunks(laid: Laid) -> None:
    before = contents(laid.repository, laid.old)
    removed, replaced, added = split(laid.repository, laid.changes["src/a.py"])
    assert [part.name for part in (removed, replaced, added)] == [
        "src/a.py (line 4 of before removed)",
        "src/a.py:20-21",
        "src/a.py:31",
    ]
    text = before["src/a.py"][1]
    assert laid.with_parts([removed])["src/a.py"][1] == text.replace("line 3\n", "")
    assert laid.with_parts([added])["src/a.py"][1] == text + "end"
    both = laid.with_parts([added, replaced])["src/a.py"][1]
    assert both == text.replace("line 20\n", "row 20\nrow 21\n") + "end"


def test_a_file_can_be_renamed_without_its_edit_and_edited_in_its_old_place(laid: Laid) -> None:
    renamed, edit = split(laid.repository, laid.changes["src/new\nname.py"])
    before = contents(laid.repository, laid.old)["src/old name.py"]
    after = laid.with_parts([renamed])
    assert after["src/new\nname.py"] == before
    assert "src/old name.py" not in after
    after = laid.with_parts([edit])
    assert after["src/old name.py"] == (before[0], before[1].replace("row 9\n", "row nine\n"))


def test_other_line_ends_are_a_part_of_their_own(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "r")
    lines = [f"line {n}" for n in range(9)]
    old = sandbox.commit({"a.py": "\r\n".join(lines), "b.py": "b\r\n"})
    changed = [*lines[:4], "row 4", *lines[5:8], "added", lines[8]]
    new = sandbox.commit({"a.py": "\n".join(changed), "b.py": "b\n"})
    repository = Repository.open(sandbox.top, Journal(None, ["test"]))
    file, other = changes_between(repository, old, new)
    assert split(repository, other) == [ChangePart(other)]
    ends, row, added = parts = split(repository, file)
    names = ["a.py (line ends)", "a.py:5", "a.py:9"]
    assert [part.name for part in parts] == names
    made = PartialCommits(repository, old, new)
    whole, kept = "\n".join(changed), "\r\n".join(lines)
    turned = "\n".join(lines).replace("line 4\n", "line 4\r\n")  # which the hunk holds
    for some, expected in (
        (parts, whole),
        ([row], kept.replace("line 4\r", "row 4")),
        ([ends], turned),
        ([ends, added], turned.replace("line 8", "added\nline 8")),
    ):
        assert contents(repository, made.commit(some))["a.py"][1] == expected


def test_what_cannot_be_taken_apart_is_one_part(laid: Laid) -> None:
    for path in ("image.bin", "link", "place", "src/gone.py", "run.sh"):
        assert split(laid.repository, laid.changes[path]) == [ChangePart(laid.changes[path])], path
    assert laid.with_parts([ChangePart(laid.changes["run.sh"])])["run.sh"][0] == "100755"
    assert laid.with_parts([ChangePart(laid.changes["link"])])["link"] == ("120000", "run.sh")


def test_a_file_in_the_place_of_a_folder_wins(laid: Laid) -> None:
    after = laid.with_parts([ChangePart(laid.changes["place"])])
    assert after["place"] == ("100644", "a file now\n")
    assert "place/inner.txt" not in after
    assert "place" not in laid.with_parts([ChangePart(laid.changes["place/inner.txt"])])


def test_the_patch_of_a_part_can_be_undone_by_git(laid: Laid, tmp_path: Path) -> None:
    _, replaced, added = split(laid.repository, laid.changes["src/a.py"])
    patch = tmp_path / "a.patch"
    patch.write_bytes(laid.made.patch([added], [added, replaced]))
    assert b"+row 20\n+row 21\n" in patch.read_bytes()
    laid.sandbox.git("apply", "-R", "--check", str(patch))


def test_a_content_that_is_not_here_is_told(laid: Laid) -> None:
    change = laid.changes["src/a.py"]
    blob = change.new.object_id if change.new else ""
    place = laid.sandbox.top / ".git/objects" / blob[:2] / blob[2:]
    place.rename(place.with_suffix(".away"))
    try:
        with pytest.raises(MissingObjectError, match="git cannot compare"):
            split(laid.repository, change)
    finally:
        place.with_suffix(".away").rename(place)


@given(LINES, LINES, st.booleans(), st.booleans())
def test_no_hunk_is_the_old_content_and_all_are_the_new_one(
    old: list[bytes], new: list[bytes], is_old_open: bool, is_new_open: bool
) -> None:
    before = b"\n".join(old) + (b"" if is_old_open else b"\n")
    after = b"\n".join(new) + (b"" if is_new_open else b"\n")
    counts = [
        content.count(b"\n") + (not content.endswith(b"\n") and content != b"") for content in (before, after)
    ]
    assert edited(before, after, []) == before
    assert edited(before, after, [Hunk((0, counts[0]), (0, counts[1]))]) == after
