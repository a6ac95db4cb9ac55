"""Environment variables: an allow-list is kept, every other value is never looked at."""

from __future__ import annotations

from pathlib import PurePosixPath

from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.evidence.formats.variables import READER

DUMP = (
    "SHELL=/bin/bash\nGEMINI_API_KEY=AIzaSyA-1234567890abcdefghijklmnopqrs\nSTAMP=20251015T160436Z\n"
    "OMP_NUM_THREADS=4\nPATH=/home/someone/bin\nNB_API_TOKEN=hunter2\nSSH_CLIENT=192.0.2.7 64020 22\n"
    "NB_C_BIN=./bin/reference\nMULTI=first line\nGITHUB_TOKEN=ghp_second\nUSER=someone\n"
)


def test_a_dump_of_the_environment_is_claimed() -> None:
    assert READER.claims(PurePosixPath("r/env.txt"), DUMP.encode())
    assert READER.claims(PurePosixPath("r/env/printenv.txt"), DUMP.encode())


def test_other_texts_of_that_name_are_left_to_others() -> None:
    assert not READER.claims(PurePosixPath("r/env.txt"), b"OS: Linux\nPython: 3.13.5\nPyTorch: 2.7\n")


def test_variables_of_the_computation_are_kept() -> None:
    found = READER.read("r/env.txt", DUMP.encode())
    assert {p.name: p.value for p in found.environment} == {
        "STAMP": "20251015T160436Z",
        "OMP_NUM_THREADS": "4",
        "NB_C_BIN": "./bin/reference",
    }


def test_switches_are_kept_whatever_their_name() -> None:
    dump = (
        b"SIM_TF32=1\nSIM_DTYPE=float64\nDEBUG=true\nSHLVL=2\nA_PIN=1\nAPI_KEY=1\nPROJECT=apollo\nJOB=58123"
    )
    found = READER.read("r/env.txt", dump)
    assert {p.name: p.value for p in found.environment} == {
        "SIM_TF32": "1",
        "SIM_DTYPE": "float64",
        "DEBUG": "true",
    }


def test_nothing_else_is_kept_anywhere() -> None:
    kept = repr(READER.read("r/env.txt", DUMP.encode()))
    for secret in ("AIzaSyA", "/home/someone", "hunter2", "192.0.2.7", "first line", "ghp_second"):
        assert secret not in kept


def test_an_id_in_a_variable_is_a_record() -> None:
    found = READER.read("r/env.txt", b"GIT_COMMIT=855ddd0d59f3a90fb8a0ff40717c44fa7531f3ac\nA=1\nB=2\n")
    assert [record.text for record in found.records] == ["855ddd0d59f3a90fb8a0ff40717c44fa7531f3ac"]


@given(st.binary(max_size=500))
def test_any_bytes_are_read_without_complaint(data: bytes) -> None:
    READER.claims(PurePosixPath("r/env.txt"), data)
    READER.read("r/env.txt", data)
