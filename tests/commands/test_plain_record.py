"""What `record` reads of its usual command lines without click is what click reads of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bisect_parity.commands.plain_record import FLAGS, VALUES, read_plain
from bisect_parity.commands.record import command

NAMES = st.sampled_from(["out", "a b", "x=y", "--", "-", "--quiet", "--out", "", "../r", "\u00e9", "-h"])
OPTIONS = st.one_of(
    st.sampled_from(sorted(FLAGS)).map(lambda flag: [flag]),
    st.tuples(st.sampled_from(sorted(VALUES)), NAMES).map(list),
    st.tuples(st.sampled_from(sorted(VALUES)), NAMES).map(lambda pair: ["=".join(pair)]),
    st.sampled_from(["--json", "--help", "--post-run=.", "--ou", "word", "-x", "--quiet=1"]).map(
        lambda w: [w]
    ),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(options=st.lists(OPTIONS, max_size=5), line=st.lists(NAMES, max_size=4), is_marked=st.booleans())
def test_a_line_is_read_as_click_reads_it(options: list[list[str]], line: list[str], is_marked: bool) -> None:
    words = [word for option in options for word in option] + ["--"] * is_marked + line
    plain = read_plain(words)
    if plain is None:
        return
    read = command.make_context("record", list(words)).params
    assert read["line"] == plain.command
    flags = {f"--{name.replace('_', '-')}" for name, value in read.items() if value is True}
    assert flags == plain.flags
    assert (read["out"], read["directory"], read["config"]) == tuple(
        plain.path(option) for option in ("--out", "--repo", "--config")
    )
    for name in ("input", "output"):
        assert read[f"{name}s"] == tuple(map(Path, plain.values.get(f"--{name}", ())))


@pytest.mark.parametrize(
    "words",
    [
        ["--", "true"],
        ["--quiet", "--out", "x", "--keep-diff", "--", "true", "--out", "y"],
        ["--out=x", "--output", "a", "--output=b", "--repo", ".", "--", "sh", "-c", "exit 4"],
    ],
)
def test_usual_lines_do_without_click(words: list[str]) -> None:
    assert read_plain(words) is not None


@pytest.mark.parametrize(
    "words", [[], ["--"], ["-h"], ["true"], ["--json", "--", "true"], ["--out", "--", "a"]]
)
def test_what_is_rare_or_wrong_is_left_to_click(words: list[str]) -> None:
    assert read_plain(words) is None
