"""The same code with another verdict in another environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bisect_parity.bisection.model import Check, Role
from bisect_parity.bisection.other_environment import other_environment_text
from bisect_parity.digest import json_digest
from bisect_parity.parity.cache import VerdictCache, cache_key
from bisect_parity.parity.case import case_of_table
from bisect_parity.parity.environment import BESIDE, packages_digest

if TYPE_CHECKING:
    from pathlib import Path

COMMIT = "c" * 40
STARTED = "2026-03-01T08:00:00.000Z"
CASE = case_of_table("unit", {"test": ["true"]}, "here")


def _environment(packages: list[str], **variables: str | None) -> dict[str, Any]:
    told = {"python": "3.12.1", "packages_sha256": packages_digest(packages), "programs_sha256": "0" * 64}
    return told | {"variables": variables}


def _parts(environment: dict[str, Any], case: str = "1" * 64) -> dict[str, str]:
    return {"code_state": "2" * 64, "case": case, "environment": json_digest(environment)}


def _known(cache: VerdictCache, verdict: str, environment: dict[str, Any], case: str = "1" * 64) -> None:
    document = {"verdict": verdict, "reason": "", "started": STARTED, "environment": environment}
    parts = _parts(environment, case)
    assert cache.begin(cache_key(parts), parts) == cache.finish(cache_key(parts), parts, document) == ""


def _told(cache: VerdictCache, environment: dict[str, Any], verdict: str = "bad") -> tuple[str, ...]:
    document = {"digests": _parts(environment) | {"image": "3" * 64}, "environment": environment}
    return other_environment_text(
        cache, Check("1", COMMIT, "", Role.OLD_END, 8, verdict, "", document=document), CASE
    )


@pytest.fixture
def cache(tmp_path: Path) -> VerdictCache:
    return VerdictCache(tmp_path / "verdicts")


def test_a_library_that_was_upgraded_is_named(cache: VerdictCache) -> None:
    old, new = ["numpy-2.4", f"kernlib-1.4 {BESIDE}"], ["numpy-2.4", f"kernlib-2.0 {BESIDE}"]
    for packages in (old, new):
        cache.keep_packages(packages_digest(packages), packages)
    _known(cache, "good", _environment(old))
    (told,) = _told(cache, _environment(new))
    assert told.startswith(
        f"The code of {COMMIT[:12]} was good at {STARTED}, with the same case, in another env"
    )
    assert "kernlib-1.4 was installed, kernlib-2.0 is installed now. So the environment" in told


def test_variables_are_told_with_their_values_where_these_are_no_secret(cache: VerdictCache) -> None:
    _known(cache, "good", _environment([], SIM_TF32=None, LICENCE="alpha beta"))
    (told,) = _told(cache, _environment([], SIM_TF32="1", LICENCE="gamma delta"))
    assert "environment: $LICENCE has another value, $SIM_TF32 was unset, and is 1. So" in told


def test_packages_that_nobody_kept_are_told_as_such(cache: VerdictCache) -> None:
    _known(cache, "good", _environment(["a-1"]))
    (told,) = _told(cache, _environment(["a-2"]))
    assert "environment: the versions of the installed packages. So" in told


def test_nothing_is_said_of_the_same_verdict_of_another_case_or_of_the_same_environment(
    cache: VerdictCache,
) -> None:
    here = _environment([], SIM_TF32="1")
    _known(cache, "bad", _environment([], SIM_TF32="0"))
    _known(cache, "good", _environment([], SIM_TF32="2"), case="4" * 64)
    _known(cache, "good", here)
    assert _told(cache, here) == _told(cache, here, "skip") == ()
