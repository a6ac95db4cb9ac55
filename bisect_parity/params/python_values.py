"""What assignments in Python code state: constants, tables, attributes, and what refers to them. Pure."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.params.literals import python_value
from bisect_parity.params.model import Default, Expression
from bisect_parity.params.python_calls import last_name, node_value, strings
from bisect_parity.params.syntax import node_line, node_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tree_sitter import Node

    from bisect_parity.params.model import Scalar
    from bisect_parity.params.syntax import Scopes

DEEPEST_DICTIONARY = 8
_ASSIGNED = rb"((?:\w+[ \t]*,[ \t]*)*\w+)[ \t]*(?::[^=;\n]+)?(?:[-+*/%@&|^]|//|\*\*|<<|>>)?=(?!=)"
_BINDING = re.compile(  # assignments of all kinds, loops, imports
    rb"(?m)^(?:[ \t]*+(?:" + _ASSIGNED + rb"|for[ \t]+([\w(][\w, \t()]{0,200})[ \t]in\b)"
    rb"|(?:from[ \t]+[\w.]+[ \t]+)?import[ \t]+([\w., \t]+))"
)
_BINDING_WITHIN = {  # a line, by what the source then holds: most hold neither
    b";": re.compile(rb";[ \t]*" + _ASSIGNED),
    b":=": re.compile(rb"\b(\w+)[ \t]*:="),
}
_WORD = re.compile(rb"\w+")
_CHANGED = re.compile(
    rb"(?m)^[ \t]*(\w+)(?:(?:\[[^\n=]*\]|\.\w+)[ \t]*[-+*/|]?=(?!=)|\.(?:update|setdefault|pop)\()"
)
_NAMED = re.compile(r"(?<![\w.'\"])[A-Za-z_]\w*(?:\.\w+)*(?![\w'\"(])")
_PART = re.compile(r"(\w+)(?:\[(['\"])(\w+)\2\]|\.get\((['\"])(\w+)\4(?:,[^()]*)?\))")
_ASKED = re.compile(
    rb"(?:environ\.(?:get|setdefault)|getenv)\(\s*['\"](\w+)['\"]\s*,\s*(?:default\s*=\s*)?([^(),\n]+?)\s*\)"
)
_TABLE_MAKERS = frozenset(
    {"dict", "OrderedDict", "SimpleNamespace", "Namespace", "Bunch", "ConfigDict", "EasyDict", "edict"}
    | {"AttrDict", "DictConfig", "MappingProxyType", "Munch", "Box"}
)


def assigned(node: Node) -> list[tuple[str, Node]]:
    """The names that an assignment gives a value, with the expression; `A = B = 1` gives two."""
    if node.has_error:  # its parts may belong to other statements
        return []
    names: list[str] = []
    right: Node | None = node
    while right is not None and right.type == "assignment":
        left = right.child_by_field_name("left")
        if left is not None and left.type == "identifier":
            names.append(node_text(left))
        elif left is not None and left.type in {"pattern_list", "tuple_pattern"}:
            return _unpacked(left, right.child_by_field_name("right"))
        right = right.child_by_field_name("right")
    return [] if right is None else [(name, right) for name in names]


def _unpacked(left: Node, right: Node | None) -> list[tuple[str, Node]]:
    """The names of `a, b = 1, 2` with their expressions; none where it is not known which belong together."""
    if right is None or right.type not in {"expression_list", "tuple", "list"}:
        return []
    names, values = left.named_children, right.named_children
    if len(names) != len(values) or any(node.type.endswith("splat") for node in (*names, *values)):
        return []
    pairs = zip(names, values, strict=True)
    return [(node_text(name), value) for name, value in pairs if name.type == "identifier"]


def own_attribute(node: Node, scopes: Scopes) -> Iterator[Default]:
    """The value that `self.name = value` in `__init__` states, if it is a literal: named as a field is."""
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    name = left.child_by_field_name("attribute") if left is not None else None
    if name is None or right is None or right.type in {"assignment", "call", "identifier", "attribute"}:
        return
    class_name = scopes.around(node).removesuffix("__init__.")
    yield from _literals(f"{class_name}{node_text(name)}", right)


def known_parts(found: Iterable[Default], source: bytes) -> dict[str, Scalar]:
    """The values of entries of dictionaries and of class variables, `NAME.key`, that nothing changes."""
    values: dict[str, list[Default]] = {}
    for item in found:
        if item.option is None and "." in item.name and "(" not in item.name:
            values.setdefault(item.name, []).append(item)
    heads = {name.partition(".")[0] for name in values}
    changed = {name.decode() for name in _CHANGED.findall(source)} if heads else set()
    return {
        name: items[0].value
        for name, items in values.items()
        if len(items) == 1
        and name.partition(".")[0] not in changed
        and not isinstance(items[0].value, Expression)
    }


def known_constants(constants: Sequence[tuple[str, Node]], source: bytes) -> dict[str, Scalar]:
    """The values of module variables that are given one only once, so that a default may refer to them."""
    patterns = [_BINDING, *(pattern for held, pattern in _BINDING_WITHIN.items() if held in source)]
    bound = (found[found.lastindex or 0] for each in patterns for found in each.finditer(source))
    times = Counter(name for names in bound for name in _WORD.findall(names)) if constants else Counter()
    known: dict[str, Scalar] = {}
    for name, node in constants:
        value = _worth(node_value(node), known) if times[name.encode()] == 1 else Expression(name)
        if not isinstance(value, Expression):
            known[name] = value
    return known


def outside(functions: Iterable[Node], source: bytes) -> bytes:
    """A source without its functions, whose own variables are none of the module; all of it if some are.

    Args:
        functions: in the order of the source.
        source: of the module.
    """
    if b"global " in source:
        return source
    kept, end = [], 0
    for node in functions:
        if node.start_byte >= end:
            kept.append(source[end : node.start_byte])
            end = node.end_byte
    return b"".join((*kept, source[end:]))


def lines_inside(functions: Iterable[Node]) -> frozenset[int]:
    """The lines of bodies of functions, in which a name may be one of the function's own."""
    bodies = (body for node in functions if (body := node.child_by_field_name("body")) is not None)
    return frozenset(line for body in bodies for line in range(node_line(body), body.end_point.row + 2))


