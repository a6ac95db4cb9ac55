"""Opening images: raw files and .npy, and everything that can be wrong with a file."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bisect_parity.errors import UsageError
from bisect_parity.parity.images import Fault, ImageError, ImageSpec, open_image, parse_location
from bisect_parity.parity.layout import DTYPE_BYTES
from bisect_parity.parity.model import Scope
from bisect_parity.parity.pair import compare_images, open_as

if TYPE_CHECKING:
    from pathlib import Path

NUMPY_DTYPES = sorted(set(DTYPE_BYTES) - {"bfloat16"})


def fault_of(path: Path, spec: ImageSpec | None = None) -> Fault:
    with pytest.raises(ImageError) as caught:
        open_image(path, spec)
    assert str(path) in caught.value.message
    return caught.value.fault


def pixels_of(path: Path, spec: ImageSpec | None = None) -> Any:
    return open_image(path, spec).data.to(torch.float64).numpy()


@pytest.mark.parametrize("dtype", NUMPY_DTYPES)
@pytest.mark.parametrize("byte_order", ["little", "big"])
def test_raw_pixels_of_every_type_and_byte_order_are_read(
    tmp_path: Path, dtype: str, byte_order: Literal["little", "big"]
) -> None:
    pixels = (np.arange(35) % 2 if dtype == "bool" else np.arange(35) * 3).reshape(5, 7)
    path = tmp_path / "image.bin"
    path.write_bytes(pixels.astype(np.dtype(dtype).newbyteorder(byte_order)).tobytes())
    image = open_image(path, ImageSpec((5, 7), dtype, byte_order))
    assert np.array_equal(image.data.to(torch.float64).numpy(), pixels)
    moments = compare_images(image, image, scope=Scope(extremes=True))
    assert moments.reference.sum == pixels.sum()


def test_raw_bfloat16_pixels_are_read(tmp_path: Path) -> None:
    pixels = torch.arange(12, dtype=torch.bfloat16).view(3, 4)
    path = tmp_path / "image.bin"
    path.write_bytes(pixels.view(torch.int16).numpy().tobytes())
    assert torch.equal(open_image(path, ImageSpec((3, 4), "bfloat16")).data, pixels)


def test_an_exact_square_is_guessed_and_said(tmp_path: Path) -> None:
    path = tmp_path / "image.bin"
    path.write_bytes(np.zeros((9, 9), "f4").tobytes())
    image = open_image(path)
    assert (image.shape, image.dtype) == ((9, 9), "float32")
    assert len(image.notes) == 2
    assert "float32 assumed" in image.notes[0]
    assert "9 x 9 from its size" in image.notes[1]


def test_a_given_type_is_not_an_assumption(tmp_path: Path) -> None:
    path = tmp_path / "image.bin"
    path.write_bytes(bytes(81))
    assert len(open_image(path, ImageSpec(dtype="uint8")).notes) == 1
    assert open_image(path, ImageSpec((9, 9), "uint8")).notes == ()


@pytest.mark.parametrize(
    ("size", "fitting"),
    [
        (4 * 80, ""),
        (4 * 81 + 1, ""),
        (3, ""),
        (
            8 * 81,
            " (it is as long as 9 x 9 float64 or 18 x 18 float16 or 9 x 9 int64 or 18 x 18 uint16 would be)",
        ),
    ],
)
def test_what_is_no_square_is_not_guessed(tmp_path: Path, size: int, fitting: str) -> None:
    path = tmp_path / "image.bin"
    path.write_bytes(bytes(size))
    with pytest.raises(ImageError) as caught:
        open_image(path)
    assert caught.value.fault is Fault.UNREADABLE
    assert caught.value.remedy == f"Give --shape and --dtype{fitting}."


@pytest.mark.parametrize(("size", "word"), [(4 * 99, "truncated"), (4 * 101, "too long")])
def test_a_raw_file_of_the_wrong_size_is_damaged(tmp_path: Path, size: int, word: str) -> None:
    path = tmp_path / "image.bin"
    path.write_bytes(bytes(size))
    with pytest.raises(ImageError, match=word) as caught:
        open_image(path, ImageSpec((10, 10), "float32"))
    assert caught.value.fault is Fault.DAMAGED


def test_a_shape_whose_product_overflows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "image.bin"
    path.write_bytes(bytes(16))
    assert fault_of(path, ImageSpec((2**40, 2**40), "float32")) is Fault.SHAPE


@pytest.mark.parametrize("shape", [(), (0,), (4, 0), (-1, 4)])
def test_a_shape_without_pixels_is_wrong_use(shape: tuple[int, ...]) -> None:
    with pytest.raises(UsageError):
        ImageSpec(shape=shape)


def test_an_unknown_pixel_type_is_wrong_use() -> None:
    with pytest.raises(UsageError, match="complex256"):
        ImageSpec(dtype="complex256")


def test_a_file_that_is_not_there_is_missing(tmp_path: Path) -> None:
    assert fault_of(tmp_path / "none.npy") is Fault.MISSING
    (tmp_path / "link.npy").symlink_to(tmp_path / "none.npy")
    assert fault_of(tmp_path / "link.npy") is Fault.MISSING
    (tmp_path / "file").write_bytes(b"x")
    assert fault_of(tmp_path / "file" / "image.npy") is Fault.MISSING


def test_an_empty_file_counts_as_not_written(tmp_path: Path) -> None:
    path = tmp_path / "image.npy"
    path.touch()
    assert fault_of(path) is Fault.MISSING


def test_directories_pipes_and_devices_are_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (tmp_path, pipe):
        assert fault_of(path) is Fault.MISSING
    (tmp_path / "zero.bin").symlink_to("/dev/zero")
    assert fault_of(tmp_path / "zero.bin") is Fault.MISSING


def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path) -> None:
    assert fault_of(tmp_path / ("x" * 300)) is Fault.UNREADABLE
    with pytest.raises(ImageError, match="cannot read"):
        open_image(tmp_path / "a\0b")


def test_a_link_to_an_image_is_followed(tmp_path: Path) -> None:
    np.save(tmp_path / "image.npy", np.eye(3))
    (tmp_path / "link.npy").symlink_to("image.npy")
    assert np.array_equal(pixels_of(tmp_path / "link.npy"), np.eye(3))


def test_a_sparse_file_reads_as_zeros(tmp_path: Path) -> None:
    path = tmp_path / "image.bin"
    with path.open("wb") as file:
        file.truncate(4 * 1000 * 1000)
    assert not pixels_of(path).any()


@pytest.mark.parametrize(
    ("size", "told"),
    [
        (128, "type (it is as long as float64 or int64 would be)"),
        (60, "type."),
        (32, "type (it is as long as f"),
    ],
)
def test_the_pixel_type_that_the_size_is_right_for_is_told(tmp_path: Path, size: int, told: str) -> None:
    path = tmp_path / "x.raw"
    path.write_bytes(bytes(size))
    with pytest.raises(ImageError) as caught:
        open_image(path, ImageSpec((4, 4), "float32"))
    assert told in str(caught.value)


def test_a_picture_is_not_read_as_raw_pixels(tmp_path: Path) -> None:
    path = tmp_path / "image"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(56))
    assert fault_of(path, ImageSpec((4, 4), "float32")) is Fault.DAMAGED


def test_a_raw_file_may_begin_with_any_bytes(tmp_path: Path) -> None:
    path = tmp_path / "image.bin"
    path.write_bytes(b"\x93NUMPY" + bytes(58))
    assert open_image(path, ImageSpec((4, 4), "float32")).description.startswith("raw")


@pytest.mark.parametrize("change", ["grow", "shrink", "touch", "replace", "remove"])
def test_a_file_that_changes_while_it_is_compared_is_refused(tmp_path: Path, change: str) -> None:
    path, other = tmp_path / "image.npy", tmp_path / "other.npy"
    np.save(path, np.eye(8))
    np.save(other, np.eye(8))
    candidate, reference = open_as("candidate", path), open_as("reference", other)
    if change == "grow":
        with path.open("ab") as file:
            file.write(b"x")
    elif change == "shrink":
        os.truncate(path, 200)
    elif change == "touch":
        os.utime(path, ns=(1, 1))
    elif change == "replace":
        other.replace(path)
        np.save(other, np.eye(8))
        reference = open_as("reference", other)
    else:
        path.unlink()
    with pytest.raises(ImageError) as caught:
        compare_images(reference, candidate)
    assert (caught.value.fault, caught.value.role) == (Fault.UNREADABLE, "candidate")
    with pytest.raises((ImageError, OSError)):
        _ = candidate.data


def test_a_file_that_gets_shorter_in_the_middle_of_reading_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "image.npy"
    np.save(path, np.random.default_rng(0).random((2000, 200)))
    image = open_as("candidate", path)
    read, calls = os.preadv, []

    def shrinking(*arguments: Any) -> int:
        calls.append(arguments)
        if len(calls) == 2:
            os.truncate(path, 1000)
        return read(*arguments)

    monkeypatch.setattr(os, "preadv", shrinking)
    with pytest.raises(ImageError, match="became shorter") as caught:
        compare_images(image, image)
    assert caught.value.fault is Fault.UNREADABLE
    assert caught.value.role is not None


def test_a_disk_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "image.npy"
    np.save(path, np.eye(8))
    image = open_as("reference", path)

    def failing(*_arguments: Any) -> int:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "preadv", failing)
    with pytest.raises(ImageError, match="Input/output error") as caught:
        compare_images(image, image)
    assert caught.value.role == "reference"


def test_the_expected_shape_and_type_are_insisted_on(tmp_path: Path) -> None:
    path = tmp_path / "image.npy"
    np.save(path, np.eye(8, dtype="f4"))
    assert open_image(path, ImageSpec((8, 8), "float32")).shape == (8, 8)
    assert fault_of(path, ImageSpec((8, 9))) is Fault.SHAPE
    assert fault_of(path, ImageSpec(dtype="float64")) is Fault.DTYPE


def test_a_dataset_of_a_file_with_one_image_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "image.npy", np.eye(8))
    assert fault_of(tmp_path / "image.npy", ImageSpec(dataset="x")) is Fault.UNREADABLE


def test_locations_name_a_file_and_a_dataset(tmp_path: Path) -> None:
    assert parse_location("a/b.h5::/entry/data") == (tmp_path.__class__("a/b.h5"), "/entry/data")
    assert parse_location("a/b.npy") == (tmp_path.__class__("a/b.npy"), None)
    odd = tmp_path / "a::b"
    odd.touch()
    assert parse_location(str(odd)) == (odd, None)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_npy_files_of_any_shape_type_and_order_are_read(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    shape = tuple(data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=4)))
    dtype = np.dtype(data.draw(st.sampled_from(NUMPY_DTYPES)))
    dtype = dtype.newbyteorder(data.draw(st.sampled_from("<>")))
    count = int(np.prod(shape))
    pixels = (np.arange(count) % 2 if dtype.kind == "b" else np.arange(count) % 100).reshape(shape)
    array = np.asarray(pixels, dtype, order=data.draw(st.sampled_from("CF")))
    path = tmp_path_factory.mktemp("npy") / "image.npy"
    with path.open("wb") as file:
        np.lib.format.write_array(file, array, data.draw(st.sampled_from([(1, 0), (2, 0), (3, 0)])))
    image = open_image(path)
    assert image.shape == shape
    assert np.array_equal(image.data.to(torch.float64).numpy(), pixels)
    moments = compare_images(image, image)
    assert moments.shape == shape
    assert moments.reference.sum == pixels.sum()


class _Trap:
    """Would leave a trace if it were ever unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


