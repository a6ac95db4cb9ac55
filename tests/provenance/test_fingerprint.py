"""Frames and digests of a run are checked against the code of candidate commits."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.evidence.model import Artifact, Bundle, Findings, Frame, Source, SourceDigest
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from bisect_parity.provenance.fingerprint import Match, apply, fitting, match_file, read_matches
from bisect_parity.provenance.parameter_file import load_parameters
from bisect_parity.provenance.posterior import Posterior
from bisect_parity.provenance.subject import Subject
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

CODE = b"""import math

@cached
def area(r):
    x = r * r
    return math.pi * x

class Disk:
    def grow(self, by):
        return by
"""
FINGERPRINT = load_parameters().fingerprint


def frame(line: int, function: str, is_definition: bool = True, file: str = "/home/u/p/src/disk.py") -> Frame:
    return Frame(file, line, function, is_definition, Source("b/trace.json"))


@pytest.mark.parametrize(
    ("line", "function", "is_definition", "fits"),
    [
        (4, "area", True, True),
        (3, "area", True, True),  # a profiler reports the line of the first decorator
        (5, "area", True, False),
        (5, "area", False, True),  # a traceback reports a line of the body
        (10, "grow", False, True),
        (10, "Disk.grow", False, True),
        (2, "area", False, False),
        (99, "area", True, False),
        (1, "<module>", True, True),
        (4, "volume", True, False),
    ],
)
def test_a_frame_fits_where_its_function_stands_at_its_line(
    line: int, function: str, is_definition: bool, fits: bool
) -> None:
    match = match_file(CODE, [frame(line, function, is_definition)], [])
    assert (match.agree, match.disagree) == ((1, 0) if fits else (0, 1))


def test_a_form_feed_ends_no_line() -> None:
    assert match_file(CODE.replace(b"\n\n", b"\n\x0c\n"), [frame(9, "grow")], []).agree == 1


def test_a_digest_fits_the_very_content() -> None:
    digest = SourceDigest("src/disk.py", "md5", hashlib.md5(CODE).hexdigest(), Source("b"))  # noqa: S324
    assert match_file(CODE, [], [digest]).agree == 1
    assert match_file(CODE + b"\n", [], [digest]).disagree == 1


def test_a_digest_fits_the_content_as_git_checks_it_out_on_windows() -> None:
    checked_out = CODE.replace(b"\n", b"\r\n")
    digest = SourceDigest("src/disk.py", "sha256", hashlib.sha256(checked_out).hexdigest(), Source("b"))
    assert match_file(CODE, [], [digest]).agree == 1
    assert match_file(CODE + b"\n", [], [digest]).disagree == 1


@given(st.binary(max_size=200), st.integers(-5, 300), st.text(max_size=20))
def test_no_content_and_no_frame_make_the_check_fail(content: bytes, line: int, function: str) -> None:
    match = match_file(content, [frame(line, function), frame(line, function, False)], [])
    assert match.agree + match.disagree == 2


def subject(*frames: Frame) -> Subject:
    bundle = Bundle("b", (), (Artifact("b/trace.json", 1, ""),), (Findings("b/trace.json", frames=frames),))
    return Subject((bundle,), (), (), None, (0,))


def posterior(*commits: str) -> Posterior:
    return Posterior(commits, np.full(len(commits), 0.9 / len(commits)), 0.1, {}, 0.0, 0.0)


def test_candidates_are_told_apart_by_the_lines_of_their_code(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "r")
    old = sandbox.commit({"src/disk.py": "# more\n# lines\n" + CODE.decode()})
    new = sandbox.commit({"src/disk.py": CODE.decode()})
    repository = Repository.open(tmp_path / "r", Journal(None, ["x"]))
    library = frame(3, "wait", file="/usr/lib/python3.11/threading.py")
    before = posterior(old, new)
    (matches,) = read_matches(repository, [subject(frame(4, "area"), frame(9, "grow"), library)], [before])
    assert (matches[new].agree, matches[new].disagree) == (2, 0)
    assert (matches[old].agree, matches[old].disagree) == (0, 2)
    after = apply(before, matches, FINGERPRINT)
    assert after.probability(new) > 0.9
    assert after.probabilities.sum() + after.elsewhere == pytest.approx(1.0)


@pytest.mark.parametrize("name", ["b\n.py", "b\r.py", "b\u2028.py", "b blob"])
def test_files_that_no_candidate_has_say_nothing(tmp_path: Path, name: str) -> None:
    sandbox = Sandbox(tmp_path / "r")
    commit = sandbox.commit({"a.py": "x = 1\n"})
    repository = Repository.open(tmp_path / "r", Journal(None, ["x"]))
    before = posterior(commit)
    odd = frame(1, "f", file=f"/elsewhere/{name}")
    (matches,) = read_matches(repository, [subject(odd)], [before])
    assert apply(before, matches, FINGERPRINT) is before


def test_a_misfit_everywhere_leaves_the_order_and_raises_the_rest() -> None:
    before = posterior("a" * 40, "b" * 40)
    after = apply(before, {"a" * 40: Match(0, 3, "x", 3), "b" * 40: Match(0, 3, "x", 3)}, FINGERPRINT)
    assert after.probability("a" * 40) == pytest.approx(after.probability("b" * 40))
    assert after.elsewhere > before.elsewhere


def test_digests_that_fit_no_candidate_tell_none_from_the_other() -> None:
    before = posterior("a" * 40, "b" * 40)
    assert apply(before, {"a" * 40: Match(0, 1, "x"), "b" * 40: Match(0, 1, "x")}, FINGERPRINT) is before


def test_a_file_that_differs_rules_a_candidate_out_where_another_has_them_all() -> None:
    whole, near = "a" * 40, "b" * 40
    before = Posterior((near, whole), np.array([0.95, 0.01]), 0.04, {}, 0.0, 0.0)
    matches = {near: Match(4, 1, "x", 0, 1), whole: Match(5, 0, "x")}
    assert apply(before, matches, FINGERPRINT).probability(whole) > 0.8
    of_none = {near: Match(4, 1, "x", 0, 1), whole: Match(3, 2, "x", 0, 2)}
    assert apply(before, of_none, FINGERPRINT).probability(near) > 0.8


def test_what_fits_is_told_only_where_something_does_not() -> None:
    one, other = Match(2, 0, "x"), Match(1, 1, "x", 0, 1)
    assert fitting({"a": one, "b": other}, FINGERPRINT) == {"a"}
    assert fitting({"a": one, "b": one}, FINGERPRINT) == frozenset()
    assert fitting({"a": other, "b": other}, FINGERPRINT) == frozenset()
