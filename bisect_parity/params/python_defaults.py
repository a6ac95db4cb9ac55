"""Defaults that Python code gives its parameters, read from its syntax tree; nothing is executed.

Read are variables of modules and classes, fields of dataclasses, attrs, pydantic and NamedTuple classes,
defaults in signatures, and the options of argparse, optparse, absl, click and typer (see `python_options`).
Python 2 and 3 are read alike, and what stands around a syntax error, too.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

import tree_sitter_python
from attrs import evolve

from bisect_parity.evidence.formats.documents import json_value
from bisect_parity.params.click_options import decorator_options, parameter_option
from bisect_parity.params.collect import file_defaults
from bisect_parity.params.model import Default, Expression, FileDefaults
from bisect_parity.params.python_calls import call_arguments, last_name
from bisect_parity.params.python_expansion import option_calls
from bisect_parity.params.python_options import call_options, docopt_options, hydra_configuration
from bisect_parity.params.python_values import (
    assigned,
    entries,
    flat,
    known_constants,
    known_parts,
    lines_inside,
    outside,
    own_attribute,
    variable_defaults,
    with_constant,
)
from bisect_parity.params.syntax import Grammar, Scopes, UnreadableSource, node_line, node_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tree_sitter import Node

_PATTERNS = """
(import_statement) @import
(import_from_statement) @import
(module (expression_statement (assignment) @constant))
(class_definition) @class
(function_definition) @function
(decorator) @decorator
"""
_CALLS = """
(call function: (attribute attribute: (identifier) @method)
  (#any-of? @method "add_argument" "set_defaults" "add_parser" "add_argument_group"
    "add_mutually_exclusive_group" "add_option")) @call
