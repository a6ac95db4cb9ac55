"""What goes with the verdict in most runs is told, with the runs that stand against it."""

from __future__ import annotations

import random

import pytest
from attrs import evolve

from bisect_parity.diagnosis.diagnose import diagnose
from bisect_parity.diagnosis.next_step import next_steps
from bisect_parity.evidence.model import Findings, Parameter, Source, SourceDigest
from bisect_parity.report.diagnosis_document import diagnosis_document
from tests.diagnosis.runs import BAD, GOOD, diagnosed, evidence, series, weight

HALF = [GOOD] * 10 + [BAD] * 10


def test_an_attribute_with_one_exception_is_named_with_it() -> None:
    sides = [*"gbbgbggbgbbggbgbbggb"]
    torch = ["2.7" if side == "g" else "2.8" for side in sides[:-1]] + ["2.7"]
    verdicts = [GOOD if side == "g" else BAD for side in sides]
    found = diagnosed(*verdicts, torch=torch, blas=["a", "a", "b", "b"] * 5, options=["--n 5"] * 20)
    assert found.verdict == "environment"
    told = evidence(found, "environment")
    assert "torch: good 2.7, bad 2.8 (9), 2.7 (1)" in told
    assert "but for 1 run (R20)" in told
    says = diagnosis_document(found, next_steps(found, ["parity"]))["says"]
    assert any("torch goes with the verdict in most" in sentence for sentence in says)


def test_a_stretch_of_bad_runs_is_not_blamed_on_a_version_that_changed_once() -> None:
    verdicts = [GOOD] * 6 + [BAD] * 13 + [GOOD] * 15
    found = diagnosed(*verdicts, torch=["2.8"] * 19 + ["2.7"] * 15, options=["--n 5"] * 34)
    assert found.verdict != "environment"
    assert "torch: good 2.7 (15), 2.8 (6), bad 2.8" in evidence(found, "environment")
    says = diagnosis_document(found, next_steps(found, ["parity"]))["says"]
    assert any("the verdicts go with it as well with p = " in sentence for sentence in says)


def test_a_run_with_a_wrong_verdict_does_not_hide_what_sorts_all_others() -> None:
    chance = random.Random(4)  # noqa: S311 - a fixed plan of runs
    hosts = [*"abc" * 8, "a"]
    verdicts = [BAD if host == "c" else GOOD for host in hosts[:-1]]
    others = {f"x{at}": [chance.choice("uvw") for _ in hosts] for at in range(12)}
    found = diagnosed(*verdicts, BAD, host=hosts, **others)
    assert found.contrast.pairs
    assert "but for 1 run (R25)" in evidence(found, "environment")
    says = diagnosis_document(found, next_steps(found, ["parity"]))["says"]
    told = next(sentence for sentence in says if "host" in sentence)
    assert told.startswith("Nothing separates all runs; host goes with the verdict in most")


def test_a_limit_with_exceptions_is_told_as_a_limit() -> None:
    steps = [0.1 + 0.01 * at for at in range(9)] + [0.9] + [0.5 + 0.01 * at for at in range(10)]
    found = diagnosed(*HALF, options=[f"--dt {step:.2f} --n {at % 3}" for at, step in enumerate(steps)])
    assert "bench.py --dt is at most 0.18 in good runs and not in bad ones, for 19 of 20" in evidence(
        found, "parameters"
    )
    assert "but for 1 run (R10)" in evidence(found, "parameters")


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        # two values that good runs share do not make names of the others
        (
            [0.1] * 2 + [0.13 + 0.01 * at for at in range(7)] + [0.9] + [0.5 + 0.01 * at for at in range(10)],
            1,
        ),
        ([0.1 + 0.01 * at for at in range(8)] + [0.9, 0.95] + [0.5 + 0.01 * at for at in range(10)], 0),
        ([*([1, 3, 5] * 3), 3, *([2, 4] * 5)], 2),
    ],
)
def test_numbers_separate_by_two_limits_or_as_names_that_recur(steps: list[float], told: int) -> None:
    found = diagnosed(*HALF, options=[f"--dt {step:g} --n {at % 3}" for at, step in enumerate(steps)])
    lines = (
        "bench.py --dt: good at most 0.17 or at least 0.9, bad from 0.5 to 0.59 (recorded",
        "bench.py --dt is at most 0.19 in good runs and not in bad ones, for 19 of 20",
        "bench.py --dt: good 3 (4), 1 (3), 5 (3), bad 2 (5), 4 (5) (recorded",
    )
    assert [line in evidence(found, "parameters") for line in lines] == [at == told for at in range(3)]


def test_a_condition_that_all_bad_runs_meet_and_some_good_ones_is_told() -> None:
    schemes = [*("ab" * 2), *"aaaaaa", *"bbbbbbbbbb"]
    found = diagnosed(*HALF, options=[f"--scheme {scheme}" for scheme in schemes])
    assert "but for 2 runs (R2, R4)" in evidence(found, "parameters")


def test_what_chance_would_show_as_well_is_not_told() -> None:
    found = diagnosed(*HALF, torch=["2.7", "2.8"] * 10, options=["--n 5"] * 20)
    assert "goes with the verdict" not in evidence(found, "environment")
    assert weight(found, "environment") < 0.2


def test_all_that_separates_the_runs_is_named_together() -> None:
    hosts = [*"ab" * 5, *"c" * 10]
    found = diagnosed(*HALF, host=hosts, options=["--n 5"] * 10 + ["--n 6"] * 10)
    says = diagnosis_document(found, next_steps(found, ["parity"]))["says"]
    told = next(at for at, sentence in enumerate(says) if "separates good from bad" in sentence)
    assert {says[told].split(" separates")[0], says[told + 1].split(":")[0]} in (
        {"host", "So does bench.py --n"},
        {"bench.py --n", "So does host"},
    )
    assert says[told + 1].endswith("these runs cannot tell which of them it is.")


def test_nothing_leans_where_something_separates() -> None:
    found = diagnosed(
        *HALF,
        torch=["2.7"] * 10 + ["2.8"] * 9 + ["2.7"],
        blas=["a"] * 10 + ["b"] * 10,
        options=["--n 5"] * 20,
    )
    told = evidence(found, "environment")
    assert "blas: good a, bad b" in told
    assert "torch" not in told


@pytest.mark.parametrize("is_by_turns", [True, False])
def test_of_files_that_pile_up_the_one_that_came_with_the_bad_runs_is_hardly_blamed(
    is_by_turns: bool,
) -> None:
    runs = [*series(*([GOOD, BAD] * 6 if is_by_turns else [GOOD] * 6 + [BAD] * 6), options=["--n 5"] * 12)]
    for at, run in enumerate(runs):
        path = f"{run.entries[0].bundle.path}/record.json"
        names = ["tweak.py"] * (at % 2) if is_by_turns else [f"job_{n:02d}.sh" for n in range(at)]
        digests = [SourceDigest(name, "sha256", "a" * 64, Source(path), is_tracked=False) for name in names]
        listed = [Parameter(name, "1", Source(path)) for name in ("LANG", "OMP_NUM_THREADS", "CC")]
        record = Findings(path, digests=tuple(digests), environment=tuple(listed))
        bundle = run.entries[0].bundle
        bundle = evolve(bundle, findings=(*bundle.findings, record))
        runs[at] = evolve(run, entries=(evolve(run.entries[0], bundle=bundle),))
    assert (weight(diagnose(tuple(runs), {}), "untracked") > 0.9) is is_by_turns
