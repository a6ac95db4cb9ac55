"""Searches for the commit that moved a figure of a test: an iteration count, a run time."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from fixtures.git import GitRunner
from tests.end_to_end.world import assert_fits, call

if TYPE_CHECKING:
    from pathlib import Path

RUN = f"{sys.executable} n.py"
BENCH = """\
import random
print("first: time 9")
print("time", {base} * random.uniform(0.9, 1.1), "s")
"""


def history(top: Path, values: list[str]) -> list[str]:
    repo = GitRunner(top)
    return [repo.commit({"n.py": text, "notes": f"{n}\n"}, f"n{n}") for n, text in enumerate(values)]


def test_an_exact_figure_is_searched_for_with_a_limit_between_the_ends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    commits = history(tmp_path / "r", [f"print('iterations', {120 if n < 6 else 180})" for n in range(10)])
    monkeypatch.chdir(tmp_path / "r")
    ends = ("--good", commits[0], "--bad", commits[-1])
    words = ("--test", RUN, "--figure", r"iterations (\d+)")
    answer = call(capsys, "bisect", *ends, *words, "--no-revert", "--out", tmp_path / "out")
    assert answer.status == 0, answer
    assert "figures: good end 120, bad end 180, in 2 checks each; limit 150" in answer.err
    assert f"outcome: confirmed\nfirst bad commit: {commits[6]}" in answer.out
    assert "Its figure is 180; before it, 120." in answer.out
    document = json.loads((tmp_path / "out" / "bisect.json").read_text())
    assert "flaky" not in document or document["flaky"] is None
    assert document["case"].endswith("--limit 150.0 --better lower")
    ends_known = [check["known_from"] for check in document["tested"] if check["role"].endswith("end")]
    assert ends_known == ["cache", "cache"]  # measured for the limit
    logged = (tmp_path / "out" / "commands.txt").read_text()
    assert logged.count("# [1] ") == 1
    assert logged.count(" n.py") > 4
    verdict = json.loads(next((tmp_path / "out" / "ends" / "bad").rglob("verdict.json")).read_text())
    assert_fits(verdict)
    assert (verdict["figure"], verdict["verdict"]) == (180, "good")
    swept = call(capsys, "sweep", f"{commits[0]}..{commits[-1]}", *words, "--out", tmp_path / "sweep")
    assert swept.out.startswith(f"figure moved from 120 to 180, by +50%: {commits[6][:12]} n6\nflips: 0"), (
        swept
    )
    document = json.loads((tmp_path / "sweep" / "sweep.json").read_text())
    assert_fits(document)
    (move,) = document["moves"]
    assert (move["figure"], move["share"]) == ("figure", 0.5)
    call(capsys, "report", "--md", tmp_path / "sweep")
    assert "figure moved from 120 to 180" in (tmp_path / "sweep" / "report.md").read_text()
    known = call(capsys, "bisect", *ends, *words, "--limit", 130, "--no-revert")
    assert f"first bad commit: {commits[6]}" in known.out
    assert "checks: 2 run, " in known.out  # the proof: of a known figure, any limit tells the verdict
    fix = call(capsys, "bisect", "--good", commits[-1], "--bad", commits[0], "--find", "fix", *words)
    assert f"first good commit: {commits[6]}" in fix.out
    assert "limit 150" in fix.err


def test_a_figure_with_noise_is_searched_for_as_a_flaky_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    commits = history(tmp_path / "r", [f"# {n}\n" + BENCH.format(base=1 if n < 4 else 2) for n in range(6)])
    monkeypatch.chdir(tmp_path / "r")
    words = (
        "--good",
        commits[0],
        "--bad",
        commits[-1],
        "--test",
        RUN,
        "--figure",
        r"time (\S+)",
    )
    answer = call(capsys, "bisect", *words, "--out", tmp_path / "out")
    assert answer.status == 0, answer
    assert f"first bad commit: {commits[4]}" in answer.out
    assert "in 5 checks each; limit 1." in answer.err
    assert "Its figure is " in answer.out
    assert json.loads((tmp_path / "out" / "bisect.json").read_text())["flaky"]["probability"] > 0.95


def test_an_end_that_lacks_what_only_a_build_makes_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    commits = history(tmp_path / "r", ["open('bin/tool')", "open('bin/tool') "])
    monkeypatch.chdir(tmp_path / "r")
    (tmp_path / "r" / "bin").mkdir()
    (tmp_path / "r" / "bin/tool").write_bytes(b"\x7fELF")
    words = ("--test", "python3 n.py", "--figure", "n", "--good", commits[0], "--bad", commits[1])
    found = call(capsys, "bisect", "--quiet", *words)
    found.is_told(3, f"the good end, {commits[0][:12]} lacks bin/tool, which is untracked in your directory")
    assert "have each check build its own (--test 'make && ...')" in found.err
    (tmp_path / "r" / "t.py").write_text("print('n', 3)\n")  # nor what nobody committed
    found = call(capsys, "bisect", "--quiet", "--test", "python3 t.py", *words[2:])
    assert f"the good end, {commits[0][:12]} lacks t.py, which the test names" in found.err
    assert found.err.endswith("the same command and --bring t.py\n")


def test_where_the_figures_of_the_ends_do_not_differ_nothing_is_searched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    commits = history(tmp_path / "r", ["print('n', 5)", "print('n', 4 + 1)", "print('m', 5)"])
    monkeypatch.chdir(tmp_path / "r")
    how = ("--test", RUN, "--figure", r"^n (\d+)")
    words = ("bisect", "--quiet", *how, "--good", commits[0], "--bad")
    call(capsys, *words, commits[1], "--out", tmp_path / "out").is_told(
        3, "the figures of both ends do not differ: good end 5, bad end 5, in 2 checks each"
    )
    assert (tmp_path / "out" / "commands.txt").read_text().count(" n.py") > 4
    call(capsys, *words, commits[2]).is_told(
        3,
        f"the bad end, {commits[2][:12]}, has no figure: the test printed no number that '^n (\\\\d+)'",
    )
    told = call(capsys, *words[:3], f"{RUN}; ! grep -q 4 n.py", *words[4:], commits[1])
    assert told.err.endswith("its exit status tells good from bad: leave out --figure.\n"), told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--figure", "x"), "belong to --test"),
        (("--test", "true", "--limit", "3"), "--limit belongs to --figure"),
        (("--test", "true", "--figure", "(x)", "--better", "lower"), "--better to --limit"),
        (("--test", "true", "--figure", "(x)(y)"), "figure '(x)(y)' must have one group"),
        (("--test", "true", "--figure", "("), "--figure '(' is no regular expression"),
        (("--test", "true", "--figure", "(x)", "--limit", "nan"), "limit must be a finite number"),
        (("--test", "true", "--figure", "seconds", "--jobs", "2"), "run times are measured one at a time"),
        (
            ("--test", "true", "--figure", "(x)", "--good", "auto"),
            "--figure has no limit, and an end is not named",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    told: str,
) -> None:
    commits = history(tmp_path / "r", ["1", "2"])
    monkeypatch.chdir(tmp_path / "r")
    ends = ("--good", commits[0], "--bad", commits[1])
    answer = call(capsys, "bisect", *ends, *words)
    assert (answer.status, told in answer.err) == (2, True), answer


def test_a_figure_without_a_limit_is_refused_where_a_verdict_is_wanted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    history(tmp_path / "r", ["1"])
    words = ("--repo", tmp_path / "r", "--test", "true", "--figure", "(x)")
    call(capsys, "diagnose", "--run", *words).is_told(
        2, "--figure has no limit, so no figure is bad. Give --limit."
    )


CHECKS = [
    (r'figure = "t=(\\S+)"', 0, "good: figure 2.5"),
    ('figure = "t=(\\\\S+)"\nlimit = 2.5', 0, "good: figure 2.5, at most 2.5 is good"),
    ('figure = "t=(\\\\S+)"\nlimit = 2.4', 1, "bad: figure 2.5, at most 2.4 is good"),
    ('figure = "t=(\\\\S+)"\nlimit = 3\nbetter = "higher"', 1, "bad: figure 2.5, at least 3 is good"),
    ('figure = "e=(\\\\S+)"\nlimit = 3', 0, "good: figure 0.001"),
    (
        'figure = "u=(\\\\S+)"',
        125,
        "skip: the test printed no number that 'u=(\\\\S+)' matches, but numbers of t, e",
    ),
    ('figure = "seconds"\nlimit = 100', 0, "good: seconds 0."),
]


@pytest.mark.parametrize(("keys", "status", "told"), CHECKS)
def test_a_check_reads_the_last_number_and_holds_it_against_the_limit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], keys: str, status: int, told: str
) -> None:
    repo = GitRunner(tmp_path / "r")
    repo.commit({"t.sh": "echo t=1 u=nan; echo t=2.5 t=none; echo e=1e-3 >&2\n"}, "First")
    settings = tmp_path / "case.toml"
    settings.write_text(f'[case.unit]\ntest = ["sh", "t.sh"]\n{keys}\n')
    answer = call(capsys, "check", "--repo", repo.top, "--config", settings)
    assert (answer.status, answer.out.startswith(told)) == (status, True), answer
