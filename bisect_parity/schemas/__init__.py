"""The JSON Schemas of all documents that are written, as files beside this one: `<name>.json`."""

from __future__ import annotations

import functools
import json
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry, Resource

__all__ = ["complaint", "load_schema", "schema_names"]

LONGEST_COMPLAINT = 200


def schema_names() -> list[str]:
    """The documents that have a schema: the part of `schema` after the slash."""
    return sorted(item.name[:-5] for item in files(__name__).iterdir() if item.name.endswith(".json"))


@functools.cache
def load_schema(name: str) -> dict[str, Any]:
    """The schema of a document.

    Raises:
        FileNotFoundError: there is none of this name.
    """
    schema: dict[str, Any] = json.loads((files(__name__) / f"{name}.json").read_text(encoding="utf-8"))
    return schema


@functools.cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(load_schema(name), registry=_all_schemas())


@functools.cache
def _all_schemas() -> Registry[Any]:
    """Where one schema finds another that it refers to."""
    resources: list[Resource[Any]] = [Resource.from_contents(load_schema(name)) for name in schema_names()]
    return resources @ Registry()


def complaint(document: object, name: str) -> str | None:
    """What keeps a document from fitting its schema, in one sentence; None where it fits."""
    error = best_match(_validator(name).iter_errors(_as_written(document)))
    if error is None:
        return None
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)
    return f"{place.lstrip('.') or 'the document'}: {error.message[:LONGEST_COMPLAINT]}"


def _as_written(value: object) -> object:
    """A part of a document as its file has it: a tuple is an array there."""
    if isinstance(value, dict):
        return {key: _as_written(one) for key, one in value.items()}
    return [_as_written(one) for one in value] if isinstance(value, list | tuple) else value
