from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bisect_parity.bisection.model import Check, Role
from bisect_parity.bisection.verdict_files import OBSERVATIONS, known_checks, observed_checks

if TYPE_CHECKING:
    from pathlib import Path

STATE = "5" * 64


def write(path: Path, document: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))


def ended(session: Path, name: str, verdict: str) -> None:
    """What a check writes itself when it ends."""
    digests = {"code_state": STATE}
    document = {"commit": "c" * 40, "size": 64, "verdict": verdict, "reason": "so", "digests": digests}
    write(session / "checks" / name / "verdict.json", document)


def kept(session: Path, name: str, verdict: str, role: Role, **other: Any) -> Check:
    """What the session keeps of it, some fields otherwise."""
    check = Check(name, "c" * 40, STATE, role, 64, verdict, "so", seconds=1.5)
    write(session / OBSERVATIONS / f"{name}.json", check.to_json() | {f[6:]: other[f] for f in other})
    return check


def test_checks_that_were_kept_come_back_in_their_order_skips_included(tmp_path: Path) -> None:
    checks = [
        kept(tmp_path, "0001-a", "good", Role.OLD_END),
        kept(tmp_path, "0002-b", "skip", Role.SEARCH),
        kept(tmp_path, "0003-b", "bad", Role.PROOF),
    ]
    assert observed_checks(tmp_path) == checks


def test_a_check_that_ended_when_the_session_was_killed_counts_and_one_that_was_killed_does_not(
    tmp_path: Path,
) -> None:
    kept(tmp_path, "0001-a", "good", Role.OLD_END)
    ended(tmp_path, "0001-a", "good")
    ended(tmp_path, "0002-b", "bad")
    ended(tmp_path, "0003-b", "skip")  # what killed the session may have killed a step of it
    (tmp_path / "checks" / "0004-b").mkdir()
    found = observed_checks(tmp_path)
    assert [(check.name, check.verdict, check.role) for check in found] == [
        ("0001-a", "good", Role.OLD_END),
        ("0002-b", "bad", Role.SEARCH),
    ]
    assert found[0].document["verdict"] == "good"


def test_what_cannot_be_read_is_no_check(tmp_path: Path) -> None:
    kept(tmp_path, "0001-a", "good", Role.OLD_END, other_role="unheard of")
    kept(tmp_path, "0002-a", "good", Role.OLD_END, other_size="64")
    (tmp_path / OBSERVATIONS / "0003-a.json").write_text("{")
    assert observed_checks(tmp_path) == []


@pytest.mark.parametrize(
    ("reason", "is_known"),
    [
        (f"object {'1' * 40} (a.txt) is missing", False),
        ("prepare-1 needs a program that is not installed: make: gfortran: No such file or directory", False),
        ("the test needs the network: Could not resolve host: a (status 1)", False),
        ("test did not end within 9 s", True),
        ("test cannot be imported: SyntaxError: invalid syntax", True),
    ],
)
def test_what_only_lacked_what_may_be_there_now_has_no_verdict(
    tmp_path: Path, reason: str, is_known: bool
) -> None:
    check = Check("0001-a", "c" * 40, STATE, Role.SEARCH, 64, "skip", reason, "prepare")
    write(tmp_path / "states" / f"{STATE}-64.json", check.to_json())
    assert ((STATE, 64) in known_checks(tmp_path)) == is_known
