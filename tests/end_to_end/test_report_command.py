"""`report` makes one file of an evidence output, and replaces nothing but an earlier report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bisect_parity.schemas import complaint
from tests.end_to_end.world import call, copy_of, everything, small_history
from tests.report.output_folder import write_audit

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.git import GitRunner


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> GitRunner:
    return small_history(tmp_path_factory.mktemp("report") / "repo")


@pytest.fixture
def audited(made: GitRunner, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> GitRunner:
    repo = copy_of(made, tmp_path / "repo")
    call(capsys, "audit", "--repo", repo.top, "--out", repo.top / "out")
    return repo


def test_an_audit_becomes_a_page_with_the_subjects_of_its_commits(
    audited: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    before = everything(audited.top)
    answer = call(capsys, "report", audited.top / "out")
    assert answer.status == 0, answer
    assert f"Written: {audited.top}/out/report.html" in answer.out
    text = (audited.top / "out/report.html").read_text(encoding="ascii")
    assert "reports/<wbr>20250908T160130Z" in text
    assert "Second" in text
    assert "commits by committer date" in text
    assert everything(audited.top) == before


def test_the_report_can_be_made_away_from_its_repository(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_audit(tmp_path / "folder")
    monkeypatch.chdir(tmp_path)
    answer = call(capsys, "report", "folder", "--out", "page.html")
    assert answer.status == 0, answer
    assert "The history is not drawn" in (tmp_path / "page.html").read_text()


def test_without_a_folder_it_tells_all_that_was_written_to_the_usual_place(
    made: GitRunner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repo = copy_of(made, tmp_path / "repo")
    write_audit(repo.top / "reports/bisect-parity/one-audit")
    answer = call(capsys, "report", "--repo", repo.top)
    assert answer.status == 0, answer
    assert (repo.top / "reports/bisect-parity/report.html").is_file()


def test_markdown_has_its_json_twin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_audit(tmp_path)
    assert call(capsys, "report", "--md", tmp_path).status == 0
    assert (tmp_path / "report.md").read_text(encoding="ascii").startswith("# Parity report: ")
    twin = json.loads((tmp_path / "report.json").read_text())
    assert complaint(twin, "report") is None
    assert twin["verdict"]["sentence"] == "Of 3 runs, 1 is good and 2 are bad."


def test_json_is_one_document_that_names_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_audit(tmp_path)
    answer = call(capsys, "report", tmp_path, "--json")
    assert json.loads(answer.out)["report"] == str(tmp_path / "report.html")


def test_an_earlier_report_is_replaced_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_audit(tmp_path)
    for form in ("--html", "--md"):
        assert call(capsys, "report", form, tmp_path).status == 0
        assert call(capsys, "report", form, tmp_path).status == 0
    (tmp_path / "report.html").write_text("<p>mine</p>")
    call(capsys, "report", tmp_path).is_told(3, "not an earlier report", "--out")
    assert (tmp_path / "report.html").read_text() == "<p>mine</p>"
    call(capsys, "report", tmp_path, "--out", tmp_path).is_told(3, "cannot write")


def test_no_file_of_another_is_replaced_by_the_twin_of_a_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_audit(tmp_path)
    matrix = (tmp_path / "artifact_matrix.json").read_text()
    told = call(capsys, "report", "--md", tmp_path, "--out", tmp_path / "artifact_matrix.md")
    told.is_told(3, "artifact_matrix.json exists, and is not an earlier report", "--out")
    assert (tmp_path / "artifact_matrix.json").read_text() == matrix
    assert not (tmp_path / "artifact_matrix.md").exists()
    told = call(capsys, "report", "--md", tmp_path, "--out", tmp_path / "told.json")
    told.is_told(2, "told.json is the name of the JSON twin", "told.md")


def test_the_same_evidence_makes_the_same_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_audit(tmp_path)
    pages = []
    for name in ("a.html", "b.html"):
        call(capsys, "report", tmp_path, "--out", tmp_path / name)
        pages.append((tmp_path / name).read_bytes())
    assert pages[0] == pages[1]


def test_a_folder_that_tells_nothing_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call(capsys, "report", tmp_path).is_told(3, "holds nothing", "audit --out")
    call(capsys, "report", tmp_path / "gone\nName").is_told(3, "is not a folder")


def test_a_report_that_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_audit(tmp_path)
    (tmp_path / "report.html").mkdir()  # whoever may write everywhere cannot replace a folder by a file
    call(capsys, "report", tmp_path).is_told(3, "cannot write", "report.html")
