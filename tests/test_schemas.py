"""Every document names its schema, every schema is one, and what the tool writes fits."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from jsonschema import Draft202012Validator

import bisect_parity
from bisect_parity.schemas import complaint, load_schema, schema_names
from tests.end_to_end.world import call

if TYPE_CHECKING:
    from collections.abc import Iterator

INTERNAL = {"cached-verdict", "reference", "proof"}
STRICT = (
    "attached",
    "bisection",
    "comparison",
    "diagnosis",
    "isolation",
    "ledger",
    "params",
    "provenance",
    "record",
    "report",
    "rerun",
    "run-states",
    "sweep",
    "verdict",
    "verified",
)
DOCS = Path(__file__).parents[1] / "docs" / "schemas.md"


def written_schemas() -> Iterator[str]:
    """The names that stand in the code."""
    for path in Path(bisect_parity.__file__).parent.rglob("*.py"):
        yield from re.findall(r'"bisect-parity/([a-z-]+)"', path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", schema_names())
def test_a_schema_is_one_and_says_of_what(name: str) -> None:
    schema = load_schema(name)
    Draft202012Validator.check_schema(schema)
    assert schema["properties"]["schema" if name != "statement" else "_type"]
    assert schema["$id"] == f"urn:bisect-parity:schema:{name}:1"
    assert f"| `{name}` | {schema['title']} |" in DOCS.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", STRICT)
def test_a_strict_schema_says_of_every_part_what_it_holds(name: str) -> None:
    assert list(_loose_parts(load_schema(name), "")) == []


def _loose_parts(part: object, place: str) -> Iterator[str]:
    """Where a schema admits anything: objects with further fields, arrays of anything, values of any type."""
    if isinstance(part, dict):
        types = part.get("type", [])
        if "object" in types and "additionalProperties" not in part:
            yield f"{place}: an object with any further field"
        if "array" in types and not {"items", "prefixItems"} & part.keys():
            yield f"{place}: an array of anything"
        yield from (
            f"{place}/{name}: any value" for name, one in part.get("properties", {}).items() if not one
        )
    inner = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for name, one in inner:
        yield from _loose_parts(one, f"{place}/{name}")


def test_every_document_has_a_schema() -> None:
    assert set(written_schemas()) - INTERNAL <= set(schema_names())


def test_a_complaint_names_the_place() -> None:
    told = complaint({"schema": "bisect-parity/init", "version": 2, "written": "x"}, "init")
    assert told == "version: 1 was expected"
    assert complaint([], "init") == "the document: [] is not of type 'object'"


@pytest.mark.parametrize("options", [(), ("--full",), ("--full", "--tiles"), ("--roi", "0:4,0:4")])
def test_comparisons_fit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]
) -> None:
    image = np.arange(1, 65, dtype=np.float32).reshape(8, 8)
    np.save(tmp_path / "a.npy", image)
    np.save(tmp_path / "b.npy", image * np.float32(1.0001))
    answer = call(capsys, "compare", "--json", *options, tmp_path / "a.npy", tmp_path / "b.npy")
    assert json.loads(answer.out)["schema"] == "bisect-parity/comparison"


@pytest.mark.parametrize(
    ("candidate", "status"),
    [(np.full((8, 8), np.nan, np.float32), 1), (np.zeros((4, 4), np.float32), 1), (np.ones((8, 8)), 1)],
)
def test_comparisons_that_give_no_figures_fit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], candidate: np.ndarray, status: int
) -> None:
    np.save(tmp_path / "a.npy", np.arange(1, 65, dtype=np.float32).reshape(8, 8))
    np.save(tmp_path / "b.npy", candidate)
    np.save(tmp_path / "mask.npy", np.ones((8, 8), np.uint8))
    paths = [tmp_path / name for name in ("a.npy", "b.npy")]
    answer = call(capsys, "compare", "--json", "--mask", tmp_path / "mask.npy", *paths)
    assert answer.status == status
    document = json.loads(answer.out)
    assert complaint(document, "comparison") is None
    assert document["images"]["reference"]["path"] == str(tmp_path / "a.npy")


def test_a_tuple_in_a_document_that_is_not_written_yet_is_an_array() -> None:
    document = {"schema": "bisect-parity/worktrees", "version": 1, "worktrees": ()}
    assert complaint(document, "worktrees") == complaint(document | {"worktrees": []}, "worktrees")
