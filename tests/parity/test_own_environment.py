from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bisect_parity.journal import Journal
from bisect_parity.parity.case import case_of_table
from bisect_parity.parity.environment import describe_environment
from bisect_parity.parity.own_environment import environment_paths_absolute, is_of_environment

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def top(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout in an environment, with one of venv and one of conda in it."""
    around = tmp_path_factory.mktemp("around")
    for file in (
        "pyvenv.cfg",
        "r/.venv/pyvenv.cfg",
        "r/.venv/bin/python",
        "r/env/bin/pytest",
        "r/bin/python",
    ):
        (around / file).parent.mkdir(parents=True, exist_ok=True)
        (around / file).touch()
    (around / "r/env/conda-meta").mkdir()
    return around / "r"


def test_a_package_of_the_tests_own_python_is_a_part_of_what_a_verdict_depends_on(tmp_path: Path) -> None:
    packages = tmp_path / ".venv" / "lib" / "python3.12" / "site-packages"
    packages.mkdir(parents=True)
    case = case_of_table("unit", {"test": [str(tmp_path / ".venv/bin/python"), "t.py"]}, "test")
    journal = Journal(None, ["test"])
    before = describe_environment(case, journal, {})
    assert describe_environment(case, journal, {}) == before
    (packages / "numpy-2.0.0.dist-info").mkdir()
    assert describe_environment(case, journal, {})["packages_sha256"] != before["packages_sha256"]


def test_what_lies_in_an_environment_of_the_checkout_is_recognised(top: Path) -> None:
    found = [is_of_environment(top / name, top) for name in (".venv/bin/python", "env/bin/pytest")]
    assert found == [True, True]
    for name in ("bin/python", ".venv/bin/gone", "bin"):
        assert not is_of_environment(top / name, top)


@pytest.mark.parametrize(
    ("words", "prefix", "found"),
    [
        ([".venv/bin/python", "bin/python"], ".", ["{top}/.venv/bin/python", "bin/python"]),
        (["./env/bin/pytest", "-q"], ".", ["{top}/env/bin/pytest", "-q"]),
        (["../.venv/bin/python"], "bin", ["{top}/.venv/bin/python"]),
        (
            ["sh", "-c", "A=1 .venv/bin/python x && (. .venv/bin/python)"],
            ".",
            ["sh", "-c", "A=1 {top}/.venv/bin/python x && (. {top}/.venv/bin/python)"],
        ),
        (["/x/.venv/bin/python", "a.venv/bin/python"], ".", ["/x/.venv/bin/python", "a.venv/bin/python"]),
    ],
)
def test_relative_paths_into_it_are_made_absolute_and_no_others(
    top: Path, words: list[str], prefix: str, found: list[str]
) -> None:
    assert environment_paths_absolute(words, top, prefix) == [word.format(top=top) for word in found]


def _environment(case_table: dict[str, object], search_path: Path) -> dict[str, object]:
    case = case_of_table("parity", case_table, "test")
    return describe_environment(case, Journal(None, ["test"]), {"PATH": str(search_path)})


@pytest.mark.parametrize(
    "place", [".venv/lib/python3.12/site-packages", "shims/../versions/3.12/lib/python3.12/site-packages"]
)
def test_a_package_beside_a_program_that_is_found_by_path_is_a_part_of_it(place: str, tmp_path: Path) -> None:
    folder = tmp_path / (".venv/bin" if place.startswith(".venv") else "shims")
    folder.mkdir(parents=True)
    program = folder / "python3"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (tmp_path / ".venv").mkdir(exist_ok=True)
    (tmp_path / ".venv" / "pyvenv.cfg").touch()
    packages = tmp_path / place
    packages.mkdir(parents=True)
    table: dict[str, object] = {"reference": ["sh", "r.sh", "{out}"], "candidate": ["sh", "c.sh", "{out}"]}
    (packages / "kernlib-1.4.dist-info").mkdir()
    before = _environment(table, folder)
    (packages / "kernlib-1.4.dist-info").rename(packages / "kernlib-2.0.dist-info")
    assert _environment(table, folder)["packages_sha256"] != before["packages_sha256"]


def test_another_build_of_a_program_outside_of_the_tree_is_another_environment(tmp_path: Path) -> None:
    program = tmp_path / "reference"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    table: dict[str, object] = {"reference": [str(program), "{out}"], "candidate": ["sh", "c.sh", "{out}"]}
    before = _environment(table, tmp_path)
    assert _environment(table, tmp_path) == before
    program.write_text("#!/bin/sh\nexit 0\n")
    assert _environment(table, tmp_path) != before
