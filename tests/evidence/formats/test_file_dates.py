"""Figures and data files tell when they were written: after the run had begun."""

from __future__ import annotations

import pytest

from bisect_parity.evidence.formats.registry import find_reader
from bisect_parity.evidence.model import Findings, TimeKind

FITS = b"SIMPLE  =                    T".ljust(80) + b"DATE    = '2024-08-06T12:00:00' / created".ljust(80)
NOON = 1722945600.0  # 2024-08-06 12:00:00 as if it were UTC
SVG = b'<?xml version="1.0"?>\n<svg><metadata><dc:date>2024-08-06T12:00:00.25</dc:date></metadata></svg>'
PDF = b"%PDF-1.4\n13 0 obj\n<< /Creator (plot) /CreationDate (D:20240806120000+02'00') >>\nendobj\n%%EOF"
EPS = b"%!PS-Adobe-2.0 EPSF-2.0\n%%Title: x.eps\n%%CreationDate: Tue Aug  6 12:00:00 2024\n%%EndComments\n"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR....\0\0\0\x25tEXtdate:create\x002024-08-06T12:00:00+02:00\xff\x01"
MAT = b"MATLAB 5.0 MAT-file Platform: posix, Created on: Tue Aug  6 12:00:00 2024".ljust(124) + b"\0\1IM"


def read(path: str, data: bytes) -> Findings:
    reader = find_reader(path, data[:4096])
    return Findings() if reader is None else reader.read(path, data)


@pytest.mark.parametrize(
    ("name", "data", "kind", "seconds"),
    [
        ("f.svg", SVG, TimeKind.LOCAL, NOON + 0.25),
        ("f.pdf", PDF, TimeKind.UTC, NOON - 7200),
        ("f.pdf", PDF.replace(b"+02'00'", b""), TimeKind.LOCAL, NOON),
        ("f.pdf", PDF.replace(b"+02'00'", b"Z"), TimeKind.UTC, NOON),
        ("f.eps", EPS, TimeKind.LOCAL, NOON),
        ("F.PNG", PNG, TimeKind.UTC, NOON - 7200),
        ("o.mat", MAT, TimeKind.LOCAL, NOON),
        ("o.fits", FITS, TimeKind.UTC, NOON),
    ],
)
def test_the_date_in_a_file_is_of_the_end(name: str, data: bytes, kind: TimeKind, seconds: float) -> None:
    (time,) = read(f"results/x/{name}", data).times
    assert (time.kind, time.seconds, time.marks, time.origin) == (kind, seconds, "end", "header")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("f.svg", SVG.replace(b"dc:date", b"date")),
        ("f.pdf", b"%PDF-1.4\n" + bytes(5000)),
        ("f.pdf", PDF.replace(b"20240806120000", b"20249906120000")),
        ("f.pdf", PDF[9:]),
        ("f.png", PNG.replace(b"tEXt", b"zTXt")),
        ("o.mat", MAT[40:]),
        ("o.dat", MAT),
        ("o.fits", FITS.replace(b"DATE    ", b"DATE-OBS")),  # what was observed, not the run
        ("o.fits", FITS.replace(b"T12:00:00", b"")),
    ],
)
def test_other_files_of_that_kind_tell_nothing(name: str, data: bytes) -> None:
    assert read(f"results/x/{name}", data).times == ()


def test_a_large_pdf_tells_it_at_its_end() -> None:
    (time,) = read("results/x/f.pdf", b"%PDF-1.4\n" + bytes(9000) + PDF).times
    assert time.seconds == NOON - 7200
