"""Commits named within other texts are found, and nothing else is taken for them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.evidence.embedded_ids import banner_records, embedded_records
from bisect_parity.evidence.model import Record, Source, Trust

ID = "1a2b3c4"
LONG = "855ddd0d59f3a90fb8a0ff40717c44fa7531f3ac"
PLACE = Source("r/env.json")


def found(key: str, text: str) -> tuple[Record, ...]:
    return embedded_records(key, text, Trust.MACHINE, PLACE)


@pytest.mark.parametrize(
    ("key", "text", "commit", "dirty"),
    [
        ("mypkg", f"1.2.1.dev3+g{ID}", ID, None),
        ("env_info", f"MMDetection: 2.12.0+{ID}", ID, None),
        ("a line", f"**** Git info for Megatron: git-hash={ID} git-branch=main ****", ID, None),
        ("a line", f"2025-10-09 16:17:14,250 INFO git commit: {LONG}", LONG, None),
        ("mypkg", f"1.2.1.dev3+g{ID}.d20251009", ID, True),
        ("mypkg", f"0+untagged.14.g{ID}", ID, None),
        ("mypkg", f"1.2.0+1.g{ID}.dirty", ID, True),
        ("version", f"v1.2.0-14-g{ID}", ID, None),
        ("version", f"v1.2.0-14-g{ID}-dirty", ID, True),
        ("torch", f"2.9.0a0+git{ID}", ID, None),
        ("line", f"INFO mypkg 1.2.1.dev3+g{ID} begins", ID, None),
        ("line", f"mypkg @ git+https://example.org/a/b.git@{LONG}", LONG, None),
        ("image", f"registry.example:5000/team/solver:{ID}", ID, None),
        ("docker_image", f"solver:main-{LONG}", LONG, None),
    ],
)
def test_an_id_within_a_text_is_found(key: str, text: str, commit: str, dirty: bool | None) -> None:
    (record,) = found(key, text)
    assert (record.text, record.is_id, record.dirty, record.key) == (commit, True, dirty, key)


@pytest.mark.parametrize(
    ("text", "dirty"), [("v1.2.0", None), ("v1.2.0-dirty", True), ("release/2025.1", None)]
)
def test_a_tag_is_no_id_but_may_name_a_commit(text: str, dirty: bool | None) -> None:
    (record,) = found("git_tag", text)
    assert (record.text, record.is_id, record.dirty) == (text.removesuffix("-dirty"), False, dirty)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("flags", "gcc -g -O2 -march=native"),
        ("version", "1.2.0"),
        ("version", f"1.2.0-{ID}"),
        ("mypkg", f"1.2.1+g{ID}zz"),
        ("image", "solver:latest"),
        ("name", f"solver:{ID}"),
        ("git_tag", "a tag of two words"),
        ("digest", f"sha256:{LONG}"),
    ],
)
def test_other_texts_name_no_commit(key: str, text: str) -> None:
    assert found(key, text) == ()


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_text_makes_it_fail(key: str, text: str) -> None:
    assert all(record.text for record in found(key, text))


@pytest.mark.parametrize(
    ("line", "dirty"),
    [
        (f"Built from revision {ID}", None),
        (f"2026-05-06 10:00:00,123 INFO git sha {ID}", None),
        (f"heat v2.1 (git {ID}, built May 3 2026)", None),
        (f"SolverX 3.2 commit {ID}-dirty", True),
        (f"Code version: {ID} (modified)", True),
        (f"revision {ID} of branch main", None),
    ],
)
def test_a_banner_names_its_commit_in_words(line: str, dirty: bool | None) -> None:
    (record,) = banner_records(line, PLACE)
    assert (record.text, record.is_id, record.dirty, record.trust) == (ID, True, dirty, Trust.HEADER)


@pytest.mark.parametrize(
    "line",
    [
        f"broken since commit {ID}",
        f"the parent is commit {ID}",
        f"Revert commit {ID}",
        "svn revision 1234567",
        "gcc version 12.2.0 20220101",
        "version deadbeef",
        f"wrote hash {ID}.npy",
        f"commit/{ID}",
    ],
)
def test_a_line_that_speaks_of_another_commit_or_of_none_is_no_banner(line: str) -> None:
    assert banner_records(line, PLACE) == ()
