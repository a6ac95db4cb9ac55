"""What is to blame, by what runs recorded: code, parameters, environment, noise, or what cannot be told."""

from __future__ import annotations

import math

import pytest
from attrs import evolve

from bisect_parity.diagnosis.attributes import Kind
from bisect_parity.diagnosis.causes import CauseKind
from bisect_parity.diagnosis.contrast import gap_rule
from bisect_parity.diagnosis.diagnose import diagnose, with_verdicts
from bisect_parity.diagnosis.next_step import next_steps
from bisect_parity.diagnosis.premise import premise
from bisect_parity.evidence.verdict import Verdict
from bisect_parity.history.interval import Interval
from bisect_parity.report.diagnosis_document import diagnosis_document
from tests.diagnosis.runs import BAD, GOOD, diagnosed, evidence, series, weight

PHANTOM = (BAD, BAD, BAD, GOOD, *[BAD] * 9)


@pytest.mark.parametrize(("touching", "is_ruled_out"), [(0, True), (1, True), (20, False)])
def test_a_commit_that_cannot_be_named_has_the_code_of_those_beside_it_where_that_seldom_changes(
    touching: int, *, is_ruled_out: bool
) -> None:
    some = series(GOOD, BAD, code=[{"s": 0.93}, {"s": 0.95}])
    found = premise(some, [0], [1], {(0, 1): Interval(200, 0, touching, 1, same_code=True)})
    assert found.is_ruled_out is is_ruled_out
    assert not premise(some, [0], [1], {}).is_ruled_out


def test_a_good_run_between_bad_ones_of_equal_code_rules_code_out() -> None:
    found = diagnosed(*PHANTOM, cuda=["12060"] * 3 + ["12080"] + ["12060"] * 9, code=["a", "a", *"s" * 11])
    assert found.premise.is_ruled_out
    assert found.verdict == "environment"
    assert "ruled out" in evidence(found, "code")
    assert "0 of 10 commits touch the code paths" in evidence(found, "code")
    assert "with equal code in all three" in evidence(found, "code")
    assert "flips 2 times" in evidence(found, "code")
    assert "to the last digit in 12 runs of 2 code states" in evidence(found, "code")


def test_runs_of_unknown_time_have_no_place_along_time() -> None:
    runs = series(GOOD, BAD, GOOD, GOOD, BAD, BAD)
    assert len(premise(runs, [0, 2, 3], [1, 4, 5], {}).transitions) == 3
    undated = [
        evolve(entry, resolution=evolve(entry.resolution, run_time=None))
        for run in runs[:2]
        for entry in run.entries
    ]
    some = [*(evolve(run, entries=(entry,)) for run, entry in zip(runs, undated, strict=False)), *runs[2:]]
    found = premise(some, [0, 2, 3], [1, 4, 5], {})
    assert [(one.before, one.after) for one in found.transitions] == [(3, 4)]
    assert premise(some[:2], [0], [1], {}).p_order == 1.0


def test_what_separates_one_run_from_twelve_is_a_hypothesis_with_its_p() -> None:
    found = diagnosed(*PHANTOM, cuda=["12060"] * 3 + ["12080"] + ["12060"] * 9)
    told = evidence(found, "environment")
    assert "cuda: good 12080, bad 12060" in told
    assert "p = 1/13 = 0.0769" in told
    assert "a hypothesis, not a proof" in told


def test_a_commit_is_to_blame_where_all_else_is_equal() -> None:
    found = diagnosed(
        *[GOOD] * 4, *[BAD] * 4, code=list("aabbcdde"), options=["--n 1"] * 8, python=["3.11"] * 8
    )
    assert found.verdict == "code"
    first, *_ = next_steps(found, ["parity"])
    ends = [run.resolution.commit or "" for run in found.runs[3:5]]
    assert first.command == f"bisect-parity bisect --good {ends[0][:12]} --bad {ends[1][:12]} --case parity"


def test_where_the_bad_runs_came_first_both_ways_out_are_proposed() -> None:
    found = diagnosed(
        *[BAD] * 4, *[GOOD] * 4, code=list("aabbcdde"), options=["--n 1"] * 8, python=["3.11"] * 8
    )
    bad, good = ((run.resolution.commit or "")[:12] for run in found.runs[3:5])
    assert [step.command for step in next_steps(found, ["parity"])[:2]] == [
        f"bisect-parity bisect --find fix --bad {bad} --good {good} --case parity",
        f"bisect-parity bisect --good auto --bad {bad} --case parity",
    ]


