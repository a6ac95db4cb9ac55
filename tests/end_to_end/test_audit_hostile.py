"""`audit` where evidence is damaged or hostile: every output stays plain, and nothing is believed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from bisect_parity.commands.main import run
from tests.sandbox import Sandbox

RESULTS = json.dumps([{"size": 4096, "correlation_warm": 0.99999, "sum_ratio": 1.0}])


@pytest.fixture
def top(tmp_path: Path) -> Path:
    sandbox = Sandbox(tmp_path / "repository")
    sandbox.commit({"src/a.py": "A = 1\n"})
    return sandbox.top


def write(top: Path, name: str | bytes, text: str) -> None:
    path = Path(os.fsdecode(os.path.join(os.fsencode(top), b"reports", os.fsencode(name))))  # noqa: PTH118 - bytes
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def audit(top: Path, out: Path) -> tuple[int, dict[str, dict[str, object]]]:
    status = run(["audit", "--repo", str(top), "--out", str(out), "--quiet"])
    matrix = json.loads((out / "artifact_matrix.json").read_text(encoding="ascii"))
    return status, {bundle["path"]: bundle for bundle in matrix["bundles"]}


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e999"])
def test_a_figure_that_is_not_finite_fails(top: Path, tmp_path: Path, text: str) -> None:
    write(top, "20251009T095917Z/benchmark_results.json", f'[{{"size": 4096, "correlation_warm": {text}}}]')
    _, bundles = audit(top, tmp_path / "out")
    assert bundles["reports/20251009T095917Z"]["verdict"] == "bad"


def test_every_output_is_plain_ascii_whatever_the_evidence_holds(top: Path, tmp_path: Path) -> None:
    write(top, b"20251009T095913Z_\xff/benchmark_results.json", RESULTS)
    write(top, "20251009T095914Z new\nline|pipe<script>/benchmark_results.json", RESULTS)
    hostile = {"git_sha": "--upload-pack=evil", "device": "gpu | <b>x</b>\x1b[31m", "note\r": "\u202e\u2028"}
    write(top, "20251009T095914Z new\nline|pipe<script>/env.json", json.dumps(hostile))
    write(
        top, "20251009T095921Z/commands.txt", "# Git SHA: -x\ngit rev-parse HEAD # -> --all\n\x1b]0;title\x07"
    )
    _, bundles = audit(top, tmp_path / "out")
    assert len(bundles) == 2  # the third has no figures
    for path in (tmp_path / "out").rglob("*"):
        text = (
            path.read_bytes().decode("ascii").replace("\r\n", "\n") if path.is_file() else ""
        )  # CSV has CRLF
        assert all(character.isprintable() or character == "\n" for character in text)


def test_no_text_of_evidence_becomes_an_option_of_git(top: Path, tmp_path: Path) -> None:
    write(
        top,
        "20251009T095918Z/env.json",
        json.dumps({"git_sha": "--upload-pack=evil", "commit": "-deadbeef1"}),
    )
    audit(top, tmp_path / "out")
    assert "evil" not in (tmp_path / "out" / "commands.txt").read_text()


def test_ids_of_a_megabyte_and_deep_documents_are_told_and_survived(top: Path, tmp_path: Path) -> None:
    write(top, "20251009T095918Z/env.json", json.dumps({"git_sha": "ab" * 2**19}))
    write(top, "20251009T095919Z/benchmark_results.json", "[" * 100_000)
    write(top, "20251009T095920Z/benchmark_results.json", '{"size": 4096}')
    status, bundles = audit(top, tmp_path / "out")
    assert status == 1
    assert bundles["reports/20251009T095919Z"]["unreadable"] == [
        "reports/20251009T095919Z/benchmark_results.json"
    ]


def test_links_and_loops_are_left_alone(top: Path, tmp_path: Path) -> None:
    write(top, "20251009T095918Z/benchmark_results.json", RESULTS)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "git_sha.txt").write_text("a" * 40)
    (top / "reports/20251009T095918Z/env").symlink_to(tmp_path / "outside")
    (top / "reports/20251009T095918Z/loop").symlink_to(top / "reports")
    (top / "reports/20251009T095919Z").symlink_to("/nowhere")
    _, bundles = audit(top, tmp_path / "out")
    assert list(bundles) == ["reports/20251009T095918Z"]
    assert bundles["reports/20251009T095918Z"]["records"] == []
