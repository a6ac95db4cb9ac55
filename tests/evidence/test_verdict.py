"""Recorded verdicts: bad if any recorded metric fails, good if all pass, else unknown."""

from __future__ import annotations

import pytest

from bisect_parity.config import Thresholds
from bisect_parity.evidence.formats.text_file import read_text
from bisect_parity.evidence.model import Bundle, Findings, Metric, Source, Trust
from bisect_parity.evidence.verdict import (
    Figures,
    Verdict,
    is_parity_metric,
    judged_size,
    prose_metrics,
    recorded_verdict,
    result_figures,
    run_verdict,
    text_figures,
)

LIMITS = Thresholds()


def metric(
    name: str,
    value: float | None,
    size: int | None = 4096,
    trust: Trust = Trust.MACHINE,
    path: str = "b/benchmark_results.json",
) -> Metric:
    return Metric(name, value, Source(path), trust, size)


def figures(*metrics: Metric, size: int | None = 4096) -> Figures:
    return Figures("b/benchmark_results.json", size, metrics)


def bundle(*findings: Findings) -> Bundle:
    return Bundle("b", (), (), findings)


@pytest.mark.parametrize(
    ("metrics", "verdict", "unrecorded"),
    [
        ([("correlation_warm", 0.999)], Verdict.GOOD, ("sum_ratio",)),
        ([("correlation_warm", 0.9989999999999999)], Verdict.BAD, ("sum_ratio",)),
        ([("correlation_warm", 1.0), ("correlation_cold", 0.5)], Verdict.BAD, ("sum_ratio",)),
        ([("correlation", 1.0), ("sum_ratio", 1.0049)], Verdict.GOOD, ()),
        ([("correlation", 1.0), ("sum_ratio", 0.99)], Verdict.BAD, ()),
        ([("sum_ratio", 1.0)], Verdict.GOOD, ("correlation",)),
        ([("correlation", float("nan"))], Verdict.BAD, ("sum_ratio",)),
        ([("correlation", None)], Verdict.UNKNOWN, ("correlation", "sum_ratio")),
        ([("speedup_warm", 2.0)], Verdict.UNKNOWN, ("correlation", "sum_ratio")),
        ([], Verdict.UNKNOWN, ("correlation", "sum_ratio")),
    ],
)
def test_every_recorded_metric_must_hold_and_unrecorded_ones_are_named(
    metrics: list[tuple[str, float | None]], verdict: Verdict, unrecorded: tuple[str, ...]
) -> None:
    told = recorded_verdict(figures(*(metric(*item) for item in metrics)), LIMITS, 4096)
    assert (told.verdict, told.unrecorded) == (verdict, unrecorded)


def test_figures_of_another_size_say_nothing() -> None:
    told = recorded_verdict(figures(metric("correlation_warm", 1.0, 512), size=512), LIMITS, 4096)
    assert told.verdict is Verdict.UNKNOWN
    assert "512" in told.reason


@pytest.mark.parametrize(
    ("sizes", "asked", "judged"),
    [
        ([(256,), (256,), (512,)], None, 256),
        ([(256, 512), (256, 512)], None, 512),
        ([(256,), (256,), (256, 4096)], None, 4096),
        ([(256,), (256,)], 512, 512),
        ([(None,)], None, 4096),
        ([], None, 4096),
    ],
    ids=["the usual one", "the largest of these", "4096", "what is asked for", "not recorded", "no run"],
)
def test_which_size_is_judged(sizes: list[tuple[int | None, ...]], asked: int | None, judged: int) -> None:
    bundles = [
        bundle(
            Findings(
                "b/r.json",
                runs=tuple(Findings(label=str(s), metrics=(metric("correlation", 1.0, s),)) for s in some),
            )
        )
        for some in sizes
    ]
    assert judged_size(bundles, asked) == judged


def test_a_size_that_is_not_recorded_is_judged() -> None:
    told = recorded_verdict(figures(metric("correlation_warm", 0.5, None), size=None), LIMITS, 4096)
    assert told.verdict is Verdict.BAD
    assert "0.5 is not at least 0.999" in told.reason


def test_the_judged_size_is_taken_wherever_it_stands_and_the_others_are_listed() -> None:
    runs = tuple(
        Findings(label=f"[{i}]", metrics=(metric("correlation_warm", value, size),))
        for i, (size, value) in enumerate([(1024, 0.9), (4096, 0.99999), (256, 0.8)])
    )
    found = result_figures(bundle(Findings("b/benchmark_results.json", runs=runs)), 4096)
    assert found is not None
    assert found.size == 4096
    assert found.value("correlation_warm") == 0.99999
    assert found.other_sizes == (256, 1024)


