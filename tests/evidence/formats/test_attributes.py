"""Attributes of HDF5 and netCDF: ids, dates, settings and the history, whatever library wrote them."""

from __future__ import annotations

import builtins
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

from bisect_parity.config import EvidenceSettings
from bisect_parity.evidence.discover import discover
from bisect_parity.evidence.formats import attributes
from bisect_parity.evidence.model import TimeKind
from tests.evidence.formats.tools import DATA, THIRD, assert_sound, find

if TYPE_CHECKING:
    from pathlib import Path

HDF5, CLASSIC = attributes.READERS
BEGUN = 1760051834.0  # 2025-10-09T23:17:14Z


@pytest.mark.parametrize(
    ("name", "reader"), [("xarray_netcdf4", "hdf5"), ("xarray_h5netcdf", "hdf5"), ("xarray_scipy", "netcdf")]
)
def test_one_dataset_tells_the_same_in_every_notation(name: str, reader: str) -> None:
    found = find(f"attributes/{name}.nc", reader)
    assert [record.text for record in found.records] == [THIRD]
    assert [(time.kind, time.seconds) for time in found.times] == [
        (TimeKind.LOCAL, BEGUN - 7 * 3600),  # the first line of the history
        (TimeKind.UTC, BEGUN),
    ]
    assert {item.name: item.value for item in found.parameters} == {
        "Conventions": "CF-1.8",
        "source": "simulator 1.4.2",
        "nx": 64,
        "dt": 0.5,
    }
    assert [command.program for command in found.commands] == ["run.py", "ncks"]


def test_the_classic_format_with_wide_counts_is_read() -> None:
    found = find("attributes/classic64.nc", "netcdf")
    assert [record.text for record in found.records] == [THIRD]
    assert {item.name: item.value for item in found.parameters} == {
        "nx": 64,
        "levels[0]": 1.0,
        "levels[1]": 2.0,
    }


def test_hdf5_tells_its_groups_and_single_values() -> None:
    found = find("attributes/result.h5", "hdf5")
    assert [record.text for record in found.records] == [THIRD]
    assert [time.seconds for time in found.times] == [BEGUN]
    assert {metric.name: metric.value for metric in found.metrics} == {
        "correlation_warm": 0.9993,
        "rmse": 0.0125,
    }
    told = {item.name: item.value for item in found.parameters}
    assert (told["parameters.dt"], told["version"], told["solver"]) == (0.5, "1.4.2", "cg")


def test_large_hdf5_is_not_claimed_by_the_size_that_it_states() -> None:
    data = bytearray((DATA / "attributes/result.h5").read_bytes())
    assert HDF5.claims(PurePosixPath("x.h5"), bytes(data[:4096]))
    data[40:48] = (attributes.MOST_HDF5_BYTES + 1).to_bytes(8, "little")
    assert not HDF5.claims(PurePosixPath("x.h5"), bytes(data[:4096]))


@pytest.mark.parametrize("name", ["xarray_scipy.nc", "classic64.nc"])
def test_a_classic_header_that_is_damaged_anywhere_is_answered(name: str) -> None:
    data = (DATA / "attributes" / name).read_bytes()
    for at in range(4, len(data)):
        assert_sound(CLASSIC.read("x.nc", data[:at]), "x.nc")
        assert_sound(CLASSIC.read("x.nc", data[:at] + b"\xff" + data[at + 1 :]), "x.nc")


def test_hdf5_that_is_cut_off_is_a_problem() -> None:
    data = (DATA / "attributes/result.h5").read_bytes()
    (problem,) = HDF5.read("x.h5", data[:3000]).problems
    assert problem.message.startswith("not a valid HDF5 file: ")


def test_a_library_that_does_not_come_back_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attributes, "LONGEST_SECONDS", 0.05)

    def for_ever(data: bytes, h5py: Any) -> dict[str, Any]:
        while True:
            pass

    monkeypatch.setattr(attributes, "_read_hdf5", for_ever)
    (problem,) = HDF5.read("x.h5", b"").problems
    assert problem.message.endswith("the library hangs on it")


def test_without_h5py_its_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def no_h5py(name: str, *rest: Any) -> Any:
        if name == "h5py":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", no_h5py)
    (problem,) = HDF5.read("x.h5", b"").problems
    assert problem.message == "HDF5 needs h5py: pip install 'bisect-parity[hdf5]'"


def test_such_files_are_evidence_among_results_where_they_name_commit_and_time(tmp_path: Path) -> None:
    for path in ("results/a/out.nc", "data/out.nc"):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_bytes((DATA / "attributes/xarray_scipy.nc").read_bytes())
    assert [bundle.path for bundle in discover(tmp_path, EvidenceSettings())] == ["results/a"]