def test_object_arrays_are_refused_and_not_unpickled(tmp_path: Path) -> None:
    np.save(tmp_path / "image.npy", np.array([_Trap(tmp_path / "trace")], dtype=object), allow_pickle=True)
    assert fault_of(tmp_path / "image.npy") is Fault.DTYPE
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize("dtype", ["complex256", "S4", "U2", "M8[s]", "f4,i4", "float128"])
def test_pixels_that_are_no_numbers_are_refused(tmp_path: Path, dtype: str) -> None:
    np.save(tmp_path / "image.npy", np.zeros((2, 2), dtype))
    assert fault_of(tmp_path / "image.npy") is Fault.DTYPE


COMPLEX = np.arange(6).reshape(2, 3) + 1j * np.arange(6, 12).reshape(2, 3)


@pytest.mark.parametrize("dtype", ["<c8", ">c8", "<c16"])
def test_complex_pixels_are_pairs_of_real_ones(tmp_path: Path, dtype: str) -> None:
    np.save(tmp_path / "image.npy", COMPLEX.astype(dtype))
    name = np.dtype(dtype).name
    image = open_image(tmp_path / "image.npy", ImageSpec((2, 3), name))
    parts = COMPLEX.reshape(2, 3, 1).view("f8")
    assert np.array_equal(image.data.double().numpy(), parts)
    assert np.allclose(image.sheet().numpy(), abs(COMPLEX))
    assert compare_images(image, image).reference.sum == parts.sum()


