"""Resolutions in plain text name what they are about."""

from __future__ import annotations

from attrs import evolve

from bisect_parity.provenance.model import Candidate, ResolutionClass
from bisect_parity.report.provenance import explain, summary_lines
from tests.report.evidence import resolution


def test_the_top_of_the_work_tree_is_shown_as_a_dot() -> None:
    top = resolution("")
    assert next(explain(top)) == "."
    assert next(summary_lines([top])).split()[-1] == "."


def test_a_run_of_which_another_code_state_is_possible_may_be_run_again() -> None:
    item = resolution("my runs/1")
    own, rival = Candidate("a" * 40, 0.9, "1" * 64), Candidate("b" * 40, 0.1, "2" * 64)
    proposed = "to be sure, run it again: bisect-parity rerun 'my runs/1' --likely 3 -- COMMAND"
    for kind, others, path, is_proposed in (
        (ResolutionClass.INFERRED, (rival,), item.path, True),
        (ResolutionClass.INFERRED, (), item.path, False),
        (ResolutionClass.INFERRED, (evolve(rival, probability=0.001),), item.path, False),
        (ResolutionClass.CONFIRMED, (rival,), item.path, False),
        (ResolutionClass.AMBIGUOUS, (rival,), "runs.jsonl#line 3", False),
    ):
        candidates = (own, *others)
        told = evolve(item, resolution_class=kind, candidates=candidates, path=path)
        assert any(proposed in line for line in explain(told)) is is_proposed


def test_notes_stand_in_one_column_beside_the_names_that_have_one() -> None:
    noted = [evolve(resolution(name), note="a note") for name in ("runs/1", "runs/12")]
    lines = list(summary_lines([*noted, resolution("runs/" + "x" * 200)]))
    assert lines[0].index("a note") == lines[1].index("a note") < 80


def test_a_folder_of_runs_that_are_resolved_by_themselves_is_not_called_unresolved() -> None:
    folder = evolve(
        resolution("runs"), resolution_class=ResolutionClass.UNRESOLVED, commit=None, note="holds 7 runs"
    )
    assert next(summary_lines([folder])).split()[0] == "-"
    other = evolve(folder, note="nothing identifies it")
    assert next(summary_lines([other])).split()[0] == "unresolved"
