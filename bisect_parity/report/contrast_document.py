"""The part of the JSON form of a diagnosis that says what separates good runs from bad ones. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bisect_parity.diagnosis.joint_sentences import pair_line
from bisect_parity.diagnosis.pairs import Pair
from bisect_parity.diagnosis.sentences import sides_text, values_text
from bisect_parity.diagnosis.triples import Triple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.diagnosis.attributes import Attribute
    from bisect_parity.diagnosis.contrast import Contrast
    from bisect_parity.diagnosis.family import Hypothesis
    from bisect_parity.diagnosis.lines import Line


def contrast_document(contrast: Contrast) -> dict[str, Any]:
    """What separates good runs from bad ones, and what was tried."""
    return {
        "good": len(contrast.good),
        "bad": len(contrast.bad),
        "least_p": contrast.least_p,
        "attributes_tried": contrast.tried,
        "is_exact": contrast.is_exact,
        "hypotheses": [_hypothesis(item, contrast) for item in contrast.hypotheses],
        "pairs": [_pair(item, contrast) for item in contrast.pairs],
        "measured": [_hypothesis(item, contrast) for item in contrast.measured],
        "one_sided": [_named(item) for item in contrast.one_sided],
        "differ_in_every_run": [_named(item) for item in contrast.every_run],
        "equal": [_named(item) for item in contrast.equal],
    }


def _hypothesis(item: Hypothesis, contrast: Contrast) -> dict[str, Any]:
    attributes = []
    for attribute in item.attributes:
        good, bad = sides_text(attribute, contrast.good, contrast.bad, by_order=item.is_by_order)
        source = _source(attribute, contrast.good or contrast.bad)
        attributes.append(_named(attribute) | {"good": good, "bad": bad, "source": source})
    return {
        "attributes": attributes,
        "separates": item.separates,
        "why_not": item.why,
        "test": item.test,
        "p": item.p,
        "p_is_exact": item.is_counted,
        "p_family": item.p_family,
        "threshold": item.threshold,
        "good": item.good,
        "bad": item.bad,
    }


def _pair(item: Pair | Line | Triple, contrast: Contrast) -> dict[str, Any]:
    cells: list[dict[str, Any]] = []
    if isinstance(item, Pair):
        cells = [
            {
                "value": cell.value,
                "good": values_text(item.second, cell.good) or None,
                "bad": values_text(item.second, cell.bad) or None,
            }
            for cell in item.cells
        ]
    return {
        "attributes": [_named(attribute) for attribute in item.attributes],
        "cells": cells,
        "says": pair_line(item, contrast),
        "p": item.p,
        "p_family": item.p_family,
        "tried": item.tried,
        "weaker": None if isinstance(item, Triple) else item.weaker.name,
        "p_weaker": None if isinstance(item, Triple) else item.p_weaker,
    }


def _named(attribute: Attribute) -> dict[str, Any]:
    return {"name": attribute.name, "kind": str(attribute.kind)}


def _source(attribute: Attribute, positions: Sequence[int]) -> dict[str, Any] | None:
    source = next((attribute.sources[at] for at in positions if attribute.sources[at] is not None), None)
    return None if source is None else {"path": source.path, "line": source.line}
