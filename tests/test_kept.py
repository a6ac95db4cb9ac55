"""What an earlier call found: used in the very same state only, and never a way in."""

from __future__ import annotations

import os
import pickle
import shutil
import time
from typing import TYPE_CHECKING

import attrs
import pytest

from bisect_parity import kept
from bisect_parity.evidence import model as evidence_model
from bisect_parity.evidence.model import Source
from bisect_parity.kept import FileState, Kept, Signature, state_of
from bisect_parity.provenance import model as provenance_model
from bisect_parity.provenance.model import Dirty

if TYPE_CHECKING:
    from pathlib import Path

LONG_AGO = 10**18
FILES = [FileState("a", 1, LONG_AGO, 7), FileState("b", 2, LONG_AGO, 8)]
ANSWER = [(Source("a"), Dirty.NO, None, 0.5, "text", {"x": (1, b"2")})]


def place_of(tmp_path: Path, files: list[FileState] = FILES, *others: object) -> Kept:
    return Kept.of(tmp_path, "question", Signature.of(files, *others))


def forbidden() -> object:
    raise AssertionError


def test_an_answer_is_found_once_and_then_kept(tmp_path: Path) -> None:
    assert place_of(tmp_path).read() == ()
    assert place_of(tmp_path).or_else(lambda: ANSWER) == ANSWER
    assert place_of(tmp_path).or_else(forbidden) == ANSWER


def test_what_is_kept_by_the_thousand_is_pickled_without_python_code() -> None:
    modules = (evidence_model, provenance_model)
    classes = [each for module in modules for each in vars(module).values() if isinstance(each, type)]
    kept_classes = [each for each in classes if attrs.has(each)]
    assert {"Bundle", "Source", "Resolution"} <= {each.__name__ for each in kept_classes}
    assert not [each for each in kept_classes if {"__getstate__", "__setstate__"} & vars(each).keys()]


def test_an_answer_may_be_nothing(tmp_path: Path) -> None:
    place_of(tmp_path).write(None)
    assert place_of(tmp_path).read() == (None,)


@pytest.mark.parametrize(
    "other",
    [
        [FileState("a", 1, LONG_AGO, 7)],
        [*FILES, FileState("c", 0, LONG_AGO, 9)],
        [FILES[0], FileState("b", 3, LONG_AGO, 8)],
        [FILES[0], FileState("b", 2, LONG_AGO + 1, 8)],
        [FILES[0], FileState("b", 2, LONG_AGO, 9)],
        [FILES[0], FileState("c", 2, LONG_AGO, 8)],
        FILES[::-1],
    ],
)
def test_no_other_state_gets_it(tmp_path: Path, other: list[FileState]) -> None:
    place_of(tmp_path).write(ANSWER)
    assert place_of(tmp_path, other).read() == ()
    assert place_of(tmp_path).read() == (ANSWER,)


def test_neither_do_other_settings_questions_or_places(tmp_path: Path) -> None:
    place_of(tmp_path, FILES, "settings").write(ANSWER)
    assert place_of(tmp_path, FILES, "others").read() == ()
    assert Kept.of(tmp_path, "else", Signature.of(FILES, "settings")).read() == ()
    assert Kept.of(tmp_path / "a", "question", Signature.of(FILES, "settings")).read() == ()
    assert place_of(tmp_path, FILES, "settings").read() == (ANSWER,)


def test_another_version_of_the_program_finds_it_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place_of(tmp_path).write(ANSWER)
    monkeypatch.setattr(kept, "_of_program", lambda: "another")
    assert place_of(tmp_path).read() == ()


def test_what_has_just_changed_may_change_again_unseen(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("1")
    state = state_of("file", file.stat())
    assert abs(state.changed - time.time_ns()) < 10**9
    place_of(tmp_path, [*FILES, state]).write(ANSWER)
    assert place_of(tmp_path, [*FILES, state]).read() == ()


def test_a_changed_file_has_another_state_whatever_its_time_says(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("1")
    os.utime(file, (1, 1))
    before = state_of("file", file.stat())
    time.sleep(0.02)  # the clock of a file system is that of the kernel's ticks
    file.write_text("2")
    os.utime(file, (1, 1))
    assert state_of("file", file.stat()) != before


@pytest.mark.parametrize("keep", [0, 5, 100, 200])
def test_a_damaged_file_is_no_answer(tmp_path: Path, keep: int) -> None:
    place = place_of(tmp_path)
    place.write(ANSWER)
    place.path.write_bytes(place.path.read_bytes()[:keep])
    assert place.read() == ()
    assert place.or_else(lambda: ANSWER) == ANSWER
    assert place.read() == (ANSWER,)


class Harm:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch harm",)


@pytest.mark.parametrize("found", [Harm(), os.getcwd, state_of, FILES.__iter__, time.gmtime(0)])
def test_nothing_but_our_own_data_is_made_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: object
) -> None:
    monkeypatch.chdir(tmp_path)
    place = place_of(tmp_path)
    place.write(ANSWER)
    place.path.write_bytes(place.head + pickle.dumps(found))
    assert place.read() == ()
    assert not (tmp_path / "harm").exists()


def test_what_others_may_write_is_not_read(tmp_path: Path) -> None:
    place = place_of(tmp_path)
    place.write(ANSWER)
    assert place.path.parent.stat().st_mode & 0o777 == 0o700
    place.path.parent.chmod(0o770)
    assert place.read() == ()
    place.path.parent.chmod(0o700)
    assert place.read() == (ANSWER,)


def test_nothing_is_kept_where_nothing_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/dev/null")
    assert place_of(tmp_path).or_else(lambda: ANSWER) == ANSWER
    assert place_of(tmp_path).read() == ()


def test_answers_that_nobody_asked_for_long_are_removed(tmp_path: Path) -> None:
    old, used = place_of(tmp_path / "old"), place_of(tmp_path / "used")
    for place in (old, used):
        place.write(ANSWER)
        os.utime(place.path, (1, 1))
    assert used.read() == (ANSWER,)
    place_of(tmp_path).write(ANSWER)
    assert not old.path.parent.exists()
    assert used.read() == (ANSWER,)
    shutil.rmtree(used.path.parent.parent)
    assert used.read() == ()
