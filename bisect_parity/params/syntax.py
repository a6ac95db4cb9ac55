"""Syntax trees of source files by tree-sitter: partial where a file has errors, and bounded in time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import tree_sitter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tree_sitter import Node

LARGEST_SOURCE = 2 * 2**20
LONGEST_PARSE_SECONDS = 5.0
READ_BYTES = 1 << 16
LARGEST_UNTIMED = 1 << 18


class UnreadableSource(ValueError):  # noqa: N818 - says what the file is, and is always caught here
    """A file that is no text of the language, too large, or takes too long."""


class Grammar:
    """A language with the patterns that are looked for in it.

    Args:
        language: the grammar, as its package gives it.
        patterns: a tree-sitter query.
    """

    def __init__(self, language: object, patterns: str) -> None:
        self._language = tree_sitter.Language(language)
        self._query = tree_sitter.Query(self._language, patterns)

    def captures(self, source: bytes) -> tuple[dict[str, list[Node]], tuple[str, ...]]:
        """The nodes that match, by the names of the patterns, and what could not be parsed.

        Raises:
            UnreadableSource: nothing of the file can be read.
        """
        if len(source) > LARGEST_SOURCE:
            raise UnreadableSource(f"{len(source)} bytes: larger than the {LARGEST_SOURCE} that are read")
        if b"\0" in source:
            raise UnreadableSource("a binary file, or not UTF-8: not read")
        root = self._parsed(source)
        captures = tree_sitter.QueryCursor(self._query).captures(root)
        for nodes in captures.values():
            nodes.sort(key=_position)
        return captures, (_first_error(root),) if root.has_error else ()

    def _parsed(self, source: bytes) -> Node:
        end = time.monotonic() + LONGEST_PARSE_SECONDS
        parser = tree_sitter.Parser(self._language)
        if len(source) <= LARGEST_UNTIMED:
            return parser.parse(source).root_node
        try:
            return parser.parse(
                lambda at, _point: source[at : at + READ_BYTES],  # a text that is given whole cannot be timed
                progress_callback=lambda _at, _has_error: time.monotonic() > end,
            ).root_node
        except ValueError as error:
            raise UnreadableSource(f"not parsed within {LONGEST_PARSE_SECONDS:g} s: not read") from error


class Scopes:
    """The classes and functions of a file, to find the one around a node.

    Args:
        definitions: with their names; those without a name are left out.
    """

    def __init__(self, definitions: Iterable[tuple[Node, str]]) -> None:
        self._ranges = sorted((node.start_byte, -node.end_byte, name) for node, name in definitions if name)

    def around(self, node: Node) -> str:
        """The names of the definitions around a node, outermost first, each followed by a dot."""
        begin, end = node.start_byte, node.end_byte
        names = []
        for start, negative_end, name in self._ranges:
            if start >= begin:
                break
            if -negative_end >= end:
                names.append(f"{name}.")
        return "".join(names)


def node_text(node: Node) -> str:
    """The source of a node; bytes that are no UTF-8 are replaced."""
    return (node.text or b"").decode("utf-8", "replace")


def node_line(node: Node) -> int:
    """The line that a node begins in, from 1."""
    return node.start_point.row + 1


def _position(node: Node) -> int:
    return node.start_byte


def _first_error(root: Node) -> str:
    """Where the first error is; there are often many after it that mean nothing."""
    where, waiting = "", [root]
    while waiting and not where:
        node = waiting.pop()
        if node.is_error or node.is_missing:
            where = f"line {node_line(node)}: "
        elif node.has_error:
            waiting += reversed(node.children)
    return f"{where}syntax error; only what could be read around it is shown"
