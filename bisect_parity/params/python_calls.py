"""Calls, names and scopes in Python syntax trees. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bisect_parity.params.literals import python_value
from bisect_parity.params.syntax import node_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tree_sitter import Node

    from bisect_parity.params.model import Scalar

__all__ = ["call_arguments", "last_name", "node_value", "strings"]


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
