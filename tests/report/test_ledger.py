"""An Attempt is put under the named entry, and no other byte of the ledger changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.errors import UsageError
from bisect_parity.report.ledger import insertion

LEDGER = """\
# Fix plan

| [VECTOR-001] | in progress |

## [VECTOR-0011] Another
- Attempts History:
  * [2025-10-09] Attempt #9 - another

## [VECTOR-001] Restore parity
- Status: in progress
- Attempts History:
  * [2025-10-09] Attempt #1 - Result: success.
    Metrics: correlation 0.72
  * [2025-10-10] Attempt #2 - Result: fail.
    Artifacts: `x`
- Next Actions:
  1. After Attempt #2 do this.

## [OTHER-1] After VECTOR-001
text
"""
ATTEMPT = ("Attempt #{number} - Result: done", "Evidence: sha256:abc")


def put(content: bytes, name: str = "VECTOR-001") -> bytes:
    made = insertion(content, name, ATTEMPT, "sha256:abc")
    assert made is not None
    return content[: made.offset] + made.content + content[made.offset :]


def put_text(text: str, name: str = "VECTOR-001") -> str:
    return put(text.encode(), name).decode()


def test_it_follows_the_last_attempt_with_its_indent_marker_and_number() -> None:
    expected = LEDGER.replace(
        "    Artifacts: `x`\n",
        "    Artifacts: `x`\n  * Attempt #3 - Result: done\n    Evidence: sha256:abc\n",
    )
    assert put_text(LEDGER) == expected


def test_the_same_evidence_is_told_once() -> None:
    assert insertion(put(LEDGER.encode()), "VECTOR-001", ATTEMPT, "sha256:abc") is None
    assert insertion(put(LEDGER.encode()), "OTHER-1", ATTEMPT, "sha256:abc") is not None


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("## A\n- Attempts History:\n- Next:\n", "## A\n- Attempts History:\n  * NEW- Next:\n"),
        (
            "## A\n### Attempts\n\n1. Attempt #1\n\n### Next\n",
            "## A\n### Attempts\n\n1. Attempt #1\n2. NEW\n### Next\n",
        ),
        ("## A\n### Attempts\n\n### Next\n", "## A\n### Attempts\n\n- NEW\n### Next\n"),
        (
            "## A\n**Attempts:**\n\n+ one\n\n+ two\n\nText.\n",
            "## A\n**Attempts:**\n\n+ one\n\n+ two\n\n+ NEW\nText.\n",
        ),
        ("## A\nText.\n\n## B\n", "## A\nText.\n\n- NEW\n## B\n"),
        ("## A\n", "## A\n\n- NEW"),
        ("A\n===\nText.\n\n# B\n", "A\n===\nText.\n\n- NEW\n# B\n"),
        ("- [x] **A**: first\n  - Attempt #1\n- B\n", "- [x] **A**: first\n  - Attempt #1\n  - NEW- B\n"),
        ("## A\n\t- Attempts\n\n```\n## A\n```\n", None),
    ],
)
def test_ledgers_of_other_shapes_have_a_place_for_it(entry: str, expected: str | None) -> None:
    if expected is None:
        assert put_text(entry, "A").startswith(entry)
        return
    lines = put_text(entry, "A").splitlines(keepends=True)
    [at] = [number for number, line in enumerate(lines) if "Result: done" in line]
    prefix = lines[at].partition("Attempt")[0]
    assert lines[at + 1] == " " * len(prefix) + "Evidence: sha256:abc\n"
    lines[at : at + 2] = [f"{prefix}NEW"]
    assert "".join(lines) == expected


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_a_byte_order_mark_are_kept(newline: str, bom: bytes) -> None:
    content = bom + LEDGER.replace("\n", newline).encode()
    assert put(content) == bom + put_text(LEDGER).replace("\n", newline).encode()


def test_a_file_without_a_final_newline_ends_without_one_afterwards() -> None:
    content = b"## A\r\n- Attempts:\r\n  * Attempt #1"
    assert put(content, "A") == content + b"\r\n  * Attempt #2 - Result: done\r\n    Evidence: sha256:abc"


def test_bytes_that_are_no_utf_8_are_kept() -> None:
    content = b"## A \xe9\xff\n- Attempts:\n  * Attempt #1 \x80\n"
    assert put(content, "A").startswith(content)


def test_a_name_that_is_not_ascii_is_found() -> None:
    assert insertion("## Größe\n".encode(), "Größe", ATTEMPT, "sha256:abc") is not None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LEDGER, "no entry is called MISSING"),
        ("", "no entry is called"),
        ("## MISSED-1 the port\n# Other\n", "Known entries: MISSED-1, Other."),
        ("| MISSING |\n\ntext MISSING\n", "no entry is called"),
        ("```\n# MISSING\n```\n<!--\n# MISSING\n-->\n> # MISSING\n", "no entry is called"),
        ("# MISSING\n# [MISSING] again\n", "names 2 entries, at lines 1, 2"),
        ("- MISSING\n- MISSING\n", "names 2 entries, at lines 1, 2"),
    ],
)
def test_an_entry_that_is_missing_or_ambiguous_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        insertion(text.encode(), "MISSING", ATTEMPT, "sha256:abc")


LINES = st.sampled_from(
    [
        "## A",
        "# A b",
        "## [A] x",
        "- Attempts:",
        "  * Attempt #1",
        "* x",
        "1. y",
        "",
        "\t",
        "```",
        "> q",
        "é",
        "A",
        "===",
        "text",
    ]
)


@given(st.lists(LINES, max_size=14), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
def test_whatever_the_ledger_is_only_one_piece_is_put_in_at_the_start_of_a_line(
    lines: list[str], newline: str, ends: bool
) -> None:
    content = (newline.join(lines) + (newline if ends else "")).encode("latin-1")
    try:
        made = insertion(content, "A", ATTEMPT, "sha256:abc")
    except UsageError:
        return
    assert made is not None
    before = content[: made.offset]
    assert made.offset == len(content) or before.endswith((b"\n", b"\r"))
    assert b"A" in before
    assert b"Result: done" in made.content
    assert made.content.isascii()


def test_only_the_first_place_is_that_of_the_number() -> None:
    attempt = ('Attempt #{number} - Result: Commit abc, "print {number}", broke the parity.',)
    made = insertion(LEDGER.encode(), "OTHER-1", attempt, "sha256:abc")
    assert made is not None
    assert b'Attempt #1 - Result: Commit abc, "print {number}"' in made.content


@pytest.mark.parametrize(
    ("entry", "indent"),
    [
        ("- [ ] VECTOR-001 do it\n- [x] OTHER-1\n", "  - "),
        ("1. VECTOR-001 do it\n2. OTHER-1\n", "   - "),
        ("- VECTOR-001 do it\n    * a step\n      1. of it\n- OTHER-1\n", "    * "),
        ("* VECTOR-001 do it\n\n* OTHER-1\n", "  - "),
    ],
)
def test_an_attempt_lies_below_an_entry_that_is_an_item_and_is_told_once(entry: str, indent: str) -> None:
    made = put_text(entry)
    assert f"\n{indent}Attempt #1 - Result: done\n" in made
    assert insertion(made.encode(), "VECTOR-001", ATTEMPT, "sha256:abc") is None
    assert insertion(made.encode(), "OTHER-1", ATTEMPT, "sha256:abc") is not None
