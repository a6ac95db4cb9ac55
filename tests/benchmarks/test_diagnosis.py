"""The benchmark of `diagnose` says how often each cause is named, and how often chance looks like one."""

from __future__ import annotations

import json
import sys

import pytest

from benchmarks.diagnosis import CAUSES, SHAPES, main


def test_every_cause_and_shape_has_a_row(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["diagnosis", "--series", "1", "--json"])
    main()
    tables = json.loads(capsys.readouterr().out)
    assert [row["cause"] for row in tables["causes"]] == list(CAUSES)
    assert len(tables["no cause"]) == len(SHAPES)
    for row in tables["causes"]:
        assert sum(row[key] for key in ("right", "in part", "wrong", "silent")) == pytest.approx(1.0)
    assert tables["causes"][0]["right"] == 1.0
