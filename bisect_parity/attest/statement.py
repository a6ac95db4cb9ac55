"""Provenance statements: in-toto Statement v1 in plain JSON, unsigned and saying so. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from bisect_parity import __version__
from bisect_parity.provenance.model import ResolutionClass, resolution_to_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bisect_parity.config import Settings
    from bisect_parity.provenance.model import Resolution

__all__ = ["PREDICATE_TYPE", "STATEMENT_TYPE", "Subject", "make_statement"]

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:bisect-parity:provenance:v1"
INFERRED = {ResolutionClass.INFERRED, ResolutionClass.AMBIGUOUS, ResolutionClass.UNRESOLVED}


@frozen
class Subject:
    """A file that a statement is about.

    Attributes:
        name: path relative to the top of the repository.
        sha256: hex digest of its content.
        size: bytes.
    """

    name: str
    sha256: str
    size: int


def make_statement(
    resolution: Resolution,
    subjects: Sequence[Subject],
    settings: Settings,
    made: str,
    bisection: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The statement about one bundle.

    Args:
        resolution: which commit made it.
        subjects: its files.
        settings: the thresholds by which it is judged.
        made: UTC time, ISO 8601.
        bisection: the JSON of a bisection that the bundle took part in, or None.
    """
    told = resolution_to_json(resolution)
    how = "inferred" if resolution.resolution_class in INFERRED else "recorded"
    return {
        "_type": STATEMENT_TYPE,
        "subject": [
            {
                "name": subject.name,
                "digest": {"sha256": subject.sha256},
                "annotations": {"size": subject.size},
            }
            for subject in subjects
        ],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "schema": "bisect-parity/statement",
            "version": 1,
            "signed": False,
            "made": made,
            "tool": {"name": "bisect-parity", "version": __version__},
            "bundle": resolution.path,
            "commit_is": how if resolution.commit else "unknown",
            "resolution": told,
            "criteria": {
                "correlation_min": settings.thresholds.correlation_min,
                "sum_ratio_tolerance": settings.thresholds.sum_ratio_tolerance,
                "code_paths": list(settings.code.paths),
            },
            "bisection": dict(bisection) if bisection is not None else None,
        },
    }
