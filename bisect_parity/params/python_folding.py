"""Python expressions with values in the places of names, and text put together. Pure; nothing is executed."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

Names = dict[str, ast.expr]


def parsed(text: str) -> ast.expr | None:
    """The expression that a text is; None where it is none, as in Python 2."""
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def put(node: ast.Call, names: Mapping[str, ast.expr]) -> ast.Call:
    """A copy of a call with values in the places of names."""
    copy: ast.Call = parsed(ast.unparse(node))  # type: ignore[assignment]
    return _Put(names).visit(copy) if names else copy


class _Put(ast.NodeTransformer):
    def __init__(self, names: Mapping[str, ast.expr]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._names.get(node.id, node)


def pairs_of(table: ast.expr | None) -> list[tuple[ast.expr, ast.expr]]:
    """The keys and values of a literal dictionary, or of `dict(...)`."""
    if isinstance(table, ast.Dict):
        return [(key, value) for key, value in zip(table.keys, table.values, strict=True) if key is not None]
    if isinstance(table, ast.Call) and isinstance(table.func, ast.Name) and table.func.id == "dict":
        return [(ast.Constant(word.arg), word.value) for word in table.keywords if word.arg is not None]
    return []


def folded(made: ast.Call) -> ast.Call:
    """A call with its splats spread, and with text put together from literals."""
    whole: ast.Call = _Fold().visit(made)
    words: list[ast.expr] = []
    for argument in whole.args:
        if isinstance(argument, ast.Starred) and isinstance(argument.value, ast.List | ast.Tuple):
            words += argument.value.elts
        else:
            words.append(argument)
    keywords: list[ast.keyword] = []
    for word in whole.keywords:
        pairs = pairs_of(word.value) if word.arg is None else []
        named = [(key.value, value) for key, value in pairs if isinstance(key, ast.Constant)]
        keywords += [ast.keyword(str(name), value) for name, value in named] or [word]
    return ast.Call(whole.func, words, keywords)


class _Fold(ast.NodeTransformer):
    """Text of literals put together: f"--{'x'}", "--" + "x", "--%s" % "x", "--{}".format("x")."""

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        self.generic_visit(node)
        texts = []
        for part in node.values:
            inner: ast.expr = part
            if isinstance(part, ast.FormattedValue) and part.format_spec is None and part.conversion == -1:
                inner = part.value
            if not isinstance(inner, ast.Constant):
                return node
            texts.append(str(inner.value))
        return ast.Constant("".join(texts))

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        left, right = node.left, node.right
        if not isinstance(left, ast.Constant) or not isinstance(left.value, str):
            return node
        if isinstance(node.op, ast.Add) and isinstance(right, ast.Constant) and isinstance(right.value, str):
            return ast.Constant(left.value + right.value)
        several = right.elts if isinstance(right, ast.Tuple) else [right]
        values = [item.value for item in several if isinstance(item, ast.Constant)]
        is_plain = re.fullmatch(r"(?:[^%]|%[sd])*", left.value) is not None
        if isinstance(node.op, ast.Mod) and is_plain and len(values) == len(several) == left.value.count("%"):
            return ast.Constant(re.sub("%[sd]", lambda _: str(values.pop(0)), left.value))
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        values = [item.value for item in node.args if isinstance(item, ast.Constant)]
        if len(values) < len(node.args) or node.keywords:
            return node
        match node.func:
            case ast.Attribute(value=ast.Constant(value=str() as text), attr="replace") if len(values) == 2:
                return ast.Constant(text.replace(str(values[0]), str(values[1])))
            case ast.Attribute(value=ast.Constant(value=str() as text), attr="lower" | "upper" as how):
                return ast.Constant(text.lower() if how == "lower" else text.upper())
            case ast.Attribute(value=ast.Constant(value=str() as text), attr="format") if values:
                if re.fullmatch(r"(?:[^{}]|\{\})*", text) and text.count("{}") == len(values):
                    return ast.Constant(text.format(*values))
            case ast.Name(id="type") if len(values) == 1:
                return ast.Name(type(values[0]).__name__, ast.Load())
        return node


def bound(call: ast.Call, parameters: Mapping[str, ast.expr | None]) -> Names:
    """What a call gives to parameters, or else their defaults."""
    names = list(parameters)
    if isinstance(call.func, ast.Attribute) and names[:1] in (["self"], ["cls"]):
        names = names[1:]
    given: dict[str, ast.expr | None] = dict(parameters)
    if not any(isinstance(argument, ast.Starred) for argument in call.args):
        given.update(zip(names, call.args, strict=False))
    given.update({word.arg: word.value for word in call.keywords if word.arg and word.arg in parameters})
    return {name: value for name, value in given.items() if value is not None}


def without_alias(made: ast.Call, stands_for: ast.expr) -> ast.Call:
    """A call of what an alias stands for, in place of the call of the alias."""
    if isinstance(stands_for, ast.Call) and stands_for.args:  # partial(parser.add_argument, ...)
        words = {word.arg for word in made.keywords}
        further = [word for word in stands_for.keywords if word.arg not in words]
        return ast.Call(stands_for.args[0], [*stands_for.args[1:], *made.args], [*made.keywords, *further])
    return ast.Call(stands_for, made.args, made.keywords)


def matched(target: ast.expr, item: ast.expr, names: Names) -> bool:
    """Whether the variables of a loop can be given an element; puts their values into `names`."""
    if isinstance(target, ast.Name):
        names[target.id] = item
        return True
    if isinstance(target, ast.Tuple | ast.List) and isinstance(item, ast.Tuple | ast.List):
        pairs = zip(target.elts, item.elts, strict=False)
        return len(target.elts) == len(item.elts) and all(matched(a, b, names) for a, b in pairs)
    return False
