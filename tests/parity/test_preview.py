"""A preview keeps what stands out in each block, and can be read back from anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bisect_parity.parity.preview import load_preview, make_preview, save_preview

if TYPE_CHECKING:
    from pathlib import Path


def images(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(1)
    reference = random.random((rows, columns), dtype=np.float32)
    return reference, reference + random.normal(size=(rows, columns)).astype(np.float32)


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (384, 384), (1000, 700), (769, 33), (2000, 5)])
def test_blocks_hold_the_greatest_pixel_and_the_greatest_difference(rows: int, columns: int) -> None:
    reference, candidate = images(rows, columns)
    made = make_preview(reference, candidate)
    block = -(-max(rows, columns) // 384)
    assert made.reference.shape == (-(-rows // block), -(-columns // block))
    for row, column in ((0, 0), (made.reference.shape[0] - 1, made.reference.shape[1] - 1)):
        piece = np.s_[row * block : (row + 1) * block, column * block : (column + 1) * block]
        difference = (candidate - reference)[piece]
        assert made.reference[row, column] == reference[piece].max()
        assert made.candidate[row, column] == candidate[piece].max()
        assert made.difference[row, column] == difference.flat[np.abs(difference).argmax()]


def test_tiles_hold_the_root_mean_square_of_the_difference() -> None:
    reference, candidate = images(1000, 700)
    made = make_preview(reference, candidate)
    assert made.rms.shape == (63, 44)
    last = (candidate - reference)[62 * 16 :, 43 * 16 :]
    assert made.rms[62, 43] == pytest.approx(np.sqrt(np.mean(last.astype(float) ** 2)), rel=1e-6)


def test_what_is_no_number_does_not_hide_its_neighbours() -> None:
    reference, candidate = images(800, 800)
    candidate[0, 0] = np.nan
    candidate[400:, 400:] = np.inf
    made = make_preview(reference, candidate)
    assert np.isfinite(made.candidate[0, 0])
    assert np.isfinite(made.rms[0, 0])
    assert np.isnan(made.rms[-1, -1])


def test_planes_of_different_shapes_have_no_preview() -> None:
    with pytest.raises(ValueError, match="the shapes differ"):
        make_preview(np.zeros((2, 3)), np.zeros((3, 2)))


def test_a_preview_is_read_back(tmp_path: Path) -> None:
    made = make_preview(*images(100, 90))
    save_preview(made, tmp_path / "preview.npz")
    found = load_preview(tmp_path / "preview.npz")
    assert np.array_equal(found.difference, made.difference)
    assert np.array_equal(found.rms, made.rms)


@pytest.mark.parametrize(
    "arrays",
    [
        {},
        {"reference": np.zeros((2, 2))},
        dict.fromkeys(("reference", "candidate", "difference", "rms"), np.zeros(3)),
        dict.fromkeys(("reference", "candidate", "difference", "rms"), np.array([[{}]])),
        dict.fromkeys(("reference", "candidate", "difference", "rms"), np.zeros((0, 0))),
        dict.fromkeys(("reference", "candidate", "difference", "rms"), np.zeros((1500, 1500))),
    ],
)
def test_what_is_no_preview_is_refused(tmp_path: Path, arrays: dict[str, Any]) -> None:
    np.savez_compressed(tmp_path / "preview.npz", **arrays)
    with pytest.raises(ValueError, match=r"preview|pickle"):
        load_preview(tmp_path / "preview.npz")


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "preview.npz").write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(ValueError, match="it is not a preview"):
        load_preview(tmp_path / "preview.npz")