def test_raw_complex_pixels_are_read_by_shape_and_type(tmp_path: Path) -> None:
    COMPLEX.astype("c8").tofile(tmp_path / "image.bin")
    image = open_image(tmp_path / "image.bin", ImageSpec((2, 3), "complex64"))
    assert np.array_equal(image.data.numpy(), COMPLEX.astype("c8").reshape(2, 3, 1).view("f4"))


def test_complex_and_real_pixels_of_one_shape_are_not_taken_for_each_other(tmp_path: Path) -> None:
    np.save(tmp_path / "complex.npy", COMPLEX)
    np.save(tmp_path / "real.npy", COMPLEX.real)
    assert fault_of(tmp_path / "real.npy", ImageSpec((2, 3), "complex128")) is Fault.SHAPE
    with pytest.raises(ImageError, match="pixels are complex"):
        open_image(tmp_path / "complex.npy", ImageSpec((2, 3), "float64"))


def test_a_wrong_phase_shows_where_amplitudes_agree(tmp_path: Path) -> None:
    np.save(tmp_path / "one.npy", COMPLEX)
    np.save(tmp_path / "other.npy", COMPLEX.conj())
    moments = compare_images(*(open_image(tmp_path / f"{name}.npy") for name in ("one", "other")))
    assert moments.correlation is not None
    assert moments.correlation < 0.5