def test_without_the_judged_size_the_largest_is_taken() -> None:
    runs = tuple(Findings(metrics=(metric("correlation_warm", 1.0, size),)) for size in (256, 1024, 512))
    found = result_figures(bundle(Findings("b/benchmark_results.json", runs=runs)), 4096)
    assert found is not None
    assert (found.size, found.other_sizes) == (1024, (256, 512))


def test_the_benchmark_results_come_before_other_comparisons() -> None:
    other = Findings(
        "b/a/summary.json", metrics=(metric("correlation", 0.05, None, path="b/a/summary.json"),)
    )
    own = Findings("b/profile/benchmark_results.json", metrics=(metric("correlation_warm", 1.0),))
    both = result_figures(bundle(other, own), 4096)
    assert both is not None
    assert both.path == "b/profile/benchmark_results.json"
    alone = result_figures(bundle(other), 4096)
    assert alone is not None
    assert alone.path == "b/a/summary.json"


def test_prose_makes_no_figures_but_is_kept_apart() -> None:
    prose = metric("correlation_warm", 0.72, None, Trust.PROSE, "b/summary.md")
    texts = bundle(Findings("b/summary.md", metrics=(prose, metric("speedup", 2.0, None, Trust.PROSE))))
    assert result_figures(texts, 4096) is None
    assert list(prose_metrics(texts)) == [prose]


def test_a_run_in_two_bundles_is_bad_if_one_of_them_is() -> None:
    good = recorded_verdict(figures(metric("correlation", 1.0)), LIMITS, 4096)
    bad = recorded_verdict(figures(metric("correlation", 0.1)), LIMITS, 4096)
    unknown = recorded_verdict(None, LIMITS, 4096)
    assert run_verdict([unknown, good, bad]) is bad
    assert run_verdict([unknown, good]) is good
    assert run_verdict([unknown]) is unknown


@pytest.mark.parametrize(
    "name", ["correlation", "results.correlation_warm", "pearson_r", "tc_sum_ratio", "sumratio"]
)
def test_thresholds_apply_to_correlations_and_sum_ratios(name: str) -> None:
    assert is_parity_metric(name)


@pytest.mark.parametrize("name", ["speedup_warm", "c_sum", "rmse", "decorrelation_length"])
def test_thresholds_apply_to_nothing_else(name: str) -> None:
    assert not is_parity_metric(name)


def read(**texts: str) -> Bundle:
    """A bundle of texts; a name such as `run_log` stands for run.log."""
    paths = {f"b/{name.replace('_', '.')}": text for name, text in texts.items()}
    return bundle(*(read_text(path, text) for path, text in sorted(paths.items())))


@pytest.mark.parametrize(
    ("log", "verdict", "says"),
    [
        ("correlation: 0.72\n", Verdict.BAD, "correlation 0.72 is not at least 0.999 (b/run.log:1)"),
        ("start\nPearson correlation coefficient = 0.9999\n", Verdict.GOOD, "(b/run.log:2)"),
        ("required correlation: 0.999\ncorrelation: 0.5\n", Verdict.BAD, "correlation 0.5 is not"),
        ("correlation: 0.72\ncorrelation: 0.9999\n", Verdict.UNKNOWN, "the text states several"),
        ("correlation: 0.9999\ncorrelation: 1.0\nsum ratio: 1.5\n", Verdict.BAD, "sum_ratio 1.5"),
    ],
)
def test_a_log_is_judged_by_what_it_states_with_its_line(log: str, verdict: Verdict, says: str) -> None:
    found = text_figures(read(run_log=log), logs_only=True)
    told = recorded_verdict(found, LIMITS, 4096)
    assert told.verdict is verdict
    assert says in told.reason


def test_notes_are_read_only_where_they_are_asked_for_and_no_log_states_a_figure() -> None:
    notes = read(notes_md="| correlation | 0.5 |\n")
    assert text_figures(notes, logs_only=True) is None
    told = text_figures(notes, logs_only=False)
    assert told is not None
    assert (told.path, told.is_text) == ("b/notes.md", True)
    both = text_figures(read(notes_md="correlation: 0.5\n", run_log="correlation: 0.9\n"), logs_only=False)
    assert both is not None
    assert both.path == "b/run.log"