def test_a_parameter_is_to_blame_where_runs_of_equal_code_differ_in_it() -> None:
    found = diagnosed(*[GOOD, BAD] * 4, options=["--step 1 --n 5", "--step 2 --n 5"] * 4, python=["3.11"] * 8)
    assert found.verdict == "parameters"
    assert "bench.py --step: good 1, bad 2" in evidence(found, "parameters")
    assert next_steps(found, ["parity"])[0].command.startswith("bisect-parity params ")


@pytest.mark.parametrize(("options", "is_tried"), [(["--step 1", "--step 2"], True), (["1", "2"], False)])
def test_only_options_are_proposed_to_be_tried_on_the_case(options: list[str], is_tried: bool) -> None:
    found = diagnosed(*[GOOD, BAD] * 4, options=options * 4, python=["3.11"] * 8)
    assert found.contrast.separating(Kind.PARAMETERS)
    steps = [step.command for step in next_steps(found, ["parity"])]
    assert any("isolate --over params" in step for step in steps) == is_tried


def test_a_numeric_parameter_is_told_apart_by_its_best_threshold() -> None:
    rates = [0.1, 0.12, 0.15, 0.11, 0.5, 0.7, 0.9, 0.6]
    found = diagnosed(*[GOOD] * 4, *[BAD] * 4, options=[f"--rate {rate}" for rate in rates])
    (hypothesis,) = found.contrast.hypotheses
    assert hypothesis.test == "threshold"
    assert hypothesis.threshold == pytest.approx((0.15 + 0.5) / 2)
    assert hypothesis.p == pytest.approx(2 / math.comb(8, 4))


def test_the_environment_is_to_blame_where_code_and_parameters_are_equal() -> None:
    found = diagnosed(*[GOOD, BAD] * 4, options=["--n 5"] * 8, blas=["mkl", "openblas"] * 4)
    assert found.verdict == "environment"


def test_equal_runs_whose_verdict_flips_again_and_again_are_noise() -> None:
    figures = (0.99905, 0.99893, 0.99911, 0.99887, 0.99902, 0.99896, 0.99908, 0.99899)
    found = diagnosed(*figures, options=["--n 5"] * 8, python=["3.11"] * 8)
    assert found.verdict == "noise"
    assert "flips 7 times" in evidence(found, "noise")


def test_errors_of_other_magnitudes_lie_apart_where_their_logarithms_do() -> None:
    good, bad = [1e-9, 4e-9, 1e-8], [2e-5, 1e-4, 9e-4]
    gap, inner = gap_rule(good, bad)
    assert gap is not None
    assert gap > inner
    gap, inner = gap_rule([*good, 8e-6], bad)
    assert gap is not None
    assert gap < inner


def test_figures_that_repeat_to_the_last_digit_are_no_noise() -> None:
    found = diagnosed(*[GOOD, BAD] * 4, options=["--n 5"] * 8, python=["3.11"] * 8)
    assert found.verdict == "untracked"
    assert "that is not noise" in evidence(found, "noise")


def test_one_good_and_one_bad_run_that_differ_in_everything_tell_nothing() -> None:
    found = diagnosed(GOOD, BAD, code=["a", "b"], options=["--n 1", "--n 2"], python=["3.11", "3.12"])
    assert found.verdict == "unknown"
    assert "no test of these runs can give a p below 1" in evidence(found, "unknown")


def test_two_runs_that_differ_in_nothing_but_their_code_speak_for_code() -> None:
    found = diagnosed(GOOD, BAD, code=["a", "b"], options=["--n 1"] * 2, python=["3.11"] * 2)
    assert found.verdict == "code"


@pytest.mark.parametrize(("figures", "lacking"), [((BAD, BAD), "good"), ((GOOD,), "bad"), ((), "good")])
def test_without_a_good_or_a_bad_run_there_is_nothing_to_contrast(
    figures: tuple[float, ...], lacking: str
) -> None:
    found = diagnosed(*figures)
    assert found.verdict == "unknown"
    assert f"no run is known to be {lacking}" in evidence(found, "unknown")
    assert next_steps(found, [])[0].command == "bisect-parity diagnose --metric NAME (--min X | --max Y)"


def test_uncertain_commits_rule_nothing_out() -> None:
    sure = diagnosed(GOOD, BAD, code=["a", {"a": 0.99, "b": 0.01}])
    unsure = diagnosed(GOOD, BAD, code=["a", {"a": 0.5, "b": 0.5}])
    none = diagnosed(GOOD, BAD, code=["a", None])
    assert sure.premise.can_explain == pytest.approx(0.01)
    assert unsure.premise.can_explain == pytest.approx(0.5)
    assert none.premise.can_explain == 1
    assert not unsure.premise.is_ruled_out


