"""FITS: the header of a result, in the form in which astropy 8.0 writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bisect_parity.config import EvidenceSettings
from bisect_parity.evidence.discover import discover
from bisect_parity.evidence.formats.registry import find_reader
from bisect_parity.evidence.model import Findings, TimeKind

if TYPE_CHECKING:
    from pathlib import Path

ID = "fe83fb345a1b"
HEADER = (
    "SIMPLE  =                    T / conforms to FITS standard",
    "BITPIX  =                  -64 / array data type",
    "NAXIS   =                    0 / number of array dimensions",
    "DATE    = '2025-10-07T09:51:53'",
    "DATE-OBS= '2019-01-01T00:00:00'",
    "DATE-END= '2019-01-01T01:00:00'",
    "MJD-OBS =              58484.0",
    f"GITSHA  = '{ID}'       / of the pipeline",
    "RMSE    =   1.25000000000D-03",
    "SOLVER  = 'O''Neill'",
    "NITER   =                   40 / iterations",
    "HISTORY heat fe83fb345a 2025-10-07T11:51:53.456789",
    "END",
    "GITSHA  = '0000000000'",
)


def header(*cards: str) -> bytes:
    text = "".join(card.ljust(80) for card in cards)
    return text.ljust(2880).encode()


def read(data: bytes) -> Findings:
    reader = find_reader("results/x/out.fits", data[:4096])
    assert reader is not None
    assert reader.name == "fits"
    return reader.read("results/x/out.fits", data)


def test_the_header_states_id_figures_settings_and_when_it_was_written() -> None:
    found = read(header(*HEADER))
    assert [(record.key, record.text) for record in found.records] == [("GITSHA", ID)]
    assert [record.text for record in found.mentions] == ["fe83fb345a"]
    assert [(metric.name, metric.value) for metric in found.metrics] == [("RMSE", 0.00125)]
    assert {item.name: item.value for item in found.parameters} == {"SOLVER": "O'Neill", "NITER": 40}
    (time,) = found.times  # those of the observation are not the run's
    assert (time.seconds, time.kind, time.marks, time.origin) == (1759830713.0, TimeKind.UTC, "end", "header")


@pytest.mark.parametrize("size", [0, 1, 79, 80, 500])
def test_damaged_headers_are_read_as_far_as_they_go(size: int) -> None:
    assert isinstance(read(b"SIMPLE  =" + bytes(range(256)) * 3 + header(*HEADER)[:size]), Findings)


def test_images_are_evidence_only_with_an_id(tmp_path: Path) -> None:
    observed = [card for card in HEADER if "GITSHA" not in card and "HISTORY" not in card]
    for name, cards in (("a", HEADER), ("b", observed)):
        (tmp_path / "results" / name).mkdir(parents=True)
        (tmp_path / "results" / name / "out.fits").write_bytes(header(*cards))
    assert [bundle.path for bundle in discover(tmp_path, EvidenceSettings())] == ["results/a"]
