from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bisect_parity.bisection.local_items import find_local_items
from bisect_parity.bisection.suspects import is_cache, suspects
from bisect_parity.command_log import CommandLog
from bisect_parity.history.code_state import CodeStates
from tests.history.checkout import opened

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.bisection.answer_parts import Suspects
    from tests.sandbox import Sandbox


def found_in(sandbox: Sandbox) -> Suspects | None:
    repository = opened(sandbox.top)
    return suspects(repository, CodeStates(repository, ["src"]))


def test_suspects_are_what_a_clean_worktree_lacks(sandbox: Sandbox) -> None:
    sandbox.commit({"src/a": "1", "src/b": "1", "README": "1", ".gitignore": "*.o\nbuild/\n"})
    for name in ("src/x.o", "build/y", "new folder/z", "README"):
        (sandbox.top / name).parent.mkdir(exist_ok=True)
        (sandbox.top / name).write_text("2")
    (sandbox.top / "src/a").write_text("2")
    sandbox.git("mv", "src/b", "src/c")
    before = sandbox.snapshot()
    found = found_in(sandbox)
    assert found is not None
    assert found.untracked == ("new folder/",)
    assert set(found.ignored) == {"build/", "src/x.o"}
    assert found.modified == ("src/a", "src/b", "src/c")
    assert sandbox.snapshot() == before


@pytest.mark.parametrize(
    "beside", [{"reports/x": "1"}, {}], ids=["tracked files beside it", "nothing beside it"]
)
def test_caches_come_last_and_our_own_output_is_no_suspect(sandbox: Sandbox, beside: dict[str, str]) -> None:
    sandbox.commit({"src/a": "1", **beside, ".gitignore": "__pycache__/\n*.bin\n.mypy_cache/\n"})
    for name in (".mypy_cache/a", "__pycache__/b.pyc", "src/dump.bin", "reports/bisect-parity/1/bisect.md"):
        (sandbox.top / name).parent.mkdir(exist_ok=True, parents=True)
        (sandbox.top / name).write_text("x")
    found = found_in(sandbox)
    assert found is not None
    assert found.ignored == ("src/dump.bin", ".mypy_cache/", "__pycache__/")
    assert found.untracked == ()


def test_what_each_check_gets_is_no_suspect(sandbox: Sandbox) -> None:
    sandbox.commit({"src/a": "1"})
    for name in ("check.py", "data/mask", "data/other"):
        (sandbox.top / name).parent.mkdir(exist_ok=True)
        (sandbox.top / name).write_text("2")
    found = suspects(opened(sandbox.top), CodeStates(opened(sandbox.top), ["src"]), ["check.py", "data"])
    assert (found and found.untracked) == ()


def test_an_output_in_another_folder_is_no_suspect_either(sandbox: Sandbox) -> None:
    sandbox.commit({"src/a": "1"})
    for folder in ("out", "outputs/one", "outputs/two"):
        CommandLog(sandbox.top / folder / "commands.txt", ["bisect-parity", "bisect"], str)
    mixed = sandbox.top / "mixed"
    CommandLog(mixed / "one" / "commands.txt", ["bisect-parity", "bisect"], str)
    (mixed / "data.bin").write_text("x")
    found = found_in(sandbox)
    assert found is not None
    assert found.untracked == ("mixed/",)
    items = find_local_items(opened(sandbox.top), sandbox.git("rev-parse", "HEAD"), 2**20).items
    assert [item.path for item in items] == ["mixed/data.bin"]


def test_the_evidence_itself_comes_late_among_the_suspects_and_the_settings_are_none(
    sandbox: Sandbox,
) -> None:
    sandbox.commit({"src/a": "1"})
    for name in ("reports/20250909-161714/x", "bisect-parity.toml", "notes.md", "zone.bin"):
        (sandbox.top / name).parent.mkdir(exist_ok=True, parents=True)
        (sandbox.top / name).write_text("x")
    found = found_in(sandbox)
    assert found is not None
    assert found.untracked == ("zone.bin", "notes.md", "reports/")


def test_a_bare_repository_has_no_suspects(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    repository = opened(tmp_path / "bare.git")
    assert suspects(repository, CodeStates(repository, [])) is None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("src/__pycache__/", True),
        (".venv/lib/x.py", True),
        ("src/fft.pyc", True),
        (".numba_cache/x", True),
        ("project.egg-info/", True),
        ("cache/", False),
        ("venv", False),
        ("src/code.py", False),
    ],
)
def test_caches_and_packages_are_told_by_the_names_of_their_folders(path: str, expected: bool) -> None:
    assert is_cache(path) is expected
