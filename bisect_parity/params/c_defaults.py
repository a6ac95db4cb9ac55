"""Defaults that C and C++ code states: macros, initialisers and enumerators. Pure; nothing is compiled.

All branches of `#if` are read: which of them was compiled is not known here.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from typing import TYPE_CHECKING

import tree_sitter_c
import tree_sitter_cpp

from bisect_parity.params.collect import file_defaults
from bisect_parity.params.literals import LONGEST_VALUE, c_value
from bisect_parity.params.model import Default, Expression, FileDefaults
from bisect_parity.params.syntax import Grammar, Scopes, UnreadableSource, node_line, node_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tree_sitter import Node

    from bisect_parity.params.model import Scalar

MOST_EXPANSIONS = 10
_PATTERNS = """
(preproc_def value: (_)) @macro
(declaration declarator: (init_declarator)) @declaration
(enumerator_list) @enumerators
(function_definition) @scope
(struct_specifier name: (_) body: (_)) @scope
"""
_CPP_PATTERNS = """
(field_declaration default_value: (_)) @field
(namespace_definition name: (_)) @scope
(class_specifier name: (_) body: (_)) @scope
"""
_CUDA = re.compile(
    rb"\b__(?:constant|device|host|global|shared|managed|forceinline|noinline|restrict)__\b|\b__launch_bounds__\([^()]*\)"
)
_FLAG_MACRO = re.compile(  # of gflags and Abseil
    rb"(?m)^[ \t]*(?:DEFINE_(?:bool|u?int(?:32|64)|double|float|string)\(\s*(?P<name>\w+)|"
    rb"ABSL_FLAG\(\s*+[\w:<>, ]{1,200}?,\s*(?P<absl>\w+))\s*,\s*+"
    rb"(?P<value>\"(?:[^\"\\]|\\.)*\"|[^\s,\"()][^,\"()]*+)\s*,\s*+(?:\"(?:[^\"\\]|\\.)*+\"\s*+)++\)\s*;?"
)
_ADDED_OPTION = re.compile(  # of Boost.Program_options and cxxopts
    rb"\(\s*\"(?:\w,\s*)?(?P<name>[\w-]{2,})(?:,\s*\w)?\"\s*,\s*(?:\"(?:[^\"\\]|\\.)*\"\s*,\s*)?"
    rb"(?:\w+::)+value<[^;()]*?>\s*\([^()]*\)(?:\s*->\s*(?!default_value)\w+\([^()]*\))*"
    rb"\s*->\s*default_value\(\s*+(?P<value>\"(?:[^\"\\]|\\.)*+\"|[^\s,\"()][^,\"()]*+)\s*[,)]"
)
_NAME = re.compile(r"[A-Za-z_]\w*")
_QUOTE = re.compile(r"\"|(?<![0-9a-fA-F])'")  # not as in 1'000


def c_defaults(source: bytes) -> FileDefaults:
    """The defaults that a C file or header states; never raises."""
    return _defaults(source, _c())


def cpp_defaults(source: bytes) -> FileDefaults:
    """The defaults that a C++ or CUDA file or header states, also of options of libraries; never raises."""
    options = [*_options(source, _FLAG_MACRO), *_options(source, _ADDED_OPTION)]
    plain = _CUDA.sub(_blank, source) if b"__" in source else source
    return _defaults(_FLAG_MACRO.sub(_blank, plain), _cpp(), options)


def _blank(found: re.Match[bytes]) -> bytes:
    """Spaces of the same length: the grammar knows neither qualifiers of CUDA nor calls outside functions."""
    return re.sub(rb"[^\n]", b" ", found[0])


def _options(source: bytes, pattern: re.Pattern[bytes]) -> Iterator[Default]:
    """What options default to that macros or calls of a library declare."""
    line, at = 1, 0
    for found in pattern.finditer(source):
        line += source.count(b"\n", at, found.start("value"))
        at = found.start("value")
        name = (found["name"] or found.groupdict().get("absl") or b"").decode("utf-8", "replace")
        text = found["value"].decode("utf-8", "replace").strip()
        yield Default(f"--{name}", c_value(text), line)


def header_defaults(source: bytes) -> FileDefaults:
    """The defaults that a header states, which may be C or C++; never raises."""
    found = c_defaults(source)
    if not found.problems:
        return found
    other = cpp_defaults(source)
    return found if other.problems else other


@functools.cache
def _c() -> Grammar:
    return Grammar(tree_sitter_c.language(), _PATTERNS)


@functools.cache
def _cpp() -> Grammar:
    return Grammar(tree_sitter_cpp.language(), _PATTERNS + _CPP_PATTERNS)


def _defaults(source: bytes, grammar: Grammar, options: Iterable[Default] = ()) -> FileDefaults:
    try:
        captures, problems = grammar.captures(source)
    except UnreadableSource as error:
        return FileDefaults(problems=(str(error),))
    scopes = Scopes((node, _scope_name(node)) for node in captures.get("scope", ()))
    macros = [_macro(node) for node in captures.get("macro", ())]
    known = _known_macros(macros)
    found = [
        *options,
        *(Default(name, _expanded(text, known), line) for name, text, line in macros),
        *(item for node in captures.get("declaration", ()) for item in _declared(node, scopes, known)),
        *(item for node in captures.get("field", ()) for item in _field(node, scopes, known)),
        *(item for node in captures.get("enumerators", ()) for item in _enumerated(node, scopes, known)),
    ]
    return file_defaults(sorted(found, key=lambda item: item.line), problems)


def _macro(node: Node) -> tuple[str, str, int]:
    name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
    text = node_text(value) if value is not None else ""
    return node_text(name) if name is not None else "", text, node_line(node)


def _known_macros(macros: Iterable[tuple[str, str, int]]) -> dict[str, str]:
    """The texts of the macros that are defined once, so that others may refer to them."""
    macros = list(macros)
    times = Counter(name for name, _, _ in macros)
    return {name: text for name, text, _ in macros if times[name] == 1}


def _expanded(text: str, known: Mapping[str, str]) -> Scalar:
    """What an expression is worth with the macros in it expanded; its text where a name stays unknown."""
    value = c_value(text)
    for _ in range(MOST_EXPANSIONS):
        if not isinstance(value, Expression) or _QUOTE.search(text):
            break
        longer = _NAME.sub(lambda name: f"({known[name[0]]})" if name[0] in known else name[0], text)
        if longer == text or len(longer) > 10 * LONGEST_VALUE:
            break
        text = longer
        expanded = c_value(text)
        if not isinstance(expanded, Expression):
            return expanded
    return value


def _declared(node: Node, scopes: Scopes, known: Mapping[str, str]) -> Iterator[Default]:
    if node.parent is not None and node.parent.type == "for_statement":
        return
    prefix = scopes.around(node)
    for declarator in node.children_by_field_name("declarator"):
        value = declarator.child_by_field_name("value")
        name = _declared_name(declarator)
        if value is not None and name:
            yield from _initialised(f"{prefix}{name}", value, known)


def _field(node: Node, scopes: Scopes, known: Mapping[str, str]) -> Iterator[Default]:
    value = node.child_by_field_name("default_value")
    declarator = node.child_by_field_name("declarator")
    if value is not None and declarator is not None:
        yield from _initialised(f"{scopes.around(node)}{_declared_name(declarator)}", value, known)


def _initialised(name: str, value: Node, known: Mapping[str, str]) -> Iterator[Default]:
    """The value of an initialiser; one with designators states a value for each of them."""
    pairs = [child for child in value.named_children if child.type == "initializer_pair"]
    if value.type != "initializer_list" or not pairs:
        yield Default(name, _expanded(node_text(value), known), node_line(value))
        return
    for pair in pairs:
        inner = pair.child_by_field_name("value")
        if inner is not None:
            designators = "".join(node_text(node) for node in pair.children_by_field_name("designator"))
            yield from _initialised(f"{name}{designators}", inner, known)


def _enumerated(node: Node, scopes: Scopes, known: Mapping[str, str]) -> Iterator[Default]:
    """The enumerators; one without a value is one more than the one before."""
    last: Scalar = -1
    for item in node.named_children:
        name = item.child_by_field_name("name")
        if item.type != "enumerator" or name is None:
            continue
        stated = item.child_by_field_name("value")
        if stated is not None:
            last = _expanded(node_text(stated), known)
        elif isinstance(last, int):
            last += 1
        else:
            last = Expression(f"1 + {last.text}" if isinstance(last, Expression) else "unknown")
        yield Default(f"{scopes.around(node)}{node_text(name)}", last, node_line(item))


def _declared_name(node: Node | None) -> str:
    """The name inside pointers, arrays and initialisers."""
    while node is not None and node.type not in {"identifier", "field_identifier", "qualified_identifier"}:
        node = node.child_by_field_name("declarator")
    return "" if node is None else node_text(node)


def _scope_name(node: Node) -> str:
    name = node.child_by_field_name("name")
    return node_text(name) if name is not None else _declared_name(node.child_by_field_name("declarator"))
