"""Archives tell when what is in them was written."""

from __future__ import annotations

import gzip
import io
import math
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.evidence.formats.archives import READERS
from bisect_parity.evidence.formats.registry import find_reader
from bisect_parity.evidence.model import Findings, TimeKind

NOON = 1722945600  # 2024-08-06 12:00:00 UTC
OLD = NOON - 30 * 86400


def zipped(*years: int) -> bytes:
    with io.BytesIO() as found:
        with zipfile.ZipFile(found, "w") as archive:
            for year in years:
                archive.writestr(zipfile.ZipInfo(f"run/{year}.json", (year, 8, 6, 12, 0, 0)), "{}")
            archive.writestr(zipfile.ZipInfo("run/", (2030, 1, 1, 0, 0, 0)), "")
        return found.getvalue()


def tarred(*times: float, size: int = 2) -> bytes:
    with io.BytesIO() as found:
        with tarfile.open(fileobj=found, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for number, time in enumerate(times):
                member = tarfile.TarInfo(f"run/{number}.json")
                member.size, member.pax_headers = size, {"mtime": str(time)}
                archive.addfile(member, io.BytesIO(bytes(size)))
        return found.getvalue()


def read(path: str, data: bytes) -> Findings:
    reader = find_reader(path, data[:4096])
    return Findings() if reader is None else reader.read(path, data)


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("out.zip", zipped(1990, 2024, 1980), TimeKind.LOCAL),
        ("out.tar", tarred(math.nan, OLD, NOON, OLD, math.inf, 1e18), TimeKind.UTC),
        ("out.tar.gz", gzip.compress(tarred(OLD, NOON), mtime=NOON + 9999), TimeKind.UTC),
        ("OUT.TGZ", gzip.compress(tarred(NOON, OLD), mtime=0), TimeKind.UTC),
        ("m.dat.gz", gzip.compress(b"{}", mtime=NOON), TimeKind.UTC),
    ],
)
def test_the_newest_member_was_written_at_the_end(name: str, data: bytes, kind: TimeKind) -> None:
    (time,) = read(f"results/x/{name}", data).times
    assert (time.seconds, time.kind, time.marks, time.origin) == (NOON, kind, "end", "header")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("out.zip", zipped(1980)),
        ("out.tar", tarred()),
        ("out.tar", tarred(0)),
        ("out.tar", tarred(math.nan, math.inf)),
        ("m.dat.gz", gzip.compress(b"{}", mtime=0)),
        ("out.zip", b"text"),
    ],
)
def test_archives_without_dates_tell_nothing(name: str, data: bytes) -> None:
    assert read(f"results/x/{name}", data) == Findings()


@pytest.mark.parametrize(
    ("name", "data"), [("out.zip", zipped(2024)[:-9]), ("out.tgz", gzip.compress(b"no tar", mtime=0))]
)
def test_a_damaged_archive_is_a_problem(name: str, data: bytes) -> None:
    found = read(f"results/x/{name}", data)
    assert (found.times, len(found.problems)) == ((), 1)


def test_a_large_archive_is_unpacked_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bisect_parity.evidence.formats.archives.MOST_TAR_BYTES", 2048)
    (time,) = read("results/x/out.tgz", gzip.compress(tarred(OLD, NOON, size=9000))).times
    assert time.seconds == OLD


@given(st.sampled_from([zipped(2024), tarred(NOON), gzip.compress(tarred(NOON), mtime=0)]), st.data())
def test_no_damage_raises(whole: bytes, draw: st.DataObject) -> None:
    damaged = bytearray(whole)
    for place in draw.draw(st.lists(st.integers(0, len(whole) - 1), max_size=6)):
        damaged[place] = draw.draw(st.integers(0, 255))
    for reader in READERS:
        reader.read("x", bytes(damaged))
