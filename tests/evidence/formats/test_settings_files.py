"""Settings beside results, INI and Fortran namelists: read as an object is, and never evidence alone."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

from bisect_parity.config import EvidenceSettings
from bisect_parity.evidence.discover import discover
from bisect_parity.evidence.formats import namelist, structured_file
from tests.evidence.formats.tools import DATA, THIRD, find

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.evidence.formats.reader import FormatReader
    from bisect_parity.evidence.model import Findings


def parameters(found: Findings) -> dict[str, Any]:
    assert found.problems == ()
    return {item.name: item.value for item in found.parameters}


def test_sections_lead_to_their_keys_and_comments_are_left_out() -> None:
    text = (
        b"seed = 7\n[solver]\nTolerance = 1e-6  ; of the residual\nverbose = true\nmode: cg\npassword = x\n"
        b"[run]\ndate = 2025-10-09T16:17:14-07:00\ncommit = 0b353dac3a53a2e6804e338ba6e78a59b81d5926\n"
    )
    found = structured_file.INI.read("results/a/run.ini", text)
    assert parameters(found) == {
        "seed": 7,
        "solver.Tolerance": 1e-6,
        "solver.verbose": True,
        "solver.mode": "cg",
    }
    assert [record.text for record in found.records] == [THIRD]
    assert [time.seconds for time in found.times] == [1760051834.0]


@pytest.mark.parametrize(
    "text", [b"[a]\nkey\n  more\n", b"[a\nb = 1\n", b"  x\n", b"[a]\n" + b"k = %(k)s\n" * 3, b"\xff\xfe="]
)
def test_what_is_written_in_no_sections_is_answered(text: bytes) -> None:
    found = structured_file.INI.read("x.ini", text)
    assert all(problem.path == "x.ini" and "\n" not in problem.message for problem in found.problems)


def test_a_namelist_that_a_program_wrote_is_read() -> None:
    found = find("namelist/f90nml.nml", "namelist")
    told = parameters(found)
    assert (told["run.nx"], told["run.dt"], told["run.solver"], told["run.restart"]) == (64, 0.5, "cg", False)
    assert (told["grid.dx%x"], told["grid.names[1]"], told["run.levels[2]"]) == (1.0, "b c", 3)
    assert [record.text for record in found.records] == [THIRD]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"&RUN NX=64, DT=0.5D0, LEV=3*2, NAME='it''s', ON=.TRUE. /", [64, 0.5, 2, 2, 2, "it's", True]),
        (b"! &no = 1\n&a x = 1 ! y = 2\n  z = (1.0, 2.0) /\natoms 5 = 6\n", [1, "(1.0, 2.0)"]),
        (b"&a big = 99999*0.0 /", ["99999*0.0"]),
        (b"$a x = 1 $end\n&b y = 2 &end", [1, 2]),
        (b"&a x = 1", []),  # it never ends
    ],
)
def test_the_notations_of_fortran_are_known(text: bytes, told: list[Any]) -> None:
    assert list(parameters(namelist.READER.read("run.nml", text)).values()) == told


def test_only_files_of_settings_are_claimed() -> None:
    assert namelist.READER.claims(PurePosixPath("r/namelist.input"), b" &time_control\n run_days = 1\n/")
    assert not namelist.READER.claims(PurePosixPath("r/notes.txt"), b"&run x = 1 /")
    assert not namelist.READER.claims(PurePosixPath("r/in.in"), b"a & b")


def test_settings_alone_are_no_evidence(tmp_path: Path) -> None:
    (tmp_path / "results/a").mkdir(parents=True)
    (tmp_path / "results/a/run.nml").write_bytes((DATA / "namelist/f90nml.nml").read_bytes())
    (tmp_path / "results/a/run.ini").write_text("[run]\ndate = 2025-10-09\ncommit = 0b353dac\nrmse = 0.1\n")
    assert discover(tmp_path, EvidenceSettings()) == ()


@pytest.mark.parametrize("reader", [structured_file.INI, namelist.READER], ids=["ini", "namelist"])
def test_what_is_too_large_for_settings_is_a_problem(reader: FormatReader) -> None:
    (problem,) = reader.read("x.cfg", b"&a x = 1 /\n" * 100_000).problems
    assert problem.message == "1100000 bytes: more than the 1048576 of settings"
