"""Calls in loops and in helper functions, as they are made: with the values of their variables. Pure.

Only what stands in the file is put in: literal loops, and arguments of calls of the helper. Nothing is
executed.
"""

from __future__ import annotations

import ast
import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import tree_sitter_python
from attrs import frozen
from tree_sitter import Node

from bisect_parity.params.python_folding import (
    Names,
    bound,
    folded,
    matched,
    pairs_of,
    parsed,
    put,
    without_alias,
)
from bisect_parity.params.syntax import Grammar, UnreadableSource, node_line, node_text

MOST_CALLS = 512  # that one call in a loop or a helper stands for
MOST_DEPTH = 3  # helpers that call helpers
_ALIAS = re.compile(
    rb"(?m)^[ \t]*(\w+)[ \t]*=[ \t]*(?:(?:functools\.)?partial\([ \t]*)?"
    rb"\w[\w.]*\.add_(?:argument|option)\b(?!\()"
)
_HELPED = re.compile(rb"(?m)^[ \t]*(?:def|for|async def)\b")
_WORD = re.compile(rb"\w+")


@frozen
class Called:
    """A call as it is made.

    Attributes:
        node: the call, with the values of its variables in their places.
        site: what stands in the file: the call itself, or that of the helper which makes it.
        line: where the call itself stands.
        open_names: parameters of the helper that makes it, where no caller is known.
    """

    node: Node
    site: Node
    line: int
    open_names: frozenset[str] = frozenset()


def option_calls(calls: Sequence[Node], source: bytes, constants: Mapping[str, Node]) -> list[Called]:
    """The calls that declare options, those in loops and helpers as often as they are made.

    Args:
        calls: as they stand in the file.
        source: of the file.
        constants: variables of the module that are given one value only.
    """
    aliases = frozenset(name.decode() for name in _ALIAS.findall(source))
    if not aliases and not _HELPED.search(source):
        return [Called(call, call, node_line(call)) for call in calls]
    file = _File(source, constants, aliases)
    own = [call for call in file.calls if _function_name(call) in aliases] if aliases else []
    found: list[Called] = []
    for call in sorted((*calls, *own), key=node_line):
        found += file.made(call)
    return sorted(found, key=lambda called: called.site.start_byte)


@functools.cache
def _grammar() -> Grammar:
    return Grammar(
        tree_sitter_python.language(),
        "(call) @call (assignment left: (identifier) right: [(call) (attribute)] @aliased)",
    )


