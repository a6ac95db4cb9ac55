"""Documents of an evidence output read as values.

The folder may come from anybody. Keys that are missing have defaults, others are passed over, and what cannot
be meant raises `ValueError` when it is read, not in the middle of a page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import cattrs
from attrs import fields_dict, has
from cattrs.gen import make_dict_structure_fn, override
from cattrs.strategies import configure_union_passthrough

from bisect_parity.report.search_documents import Sweep

Kind = TypeVar("Kind")
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError)


def _converter() -> cattrs.Converter:
    converter = cattrs.Converter(detailed_validation=False)
    configure_union_passthrough(float | str | None, converter)
    converter.register_structure_hook_factory(
        lambda kind: has(kind) and "resolution_class" in fields_dict(kind),
        lambda kind: make_dict_structure_fn(kind, converter, resolution_class=override(rename="class")),
    )
    hook = make_dict_structure_fn(Sweep, converter, start=override(rename="from"), end=override(rename="to"))
    converter.register_structure_hook(Sweep, hook)
    return converter


_CONVERTER = _converter()


def read_as(kind: type[Kind], document: Mapping[str, Any]) -> Kind:
    """The value of a document.

    Raises:
        ValueError: it does not fit.
    """
    try:
        return _CONVERTER.structure(document, kind)
    except UNREADABLE as error:
        raise ValueError(f"it is no {kind.__name__}: {type(error).__name__}: {error}") from error
