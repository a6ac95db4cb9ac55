"""The matrix tells every run to the last digit, its commit, its gaps, and what is open."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from bisect_parity.config import USUAL_CONTEXT, Settings
from bisect_parity.diagnosis.series import select
from bisect_parity.provenance.model import Dirty
from bisect_parity.report.audit_documents import Matrix
from bisect_parity.report.documents import read_as
from bisect_parity.report.matrix import matrix_lines, names_bundle, summary_lines
from bisect_parity.report.matrix_document import expected_context, matrix_document
from tests.report.evidence import ID, bundle, resolution, results

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Unpack

    from bisect_parity.evidence.model import Bundle
    from bisect_parity.provenance.model import Resolution
    from tests.report.evidence import BundleParts, Figure

GOOD = (("correlation_warm", 0.9999984741695391, 4096), ("speedup_warm", 0.7762269992649153, 4096))
BAD = (("correlation_warm", 0.7211752710777161, 4096), ("speedup_warm", 1.1, 4096))


def document_of(*pairs: tuple[Bundle, Resolution], settings: Settings | None = None) -> dict[str, Any]:
    settings = settings or Settings()
    bundles, resolutions = zip(*pairs, strict=True)
    return matrix_document(select(bundles, resolutions, settings), settings)


def pair(
    path: str,
    metrics: Sequence[Figure] = (),
    kind: str = "inferred",
    run_time: float = 0.0,
    commit: str | None = ID,
    dirty: Dirty = Dirty.NO,
    **more: Unpack[BundleParts],
) -> tuple[Bundle, Resolution]:
    told = resolution(path, kind, commit, run_time=run_time, dirty=dirty)
    return bundle(path, metrics, **more), told


def page(document: Mapping[str, Any]) -> list[str]:
    return list(matrix_lines(read_as(Matrix, document), "provenance.md"))


def brief(document: Mapping[str, Any]) -> list[str]:
    return list(summary_lines(read_as(Matrix, document), "m.md"))


def questions(document: Mapping[str, Any], kind: str) -> list[str]:
    return [item["text"] for item in document["open_questions"] if item["kind"] == kind]


def test_figures_stand_to_the_last_digit_and_unrecorded_ones_are_named() -> None:
    document = document_of(
        pair("reports/benchmarks/1", GOOD), pair("reports/benchmarks/2", BAD, run_time=9.0)
    )
    rows = [line for line in page(document) if line.startswith("| `")]
    assert rows[0].startswith(
        "| `reports/benchmarks/1` | 0.9999984741695391 | unrecorded | 0.7762269992649153 |"
        " unrecorded; inferred `0123456789ab` (p 0.900) | good (sum_ratio unrecorded) |"
        " device unrecorded; dtype unrecorded; from `benchmark_results.json`, size 4096"
    )
    assert "| 0.7211752710777161 | unrecorded | 1.1 |" in rows[1]
    assert document["runs"] == {"all": 2, "good": 1, "bad": 1, "unknown": 0}
    assert "no run of the series records sum_ratio" in questions(document, "missing-metric")[0]


def test_a_figure_that_notes_alone_state_is_not_told_to_be_unrecorded() -> None:
    noted = pair("reports/benchmarks/2", prose=[("correlation", 0.5)], files=["env.json"], run_time=9.0)
    document = document_of(pair("reports/benchmarks/1", GOOD), noted)
    (text,) = (text for text in questions(document, "missing-metric") if text.startswith("correlation"))
    assert text.startswith("correlation is stated in reports/benchmarks/2/")
    assert text.endswith(" only: beside runs with result files, notes do not count")


def test_figures_under_other_usual_names_are_shown_with_these() -> None:
    figures = (("pearson_r", 0.99981, 64), ("parity.sumratio", 1.0001, 64))
    document = document_of(pair("out/1", figures))
    header, row = [line for line in page(document) if line.startswith(("| run", "| `"))]
    assert header.startswith("| run | correlation | sum_ratio | git_sha |")
    assert row.startswith("| `out/1` | 0.99981 (pearson_r) | 1.0001 (sumratio) |")
    assert any("0.99981 (pearson_r)" in line for line in brief(document))


def test_the_columns_of_a_terminal_stay_in_line_whatever_the_figures_are_called() -> None:
    named = "image_correlation"
    document = document_of(pair("out/1", ((named, 1.0, 64),)), pair("out/2", ((named, 0.99991234, 64),)))
    rows = [line for line in brief(document) if line.startswith("  good")]
    assert len(rows) == 2
    assert len({line.index("inferred") for line in rows}) == 1


@pytest.mark.parametrize(
    ("kind", "commit", "shown"),
    [
        ("confirmed", ID, "recorded `0123456789ab` (confirmed, p 0.900)"),
        ("recorded", ID, "recorded `0123456789ab` (not checked, p 0.900)"),
        ("inferred", ID, "unrecorded; inferred `0123456789ab` (p 0.900)"),
        ("ambiguous", ID, "unrecorded; ambiguous `0123456789ab` (p 0.900)"),
        (
            "contradicted",
            "feedfacecafe" + ID[12:],
            "CONTRADICTED: recorded `feedfacecafe`, which the other clues do not bear out (p 0.900)",
        ),
        ("contradicted", ID, "CONTRADICTED: recorded `feedfacecafe`; clues say `0123456789ab` (p 0.900)"),
        ("unresolved", None, "unrecorded (unresolved)"),
    ],
)
def test_recorded_and_inferred_commits_do_not_look_alike(kind: str, commit: str | None, shown: str) -> None:
    document = document_of(
        pair("reports/benchmarks/1", GOOD, kind, commit=commit, records=["feedfacecafe00"])
    )
    assert shown in next(line for line in page(document) if "| `" in line)


def test_gaps_unreadable_files_and_problems_are_listed() -> None:
    document = document_of(
        pair("reports/g/phase_b/1", BAD, commands="python b.py", problems=["half a file"]),
        pair("reports/benchmarks/2", files=["benchmark_results.json"]),
    )
    assert document["missing"] == ["reports/g/phase_b/1/env.json", "reports/g/phase_b/1/summary.md"]
    assert document["unreadable"] == ["reports/benchmarks/2/benchmark_results.json"]
    text = "\n".join(page(document))
    assert "- Missing: `reports/g/phase_b/1/env.json`" in text
    assert "- Unreadable: `reports/benchmarks/2/benchmark_results.json`" in text
    assert any("half a file" in item for item in questions(document, "unreadable"))
    assert "Missing: reports/g/phase_b/1/env.json" in brief(document)


def test_deviations_of_device_and_dtype_are_flagged() -> None:
    document = document_of(
        pair("reports/benchmarks/1", BAD, commands="python b.py --device cuda --dtype float32")
    )
    assert document["bundles"][0]["context"]["device"] == {
        "value": "cuda",
        "source": "reports/benchmarks/1/commands.txt",
        "deviates": True,
    }
    assert "**DEVIATION** device cuda; dtype float32" in "\n".join(page(document))
    assert questions(document, "deviation") == [
        "DEVIATION: device is cuda, expected cpu (reports/benchmarks/1/commands.txt)"
    ]


def expected_of(settings: Settings, *pairs: tuple[Bundle, Resolution]) -> dict[str, Any]:
    bundles, resolutions = zip(*pairs, strict=True)
    return expected_context(select(bundles, resolutions, settings), settings)


def test_a_project_that_knows_no_device_is_not_asked_for_one_unless_its_settings_do() -> None:
    plain, other = pair("reports/benchmarks/1", BAD), pair("reports/benchmarks/2", GOOD)
    known = pair("reports/benchmarks/3", GOOD, commands="python b.py --dtype float32")
    assert expected_of(Settings(), plain, other) == {}
    assert expected_of(Settings(), plain, known) == {"dtype": "float32"}
    assert expected_of(Settings(context=dict(USUAL_CONTEXT)), plain) == USUAL_CONTEXT


def test_smaller_sizes_are_listed_and_never_judged() -> None:
    small = tuple((name, value, 1024) for name, value, _ in GOOD)
    document = document_of(pair("reports/benchmarks/1", small), pair("reports/benchmarks/2", (*GOOD, *small)))
    one, two = document["bundles"]
    assert (one["verdict"], one["size"]) == ("unknown", 1024)
    assert (two["verdict"], two["size"], two["other_sizes"]) == ("good", 4096, [1024])
    assert questions(document, "smaller-size") == ["recorded at 1024 pixels only, not at 4096"]
    assert "other sizes in the file: 1024" in "\n".join(page(document))


def test_placeholders_contradictions_and_dirty_trees_are_open_questions() -> None:
    document = document_of(
        pair("reports/benchmarks/1", BAD, "contradicted", records=["TBD"], dirty=Dirty.POSSIBLE)
    )
    assert questions(document, "placeholder") == [
        "reports/benchmarks/1/env.json: git_sha holds 'TBD' in place of a commit"
    ]
    assert questions(document, "contradicted") == ["the recorded commit and the other clues disagree"]
    assert questions(document, "dirty") == ["the working tree may have been changed against the commit"]


@pytest.mark.parametrize(
    ("prose", "told"),
    [
        (("correlation_warm", 0.721175), False),
        (("Correlation", 0.72), False),
        (("correlation", 0.9999), True),
        (("sum_ratio", 0.9653), True),
    ],
)
def test_prose_is_held_against_the_result_file_as_far_as_it_is_rounded(
    prose: tuple[str, float], told: bool
) -> None:
    document = document_of(pair("reports/benchmarks/1", BAD, prose=[prose]))
    assert bool(questions(document, "prose")) is told


def test_no_good_run_is_an_open_question() -> None:
    assert questions(document_of(pair("r/1", BAD)), "no-good-run")
    assert questions(document_of(pair("r/1", GOOD)), "no-bad-run")


def test_markdown_of_hostile_names_is_ascii_and_keeps_its_tables() -> None:
    document = document_of(pair("reports/benchmarks/a|b`<i>\x1b[31m\u00e9", GOOD))
    lines = page(document)
    assert all(line.isascii() and "\x1b" not in line for line in lines)
    (row,) = [line for line in lines if line.startswith("| `reports")]
    assert row.replace("\\|", "").count("|") == 8


def test_the_document_is_json_with_schema_and_version() -> None:
    document = json.loads(json.dumps(document_of(pair("r/1", GOOD)), allow_nan=False))
    assert (document["schema"], document["version"]) == ("bisect-parity/artifact-matrix", 1)


def test_other_bundles_with_parity_metrics_have_a_table_of_their_own() -> None:
    own, others = (
        bundle("reports/x/3"),
        results("reports/x/3/roi/summary.json", [("a.correlation", 0.5, None)]),
    )
    small = results("reports/x/4/s.json", [("correlation", 0.9, 256), ("sum_ratio", 1.0, 256)])
    document = document_of(
        pair("reports/benchmarks/1", GOOD),
        pair("reports/benchmarks/2", BAD),
        (evolve(own, findings=(others,)), resolution("reports/x/3", "unresolved", None)),
        (evolve(own, path="reports/x/4", findings=(small,)), resolution("reports/x/4", "contradicted")),
        pair("reports/x/5", prose=[("correlation", 0.5)], kind="contradicted"),
    )
    text = "\n".join(page(document))
    table = text.partition("## Other bundles with parity metrics")[2]
    assert "| `reports/x/3` | 0.5 | unrecorded | unrecorded (unresolved) | bad" in table
    assert document["runs"]["all"] == 2
    assert "region of interest" in questions(document, "region-of-interest")[0]
    assert questions(document, "smaller-size") == [
        "recorded at 256 pixels: what holds there need not hold at 4096"
    ]
    assert questions(document, "contradicted") == ["the recorded commit and the other clues disagree"] * 2
    (noted,) = questions(document, "prose")
    assert noted.endswith(
        "summary.md:3 states correlation: beside runs with result files, notes do not count"
    )
    assert "2 runs of other result files or metrics: 0 good, 1 bad, 1 unknown; see m.md" in brief(document)


def test_another_comparison_in_a_bundle_is_asked_about_and_prose_that_quotes_it_is_not() -> None:
    path = "reports/benchmarks/1"
    made, told = pair(path, BAD, prose=[("sum_ratio", 236.18)])
    other = results(
        f"{path}/compare/summary.json", [("correlation", 0.0597, None), ("sum_ratio", 236.18, None)]
    )
    document = document_of((evolve(made, findings=(*made.findings, other)), told))
    assert questions(document, "prose") == []
    assert questions(document, "other-comparison") == [
        (
            f"{path}/compare/summary.json holds another comparison (correlation 0.0597, sum_ratio 236.18):"
            " with which parameters was it made?"
        )
    ]
    assert document["bundles"][0]["metrics"]["correlation_warm"] == 0.7211752710777161


def test_nothing_open_is_said_as_nothing() -> None:
    document = document_of(pair("reports/benchmarks/1", GOOD)) | {"open_questions": []}
    lines = page(document)
    assert lines[-1] == "None."
    assert "None: every expected file is there." in lines


@pytest.mark.parametrize(
    ("text", "path", "answer"),
    [
        ("Missing: out/1/env.json", "out/1", True),
        ("Missing: out/10/env.json", "out/1", False),
        ("without a figure", "out", False),
        ("my/out/1 is no run", "out/1", False),
        ("no run is good", "", True),
    ],
)
def test_a_question_names_its_bundle_unless_its_text_does(text: str, path: str, answer: bool) -> None:
    assert names_bundle(text, path) is answer