def test_attributes_that_sort_the_runs_alike_are_one_hypothesis() -> None:
    found = diagnosed(*PHANTOM, cuda=["a"] * 3 + ["b"] + ["a"] * 9, cupti=["1"] * 3 + ["2"] + ["1"] * 9)
    (hypothesis,) = found.contrast.hypotheses
    assert hypothesis.names == ("cuda", "cupti")


def test_the_p_of_the_family_counts_what_else_was_tried() -> None:
    others = {f"v{at}": ["x"] * at + ["y"] + ["x"] * (12 - at) for at in range(6) if at != 3}
    alone = diagnosed(*PHANTOM, cuda=["a"] * 3 + ["b"] + ["a"] * 9)
    crowd = diagnosed(*PHANTOM, cuda=["a"] * 3 + ["b"] + ["a"] * 9, **others)
    assert alone.contrast.hypotheses[0].p_family == pytest.approx(1 / 13)
    assert crowd.contrast.hypotheses[0].p_family == pytest.approx(6 / 13)


def test_stamps_and_what_one_side_alone_recorded_are_no_hypotheses() -> None:
    count = len(PHANTOM)
    lone = [None] * count
    lone[0] = "x"  # type: ignore[call-overload]
    lone[1] = "y"  # type: ignore[call-overload]
    found = diagnosed(*PHANTOM, job=[f"job-{at}" for at in range(count)], host=lone)
    assert found.contrast.hypotheses == ()
    assert [item.name for item in found.contrast.every_run] == ["job"]
    assert [item.name for item in found.contrast.one_sided] == ["host"]
    assert "only bad runs recorded host: not comparable" in evidence(found, "environment")


def test_of_several_stated_values_the_one_that_most_runs_share_counts() -> None:
    found = diagnosed(GOOD, BAD, BAD, cuda=["12080", "12060", "12060"])
    assert found.contrast.hypotheses[0].separates


def test_a_figure_that_is_no_number_is_bad_and_breaks_nothing() -> None:
    found = diagnosed(GOOD, math.nan, math.inf, BAD)
    assert [run.verdict.verdict for run in found.runs] == [Verdict.GOOD, *[Verdict.BAD] * 3]


def test_copies_of_one_run_that_disagree_are_left_out() -> None:
    runs = list(series(GOOD, BAD))
    both = (*runs[0].entries, *runs[1].entries)
    found = diagnose([type(runs[0])(both, runs[1].verdict)], {})
    assert found.disagreeing == (0,)
    assert (found.contrast.good, found.contrast.bad) == ((), ())


def test_a_user_may_tell_the_verdicts() -> None:
    runs = with_verdicts(series(BAD, BAD, BAD), {"reports/benchmarks/02"}, set())
    assert [run.verdict.verdict for run in runs] == [Verdict.BAD, Verdict.GOOD, Verdict.BAD]
    named = with_verdicts(series(BAD, BAD, BAD), {"reports/benchmarks/02"}, {"reports/benchmarks/03"})
    assert [run.verdict.verdict for run in named] == [Verdict.UNKNOWN, Verdict.GOOD, Verdict.BAD]


def test_changes_that_no_commit_holds_are_code() -> None:
    verdicts = [GOOD, GOOD, GOOD, BAD, BAD, BAD, GOOD, GOOD]
    changes = ["none"] * 3 + ["0a1b in run.py"] * 3 + ["none"] * 2
    found = diagnosed(*verdicts, uncommitted_changes=changes, python=["3.11"] * 8)
    assert not found.premise.is_ruled_out
    assert found.premise.code_states == 2
    assert found.verdict == "code"
    assert "uncommitted_changes: good none, bad 0a1b in run.py" in evidence(found, "code")
    assert "equal code" not in evidence(found, "code")
    says = diagnosis_document(found, [])["says"]
    assert any(line.startswith("Changes that no commit holds may be to blame: ") for line in says)
    assert diagnosed(*verdicts, uncommitted_changes=changes[:1] * 8).premise.is_ruled_out
    each = [f"unknown ones in lib at {at}" for at in range(8)]
    unknown = diagnosed(
        *sorted(verdicts), uncommitted_changes=each, options=["--n 1"] * 8, python=["3.11"] * 8
    )
    assert any(line.startswith("Changes that no commit") for line in diagnosis_document(unknown, [])["says"])


def test_weights_add_up_to_one_and_unrecorded_metrics_are_named() -> None:
    found = diagnosed(*PHANTOM)
    assert sum(cause.weight for cause in found.causes) == pytest.approx(1)
    assert weight(found, "code") < 0.01
    assert found.unrecorded == ("sum_ratio",)


