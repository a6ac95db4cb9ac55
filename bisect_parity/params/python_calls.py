"""Calls, names and scopes in Python syntax trees, and what arguments say of an option. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.params.literals import python_value
from bisect_parity.params.model import Expression, Scalar
from bisect_parity.params.syntax import node_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tree_sitter import Node

TYPES = {"int": "int", "float": "float", "bool": "bool", "integer": "int"}
_VARIABLE = re.compile(
    r"(?:os\.)?(?:environ\.get|getenv)\(\s*['\"](\w+)['\"]\s*(?:,\s*(.+?)\s*)?\)|(?:os\.)?environ\[['\"](\w+)['\"]\]",
    re.DOTALL,
)
_WRAPPED = re.compile(r"(int|float|str|bool)\((.*)\)", re.DOTALL)


def call_arguments(call: Node) -> tuple[list[Node], dict[str, Node]]:
    """The positional arguments and the keyword arguments of a call."""
    arguments = call.child_by_field_name("arguments")
    positional: list[Node] = []
    keywords: dict[str, Node] = {}
    for node in arguments.named_children if arguments is not None else ():
        if node.type == "keyword_argument":
            name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
            if name is not None and value is not None:
                keywords[node_text(name)] = value
        elif node.type not in {"comment", "list_splat", "dictionary_splat"}:
            positional.append(node)
    return positional, keywords


def decorator_calls(decorators: Iterable[Node]) -> Iterator[Node]:
    """The calls among some decorators."""
    calls = (next(iter(decorator.named_children), None) for decorator in decorators)
    return (call for call in calls if call is not None and call.type == "call")


def last_name(node: Node | None) -> str:
    """The last name of `a.b.c` or `a.b.c(...)` or `c[...]`; empty for other expressions."""
    while node is not None and node.type in {"call", "subscript", "generic_type", "type"}:
        node = (
            node.child_by_field_name("function")
            or node.child_by_field_name("value")
            or next(iter(node.named_children), None)
        )
    if node is None:
        return ""
    if node.type == "attribute":
        node = node.child_by_field_name("attribute")
    return node_text(node) if node is not None and node.type == "identifier" else ""


def node_value(node: Node) -> Scalar:
    """The value of an expression, as far as it can be determined."""
    return python_value(node_text(node))


def strings(nodes: Iterable[Node]) -> list[str]:
    """The values of those nodes that are literal strings."""
    values = (node_value(node) for node in nodes if node.type in {"string", "concatenated_string"})
    return [value for value in values if isinstance(value, str)]


@frozen
class _StatedDefault:
    """A default with what else its expression says."""

    value: Scalar
    variable: str = ""
    is_missing: bool = False


def default_of(node: Node | None, otherwise: Scalar, *, is_missing: bool = False) -> _StatedDefault:
    """The default that an expression states, perhaps as the fallback of `os.environ.get("NAME", fallback)`.

    Args:
        node: the expression; None where there is none.
        otherwise: the default then.
        is_missing: whether it is required then.
    """
    if node is None:
        return _StatedDefault(otherwise, is_missing=is_missing)
    wrapped = _WRAPPED.fullmatch(node_text(node))
    asked = _VARIABLE.fullmatch(wrapped[2].strip() if wrapped else node_text(node))
    if asked is None:
        return _StatedDefault(node_value(node))
    return _StatedDefault(None if asked[2] is None else python_value(asked[2]), asked[1] or asked[3])


def destination_of(flag: str) -> str:
    """The name in the code that a flag's own gives an option."""
    return flag.lstrip("-").replace("-", "_")


def arity(nargs: Scalar) -> int | None:
    """How many words an option takes; None where that is not fixed."""
    return nargs if isinstance(nargs, int) and nargs >= 1 else None


def type_of(kind: Scalar) -> str:
    """The type of an option, as far as it is one that options have; empty for any other."""
    text = kind.text if isinstance(kind, Expression) else kind if isinstance(kind, str) else ""
    return TYPES.get(text.rpartition(".")[2].lower(), "")