class _File:
    """A file whose calls are followed to where they are made."""

    def __init__(self, source: bytes, constants: Mapping[str, Node], aliases: frozenset[str]) -> None:
        self._source = source
        self._constants = constants
        self._alias_names = aliases

    @functools.cached_property
    def _captures(self) -> dict[str, list[Node]]:
        try:
            return _grammar().captures(self._source)[0]
        except UnreadableSource:
            return {}

    @property
    def calls(self) -> list[Node]:
        """All calls of the file."""
        return self._captures.get("call", [])

    @functools.cached_property
    def _aliases(self) -> dict[str, ast.expr]:
        """What `add = parser.add_argument` and `add = partial(parser.add_argument, ...)` stand for."""
        found: dict[str, ast.expr] = {}
        for node in self._captures.get("aliased", ()):
            left = node.parent.child_by_field_name("left") if node.parent is not None else None
            value = parsed(node_text(node))
            if left is not None and value is not None and node_text(left) in self._alias_names:
                found[node_text(left)] = value
        return found

    def made(self, call: Node) -> Iterator[Called]:
        """A call as often as it is made; as it stands where that is not known."""
        if not self._is_alias(call) and not _may_differ(call):
            yield Called(call, call, node_line(call))
            return
        instances = list(itertools.islice(self._instances(call, 0), MOST_CALLS))
        for made, site in instances:
            node = None if made is None else _as_node(made)
            names = frozenset(_signature(_around(site)[1])[1])
            yield Called(node or call, site, node_line(call), names)

    def _instances(self, call: Node, depth: int) -> Iterator[tuple[ast.Call | None, Node]]:
        """The calls with what is known put in, and where they are made; None for the call as it stands."""
        made = parsed(node_text(call))
        if not isinstance(made, ast.Call):
            yield None, call
            return
        if isinstance(made.func, ast.Name) and self._is_alias(call):
            made = without_alias(made, self._aliases.get(made.func.id, made.func))
        used = _names(made)
        loops, function = _around(call)
        variants = [made]
        for loop in loops:
            left = loop.child_by_field_name("left")
            if left is not None and used & _names(parsed(node_text(left))):
                rounds = list(self._rounds(loop))
                variants = [put(one, names) for one in variants for names in rounds] or variants
        name, parameters = _signature(function)
        receiver = _receiver(made)
        if depth < MOST_DEPTH and name and (used & parameters.keys()) - receiver:
            sites = [
                site for site in self.calls if _function_name(site) == name and not _is_in(site, function)
            ]
            for site in sites:
                for outer, place in self._instances(site, depth + 1):
                    as_made = outer or parsed(node_text(site))
                    names = bound(as_made, parameters) if isinstance(as_made, ast.Call) else {}
                    yield from ((folded(put(one, names)), place) for one in variants)
            if sites:
                return
        plain = ast.unparse(made)
        for one in variants:
            whole = folded(one)
            is_same = len(variants) == 1 and ast.unparse(whole) == plain and not self._is_alias(call)
            yield (None if is_same else whole), call

    def _is_alias(self, call: Node) -> bool:
        return _function_name(call) in self._alias_names

    def _rounds(self, loop: Node) -> Iterator[Names]:
        """The values of a loop's variables in each of its rounds; none where they are not literal."""
        left, right = (loop.child_by_field_name(side) for side in ("left", "right"))
        target = parsed(node_text(left)) if left is not None else None
        over = parsed(node_text(right)) if right is not None else None
        for item in self._elements(over) if target is not None and over is not None else ():
            names: Names = {}
            if target is not None and matched(target, item, names):
                yield names

    def _elements(self, over: ast.expr | None) -> list[ast.expr]:
        """The elements of what is looped over; none where it is not literal."""
        found: Iterable[ast.expr] = ()
        match over:
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                found = items
            case ast.Name(id=name) if name in self._constants:
                found = self._elements(parsed(node_text(self._constants[name])))
            case ast.Call(func=ast.Name(id="enumerate"), args=[inner, *_]):
                found = (_pair(ast.Constant(at), item) for at, item in enumerate(self._elements(inner)))
            case ast.Call(func=ast.Name(id="zip"), args=several):
                found = (_pair(*row) for row in zip(*map(self._elements, several), strict=False))
            case ast.Call(func=ast.Attribute(value=table, attr="items"), args=[]):
                found = (_pair(key, value) for key, value in self._table(table))
            case ast.Call(func=ast.Attribute(value=table, attr="keys"), args=[]) | (
                (ast.Dict() | ast.Call(func=ast.Name(id="dict"))) as table
            ):
                found = (key for key, _ in self._table(table))
        return list(found)

    def _table(self, table: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
        if isinstance(table, ast.Name) and table.id in self._constants:
            return self._table(parsed(node_text(self._constants[table.id])) or table)
        return pairs_of(table)


def _pair(*items: ast.expr) -> ast.expr:
    return ast.Tuple(list(items), ast.Load())


def _as_node(made: ast.Call) -> Node | None:
    try:
        captures = _grammar().captures(ast.unparse(made).encode("utf-8", "replace"))[0]
    except (UnreadableSource, RecursionError, ValueError):
        return None
    return next(iter(captures.get("call", ())), None)


def _names(node: ast.AST | None) -> set[str]:
    return set() if node is None else {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def _function_name(call: Node) -> str:
    function = call.child_by_field_name("function")
    if function is not None and function.type == "attribute":
        function = function.child_by_field_name("attribute")
    return node_text(function) if function is not None and function.type == "identifier" else ""


def _around(call: Node) -> tuple[list[Node], Node | None]:
    """The loops around a call within its function, the innermost first, and the function."""
    loops, node = [], call.parent
    while node is not None and node.type != "function_definition":
        if node.type == "for_statement":
            loops.append(node)
        node = node.parent
    return loops, node


def _may_differ(call: Node) -> bool:
    """Whether a call is perhaps not made as it stands: it has splats, or words of a loop or function."""
    arguments = call.child_by_field_name("arguments")
    text = b"" if arguments is None else arguments.text or b""
    if b"*" in text or b"%" in text or b"+" in text or b"{" in text:
        return True
    loops, function = _around(call)
    stated = [loop.child_by_field_name("left") for loop in loops]
    stated.append(None if function is None else function.child_by_field_name("parameters"))
    words = {word for node in stated if node is not None for word in _WORD.findall(node.text or b"")}
    return not words.isdisjoint(_WORD.findall(text))


def _is_in(node: Node, function: Node | None) -> bool:
    return function is not None and function.start_byte <= node.start_byte < function.end_byte


def _receiver(made: ast.Call) -> set[str]:
    """The variable whose method is called, if it is one."""
    is_method = isinstance(made.func, ast.Attribute) and isinstance(made.func.value, ast.Name)
    return _names(made.func) if is_method else set()


def _signature(function: Node | None) -> tuple[str, dict[str, ast.expr | None]]:
    """The name and the parameters of a function, with their defaults."""
    if function is None:
        return "", {}
    name, stated = function.child_by_field_name("name"), function.child_by_field_name("parameters")
    made = parsed(f"lambda {_without_types(stated)}: 0") if stated is not None else None
    if name is None or not isinstance(made, ast.Lambda):
        return "", {}
    arguments = made.args
    plain = [*arguments.posonlyargs, *arguments.args]
    found: dict[str, ast.expr | None] = {argument.arg: None for argument in plain}
    if arguments.defaults:
        given = zip(plain[-len(arguments.defaults) :], arguments.defaults, strict=True)
        found.update({argument.arg: default for argument, default in given})
    found.update(
        (one.arg, value) for one, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    )
    return node_text(name), found


def _without_types(parameters: Node) -> str:
    parts = []
    for child in parameters.named_children:
        kind = child.child_by_field_name("type")
        name = child.child_by_field_name("name") or (child.named_children[0] if kind is not None else child)
        value = child.child_by_field_name("value")
        if child.type != "comment":
            parts.append(node_text(name) if value is None else f"{node_text(name)}={node_text(value)}")
    return ", ".join(parts)