def test_seeds_that_differ_in_every_run_hide_no_noise() -> None:
    figures = (0.99905, 0.99893, 0.99911, 0.99887, 0.99902, 0.99896, 0.99908, 0.99899)
    found = diagnosed(*figures, options=[f"--n 5 --seed {at}" for at in range(8)], python=["3.11"] * 8)
    assert [item.name for item in found.contrast.every_run] == ["bench.py --seed"]
    assert found.verdict == "noise"


def test_hundreds_of_runs_are_contrasted_in_a_moment() -> None:
    colours = [f"colour-{at * at % 7}" for at in range(120)]
    found = diagnosed(*[GOOD, BAD] * 60, colour=colours, switch=["on", "off"] * 60)
    by_name = {item.names[0]: item for item in found.contrast.hypotheses}
    assert by_name["switch"].is_counted
    assert by_name["switch"].p < 1e-30
    assert by_name["colour"].p > 0.01


def test_a_sum_ratio_without_bounds_is_no_figure_of_the_code() -> None:
    found = diagnosed(GOOD, math.inf, math.inf, -math.inf, -math.inf, code=list("abcde"))
    assert [figure.value for figure in found.premise.same_figures] == []
    assert "to the last digit" not in evidence(found, "code")


def test_a_threshold_lies_between_the_largest_floats() -> None:
    rates = [1.1e308, 1.2e308, 1.3e308, 1.5e308, 1.6e308, 1.7e308]
    found = diagnosed(*[GOOD] * 3, *[BAD] * 3, options=[f"--rate {rate}" for rate in rates])
    (hypothesis,) = found.contrast.hypotheses
    assert hypothesis.threshold == pytest.approx(1.4e308)


def test_bad_runs_of_several_kinds_are_contrasted_kind_by_kind() -> None:
    found = diagnosed(
        GOOD, GOOD, 0.41, GOOD, GOOD, 0.9931, 0.9931, code=list("abcdefg"), kernlib=["1.4"] * 5 + ["2.0"] * 2
    )
    assert [kind.contrast.bad for kind in found.kinds] == [(2,), (5, 6)]
    assert found.verdict is CauseKind.UNKNOWN
    (hypothesis,) = (h for h in found.kinds[1].contrast.hypotheses if h.separates)
    assert (hypothesis.names, hypothesis.p) == (("kernlib",), 1 / 15)


def test_where_bad_runs_of_another_kind_lie_before_it_the_fix_of_a_kind_is_looked_for_first() -> None:
    found = diagnosed(GOOD, 0.41, 0.41, 0.9931, GOOD, GOOD, code=list("abcdef"))
    assert [kind.contrast.bad for kind in found.kinds] == [(1, 2), (3,)]
    steps = [step for step in next_steps(found, ["k"]) if " bisect " in step.command]
    searches = [step.command.partition(" bisect ")[2] for step in steps]
    ids = [(run.resolution.commit or "")[:12] for run in found.runs]
    assert searches == [
        f"--good {ids[0]} --bad {ids[1]} --case k",
        f"--find fix --bad {ids[3]} --good {ids[4]} --case k",
        f"--good {ids[0]} --bad {ids[3]} --case k",
    ]
    assert steps[1].why.endswith("a search before it meets the cause of R2, R3 first")


@pytest.mark.parametrize(
    "verdicts",
    [
        (GOOD, 0.41, 0.41, 0.41),
        (GOOD, 0.41, 0.97, 0.41, 0.97),
        (GOOD, 0.41, 0.97),
        (0.41, 0.41, 0.97),
    ],
)
def test_bad_runs_of_one_kind_or_of_kinds_that_alternate_are_contrasted_together(
    verdicts: tuple[float, ...],
) -> None:
    assert diagnosed(*verdicts, code=list("abcde")[: len(verdicts)]).kinds == ()


def test_what_no_record_speaks_for_is_no_verdict_only_because_code_would_have_to_flip_again() -> None:
    found = diagnosed(
        GOOD, BAD, GOOD, BAD, GOOD, code=list("abcde"), host=["one"] * 5, options=["--size 4"] * 5
    )
    assert found.verdict is CauseKind.UNKNOWN


def test_a_variable_that_separates_is_proposed_to_be_tried_on_the_case() -> None:
    found = diagnosed(GOOD, GOOD, GOOD, BAD, BAD, BAD, BAD, **{"env.SIM_TF32": [0, 0, 0, 1, 1, 1, 1]})
    assert found.verdict is CauseKind.ENVIRONMENT
    assert [h.names for h in found.contrast.hypotheses if h.separates] == [("$SIM_TF32",)]
    told = [step.command for step in next_steps(found, ["sim"])]
    assert any(command.startswith("bisect-parity isolate --over env --good ") for command in told)
