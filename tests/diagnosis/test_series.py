"""The series: which bundles are its runs, what they lack, and which two are contrasted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from bisect_parity.config import Settings
from bisect_parity.diagnosis.series import contrast_pair, select
from bisect_parity.evidence.model import Artifact, Bundle, Findings, Metric, Source, Trust
from bisect_parity.evidence.verdict import Verdict
from tests.report.evidence import bundle, resolution, results

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bisect_parity.diagnosis.series import Selection

GOOD = (("correlation_warm", 0.9999984741695391, 4096),)
BAD = (("correlation_warm", 0.7211752710777161, 4096),)
ALL_FILES = ("env.json", "commands.txt", "summary.md")


def selected(*bundles: Bundle, times: Mapping[str, float] | None = None) -> Selection:
    times = times or {}
    resolutions = [resolution(item.path, run_time=times.get(item.path, 0.0)) for item in bundles]
    return select(bundles, resolutions, Settings())


def test_twins_are_one_run_and_runs_are_sorted_by_time() -> None:
    found = selected(
        bundle("reports/benchmarks/20251009-000540", BAD, twins=["reports/g/phase_b/20251009T070458Z"]),
        bundle("reports/benchmarks/20251009-161714", GOOD),
        bundle(
            "reports/g/phase_b/20251009T070458Z",
            BAD,
            files=ALL_FILES,
            twins=["reports/benchmarks/20251009-000540"],
        ),
        times={"reports/benchmarks/20251009-161714": -1.0},
    )
    assert [[entry.bundle.path for entry in run.entries] for run in found.runs] == [
        ["reports/benchmarks/20251009-161714"],
        ["reports/benchmarks/20251009-000540", "reports/g/phase_b/20251009T070458Z"],
    ]
    assert [run.verdict.verdict for run in found.runs] == [Verdict.GOOD, Verdict.BAD]


@pytest.mark.parametrize("other", ["good", "bad_val"])
def test_files_that_are_runs_by_themselves_are_of_one_series_unless_names_tell_parts_of_a_run(
    other: str,
) -> None:
    paths = {"results/bad.json": BAD, f"results/{other}.json": GOOD}
    found = selected(
        *(
            Bundle(path, (), (Artifact(path, 1, "", "json"),), (results(path, figures),))
            for path, figures in paths.items()
        )
    )
    assert [run.name for run in found.runs] == list(paths)[: 2 if other == "good" else 1]
    assert not any(entry.missing for run in found.runs for entry in run.entries)


def test_runs_of_one_time_stand_in_the_order_of_their_numbers() -> None:
    paths = [f"history.jsonl#line {number}" for number in (1, 2, 9, 10, 11)]
    found = selected(*(bundle(path, GOOD) for path in reversed(paths)))
    assert [run.name for run in found.runs] == paths


def test_a_run_of_the_series_that_has_a_log_alone_is_judged_by_it_and_a_write_up_is_not() -> None:
    logged = bundle("reports/benchmarks/20251009-161714", files=["run.log"])
    stated = Metric("correlation", 0.5, Source("reports/benchmarks/20251009-161714/run.log", 3), Trust.PROSE)
    logged = evolve(logged, findings=(Findings(stated.source.path, metrics=(stated,)),))
    write_up = bundle("reports/summary", prose=[("correlation", 0.5)])
    found = selected(bundle("reports/benchmarks/20251009-000540", GOOD), logged, write_up)
    assert {run.name: run.verdict.verdict for run in found.runs} == {
        "reports/benchmarks/20251009-000540": Verdict.GOOD,
        "reports/benchmarks/20251009-161714": Verdict.BAD,
    }
    assert len(found.outside) == 1


def test_notes_make_a_series_where_nothing_else_states_a_figure() -> None:
    found = selected(
        bundle("results/a", prose=[("correlation", 1.0)]), bundle("results/b", prose=[("correlation", 0.5)])
    )
    assert [run.verdict.verdict for run in found.runs] == [Verdict.GOOD, Verdict.BAD]


def test_expected_files_are_missed_but_only_results_below_benchmarks() -> None:
    found = selected(
        bundle("reports/benchmarks/20251009-000540", BAD),
        bundle("reports/g/phase_b/20251009T094735Z", BAD, files=["env.json"]),
    )
    gaps = {entry.bundle.path: entry.missing for run in found.runs for entry in run.entries}
    assert gaps == {
        "reports/benchmarks/20251009-000540": (),
        "reports/g/phase_b/20251009T094735Z": (
            "reports/g/phase_b/20251009T094735Z/commands.txt",
            "reports/g/phase_b/20251009T094735Z/summary.md",
        ),
    }


def test_nothing_is_missed_that_lies_at_the_top_where_the_work_tree_is_the_bundle() -> None:
    (run,) = selected(bundle("", BAD, files=("env.json", "summary.md"))).runs
    assert [entry.missing for entry in run.entries] == [("commands.txt",)]


def test_a_run_without_results_beside_the_others_is_a_gap_and_a_write_up_is_not() -> None:
    found = selected(
        bundle("reports/g/phase_b/1", BAD, files=ALL_FILES, commands="python scripts/bench.py --n 1"),
        bundle("reports/g/phase_b/2", files=ALL_FILES[1:], commands="python scripts/bench.py --n 1"),
        bundle("reports/g/phase_b/3", files=["commands.txt"], commands="pytest -q"),
        bundle("reports/elsewhere/4", files=["env.json"]),
    )
    assert [run.name for run in found.runs] == ["reports/g/phase_b/1", "reports/g/phase_b/2"]
    assert found.runs[1].entries[0].missing == (
        "reports/g/phase_b/2/benchmark_results.json",
        "reports/g/phase_b/2/env.json",
    )
    assert len(found.outside) == 2


def test_a_recorded_run_that_noted_no_figures_is_no_gap() -> None:
    noted = bundle("reports/recorded/1", files=["record.json"])
    figures = Metric("correlation", 0.9999, Source("reports/recorded/1/record.json", 3))
    noted = evolve(noted, findings=(Findings(figures.source.path, metrics=(figures,)),))
    found = selected(noted, bundle("reports/recorded/2", files=["record.json", "stdout.txt"]))
    assert [run.name for run in found.runs] == ["reports/recorded/1"]
    assert len(found.outside) == 1


def test_a_result_file_that_cannot_be_read_is_told() -> None:
    found = selected(
        bundle("reports/benchmarks/1", GOOD), bundle("reports/benchmarks/2", files=["benchmark_results.json"])
    )
    entry = found.runs[1].entries[0]
    assert entry.unreadable == ("reports/benchmarks/2/benchmark_results.json",)
    assert entry.missing == ()


def test_other_metrics_make_no_runs_of_the_series() -> None:
    found = selected(
        bundle("reports/benchmarks/1", GOOD),
        bundle("reports/benchmarks/2", BAD),
        bundle("reports/x/3", [("sum_ratio", 236.0, None)]),
    )
    assert len(found.runs) == 2
    assert [entry.bundle.path for entry in found.others] == ["reports/x/3"]


def test_the_good_run_is_contrasted_with_the_nearest_bad_one() -> None:
    found = selected(
        bundle("r/1", BAD),
        bundle("r/2", GOOD),
        bundle("r/3", BAD),
        times={"r/1": 0.0, "r/2": 100.0, "r/3": 130.0},
    )
    contrasted = contrast_pair(found.runs)
    assert contrasted is not None
    good, bad = contrasted
    assert (good.name, bad.name) == ("r/2", "r/3")
    assert contrast_pair(found.runs[:1]) is None


def test_without_any_figures_there_is_no_series() -> None:
    found = selected(bundle("r/1", files=["env.json"]))
    assert (found.runs, found.others, len(found.outside)) == ((), (), 1)