def flat(name: str, node: Node, depth: int = 0) -> Iterator[Default]:
    """The default that `name = node` states; a dictionary states one for each key, also as `dict(...)`."""
    table = node if node.type == "dictionary" else _table(node)
    if table is None or depth > DEEPEST_DICTIONARY or not table.named_children:
        yield Default(name, node_value(node), node_line(node))
        return
    for pair in table.named_children:
        key = pair.child_by_field_name("key") or pair.child_by_field_name("name")
        value = pair.child_by_field_name("value")
        if key is not None and value is not None:
            plain = node_text(key) if pair.type == "keyword_argument" else node_value(key)
            below = plain.text if isinstance(plain, Expression) else str(plain)
            yield from flat(f"{name}.{below}", value, depth + 1)


def _table(node: Node) -> Node | None:
    """The keywords, or the dictionary, that `dict(...)` and the like are given; None for other calls."""
    arguments = node.child_by_field_name("arguments") if node.type == "call" else None
    if arguments is None or last_name(node) not in _TABLE_MAKERS:
        return None
    inner = [child for child in arguments.named_children if child.type != "comment"]
    if len(inner) == 1 and inner[0].type == "dictionary":
        return inner[0]
    return arguments if inner and all(child.type == "keyword_argument" for child in inner) else None


def _entry_name(node: Node) -> str:
    """The dotted name of what `config.model.width = 8` or `config["width"] = 8` sets; empty for others."""
    names: list[str] = []
    left = node.child_by_field_name("left")
    while left is not None and left.type in {"attribute", "subscript"}:
        if left.type == "attribute":
            key = left.child_by_field_name("attribute")
            plain = "" if key is None else node_text(key)
        else:
            keys = strings(left.children_by_field_name("subscript"))
            plain = keys[0] if len(keys) == 1 else ""
        if not plain:
            return ""
        names.append(plain)
        left = left.child_by_field_name("object") or left.child_by_field_name("value")
    if left is None or left.type != "identifier" or not names:
        return ""
    return ".".join((node_text(left), *reversed(names)))


def entries(nodes: Iterable[Node], scopes: Scopes) -> Iterator[Default]:
    """What `config.model.width = 8` and `config["width"] = 8` state, if it is a literal."""
    for node in nodes:
        name, right = _entry_name(node), node.child_by_field_name("right")
        if name and right is not None and name.partition(".")[0] != "self":
            yield from _literals(f"{scopes.around(node)}{name}", right)


def _literals(name: str, node: Node) -> Iterator[Default]:
    """Those of the values that `name = node` states that are literals."""
    return (item for item in flat(name, node) if not isinstance(item.value, Expression))


def variable_defaults(source: bytes) -> Iterator[Default]:
    """What `os.environ.get("NAME", 3)` and the like fall back to, wherever they stand, as `$NAME`."""
    for found in _ASKED.finditer(source):
        start = source.rfind(b"\n", 0, found.start()) + 1
        value = python_value(found[2].decode("utf-8", "replace"))
        if b"#" not in source[start : found.start()] and not isinstance(value, Expression):
            yield Default(f"${found[1].decode()}", value, source.count(b"\n", 0, found.start()) + 1)


def stated_by(part: str) -> str:
    """The name of the entry of a dictionary that `NAME["key"]` or `NAME.get("key")` refers to, `NAME.key`.

    Other texts stay as they are.
    """
    found = _PART.fullmatch(part)
    return part if found is None else f"{found[1]}.{found[3] or found[5]}"


def with_constant(item: Default, known: Mapping[str, Scalar]) -> Default:
    """A default with names of constants, or of entries of dictionaries, replaced by their values."""
    worth = _worth(item.value, known)
    return item if worth is item.value else evolve(item, value=worth)


def _worth(value: Scalar, known: Mapping[str, Scalar]) -> Scalar:
    """What an expression is worth that is a constant, or computes with some (`4 * WIDTH`)."""
    if not isinstance(value, Expression):
        return value
    text = stated_by(value.text)
    if text in known:
        return known[text]
    numbers = {name: known.get(name) for name in _NAMED.findall(text)} if known else {}
    if not numbers or not all(type(number) in (int, float) for number in numbers.values()):
        return value
    worth = python_value(_NAMED.sub(lambda found: f"({numbers[found[0]]!r})", text))
    return value if isinstance(worth, Expression) else worth
