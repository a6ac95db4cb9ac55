"""Settings: every key and type is checked, and every mistake is told with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bisect_parity.config import Settings, find_settings, load_settings
from bisect_parity.errors import UsageError
from bisect_parity.parity.case import find_case

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_all_sections_are_read(tmp_path: Path) -> None:
    text = """
        [evidence]
        roots = ["runs"]
        size = 512
        [code]
        paths = ["src"]
        [context]
        device = "cuda"
        [thresholds]
        correlation_min = 1
        [case.parity]
        size = 512
    """
    settings = load_settings(write(tmp_path / "a.toml", text))
    assert settings.evidence.roots == ("runs",)
    assert settings.evidence.size == 512
    assert settings.code.paths == ("src",)
    assert settings.context == {"device": "cuda"}
    assert settings.thresholds.correlation_min == 1.0
    assert settings.thresholds.sum_ratio_tolerance == 5e-3
    assert settings.case == {"parity": {"size": 512}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[code]\npath = ['src']", "unknown key 'path'. Did you mean 'paths'"),
        ("[nonsense]\n", "unknown key 'nonsense'"),
        ("[code]\npaths = 'src'", "paths must be a list"),
        ("[code]\npaths = [1]", r"paths\[0\] must be a string"),
        ("[thresholds]\ncorrelation_min = '0.9'", "correlation_min must be a number"),
        ("[thresholds]\ncorrelation_min = 2.0", "correlation_min"),
        ("[evidence]\nsize = true", "size must be a whole number"),
        ("[code\n", "not valid TOML"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        load_settings(write(tmp_path / "a.toml", text))


def test_the_first_place_wins_and_the_work_tree_comes_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = write(tmp_path / "named.toml", "[evidence]\nsize = 1")
    variable = write(tmp_path / "variable.toml", "[evidence]\nsize = 2")
    own, common, tree = tmp_path / "own", tmp_path / "common", tmp_path / "tree"
    write(own / "bisect-parity.toml", "[evidence]\nsize = 3")
    write(common / "bisect-parity.toml", "[evidence]\nsize = 4")
    write(tree / "bisect-parity.toml", "[evidence]\nsize = 5")
    monkeypatch.setenv("BISECT_PARITY_CASE", str(variable))
    assert find_settings(named, (own, common), tree).evidence.size == 1
    assert find_settings(None, (own, common), tree).evidence.size == 2
    monkeypatch.delenv("BISECT_PARITY_CASE")
    assert find_settings(None, (own, common), tree).evidence.size == 3
    assert find_settings(None, (common,), tree).evidence.size == 4
    assert find_settings(None, (), tree).evidence.size == 5
    assert find_settings(None, (), None) == Settings()


def test_pyproject_is_read_where_it_has_our_table(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", "[tool.bisect-parity.evidence]\nsize = 6")
    assert find_settings(None, (), tmp_path).evidence.size == 6
    write(tmp_path / "pyproject.toml", "[tool.other]\nsize = 6")
    assert find_settings(None, (), tmp_path).source is None


def test_a_file_that_was_named_and_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        find_settings(tmp_path / "none.toml", ())


@pytest.mark.parametrize(
    ("line", "written"),
    [
        (
            "test = \"sh 't 1.sh' -v\"",
            '-v". Write ["sh", "t 1.sh", "-v"].',
        ),
        ('prepare = "make -s"', 'Write [["make", "-s"]].'),
        ('prepare = ["make", "-C", "c"]', 'Write [["make", "-C", "c"]].'),
        (
            'prepare = ["make -s"]',
            'must be a list, each item a string, not \'make -s\'. Write ["make", "-s"].',
        ),
    ],
)
def test_a_command_as_one_line_is_told_with_how_to_write_it(tmp_path: Path, line: str, written: str) -> None:
    (tmp_path / "s.toml").write_text(f"[case.c]\n{line}\n")
    with pytest.raises(UsageError) as told:
        find_case(load_settings(tmp_path / "s.toml"), "c")
    assert str(told.value).endswith(written)
