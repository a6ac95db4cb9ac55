"""The parameter diff puts first what separates good runs from bad ones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.config import Settings
from bisect_parity.diagnosis.series import contrast_pair, select
from bisect_parity.evidence.model import Parameter, Source
from bisect_parity.params.code import CommitDefaults
from bisect_parity.params.python_defaults import python_defaults
from bisect_parity.report.param_diff import param_diff_lines
from bisect_parity.report.param_diff_document import param_diff_document
from tests.report.evidence import bundle, resolution

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

GOOD = (("correlation_warm", 0.9999984741695391, 4096),)
BAD = (("correlation_warm", 0.7211752710777161, 4096),)


def document_of(
    good: str, bad: str, defaults: tuple[str, str] | None = None, states: tuple[str, str] = ("s", "t")
) -> dict[str, Any]:
    bundles = [
        bundle("r/1", BAD, commands=bad),
        bundle("r/2", GOOD, commands=good),
        bundle("r/3", BAD, commands=bad),
    ]
    resolutions = [
        resolution(
            item.path,
            commit="good" if item.path == "r/2" else "bad",
            run_time=float(time),
            code_state=states[item.path != "r/2"],
        )
        for item, time in zip(bundles, (0, 10, 11), strict=True)
    ]
    selection = select(bundles, resolutions, Settings())
    return param_diff_document(selection, Settings(), contrast_pair(selection.runs), code_of(defaults))


def code_of(sources: tuple[str, str] | None) -> dict[str, CommitDefaults]:
    """The code of the good and of the bad commit: one file, a.py."""
    made = {}
    for commit, source in zip(("good", "bad"), sources or (), strict=False):
        content = python_defaults(source.encode())
        problems = tuple(f"a.py: {problem}" for problem in content.problems)
        made[commit] = CommitDefaults(commit, {"a.py": content}, problems)
    return made


def text_of(document: Mapping[str, Any]) -> str:
    lines = list(param_diff_lines(document))
    assert all(line.isascii() for line in lines)
    return "\n".join(lines)


def test_what_separates_good_from_bad_comes_first_and_equal_values_are_folded() -> None:
    document = document_of("A=1 python b.py --n 1 --m 5", "A=2 python b.py --n 1.0 --k 3")
    assert [(row["name"], row["separates"]) for row in document["rows"]] == [
        ("$A", True),
        ("b.py --k", True),
        ("b.py --m", True),
        ("b.py --n", False),
    ]
    text = text_of(document)
    assert "| `$A` | yes | `2` | `1` | `2` |" in text
    assert "| `b.py --k` | yes | `3` | not given | `3` |" in text
    assert "- `b.py --n`: `1.0`, command line, r/1/commands.txt:1" in text
    assert "<summary>1 name with equal values, where known</summary>" in text


def test_figures_that_runs_computed_are_no_parameters() -> None:
    figures = {"r/1": {"rel_err": 0, "lr": 0.1}, "r/2": {"rel_err": 1.19209289550781e-07, "lr": 0.1 + 0.2}}
    bundles = [
        evolve(
            item,
            findings=tuple(
                evolve(
                    found, parameters=tuple(Parameter(n, v, found_at) for n, v in figures[item.path].items())
                )
                for found in item.findings
                for found_at in (Source(found.path),)
            ),
        )
        for item in (bundle("r/1", BAD), bundle("r/2", GOOD))
    ]
    selection = select(bundles, [resolution(item.path) for item in bundles], Settings())
    document = param_diff_document(selection, Settings(), None, {})
    rows = {row["name"]: row["values"] for row in document["rows"]}
    assert set(rows) == {"parameter lr"}
    assert sorted(rows["parameter lr"]) == ["0.1", "0.30000000000000004"]


def test_the_pair_is_the_good_run_and_the_nearest_bad_one() -> None:
    document = document_of("", "", ("N = 1\nSAME = 2", "N = 3\nSAME = 2"))
    assert (document["defaults"]["good"]["run"], document["defaults"]["bad"]["run"]) == (2, 3)
    text = text_of(document)
    assert "| `a.py: N` | `1` | `3` | +2 (+200 %) |  |" in text
    assert "- `a.py: SAME`: `2`" in text


def test_a_default_that_one_side_lacks_is_a_difference() -> None:
    document = document_of("", "", ("", "N = 3\ndef f(:"))
    assert "| `a.py: N` | not there | `3` | added |  |" in text_of(document)
    assert "- bad: a.py: line 2: syntax error" in text_of(document)


def test_deviations_are_flagged_in_commands_and_in_defaults() -> None:
    defaults = (
        'p.add_argument("--dtype", default="float32")',
        'p.add_argument("--dtype", default=torch.float64)',
    )
    document = document_of("python b.py --dtype float64", "python b.py --dtype float32", defaults)
    text = text_of(document)
    assert (
        "- DEVIATION: R2: dtype is `float64`, expected `float32` (command line, r/2/commands.txt:1)" in text
    )
    assert "| `a.py: --dtype` | `float32` | `torch.float64` |  | **DEVIATION** |" in text


def test_a_deviating_default_that_both_have_is_told() -> None:
    same = 'DEVICE = "cuda"'
    assert "- DEVIATION: `a.py: DEVICE` is `cuda` at both commits" in text_of(
        document_of("", "", (same, same))
    )


def test_a_default_of_the_program_that_ran_deviates_like_what_was_given() -> None:
    code = ('p.add_argument("--dtype", default="float64")', 'p.add_argument("--dtype", default="float32")')
    text = text_of(document_of("python a.py", "python a.py", code))
    assert (
        "- DEVIATION: R2: dtype is `float64`, expected `float32` (default in the code, a.py:1 at good)"
        in text
    )
    assert "| `a.py --dtype` | yes | `float32` | `float64` | `float32` |" in text


def test_equal_code_states_are_said_to_be_equal() -> None:
    assert "Both commits hold the same code" in text_of(document_of("", "", ("", ""), ("s", "s")))


def test_unknown_commits_and_missing_pairs_are_told() -> None:
    assert "the code cannot be compared" in text_of(document_of("", ""))
    alone = bundle("r/1", BAD)
    selection = select([alone], [resolution("r/1")], Settings())
    document = param_diff_document(selection, Settings(), None, {})
    assert "no pair of a good and a bad run" in text_of(document)
    assert document["defaults"] is None


def test_the_document_is_json_with_schema_and_version() -> None:
    document = json.loads(json.dumps(document_of("python b.py", ""), allow_nan=False))
    assert (document["schema"], document["version"]) == ("bisect-parity/param-diff", 1)
