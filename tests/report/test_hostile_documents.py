"""Whatever stands in a document of an evidence output, the report is made: what cannot be meant is named."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from bisect_parity.errors import EvidenceError
from bisect_parity.report.attempt import attempt_lines
from bisect_parity.report.markdown_page import markdown_page
from bisect_parity.report.page import report_page
from tests.report.output_folder import (
    account,
    write_audit,
    write_bisection,
    write_diagnosis,
    write_images,
    write_isolation,
    write_sweep,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    0.5,
    1e308,
    -1e308,
    10**400,
    "",
    "\ud800\u202e<b>",
    [],
    {},
    [[]],
    [None],
)
MUTATIONS = 4  # of each document


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of everything within a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from places(inner, (*path, key))


def replaced(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = json.loads(json.dumps(document))
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed


@pytest.mark.parametrize(
    "name",
    [
        "artifact_matrix.json",
        "provenance.json",
        "param_diff.json",
        "diagnosis.json",
        "bisect.json",
        "sweep.json",
        "isolate.json",
        "verdict.json",
    ],
)
def test_an_odd_value_at_any_place_is_told_or_named(tmp_path: Path, name: str) -> None:
    write_audit(tmp_path)
    write_bisection(tmp_path)
    write_diagnosis(tmp_path)
    write_sweep(tmp_path)
    write_isolation(tmp_path)
    if name == "verdict.json":
        write_images(tmp_path)
    document = json.loads((tmp_path / name).read_text())
    chance = random.Random(name)  # noqa: S311 - the same places every time
    candidates = [path for path in places(document) if path[0] not in ("schema", "version")]
    for path in chance.sample(candidates, min(MUTATIONS, len(candidates))):
        (tmp_path / name).write_text(json.dumps(replaced(document, path, chance.choice(ODD))))
        told = account(tmp_path)
        assert report_page(told).isascii()
        assert "\n".join(markdown_page(told)).isascii()
        assert attempt_lines(told.output, "place", "2025-10-09", "digest")


@pytest.mark.parametrize("name", ["bisect.json", "sweep.json", "isolate.json"])
def test_a_search_that_lacks_a_key_or_has_other_words_is_told_in_markdown(tmp_path: Path, name: str) -> None:
    write_bisection(tmp_path)
    write_sweep(tmp_path)
    write_isolation(tmp_path)
    document = json.loads((tmp_path / name).read_text())
    document |= {"thresholds": {"correlation_min": 0.5}}
    odd = [{key: document[key] for key in document if key != left_out} for left_out in document]
    odd += [document | {"thresholds": {"other": 1.0}}, document | {"outcome": "o\n<b>", "end": "`"}]
    odd += [replaced(document, path, "<b>") for path in places(document) if path[-1] in ("kind", "name")]
    for changed in odd:
        (tmp_path / name).write_text(json.dumps(changed))
        lines = list(markdown_page(account(tmp_path)))
        assert not [line for line in lines if "\n" in line or ("<b>" in line and "`" not in line)]


def test_a_folder_of_nothing_but_odd_documents_is_refused(tmp_path: Path) -> None:
    write_bisection(tmp_path)
    document = json.loads((tmp_path / "bisect.json").read_text())
    (tmp_path / "bisect.json").write_text(json.dumps(replaced(document, ("tested",), [1])))
    with pytest.raises(EvidenceError, match=r"bisect\.json"):
        account(tmp_path)
