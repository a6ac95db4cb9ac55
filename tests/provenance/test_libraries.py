"""The lines of library functions in profiler traces tell versions, by what other runs recorded."""

from __future__ import annotations

import pytest

from bisect_parity.evidence.model import Bundle, Findings, Frame, Parameter, Source
from bisect_parity.provenance.libraries import library_clues
from bisect_parity.provenance.subject import Subject

OLD = {"_call_impl": 1501, "forward": 114}
NEW = {"_call_impl": 1736, "forward": 125}
PREFIX = "/opt/env/lib/python3.11/site-packages/"


def run(
    path: str, lines: dict[str, int], version: str | None = None, prefix: str = "", key: str = "torch"
) -> Subject:
    frames = tuple(
        Frame(f"{prefix}torch/nn/modules/module.py", line, function, True, Source(f"{path}/trace.json"))
        for function, line in lines.items()
    )
    environment = (Parameter(key, version, Source(f"{path}/env.json")),) if version else ()
    bundle = Bundle(path, (), (), (Findings(f"{path}/trace.json", frames=frames, environment=environment),))
    return Subject((bundle,), (), (), None, (0,))


def says(*runs: Subject) -> list[list[str]]:
    return [[clue.says for clue in clues] for clues in library_clues(runs)]


@pytest.mark.parametrize("key", ["torch", "torch_version", "pytorch_version", "packages.torch"])
def test_a_version_is_learned_from_a_run_with_the_same_lines(key: str) -> None:
    told = says(run("a", OLD, "2.7.1+cu126", key=key), run("b", OLD, prefix=PREFIX), run("c", NEW))
    assert told[0] == []
    assert told[1] == [
        "2 functions of torch stand at the lines that they have in a, where 2.7.1+cu126 is recorded"
    ]
    assert told[2][0].startswith("2 functions of torch do not stand at the lines that they have in a")


def test_a_record_that_the_lines_contradict_is_told() -> None:
    told = says(run("a", OLD, "2.7.1"), run("b", OLD, "2.8.0"), run("c", NEW, "2.7.1+cpu"))
    assert told[1][0].endswith("where 2.7.1 is recorded; here 2.8.0 is recorded")
    assert told[2][0].endswith("this was another version, although 2.7.1+cpu is recorded here, too")


@pytest.mark.parametrize(
    "other", [run("b", {"forward": 114}), run("b", {"other": 1, "more": 2}), run("b", {})]
)
def test_too_little_in_common_tells_nothing(other: Subject) -> None:
    assert says(run("a", OLD, "2.7.1"), other)[1] == []


def test_two_versions_with_their_own_lines_are_no_news() -> None:
    assert says(run("a", OLD, "2.7.1"), run("b", NEW, "2.8.0")) == [[], []]