def test_regions_of_complex_pixels_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "image.npy", COMPLEX)
    image = open_image(tmp_path / "image.npy")
    with pytest.raises(ImageError, match="do not apply to complex pixels"):
        compare_images(image, image, scope=Scope(roi=((0, 1, 0, 1),)))


def test_complex_pixels_in_fortran_order_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "image.npy", np.asfortranarray(COMPLEX))
    assert fault_of(tmp_path / "image.npy") is Fault.DTYPE


@pytest.mark.parametrize(
    ("shape", "sheet"),
    [
        ((6,), (1, 6)),
        ((4, 5), (4, 5)),
        ((3, 4, 5), (8, 10)),
        ((2, 2, 4, 5), (8, 10)),
        ((200, 4, 5), (28, 40)),
    ],
)
def test_planes_lie_side_by_side_on_one_sheet(
    tmp_path: Path, shape: tuple[int, ...], sheet: tuple[int, int]
) -> None:
    pixels = np.zeros(shape, "i2")
    pixels.flat[-1] = 7
    np.save(tmp_path / "image.npy", pixels)
    found = open_image(tmp_path / "image.npy").sheet().numpy()
    assert found.shape == sheet
    assert (found.max(), (found > 0).sum()) == (7, 1)


def header(text: str, version: int = 1) -> bytes:
    length = len(text).to_bytes(2 if version == 1 else 4, "little")
    return b"\x93NUMPY" + bytes([version, 0]) + length + text.encode()


