"""What the arguments of a Python call say of the option that it declares. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.params.literals import python_value
from bisect_parity.params.model import Expression, Scalar
from bisect_parity.params.python_calls import node_value
from bisect_parity.params.syntax import node_text

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["TYPES", "StatedDefault", "arity", "default_of", "type_of"]

TYPES = {"int": "int", "float": "float", "bool": "bool", "integer": "int"}
_VARIABLE = re.compile(
    r"(?:os\.)?(?:environ\.get|getenv)\(\s*['\"](\w+)['\"]\s*(?:,\s*(.+?)\s*)?\)|(?:os\.)?environ\[['\"](\w+)['\"]\]",
    re.DOTALL,
)
_WRAPPED = re.compile(r"(int|float|str|bool)\((.*)\)", re.DOTALL)


def _variable_default(text: str) -> tuple[str, str | None] | None:
    """The variable and the fallback of `os.environ.get("NAME", fallback)`; None for other expressions."""
    wrapped = _WRAPPED.fullmatch(text)
    found = _VARIABLE.fullmatch(wrapped[2].strip() if wrapped else text)
    if found is None:
        return None
    return found[1] or found[3], found[2]


@frozen
class StatedDefault:
    """A default with what else its expression says."""

    value: Scalar
    variable: str = ""
    is_missing: bool = False


def default_of(node: Node | None, otherwise: Scalar, *, is_missing: bool = False) -> StatedDefault:
    """The default that an expression states; `otherwise` where there is none."""
    if node is None:
        return StatedDefault(otherwise, is_missing=is_missing)
    asked = _variable_default(node_text(node))
    if asked is None:
        return StatedDefault(node_value(node))
    name, fallback = asked
    if fallback is None:
        return StatedDefault(None, name)
    return StatedDefault(python_value(fallback), name)


def arity(nargs: Scalar) -> int | None:
    """How many words an option takes; None where that is not fixed."""
    return nargs if isinstance(nargs, int) and nargs >= 1 else None


def type_of(kind: Scalar) -> str:
    """The type of an option, as far as it is one that options have; empty for any other."""
    text = kind.text if isinstance(kind, Expression) else kind if isinstance(kind, str) else ""
    return TYPES.get(text.rpartition(".")[2].lower(), "")
