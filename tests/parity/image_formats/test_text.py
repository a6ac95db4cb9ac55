"""Tables of numbers as text are images; other texts are refused, and never taken for raw pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from bisect_parity.parity.image_formats import text
from bisect_parity.parity.images import Fault, ImageError, ImageSpec, open_image

if TYPE_CHECKING:
    from pathlib import Path

PIXELS = np.arange(12.0).reshape(3, 4) / 7


@pytest.mark.parametrize("name", ["image.txt", "image.csv", "image.dat", "image"])
@pytest.mark.parametrize("separator", [" ", ",", ";", "\t"])
def test_what_numpy_savetxt_writes_is_read_to_the_last_digit(
    tmp_path: Path, name: str, separator: str
) -> None:
    np.savetxt(tmp_path / name, PIXELS, delimiter=separator)
    image = open_image(tmp_path / name)
    assert (image.shape, image.dtype, image.description) == ((3, 4), "float64", "text float64, 3 x 4")
    assert np.array_equal(image.data.numpy(), PIXELS)


def test_a_line_of_names_comments_and_blank_lines_may_come_first(tmp_path: Path) -> None:
    path = tmp_path / "image.csv"
    path.write_text("# made today\n\nx, y\n1, 2\n3, 4  # the last\n")
    assert open_image(path).data.tolist() == [[1.0, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize(
    "head", ["\ufeff", "# \u00b5m\n", "\ufeff\u00e5, \u00b5\n", "# " + 511 * "\u00b5" + "\n"]
)
def test_marks_and_letters_beyond_ascii_make_no_pixels_of_a_table(tmp_path: Path, head: str) -> None:
    path = tmp_path / "image.csv"
    path.write_text(f"{head}1, 2\n3, 4\n", encoding="utf-8")
    assert open_image(path).data.tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_numbers_take_the_shape_and_the_type_that_are_wanted(tmp_path: Path) -> None:
    path = tmp_path / "image.txt"
    np.savetxt(path, PIXELS.ravel())
    image = open_image(path, ImageSpec((3, 4), "float32"))
    assert np.array_equal(image.data.numpy(), PIXELS.astype("f4"))
    path.write_text("1 2\n3 4\n")
    assert open_image(path, ImageSpec(None, "int32")).data.tolist() == [[1, 2], [3, 4]]
    path.write_text("1 2\n3 4.5\n")
    with pytest.raises(ImageError) as caught:
        open_image(path, ImageSpec(None, "int32"))
    assert caught.value.fault is Fault.DTYPE


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("correlation: 0.9999\n", "is text, but not a table of numbers: could not convert"),
        ("1 2\n3 4 5\n", "the number of columns changed from 2 to 3"),
        ("# nothing\n", "is text without any number"),
        ("1 2\nx 4\n", "column 1$|column 1\\. Name"),
    ],
)
def test_another_text_is_refused(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "image.txt"
    path.write_text(content)
    with pytest.raises(ImageError, match=says) as caught:
        open_image(path)
    assert caught.value.fault is Fault.DAMAGED


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_text_that_is_not_utf_8_is_refused_and_not_taken_for_pixels(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "image.csv"
    path.write_text("# \u00b5m\n1, 2\n3, 4\n", encoding=encoding)
    with pytest.raises(ImageError, match="is text, but not a table of numbers") as caught:
        open_image(path)
    assert caught.value.fault is Fault.DAMAGED


def test_a_text_that_is_too_large_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "LARGEST_BYTES", 5)
    path = tmp_path / "image.txt"
    path.write_text("1 2 3\n")
    with pytest.raises(ImageError, match="text of 6 bytes: too much to be read"):
        open_image(path)


@pytest.mark.parametrize("name", ["image.txt", "image.dat", "image.bin"])
def test_raw_pixels_stay_raw_whatever_they_are_called(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(PIXELS.astype("f4").tobytes())
    assert open_image(path, ImageSpec((3, 4), "float32")).description.startswith("raw")


def test_a_file_that_is_called_raw_is_raw(tmp_path: Path) -> None:
    path = tmp_path / "image.raw"
    path.write_text("1 2\n3 4\n")
    assert open_image(path, ImageSpec((2, 4), "uint8")).description.startswith("raw")
