"""The Markdown report tells the same, in ASCII, and evidence stays text in it, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bisect_parity.report.account import NamedCommits
from bisect_parity.report.markdown_page import markdown_page
from tests.report.output_folder import (
    COMMITS,
    HOSTILE,
    START,
    account,
    write_audit,
    write_bisection,
    write_isolation,
    write_sweep,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_verdict_figures_clues_and_commands_are_told(tmp_path: Path) -> None:
    write_audit(tmp_path / "audit")
    write_bisection(tmp_path / "bisect")
    lines = list(markdown_page(account(tmp_path)))
    assert lines[2] == '**Commit dddddddddddd, "A change", broke the parity.**'
    text = "\n".join(lines)
    assert "0.9999984741695391" in text
    assert "[+2.5] stamp: the name of reports/1-run states a time" in text
    assert "    bisect-parity audit # run" in lines
    assert "bisect-parity diagnose --out DIR" in text


def test_sweeps_and_isolations_are_told(tmp_path: Path) -> None:
    write_sweep(tmp_path)
    write_isolation(tmp_path)
    lines = list(markdown_page(account(tmp_path)))
    assert f"- bad to good: {COMMITS[3]} A change" in lines
    assert any("correlation moved from 1.0 to 0.5" in line and COMMITS[1][:12] in line for line in lines)
    assert any(line.startswith("- file: Fdump.bin (") for line in lines)
    assert {"### Sweep", "#### Flips", "#### Checks"} <= {*lines}


def test_evidence_stays_text(tmp_path: Path) -> None:
    write_audit(tmp_path, HOSTILE)
    write_bisection(tmp_path, subject=HOSTILE)
    text = "\n".join(markdown_page(account(tmp_path)))
    assert text.isascii()
    told = [line for line in text.splitlines() if "<script>" in line]
    assert all("`" in line or line.startswith("    ") for line in told)


def test_the_time_line_has_every_run_with_its_uncertainty_and_its_commit(tmp_path: Path) -> None:
    write_audit(tmp_path)
    history = NamedCommits(commit_times={COMMITS[0]: START - 60})
    text = "\n".join(markdown_page(account(tmp_path, history)))
    began = text[text.index("## Time line") : text.index("## Runs and bundles")].splitlines()
    rows = [line for line in began if line.startswith("| 2025")]
    assert len(rows) == 3
    assert rows[0] == (
        "| 2025-10-09 08:53:20Z | 10 min | reports/0-run: bad; confirmed, aaaaaaaaaaaa, p 0.900"
        " | 2025-10-09 08:52:20Z |"
    )
    assert "reports/2-run: bad; contradicted" in rows[2]
