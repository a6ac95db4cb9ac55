"""Verdicts in the folder of a session: those it kept, and those of checks that ended as it was killed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from bisect_parity.bisection.model import Check, Role
from bisect_parity.history.complaints import fetch_text

# folders of a session: the verdict of each code state; by a flaky check, each check
STATES, OBSERVATIONS = "states", "observations"
DOCUMENT_LIMIT_BYTES = 4 * 2**20
# what a machine or a clone lacked: it may be there when the session goes on
_LACKED = re.compile(
    r"[\w -]+ (?:needs (?:a program that|a package that|the network)|could not write its file)"
)


def file_of(check: Check) -> str:
    """The name of the file that keeps the verdict of a code state at a size."""
    return f"{check.code_state}-{check.size}.json"


def read_document(path: Path) -> dict[str, Any]:
    """A JSON object that was read from a file; empty where there is none that can be read."""
    try:
        if path.stat().st_size > DOCUMENT_LIMIT_BYTES:
            return {}
        document = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def known_checks(path: Path) -> dict[tuple[str, int], Check]:
    """The checks of a session that gave a verdict, by code state and size.

    One that only lacked what can be installed or fetched meanwhile gave none.

    Args:
        path: folder of the session.
    """
    known = {}
    for file in (path / STATES).glob("*.json"):
        check = _kept_check(read_document(file), path / "checks")
        if check is None or file.name != file_of(check):
            continue
        if check.verdict != "skip" or not (_LACKED.match(check.reason) or fetch_text(check.reason)):
            known[check.code_state, check.size] = check
    for file in sorted((path / "checks").glob("*/verdict.json")):
        check = _finished_check(file)
        if check is not None:
            known.setdefault((check.code_state, check.size), check)
    return known


def observed_checks(path: Path) -> list[Check]:
    """The checks of a session by a flaky check, in the order in which they were run.

    Args:
        path: folder of the session.
    """
    found: dict[str, Check] = {}
    for file in (path / "checks").glob("*/verdict.json"):
        check = _finished_check(file)  # the session may have been killed before it could keep it
        if check is not None:
            found[check.name] = check
    for file in (path / OBSERVATIONS).glob("*.json"):
        check = _kept_check(read_document(file), path / "checks")
        if check is not None:
            found[check.name] = check
    return [found[name] for name in sorted(found)]


def _kept_check(record: dict[str, Any], checks: Path) -> Check | None:
    words = [record.get(key) for key in ("name", "commit", "code_state", "verdict", "reason")]
    role, size, seconds = (record.get(key) for key in ("role", "size", "seconds"))
    if not all(isinstance(word, str) for word in words) or role not in {one.value for one in Role}:
        return None
    if not isinstance(size, int) or not isinstance(seconds, int | float):
        return None
    name, commit, state, verdict, reason = map(str, words)
    document = read_document(checks / Path(name).name / "verdict.json")
    step = record.get("step")
    return Check(name, commit, state, Role(role), size, verdict, reason, step, document, float(seconds))


def _finished_check(file: Path) -> Check | None:
    """A check that ended, also where the session was killed before it could keep the verdict."""
    document = read_document(file)
    digests = document.get("digests")
    state = digests.get("code_state") if isinstance(digests, dict) else None
    words = [state, *(document.get(key) for key in ("commit", "verdict", "reason"))]
    size = document.get("size")
    if not all(isinstance(word, str) for word in words) or not isinstance(size, int):
        return None
    state, commit, verdict, reason = map(str, words)
    if verdict not in ("good", "bad"):  # what killed the session may have killed its step, too
        return None
    step, name = document.get("step"), file.parent.name
    return Check(name, commit, state, Role.SEARCH, size, verdict, reason, step, document)
