"""Provenance statements: in-toto Statement v1 in plain JSON, which says whether it is signed. Pure."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import asdict, frozen

from bisect_parity import __version__
from bisect_parity.attest.canonical import canonical_text, seal
from bisect_parity.attest.inventory import shown_name
from bisect_parity.evidence.verdict import RecordedVerdict
from bisect_parity.provenance.model import ResolutionClass, resolution_to_json

if TYPE_CHECKING:
    from bisect_parity.attest.inventory import Inventory, SubjectFile
    from bisect_parity.config import Settings
    from bisect_parity.history.commit_objects import CommitObject
    from bisect_parity.provenance.model import Resolution

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:bisect-parity:provenance:v1"
INFERRED = {ResolutionClass.INFERRED, ResolutionClass.AMBIGUOUS, ResolutionClass.UNRESOLVED}


@frozen
class Verdicts:
    """What was found out about a bundle's run, besides its commit.

    Attributes:
        recorded: the verdict on the figures that it recorded.
        checks: verdict.json of checks that the user named.
        bisection: bisect.json of a bisection that it took part in; None where there was none.
        reruns: rerun.json of runs again of it.
    """

    recorded: RecordedVerdict | None = None
    checks: Sequence[Mapping[str, Any]] = ()
    bisection: Mapping[str, Any] | None = None
    reruns: Sequence[Mapping[str, Any]] = ()


def make_statement(
    resolution: Resolution,
    inventory: Inventory,
    commits: Sequence[CommitObject],
    settings: Settings,
    findings: Verdicts,
    *,
    made: str,
    signed: bool = False,
) -> dict[str, Any]:
    """The statement about one bundle, sealed with its own digest.

    Args:
        resolution: which commit made it.
        inventory: what lies in it.
        commits: the facts of the commits that the resolution names.
        settings: the thresholds by which it is judged.
        findings: verdicts on it.
        made: UTC time, ISO 8601.
        signed: whether it will be signed: a signature that was taken away is noticed.
    """
    how = "inferred" if resolution.resolution_class in INFERRED else "recorded"
    verdict = findings.recorded
    return seal(
        {
            "_type": STATEMENT_TYPE,
            "subject": [_subject(subject) for subject in inventory.subjects],
            "predicateType": PREDICATE_TYPE,
            "predicate": {
                "schema": "bisect-parity/statement",
                "version": 1,
                "signed": signed,
                "made": made,
                "tool": {"name": "bisect-parity", "version": __version__},
                "bundle": shown_name(resolution.path) or ".",  # the whole working tree
                **_raw_name(resolution.path),
                "commit_is": how if resolution.commit else "unknown",
                "resolution": resolution_to_json(resolution),
                "commits": [asdict(facts) for facts in commits],
                "criteria": _criteria(settings, findings.bisection),
                "verdicts": {
                    "recorded": None if verdict is None else asdict(verdict),
                    "checks": [dict(check) for check in findings.checks],
                },
                "bisection": None if findings.bisection is None else dict(findings.bisection),
                "reruns": [dict(rerun) for rerun in findings.reruns],
                "others": [
                    {"name": shown_name(entry.name), "kind": entry.kind, "target": entry.target}
                    | _raw_name(entry.name)
                    for entry in inventory.others
                ],
                "left_out": list(inventory.left_out),
            },
        }
    )


def _subject(subject: SubjectFile) -> dict[str, Any]:
    return {
        "name": shown_name(subject.name),
        "digest": {"sha256": subject.sha256},
        "annotations": {"size": subject.size, **_raw_name(subject.name)},
    }


def _raw_name(name: str) -> dict[str, str]:
    """The bytes of a name that is no UTF-8, in hex digits, so that it can be found again."""
    if name.isascii():
        return {}
    raw = os.fsencode(name)
    return {} if raw.decode(errors="replace").encode() == raw else {"raw_name": raw.hex()}


def _criteria(settings: Settings, bisection: Mapping[str, Any] | None) -> dict[str, Any]:
    criteria = {
        "correlation_min": settings.thresholds.correlation_min,
        "sum_ratio_tolerance": settings.thresholds.sum_ratio_tolerance,
        "code_paths": list(settings.code.paths),
    }
    frozen_at = None if bisection is None else bisection.get("criteria")
    return criteria | {"sha256": criteria_digest(criteria), "frozen": frozen_at}


def criteria_digest(criteria: Mapping[str, Any]) -> str:
    """The SHA-256 of thresholds and code paths, as canonical JSON."""
    kept = {name: criteria[name] for name in ("correlation_min", "sum_ratio_tolerance", "code_paths")}
    return hashlib.sha256(canonical_text(kept).encode()).hexdigest()
