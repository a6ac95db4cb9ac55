"""Kept images become small pictures that show where they differ."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from attrs import evolve

from bisect_parity.report.output import EvidenceOutput, KeptImages
from bisect_parity.report.pictures import Picture, draw_all, draw_kept, draw_tiles, make_palette, png_uri
from bisect_parity.report.trial_documents import Comparison, Tiles

if TYPE_CHECKING:
    from pathlib import Path


def decoded(uri: str) -> tuple[np.ndarray, bytes]:
    """Indices and palette of a PNG file, read by the letter of the format."""
    file = io.BytesIO(base64.b64decode(uri.removeprefix("data:image/png;base64,")))
    assert file.read(8) == b"\x89PNG\r\n\x1a\n"
    chunks = {}
    while head := file.read(8):
        length, name = struct.unpack(">I4s", head)
        chunks[name] = file.read(length)
        assert file.read(4) == struct.pack(">I", zlib.crc32(name + chunks[name]))
    columns, rows, depth, colour = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (depth, colour) == (8, 3)
    lines = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(rows, columns + 1)
    assert not lines[:, 0].any()
    return lines[:, 1:], chunks[b"PLTE"]


def indices(picture: Picture) -> np.ndarray:
    found, _ = decoded(picture.uri)
    assert found.shape == (picture.height, picture.width)
    return found


def saved(folder: Path, reference: np.ndarray, candidate: np.ndarray) -> KeptImages:
    paths = folder / "reference.npy", folder / "candidate.npy"
    for path, image in zip(paths, (reference, candidate), strict=True):
        np.save(path, image)
    return KeptImages("check", paths, None)


def test_a_png_holds_the_pixels_and_the_palette() -> None:
    pixels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    palette = make_palette(("000000", "ffffff"), "ff00ff")
    found, colours = decoded(png_uri(pixels, palette))
    assert np.array_equal(found, pixels)
    assert colours[:6] == bytes.fromhex("ff00ff000000")
    assert colours[-3:] == bytes.fromhex("ffffff")


def test_the_difference_is_signed_and_the_heat_map_is_hottest_where_it_is(tmp_path: Path) -> None:
    reference = np.ones((1000, 700), np.float32)
    candidate = reference.copy()
    candidate[900:950, 600:650] += 3
    candidate[0:30, 0:30] -= 1
    drawn = draw_kept(saved(tmp_path, reference, candidate))
    assert [picture.title for picture in drawn.pictures[:3]] == [
        "Reference",
        "Candidate",
        "Candidate - reference",
    ]
    difference, heat = indices(drawn.pictures[2]), indices(drawn.pictures[3])
    assert max(difference.shape) <= 384
    middle = difference[500 * difference.shape[0] // 1000, 100]
    assert difference[5, 5] < middle < difference.max() == 255
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    tile = -(-1000 // 64)
    assert 900 // tile <= row <= 950 // tile
    assert 600 // tile <= column <= 650 // tile


def test_a_pixel_that_is_no_number_has_a_colour_of_its_own(tmp_path: Path) -> None:
    reference = np.ones((64, 64), np.float32)
    candidate = reference.copy()
    candidate[3, 5] = np.nan
    drawn = draw_kept(saved(tmp_path, reference, candidate))
    assert indices(drawn.pictures[1])[3, 5] == 0
    assert "not a number" in drawn.pictures[1].scale
    assert (indices(drawn.pictures[0]) > 0).all()


@pytest.mark.parametrize("shape", [(1, 1), (7,), (3, 40, 50), (65, 129)])
def test_every_shape_and_a_constant_image_can_be_drawn(tmp_path: Path, shape: tuple[int, ...]) -> None:
    image = np.zeros(shape, np.float64)
    assert len(draw_kept(saved(tmp_path, image, image)).pictures) == 4


def test_headerless_pixels_take_the_shape_that_was_compared(tmp_path: Path) -> None:
    paths = tmp_path / "reference.raw", tmp_path / "candidate.raw"
    for path in paths:
        np.arange(12, dtype="<f4").tofile(path)
    drawn = draw_kept(KeptImages("check", paths, Comparison(shape=(3, 4))))
    assert indices(drawn.pictures[0]).shape == (3, 4)


def test_a_pair_that_cannot_be_drawn_is_named(tmp_path: Path) -> None:
    pair = saved(tmp_path, np.zeros((4, 4)), np.zeros((5, 5)))
    np.save(tmp_path / "objects.npy", np.array([{}]), allow_pickle=True)
    objects = KeptImages("check", (tmp_path / "objects.npy", tmp_path / "candidate.npy"), None)
    first, second = draw_all(EvidenceOutput(tmp_path, images=[pair, objects]), 2)
    assert first == "check: the shapes differ: (4, 4) and (5, 5)"
    assert isinstance(second, str)
    assert "objects" in second


def test_tiles_alone_give_the_heat_map() -> None:
    tiles = Tiles(((0.0, 1.0), (None, 0.5)))
    drawn = draw_tiles("check", Comparison(tiles=tiles))
    assert (indices(drawn.pictures[0]) == 0).tolist() == [[False, False], [True, False]]
    with pytest.raises(ValueError, match="no tiles"):
        draw_tiles("check", Comparison())


def test_tiles_are_drawn_once_where_images_are_kept_too(tmp_path: Path) -> None:
    kept = saved(tmp_path, np.zeros((9, 9)), np.ones((9, 9)))
    both, alone = (Comparison(reason=word, tiles=Tiles(((1.0,),))) for word in ("both", "alone"))
    output = EvidenceOutput(
        tmp_path,
        {"both.json": both, "alone.json": alone, "none.json": Comparison()},
        [evolve(kept, comparison=both)],
    )
    names = [drawn.name for drawn in draw_all(output, 3) if not isinstance(drawn, str)]
    assert names == ["check", "alone.json"]


def test_a_constant_image_of_large_values_has_the_lowest_colour_everywhere(tmp_path: Path) -> None:
    image = np.full((4, 5), 1e20)
    reference, candidate, *_ = draw_kept(saved(tmp_path, image, image)).pictures
    assert (indices(reference) == 1).all()
    assert (indices(candidate) == 1).all()
    assert "magenta" not in reference.scale