GOOD = "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 4)}"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (header(GOOD) + bytes(63), Fault.DAMAGED),
        (header(GOOD) + bytes(65), Fault.DAMAGED),
        (header(GOOD), Fault.DAMAGED),
        (header(GOOD)[:30], Fault.DAMAGED),
        (b"\x93NUMPY", Fault.DAMAGED),
        (b"\x93NUMPY\x09\x00" + bytes(100), Fault.DAMAGED),
        (header(GOOD.replace("4, 4", "2**70, 4")) + bytes(64), Fault.DAMAGED),
        (header(GOOD.replace("4, 4", "-4, -4")) + bytes(64), Fault.DAMAGED),
        (header(GOOD.replace("(4, 4)", "16")) + bytes(64), Fault.DAMAGED),
        (header(GOOD.replace("4, 4", "True, 16")) + bytes(64), Fault.DAMAGED),
        (header(GOOD.replace("4, 4", f"{10**40}, 4")) + bytes(64), Fault.SHAPE),
        (header(GOOD.replace("4, 4", "0, 4")), Fault.SHAPE),
        (header(GOOD.replace("(4, 4)", "()")) + bytes(4), Fault.SHAPE),
        (header("[1, 2]") + bytes(64), Fault.DAMAGED),
        (header("{'descr': '<f4'}") + bytes(64), Fault.DAMAGED),
        (header("__import__('os')") + bytes(64), Fault.DAMAGED),
        (header("(" * 500 + ")" * 500) + bytes(64), Fault.DAMAGED),
        (header(GOOD.replace("'<f4'", "'f4'")) + bytes(64), Fault.DTYPE),
        (header(GOOD.replace("'<f4'", "['<f4']")) + bytes(64), Fault.DTYPE),
        (header(GOOD.replace("'<f4'", "4")) + bytes(64), Fault.DTYPE),
        (b"\x93NUMPY\x02\x00" + (2**31).to_bytes(4, "little") + bytes(100), Fault.DAMAGED),
        (b"not a npy file at all", Fault.DAMAGED),
    ],
)
def test_headers_that_lie_or_are_damaged_are_refused(tmp_path: Path, content: bytes, fault: Fault) -> None:
    path = tmp_path / "image.npy"
    path.write_bytes(content)
    assert fault_of(path) is fault


@settings(max_examples=60, deadline=None)
@given(
    cut=st.integers(0, 200), flips=st.lists(st.tuples(st.integers(0, 143), st.integers(0, 255)), max_size=4)
)
def test_a_damaged_npy_file_gives_an_image_or_one_clear_error(
    tmp_path_factory: pytest.TempPathFactory, cut: int, flips: list[tuple[int, int]]
) -> None:
    content = bytearray(header(GOOD.ljust(118)) + bytes(64))
    for place, value in flips:
        content[place] = value
    path = tmp_path_factory.getbasetemp() / "damaged.npy"
    path.write_bytes(content[: len(content) - cut])
    message = "damaged.npy"
    try:
        image = open_image(path)
    except ImageError as error:
        message = error.message
    else:
        assert image.layout.offset + image.layout.pixel_bytes == len(content) - cut
        assert image.data.shape == image.shape
    assert "damaged.npy" in message


def test_a_mapped_image_is_private_to_us(tmp_path: Path) -> None:
    np.save(tmp_path / "image.npy", np.eye(3))
    before = (tmp_path / "image.npy").read_bytes()
    open_image(tmp_path / "image.npy").data.fill_(7)
    assert (tmp_path / "image.npy").read_bytes() == before


def test_opening_an_image_does_not_import_torch_or_numpy(tmp_path: Path) -> None:
    np.save(tmp_path / "image.npy", np.eye(3))
    program = (
        "import sys; from pathlib import Path; from bisect_parity.parity.pair import open_as\n"
        "open_as('reference', Path(sys.argv[1]))\n"
        "print([name for name in ('torch', 'numpy', 'cattrs', 'structlog', 'git') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "image.npy")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
