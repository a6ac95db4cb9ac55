"""Logs of simulation programs: their own build is no commit of the project that ran them."""

from __future__ import annotations

import pytest

from bisect_parity.evidence.formats.registry import find_reader
from bisect_parity.evidence.model import TimeKind
from tests.evidence.formats.samples import environment, figures, read_sample
from tests.evidence.formats.tools import FIRST

BEGUN = 1760026634.0  # 16:17:14, read as if it were UTC


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gromacs", {"performance_ns_per_day": 86.4, "wall_time_s": 500.0}),
        ("lammps", {"loop_time_s": 1.5, "timesteps_per_s": 65.5}),
        ("quantum-espresso", {"total_energy_Ry": -15.75}),
        ("openfoam", {"Ux.final_residual": 0.5, "execution_time_s": 0.25}),
        ("hpl", {"WR11C2R4 20000 192 2 2.gflops": 240.0, "residual": 0.0031}),
        ("stream", {"Copy.best_rate_MB_per_s": 22345.5}),
    ],
)
def test_the_last_figures_are_kept_with_their_units(name: str, expected: dict[str, float]) -> None:
    assert figures(read_sample(name)) == expected


@pytest.mark.parametrize(
    ("name", "end"), [("gromacs", 500.0), ("quantum-espresso", 50.0), ("openfoam", None), ("hpl", 22.0)]
)
def test_the_run_began_and_ended_when_the_program_says_so(name: str, end: float | None) -> None:
    times = [(time.seconds - BEGUN, time.kind, time.marks) for time in read_sample(name).times]
    expected = [(0.0, TimeKind.LOCAL, "start")]
    assert times == expected + ([(end, TimeKind.LOCAL, "end")] if end is not None else [])


@pytest.mark.parametrize("name", ["gromacs", "lammps", "quantum-espresso", "openfoam", "hpl", "stream"])
def test_the_build_of_the_program_is_a_fact_and_no_record(name: str) -> None:
    found = read_sample(name)
    assert found.records == ()
    assert environment(found)


def test_the_commit_of_gromacs_is_told_as_its_build() -> None:
    assert environment(read_sample("gromacs"))["GROMACS build"] == FIRST


def test_a_text_that_only_speaks_of_a_program_is_not_its_log() -> None:
    reader = find_reader("results/notes.txt", b"We ran GROMACS and LAMMPS (2021) on two nodes.\n")
    assert reader is not None
    assert reader.name == "text"


@pytest.mark.parametrize("name", ["log.lammps", "melt.lammps", "log.lammps.2", "melt.out"])
def test_logs_of_lammps_have_several_names(name: str) -> None:
    reader = find_reader(f"results/{name}", b"LAMMPS (29 Sep 2021 - Update 2)\nunits lj\n")
    assert reader is not None
    assert reader.name == "lammps"
