"""A document has one text: any other text of the same content is refused, and told why."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.attest.canonical import SEAL, CanonicalError, canonical_text, parse, seal, sealed_digest
from bisect_parity.evidence.model import Trust

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
STATEMENT: dict[str, Any] = {"_type": "x", "subject": [], "predicate": {"a": 1, "b": [1.5, "\u00e9"]}}


@given(JSON)
def test_the_text_is_that_of_json_with_an_indent_of_two(document: Any) -> None:
    assert canonical_text(document) == json.dumps(document, indent=2, allow_nan=False) + "\n"


@pytest.mark.parametrize(
    "document",
    [{}, [], (), [()], (True, 1, [2.5, {}]), {"a": (Trust.MACHINE, "\udc80")}, {1: None, None: True}, 1e300],
)
def test_so_is_that_of_what_python_alone_has(document: Any) -> None:
    assert canonical_text(document) == json.dumps(document, indent=2, allow_nan=False) + "\n"


@pytest.mark.parametrize("document", [[1, math.nan], {"a": math.inf}])
def test_what_is_no_number_has_no_text(document: Any) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_text(document)


@given(JSON)
def test_a_text_gives_its_document_back(document: Any) -> None:
    assert parse(canonical_text(document).encode()) == document


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'{\n  "a": 1\n', "cut off"),
        (b'{\n  "a": "x', "cut off"),
        (b"", "cut off"),
        (b'{\n  "a": x1\n}\n', "not JSON"),
        (b"# Notes", "not JSON"),
        (b'{\n  "a": 1\n}\n{}', "continues after its end"),
        (b'{\n  "a": 1,\n  "a": 1\n}\n', "the key 'a' occurs twice"),
        (b'{"a": 1}\n', "white space or spelling"),
        (b'{\n  "a": 1\n}', "white space or spelling"),
        (b'{\n  "a": 1.0e0\n}\n', "white space or spelling"),
        (b'{\n  "a": "\\u0061"\n}\n', "white space or spelling"),
        (b'{\n  "a": NaN\n}\n', "is not JSON"),
        ('{\n  "a": "\u00e9"\n}\n'.encode(), "is not ASCII"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{\n  "a": 1e400\n}\n', "larger than any that is written"),
        (b'{\n  "a": %s\n}\n' % (b"1" * 5000), "larger than any that is written"),
    ],
)
def test_another_text_is_refused_and_told_why(data: bytes, words: str) -> None:
    with pytest.raises(CanonicalError, match=words):
        parse(data)


def test_a_seal_holds_for_one_content_in_one_order() -> None:
    sealed = seal(STATEMENT)
    assert sealed["predicate"][SEAL] == sealed_digest(canonical_text(sealed))
    turned = json.loads(json.dumps(sealed))
    turned["predicate"] = dict(reversed(turned["predicate"].items()))
    assert sealed_digest(canonical_text(turned)) != sealed["predicate"][SEAL]
    turned = json.loads(json.dumps(sealed))
    turned["predicate"]["a"] = 2
    assert sealed_digest(canonical_text(turned)) != sealed["predicate"][SEAL]
