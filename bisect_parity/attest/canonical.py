"""One text for one document: a change of white space or order is a change of the text, too. Pure."""

from __future__ import annotations

import hashlib
import json
from json.encoder import encode_basestring_ascii
from typing import Any

SEAL = "content_sha256"
UNSEALED = "0" * 64
LARGEST_BYTES = 512 * 2**20


class CanonicalError(ValueError):
    """A text that is not the one text of a document."""


def canonical_text(document: object) -> str:
    """The text of a document: ASCII JSON, keys in their order, indented by two, one newline at the end.

    Raises:
        ValueError: it holds NaN, infinity, or what JSON cannot hold.
    """
    return _indented(document, "\n") + "\n"


def _indented(value: object, line: str) -> str:
    """What `json.dumps` makes of a value with an indent of two, which it is slow with.

    Args:
        value: what JSON can hold.
        line: what begins a line at the depth of the value: its end, and blanks.
    """
    if type(value) is str:
        return encode_basestring_ascii(value)
    if type(value) is int:
        return repr(value)
    if not isinstance(value, dict | list | tuple) or not value:
        return json.dumps(value, allow_nan=False)
    inner = line + "  "
    parts = []
    if isinstance(value, dict):
        for key, item in value.items():
            name = encode_basestring_ascii(key if isinstance(key, str) else json.dumps(key, allow_nan=False))
            parts.append(f"{name}: {_indented(item, inner)}")
        return f"{{{inner}{f',{inner}'.join(parts)}{line}}}"
    for item in value:  # no comprehension: what is nested deeply has one call for each depth
        parts.append(_indented(item, inner))  # noqa: PERF401
    return f"[{inner}{f',{inner}'.join(parts)}{line}]"


def sealed_digest(text: str) -> str:
    """The SHA-256 of a statement's text with zeros in the place of its seal, which is its last part."""
    before, name, after = text.rpartition(f'"{SEAL}": "')
    return hashlib.sha256(f"{before}{name}{UNSEALED}{after[len(UNSEALED) :]}".encode()).hexdigest()


def seal(document: dict[str, Any]) -> dict[str, Any]:
    """The statement with its own digest in its predicate, so that a change within it is noticed."""
    unsealed = document | {"predicate": document["predicate"] | {SEAL: UNSEALED}}
    digest = sealed_digest(canonical_text(unsealed))
    return unsealed | {"predicate": unsealed["predicate"] | {SEAL: digest}}


def parse(data: bytes) -> Any:
    """The document of a canonical text.

    Raises:
        CanonicalError: it was cut off, is not JSON, names a key twice, continues after its end, holds a
            number beyond all that are written, or is not written as `canonical_text` writes it.
    """
    if len(data) > LARGEST_BYTES:
        raise CanonicalError(f"larger than {LARGEST_BYTES} bytes")
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError as error:
        raise CanonicalError(f"byte {error.start} is not ASCII") from error
    try:
        document = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
        is_canonical = canonical_text(document) == text
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            raise CanonicalError(f"continues after its end, at byte {error.pos}") from error
        is_cut = error.pos >= len(text.rstrip()) - 1 or not text.endswith("}\n")
        what = "cut off" if is_cut and text[:1] in ("", "{") else "not JSON"
        raise CanonicalError(f"{what}: {error.msg} at byte {error.pos}") from error
    except RecursionError as error:
        raise CanonicalError("nested too deeply") from error
    except CanonicalError:
        raise
    except ValueError as error:  # 1e400, or more digits than Python converts
        raise CanonicalError("holds a number larger than any that is written") from error
    if not is_canonical:
        raise CanonicalError("the same content, but not as it was written: white space or spelling changed")
    return document


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise CanonicalError(f"the key {name[:80]!a} occurs twice")
        found[name] = value
    return found


def _refuse(constant: str) -> None:
    raise CanonicalError(f"{constant} is not JSON")
