"""Literals as code and configuration write them, as typed values. Pure; nothing is executed."""

from __future__ import annotations

import ast
import contextlib
import functools
import hashlib
import math
import operator
import re
import warnings
from typing import TYPE_CHECKING, Any

from bisect_parity.evidence.numbers import LONGEST_INTEGER_DIGITS, read_float, read_int
from bisect_parity.params.model import Expression

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from bisect_parity.params.model import Scalar

LONGEST_VALUE = 200
LONGEST_EXPRESSION = 50_000
MOST_BITS = 4096
_NUMBER = re.compile(r"[+-]?(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?")
_PLAIN_STRING = re.compile(r"[uU]?(?:'([^'\\\n]*)'|\"([^\"\\\n]*)\")")
# tried first, for what is inside stays; an open one ends with its line, so that nothing is searched twice
_STRING = r"\"(?:[^\"\\\n]|\\.)*+\"?|(?<![0-9a-fA-F])'(?:[^'\\\n]|\\.)*+'?|"
_OLD_OCTAL = re.compile(_STRING + r"(?<![\w.])0([0-7]+)[lL]?(?![\w.])")
_OLD_LONG = re.compile(_STRING + r"(?<![\w.])(0[xX][0-9a-fA-F]+|\d+)[lL](?!\w)")
_C_COMMENT = re.compile(_STRING + r"/\*.*?\*/|//[^\n]*|\\\n", re.DOTALL)
_C_SUFFIX = re.compile(  # the last F of 0xFF is a digit
    _STRING + r"(?<![\w.])(?:(0[xX][0-9a-fA-F]+)[lLuUzZ]{1,3}"
    r"|((?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)[fFlLuUzZ]{1,3})(?!\w)"
)
_C_SEPARATOR = re.compile(r"(?<=[0-9a-fA-F])'(?=[0-9a-fA-F])")  # 1'000'000
_C_BRACES = re.compile(r"\{([^{},]+)\}")  # of one value, as in `int n{3};`
_C_WORDS: dict[str, Scalar] = {"NULL": None, "nullptr": None, "true": True, "false": False}
_WORDS: dict[str, Scalar] = {"None": None, "True": True, "False": False}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {ast.USub: operator.neg, ast.UAdd: operator.pos}
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
}


def number(text: str) -> int | float | Decimal | None:
    """The number that a text is, with nothing but blanks around it; None where it is none."""
    stripped = text.strip()
    if _NUMBER.fullmatch(stripped) is None or len(stripped) > 10 * LONGEST_INTEGER_DIGITS:
        lowered = stripped.lower().lstrip("+-")
        return float(stripped) if lowered in {"nan", "inf", "infinity"} else None
    try:
        return read_int(stripped) if re.fullmatch(r"[+-]?[\d_]+", stripped) else read_float(stripped)
    except ValueError:  # underscores in odd places
        return None


@functools.lru_cache(maxsize=65536)
def python_value(text: str) -> Scalar:
    """What a Python expression is worth: a literal or arithmetic of numbers, else its text.

    Python 2 spellings (`0777`, `10L`, `u"x"`) are understood.
    """
    if text in _WORDS:
        return _WORDS[text]
    plain = _PLAIN_STRING.fullmatch(text)
    if plain is not None:
        return plain[1] if plain[1] is not None else plain[2]
    if _NUMBER.fullmatch(text) and not _OLD_OCTAL.fullmatch(text):
        value = number(text)
        return Expression(text) if value is None else value
    with contextlib.suppress(
        SyntaxError, ValueError, TypeError, ArithmeticError, RecursionError, MemoryError
    ):
        if not text.isidentifier() and len(text) <= LONGEST_EXPRESSION:
            tree = _parsed(text)
            text = ast.unparse(tree)  # however it is spaced, and broken into lines
            return _literal(tree)
    return Expression(_shortened(text))


def _shortened(text: str) -> str:
    """A text in one line; of a long one the beginning, with a digest, so that no difference is lost."""
    line = " ".join(text.split())
    if len(line) <= LONGEST_VALUE:
        return line
    digest = f"... (digest {hashlib.sha256(line.encode('utf-8', 'replace')).hexdigest()[:8]})"
    return line[: LONGEST_VALUE - len(digest)] + digest


def _parsed(text: str) -> ast.expr:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes in code that is only read
        try:
            return ast.parse(text.strip(), mode="eval").body
        except SyntaxError:
            modern = _replaced(_OLD_LONG, r"\1", _replaced(_OLD_OCTAL, r"0o\1", text))
            return ast.parse(modern.strip(), mode="eval").body


def _replaced(pattern: re.Pattern[str], new: str, text: str) -> str:
    """Replace what a pattern finds, but for strings: a date or an address in them is no number or comment."""
    return pattern.sub(lambda found: found[0] if found[0][0] in "\"'" else found.expand(new), text)


def _literal(node: ast.expr) -> Scalar:
    match node:
        case ast.Constant(value=bool() | int() | str() | None as value):
            return value
        case ast.Constant(value=float() as value) if math.isfinite(value):
            return value
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _UNARY:
            negated: Scalar = _UNARY[type(op)](_number_of(operand))
            return negated
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _computed(type(op), _number_of(left), _number_of(right))
        case ast.Call(
            func=ast.Name(id="int" | "float" as kind), args=[ast.Constant(value=value)], keywords=[]
        ):
            return _cast(kind, value)
    raise TypeError("not a literal")


def _cast(kind: str, value: object) -> Scalar:
    """What `int(3)` or `float("1e-3")` is."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError("not a number")
    found = int(value) if kind == "int" else float(value)
    if not math.isfinite(found):
        raise ValueError("not finite")
    return found


def _computed(kind: type[ast.operator], left: float, right: float) -> Scalar:
    if kind in {ast.Pow, ast.LShift} and (abs(right) > MOST_BITS or abs(left) > 2**64):
        raise ValueError("not worth computing")
    value = _BINARY[kind](left, right)
    if isinstance(value, complex) or (isinstance(value, int) and value.bit_length() > MOST_BITS):
        raise ValueError("not worth telling")
    found: Scalar = value
    return found


def _number_of(node: ast.expr) -> int | float:
    value = _literal(node)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("not a number")
    return value


def c_value(text: str) -> Scalar:
    """What a C expression is worth: a literal or arithmetic of literals, else its text.

    Divisions are left as they stand: C rounds those of whole numbers.
    """
    plain = _replaced(_C_COMMENT, " ", text).strip()
    if "{" in plain and (braced := _C_BRACES.fullmatch(plain)) is not None:
        plain = braced[1].strip()
    if "'" in plain and plain[:1].isdigit():
        plain = _C_SEPARATOR.sub("", plain)
    if plain in _C_WORDS:
        return _C_WORDS[plain]
    value = python_value(_replaced(_OLD_OCTAL, r"0o\1", _replaced(_C_SUFFIX, r"\1\2", plain)))
    if isinstance(value, Expression) or (("/" in plain or "%" in plain) and not isinstance(value, str)):
        return Expression(_shortened(plain))
    return value