(call function: (attribute attribute: (identifier) @short)
  arguments: (argument_list . (string) @flag (keyword_argument))
  (#any-of? @short "add" "add_arg") (#match? @flag "^.-")) @call
(call function: (attribute attribute: (identifier) @short)
  arguments: (argument_list . (string) @flag . (string) (keyword_argument))
  (#any-of? @short "add" "add_arg") (#match? @flag "^.-")) @call
(call function: (attribute object: (identifier) @module attribute: (identifier) @kind)
  (#eq? @module "click") (#any-of? @kind "option" "argument")) @call
(call function: [(identifier) @maker (attribute attribute: (identifier) @maker)]
  (#match? @maker "^DEFINE_[a-z_]+$")) @call
"""
_BRANCHES = """
(module (if_statement (block (expression_statement (assignment) @branch))))
(module (if_statement (_ (block (expression_statement (assignment) @branch)))))
(module (try_statement (block (expression_statement (assignment) @branch))))
(module (try_statement (_ (block (expression_statement (assignment) @branch)))))
"""
_OWN_ATTRIBUTES = """
(class_definition body: (block (function_definition name: (identifier) @init
  body: (block (expression_statement (assignment left: (attribute object: (identifier) @self)) @own))))
  (#eq? @init "__init__") (#eq? @self "self"))
"""
_ENTRIES = """
(function_definition name: (identifier) @maker
  body: (block (expression_statement (assignment left: [(attribute) (subscript)]) @entry))
  (#match? @maker "(config|cfg|default|param|setting)"))
"""
_HAS_CALLS = re.compile(
    rb"add_(?:arg|option|parser)|\.add\(\s*['\"]-|set_defaults|DEFINE_|click\.(?:option|argument)"
)
_SETTINGS = re.compile(rb"\bdefault_config_files\s{0,8}=\s{0,80}[\[(]([^\])]{0,1000})[\])]")
_TEXT = re.compile(rb"['\"]([\w./-]+)['\"]")
_LONE_RETURN = re.compile(rb"\r(?!\n)")
_FURTHER = (  # patterns that few files need, with what those files hold
    (_HAS_CALLS, _CALLS),
    (re.compile(rb"(?m)^(?:if|try)\b"), _BRANCHES),
    (
        re.compile(rb"def __init__\b(?s:.)*?\bself\.\w+(?:[ \t]*:[^=\n]+)?[ \t]*=[ \t]*[\d.'\"\[({TFN-]"),
        _OWN_ATTRIBUTES,
    ),
    (re.compile(rb"def \w*(?:config|cfg|default|param|setting)"), _ENTRIES),
)
_OWN = re.compile(r"__\w+__")  # __all__ and the like
_MAGIC = re.compile(r"(?m)^[ \t]*[%!?].*$")
_TYPED = re.compile(
    rb"(?m)^([ \t]*)(?:cdef|cpdef)[ \t]+(?:(?:public|readonly|const|static|unsigned|long)[ \t]+)*"
    rb"(?:[\w.]+(?:\[[^\]\n]*\])?[ \t*]+)?(\w+[ \t]*=(?!=))"
)
_DEFINED = re.compile(rb"(?m)^([ \t]*)DEF[ \t]+(\w+[ \t]*=(?!=))")
_FIELD_MAKERS = frozenset({"field", "ib", "attrib", "Factory", "Field", "attr"})
_TYPER_MARKERS = frozenset({"Option", "Argument"})


def python_defaults(source: bytes) -> FileDefaults:
    """The defaults that a Python file states; never raises.

    A name that is given several values (two parsers, say) has them numbered: `--size`, `--size#2`.
    """
    source = _LONE_RETURN.sub(b"\n", source)
    try:
        needed = tuple(held.search(source) is not None for held, _ in _FURTHER)
        captures, problems = _grammar(needed).captures(source)
    except UnreadableSource as error:
        return FileDefaults(problems=(str(error),))
    plain = sorted((*captures.get("constant", ()), *captures.get("branch", ())), key=node_line)
    constants = [item for node in plain for item in assigned(node)]
    known = known_constants(constants, source)
    functions = captures.get("function", ())
    outer = known_constants(constants, outside(functions, source))
    inside = lines_inside(functions) if outer.keys() - known.keys() else frozenset()
    calls = [call for call in captures.get("call", ()) if not _is_decorator(call)]
    definitions = [*captures.get("class", ()), *functions]
    scopes = Scopes((node, _defined_name(node)) for node in definitions)
    found = [
        *(default for name, node in constants if not _OWN.fullmatch(name) for default in flat(name, node)),
        *(default for node in captures.get("class", ()) for default in _fields(node, scopes)),
        *(default for node in functions for default in _signature(node, scopes)),
        *entries((*plain, *captures.get("entry", ())), scopes),
        *(default for node in captures.get("own", ()) for default in own_attribute(node, scopes)),
        *call_options(option_calls(calls, source, dict(constants)), scopes),
        *decorator_options(captures.get("decorator", ())),
        *docopt_options(source),
    ]
    asked = {f"${item.option.variable}" for item in found if item.option is not None}
    found += [item for item in variable_defaults(source) if item.name not in asked]
    imports, names = _imports(captures.get("import", ()))
    parts = known_parts(found, source)
    known, outer = known | parts, outer | parts
    filled = (with_constant(item, known if item.line in inside else outer) for item in found)
    defaults = file_defaults(filled, problems)
    hydra = hydra_configuration(captures.get("decorator", ()))
    settings = tuple(name.decode() for one in _SETTINGS.findall(source) for name in _TEXT.findall(one))
    return evolve(defaults, imports=imports, names=names, hydra=hydra, settings=settings)


def notebook_defaults(source: bytes) -> FileDefaults:
    """What the code cells of a notebook in Python state, as one file; never raises."""
    document = json_value(source.decode("utf-8-sig", "replace"), ...)
    if document is ...:
        return FileDefaults(problems=("not valid JSON; not read",))
    cells = document.get("cells") if isinstance(document, dict) else None
    texts = []
    for cell in cells if isinstance(cells, list) else ():
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            lines = cell.get("source", "")
            text = "".join(map(str, lines)) if isinstance(lines, list) else str(lines)
            if not text.startswith("%%"):  # the whole cell is of another language
                texts.append(_MAGIC.sub("", text))
    found = python_defaults("\n".join(texts).encode("utf-8", "replace"))
    items = tuple(evolve(item, line=0) for item in found.values)  # lines of cells are none of the file
    return evolve(found, values=items)


def cython_defaults(source: bytes) -> FileDefaults:
    """What a Cython file states; types and compile-time definitions are taken for plain assignments."""
    found = python_defaults(_DEFINED.sub(rb"\1\2", _TYPED.sub(rb"\1\2", source)))
    # types of parameters are no Python
    return evolve(found, problems=tuple(told for told in found.problems if "syntax error" not in told))


@functools.cache
def _grammar(needed: tuple[bool, ...]) -> Grammar:
    """The patterns: those that every file needs, and of `_FURTHER` those that this one does."""
    further = (patterns for is_needed, (_, patterns) in zip(needed, _FURTHER, strict=True) if is_needed)
    return Grammar(tree_sitter_python.language(), _PATTERNS + "".join(further))


def _is_decorator(call: Node) -> bool:
    return call.parent is not None and call.parent.type == "decorator"


def _defined_name(node: Node) -> str:
    name = node.child_by_field_name("name")
    return "" if name is None else node_text(name)


def _fields(node: Node, scopes: Scopes) -> Iterator[Default]:
    """The defaults in the body of a class: annotated fields, field makers, and plain values."""
    name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
    if name is None or body is None:
        return
    prefix = f"{scopes.around(node)}{node_text(name)}."
    for statement in body.named_children:
        assignment = next(iter(statement.named_children), None)
        if statement.type != "expression_statement" or assignment is None or assignment.type != "assignment":
            continue
        is_annotated = assignment.child_by_field_name("type") is not None
        for field, value in assigned(assignment):
            maker = last_name(value) if value.type == "call" else ""
            if maker in _FIELD_MAKERS:
                yield from _made_field(f"{prefix}{field}", value, maker)
            elif is_annotated or (value.type != "call" and not field.startswith("__")):
                yield from flat(f"{prefix}{field}", value)


def _made_field(name: str, call: Node, maker: str) -> Iterator[Default]:
    """The default that `field(...)`, `attr.ib(...)`, `Factory(...)` or pydantic's `Field(...)` states."""
    positional, keywords = call_arguments(call)
    factory = keywords.get("default_factory") or keywords.get("factory")
    value = keywords.get("default")
    if maker == "Factory":
        factory = next(iter(positional), None)
    elif value is None and maker in {"Field", "ib", "attrib"}:
        value = next(iter(positional), None)
    if value is not None and last_name(value) == "Factory":
        yield from _made_field(name, value, "Factory")
    elif value is not None and node_text(value) != "...":
        yield from flat(name, value)
    elif factory is not None:
        made = factory.child_by_field_name("body") if factory.type == "lambda" else None
        if made is not None:
            yield from flat(name, made)
        else:
            yield Default(name, Expression(f"{node_text(factory)}()"), node_line(factory))


def _signature(node: Node, scopes: Scopes) -> Iterator[Default]:
    """The defaults of a function's parameters; those of a typer command are options."""
    name, parameters = node.child_by_field_name("name"), node.child_by_field_name("parameters")
    if name is None or parameters is None:
        return
    is_command = _is_typer_command(node)
    prefix = f"{scopes.around(node)}{node_text(name)}"
    for parameter in parameters.named_children:
        called = parameter.child_by_field_name("name") or next(iter(parameter.named_children), parameter)
        if called.type != "identifier":
            continue
        kind, default = parameter.child_by_field_name("type"), parameter.child_by_field_name("value")
        marker = _typer_marker(kind, default)
        if marker is not None or is_command:
            own = None if marker is not None and marker == default else default
            option = parameter_option(node_text(called), marker, own, last_name(kind))
            if option is not None:
                yield evolve(option, line=node_line(parameter))
        elif default is not None:
            yield from flat(f"{prefix}({node_text(called)})", default)


def _is_typer_command(function: Node) -> bool:
    parent = function.parent
    if parent is None or parent.type != "decorated_definition":
        return False
    heads = [
        decorator.named_children[0] for decorator in parent.named_children if decorator.type == "decorator"
    ]
    names = {last_name(head) for head in heads}
    return names <= {"command", "callback"} and bool(names)


def _typer_marker(kind: Node | None, default: Node | None) -> Node | None:
    """The call `typer.Option(...)` of a parameter: its default, or in its `Annotated`."""
    if default is not None and default.type == "call" and last_name(default) in _TYPER_MARKERS:
        return default
    if kind is None or b"Annotated" not in (kind.text or b""):
        return None
    waiting = list(kind.named_children)
    while waiting:
        node = waiting.pop()
        if node.type == "call" and last_name(node) in _TYPER_MARKERS:
            return node
        waiting += node.named_children
    return None


def _imports(nodes: Iterable[Node]) -> tuple[tuple[str, ...], dict[str, tuple[str, str]]]:
    """The modules that a file imports, and where the names that it takes from them are."""
    modules: dict[str, None] = {}
    names: dict[str, tuple[str, str]] = {}
    for node in nodes:
        source = node.child_by_field_name("module_name")
        module = node_text(source) if source is not None else ""
        if source is not None:
            modules[module] = None
        for child in node.children_by_field_name("name"):
            named = child.child_by_field_name("name") or child
            alias = child.child_by_field_name("alias") or named
            if source is None:
                modules[node_text(named)] = None
            else:
                modules[f"{module}{'' if module.endswith('.') else '.'}{node_text(named)}"] = None
                names[node_text(alias)] = (module, node_text(named))
    return tuple(modules), names
