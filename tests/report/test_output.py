"""An evidence output may come from anybody: what is ours is read, what cannot be meant is named."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bisect_parity.errors import EvidenceError
from bisect_parity.report.audit_documents import Matrix
from bisect_parity.report.markdown_page import markdown_page
from bisect_parity.report.output import read_output
from bisect_parity.report.page import report_page
from bisect_parity.report.search_documents import Bisection
from bisect_parity.report.trial_documents import Comparison
from tests.report.output_folder import account, write_audit, write_bisection, write_images, write_json

if TYPE_CHECKING:
    from pathlib import Path


def test_documents_of_several_commands_are_found_below_one_folder(tmp_path: Path) -> None:
    write_audit(tmp_path / "audit")
    write_bisection(tmp_path / "bisect")
    write_images(tmp_path / "check")
    output = read_output(tmp_path)
    assert output.problems == []
    assert [log.path for log in output.commands] == ["audit/commands.txt"]
    assert output.sources() == [
        "audit/artifact_matrix.json",
        "audit/provenance.json",
        "audit/param_diff.json",
        "bisect/bisect.json",
    ]
    assert list(output.every(Comparison)) == ["check/verdict.json"]
    assert [kept.name for kept in output.images] == ["check/reference"]
    assert output.images[0].comparison is not None


def test_a_run_that_was_run_again_is_told_with_its_verdict(tmp_path: Path) -> None:
    attempt = {
        "commit": "a" * 40,
        "outcome": "differs",
        "probability": None,
        "outputs": [{"name": "<b>.csv", "likeness": "differs", "says": "loss 1 then, 2 now"}],
        "says": ["x is not there as the run had it"],
    }
    document = {
        "schema": "bisect-parity/rerun",
        "version": 1,
        "bundle": "reports/recorded/1",
        "outcome": "differs",
        "commit": None,
        "says": "The results are not the same at aaaaaaaaaaaa.",
        "attempts": [attempt],
    }
    write_json(tmp_path / "rerun.json", document)
    made = account(tmp_path)
    assert made.output.sources() == ["rerun.json"]
    sentence = "reports/recorded/1 was run again. The results are not the same at aaaaaaaaaaaa."
    assert made.headline.sentence == sentence
    text = "\n".join(markdown_page(made))
    page = report_page(made)
    for told in ("loss 1 then, 2 now", "x is not there as the run had it"):
        assert told in text
        assert told in page
    assert "<b>.csv" not in page


def test_previews_go_with_the_verdicts_beside_them_and_before_whole_images(tmp_path: Path) -> None:
    write_images(tmp_path)
    write_images(tmp_path / "verdicts")
    (tmp_path / "verdicts/verdict.json").rename(tmp_path / "verdicts/0001-abc.json")
    for name in ("verdicts/0001-abc.preview.npz", "verdicts/0002-abc.preview-64.npz"):
        (tmp_path / name).write_bytes(b"")
    kept = {one.name: one.comparison is not None for one in read_output(tmp_path).images}
    assert kept == {
        "reference": True,
        "verdicts/0001-abc.preview.npz": True,
        "verdicts/0002-abc.preview-64.npz": False,
    }


def test_the_latest_of_numbered_audits_is_told(tmp_path: Path) -> None:
    for name, size in (("artifact_matrix", 1), ("artifact_matrix.2", 2), ("artifact_matrix.10", 10)):
        schema = {"schema": "bisect-parity/artifact-matrix", "version": 1, "size": size}
        write_json(tmp_path / f"{name}.json", schema)
    output = read_output(tmp_path)
    assert output.sources() == ["artifact_matrix.10.json"]
    assert output.latest(Matrix) == Matrix(size=10)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "Expecting"),
        ('{"schema": "bisect-parity/bisection", "version": 1}', "is no Bisection"),
        ('{"schema": "bisect-parity/bisection", "version": 2, "outcome": "x"}', "version 2 is not known"),
        (
            '{"schema": "bisect-parity/bisection", "version": 1, "outcome": "x", "tested": [1]}',
            "no Bisection",
        ),
        ('{"schema": "bisect-parity/bisection", "version": 1, "outcome": NaN}', "NaN is not JSON"),
        ("[" * 100_000, ""),
    ],
)
def test_a_document_that_cannot_be_meant_is_named_and_the_rest_is_told(
    tmp_path: Path, text: str, says: str
) -> None:
    write_audit(tmp_path)
    (tmp_path / "bisect.json").write_text(text)
    output = read_output(tmp_path)
    assert output.latest(Matrix) is not None
    assert not output.every(Bisection)
    [problem] = output.problems
    assert problem.startswith("bisect.json: ")
    assert says in problem


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    write_bisection(tmp_path / "elsewhere")
    write_audit(tmp_path / "out")
    (tmp_path / "out" / "bisect").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "out" / "bisect.json").symlink_to(tmp_path / "elsewhere" / "bisect.json")
    assert read_output(tmp_path / "out").every(Bisection) == {}


@pytest.mark.parametrize("document", [None, [], {"schema": 5}, {"schema": "somebody/else", "version": 1}])
def test_a_folder_without_our_documents_is_refused(tmp_path: Path, document: Any) -> None:
    (tmp_path / "some.json").write_text(json.dumps(document))
    with pytest.raises(EvidenceError, match="holds nothing that audit, bisect, rerun or check wrote"):
        read_output(tmp_path)


def test_a_place_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="is not a folder"):
        read_output(tmp_path / "gone")


def test_more_files_than_are_looked_at_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_audit(tmp_path)
    (tmp_path / "z").mkdir()
    monkeypatch.setattr("bisect_parity.report.output.MOST_FILES", 4)
    output = read_output(tmp_path)
    assert output.latest(Matrix) is not None
    assert output.problems == ["only 4 files and folders were looked at: there are more"]


def test_the_end_of_a_long_log_is_called_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_audit(tmp_path)
    monkeypatch.setattr("bisect_parity.report.output.LARGEST_LOG_BYTES", 10)
    assert "<summary>commands.txt (its end)</summary>" in markdown_page(account(tmp_path))
