"""Ids under telling and other keys, and in lines of logs, unless they are of another commit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.evidence.loose_ids import is_loose, keyed_records, line_records, without_log_time
from bisect_parity.evidence.model import Source, Trust

LONG = "855ddd0d59f3a90fb8a0ff40717c44fa7531f3ac"
ID = LONG[:8]
PLACE = Source("results/env.json")


@pytest.mark.parametrize(
    ("key", "text", "is_sure", "dirty"),
    [
        ("git_commit_short", ID, True, None),
        ("testedCommit", LONG.upper(), True, None),
        ("vcs_ref", f"{ID}-dirty", True, True),
        ("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", LONG, True, None),
        ("git", f"main@{ID}", True, None),
        ("gitHash", f"{ID}*", True, True),
        ("image_tag", f"sha-{ID}", False, None),
        ("app_version", f"1.2.3 (Commit {ID})", False, None),
        ("version", f"0.0.0-20240101123000-{LONG[:12]}", False, None),
        ("after", LONG, False, None),
    ],
)
def test_an_id_is_read_under_keys_that_speak_of_code(
    key: str, text: str, is_sure: bool, dirty: bool | None
) -> None:
    (record,) = keyed_records(key, text, Trust.MACHINE, PLACE)
    assert LONG.startswith(record.text)
    assert (is_loose(record), record.dirty, record.trust) == (not is_sure, dirty, Trust.HEADER)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("base_commit", LONG),
        ("baselineSha", LONG),
        ("CI_COMMIT_BEFORE_SHA", LONG),
        ("parents[0]", LONG),
        ("dataset_version", ID),
        ("checkpoint_version", ID),
        ("commit", f"reverts {ID}"),
        ("range", f"{ID}..{LONG}"),
        ("name", ID),
        ("version", "deadbeef"),
        ("version", "20240101"),
        ("image", f"solver@sha256:{LONG}"),
    ],
)
def test_the_id_of_another_commit_or_thing_is_not(key: str, text: str) -> None:
    assert keyed_records(key, text, Trust.MACHINE, PLACE) == ()


@pytest.mark.parametrize(
    "line",
    [
        f"Checking out {ID} as detached HEAD (ref is main)...",
        f"repo at {ID}",
        f"(main) {ID}",
        f"{ID} (HEAD -> main) Change",
        f"docker run solver:{ID} bench",
    ],
)
def test_a_line_of_a_log_may_speak_of_a_commit(line: str) -> None:
    (record,) = line_records(line, PLACE)
    assert (record.text, is_loose(record)) == (ID, True)


@pytest.mark.parametrize(
    "line",
    [
        f"compared with {ID}",
        f"old version: {ID}",
        f"restored cache from key linux-{ID}",
        f"git diff {ID}..HEAD",
        f"first bad commit: {ID}",
        f"see {ID}",
        "elapsed 1234567 ms",
    ],
)
def test_a_line_may_speak_of_another_commit_or_of_none(line: str) -> None:
    assert line_records(line, PLACE) == ()


def test_a_server_puts_the_time_before_each_line() -> None:
    assert without_log_time(f"2025-10-09T16:17:14.1234567Z {LONG}") == LONG
    assert without_log_time("2025-10-09 16:17:14 begin") == "2025-10-09 16:17:14 begin"


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_text_makes_it_fail(key: str, text: str) -> None:
    found = (*keyed_records(key, text, Trust.MACHINE, PLACE), *line_records(text, PLACE))
    assert all(record.text for record in found)
