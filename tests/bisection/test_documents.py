"""What a bisection writes fits the schemas that are published."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bisect_parity.schemas import complaint

if TYPE_CHECKING:
    from tests.bisection.conftest import Lab


@pytest.mark.parametrize("verdicts", [["good", "skip", "bad"], ["good", "good 2"], ["bad", "bad 2", "good"]])
def test_bisections_and_sessions_fit(lab: Lab, verdicts: list[str]) -> None:
    commits = lab.history(verdicts)
    result = lab.session(commits[0], commits[-1]).run().to_json()
    assert complaint(json.loads(json.dumps(result)), "bisection") is None
    (session,) = lab.sandbox.top.rglob("session.json")
    assert complaint(json.loads(session.read_text()), "session") is None
