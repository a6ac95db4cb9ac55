"""The documented way to add a format: the example of docs/formats.md, installed and used."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

from bisect_parity.config import EvidenceSettings
from bisect_parity.errors import EvidenceError
from bisect_parity.evidence.discover import discover
from bisect_parity.evidence.formats import registry
from bisect_parity.evidence.formats.plugins import ENTRY_POINTS, plugin_readers
from bisect_parity.evidence.model import TimeKind
from tests.evidence.formats.tools import FIRST

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = (Path(__file__).parents[3] / "docs" / "formats.md").read_text(encoding="ascii")
RESULT = f"revision: {FIRST}-dirty\nstarted: 2025-10-09T16:13:05\ncorrelation: 0.9999\nnonsense\n"


def block(language: str) -> str:
    """The only code block of a language on the page."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    """Let neither the registry nor Python remember the packages of another test."""
    before = set(sys.modules)
    plugin_readers.cache_clear()
    yield
    plugin_readers.cache_clear()
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for packages, on the path."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    return folder


def install(site: Path, module: str, code: str, points: dict[str, str]) -> None:
    """Lay a module and the metadata of its package where pip would."""
    (site / f"{module}.py").write_text(code)
    metadata = site / f"{module}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    lines = [f"[{ENTRY_POINTS}]", *(f"{name} = {value}" for name, value in points.items())]
    (metadata / "entry_points.txt").write_text("\n".join(lines))


def test_the_example_of_the_page_is_found_asked_first_and_makes_its_folder_evidence(
    site: Path, tmp_path: Path
) -> None:
    points = tomllib.loads(block("toml"))["project"]["entry-points"][ENTRY_POINTS]
    install(site, "parity_log", block("python"), points)
    top = tmp_path / "project"
    (top / "measured" / "monday").mkdir(parents=True)
    (top / "measured" / "monday" / "run.parity").write_text(RESULT)
    (bundle,) = discover(top, EvidenceSettings())
    assert bundle.path == "measured/monday"
    assert [artifact.format for artifact in bundle.artifacts] == ["parity-log"]
    (found,) = bundle.findings
    assert [(record.text, record.dirty, record.source.line) for record in found.records] == [(FIRST, True, 1)]
    assert [(time.kind, time.marks) for time in found.times] == [(TimeKind.LOCAL, "start")]
    assert [metric.value for metric in found.metrics] == [0.9999]
    assert [problem.message for problem in found.problems] == ["line 4 is not key: value"]


def test_what_a_reader_of_another_package_raises_is_a_problem_of_that_file(site: Path) -> None:
    code = (
        "class Bad:\n    name = 'bad'\n"
        "    def claims(self, path, head):\n        return path.suffix == '.bad'\n"
        "    def read(self, path, data):\n        return 1 / len(data) if data else None\n"
        "class Worse(Bad):\n    def claims(self, path, head):\n        return 1 / 0\n"
        "BAD, WORSE = Bad(), Worse()\n"
    )
    install(site, "bad_format", code, {"bad": "bad_format:BAD", "worse": "bad_format:WORSE"})
    reader = registry.find_reader(PurePosixPath("x.bad"), b"")
    assert reader is not None
    (problem,) = reader.read("x.bad", b"12").problems
    assert problem.message == "the reader 'bad' returned no Findings"
    (problem,) = reader.read("x.bad", 5).problems  # type: ignore[arg-type]
    assert problem.message.startswith("the reader 'bad' failed: TypeError")
    assert registry.find_reader(PurePosixPath("x.unknown"), b"\0") is None


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise OSError('gone')", "OSError: gone"),
        ("READER = 3", "lacks claims or read"),
        ("", "AttributeError"),
    ],
)
def test_a_package_that_cannot_be_used_is_named(site: Path, code: str, said: str) -> None:
    install(site, "broken_format", code, {"broken": "broken_format:READER"})
    with pytest.raises(EvidenceError, match="'broken' of another package") as caught:
        registry.find_reader(PurePosixPath("a.txt"), b"")
    assert said in str(caught.value)
    assert "entry points" in caught.value.remedy
