"""Files are written whole or not at all, and text for people holds no control characters."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity import files
from bisect_parity.errors import OutputError
from bisect_parity.files import (
    cache_directory,
    copy_to_own_place,
    copy_whole,
    nearest_path,
    new_output_folder,
    printable,
    replace_file,
)


def test_the_first_part_of_a_path_that_is_not_there_is_compared_with_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "results" / "run_0417").mkdir(parents=True)
    assert nearest_path(tmp_path / "results" / "run_417") == "Did you mean 'run_0417'?"
    assert nearest_path(tmp_path / "resuts" / "x" / "y") == "Did you mean 'results'?"
    assert nearest_path(tmp_path / "zz", "Name a folder.") == "Name a folder."
    (tmp_path / "link").symlink_to("gone")
    assert nearest_path(tmp_path / "link", "Name a folder.") == "Name a folder."


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    place = tmp_path / "deep" / "a.md"
    replace_file(place, "one\n")
    replace_file(place, "two \u2265\n")
    assert place.read_text() == "two \\u2265\n"
    assert os.listdir(place.parent) == ["a.md"]  # noqa: PTH208 - names are what is asked


def test_a_write_that_fails_leaves_the_old_file_and_tells_the_remedy(tmp_path: Path) -> None:
    place = tmp_path / "a.md"
    replace_file(place, "old")
    with pytest.raises(OutputError, match="Choose a folder"):
        replace_file(place / "below", "new")
    assert place.read_text() == "old"


def test_who_reads_a_file_while_it_is_copied_over_has_it_whole(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "deep" / "target"
    source.write_text("old")
    copy_whole(source, target)
    source.write_text("newer")
    with target.open() as reader:
        copy_whole(source, target)
        assert (reader.read(), target.read_text()) == ("old", "newer")
    with pytest.raises(OutputError, match="cannot write"):
        copy_whole(tmp_path / "none", target)
    assert os.listdir(target.parent) == ["target"]  # noqa: PTH208 - names are what is asked


def test_a_name_of_any_length_that_is_allowed_can_be_written(tmp_path: Path) -> None:
    place = tmp_path / ("a" * 255)
    replace_file(place, "one\n")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["one\n"]


def test_a_folder_is_copied_in_place_of_the_one_that_is_there(tmp_path: Path) -> None:
    for file in ("from/new", "from/deep/a", "from/__pycache__/a.pyc", "to/tests/old"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    copy_to_own_place(tmp_path / "from", tmp_path / "to", "tests")
    found = {str(path.relative_to(tmp_path / "to")) for path in (tmp_path / "to").rglob("*")}
    assert found == {"tests", "tests/new", "tests/deep", "tests/deep/a"}


def test_a_copy_never_follows_a_link_out_of_its_tree(tmp_path: Path) -> None:
    for folder in ("out", "tree"):
        (tmp_path / folder).mkdir()
    (tmp_path / "source").write_text("new")
    (tmp_path / "out" / "file").write_text("old")
    (tmp_path / "tree" / "file").symlink_to(tmp_path / "out" / "file")
    (tmp_path / "tree" / "folder").symlink_to(tmp_path / "out")
    copy_to_own_place(tmp_path / "source", tmp_path / "tree", "file")
    assert (tmp_path / "tree" / "file").read_text() == "new"
    for path in ("folder/file", "../out/file"):
        with pytest.raises(OutputError, match="leads out of"):
            copy_to_own_place(tmp_path / "source", tmp_path / "tree", path)
    assert (tmp_path / "out" / "file").read_text() == "old"


@given(st.text())
def test_printable_text_has_no_control_characters(text: str) -> None:
    assert all(c.isprintable() or c in "\n\t" for c in printable(text))


def test_an_escape_sequence_is_shown_not_obeyed() -> None:
    assert printable("a\x1b[31mb") == "a\\x1b[31mb"


def test_the_cache_directory_is_found_without_xdg(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("", "relative/is/ignored"):
        monkeypatch.setenv("XDG_CACHE_HOME", value)
        assert cache_directory() == Path(os.environ["HOME"]) / ".cache/bisect-parity"


def test_where_nobody_has_a_home_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "~")
    with pytest.raises(OutputError):
        replace_file(cache_directory() / "digests.json", "{}")
    assert not Path("~").exists()


def test_two_outputs_of_one_second_go_to_two_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "utc_stamp", lambda: "20251009T161714Z")
    names = [new_output_folder(tmp_path, "isolate").name for _ in range(3)]
    assert names == [f"20251009T161714Z-isolate{suffix}" for suffix in ("", "-2", "-3")]
