"""Formats of detectors and laboratories: SMV, CBF, EDF, MRC, TIFF and HDF5."""

from __future__ import annotations

import struct
import sys
import threading
from typing import TYPE_CHECKING, Any

import fabio
import h5py
import numpy as np
import pytest
import tifffile
import torch

from bisect_parity.parity.image_formats import arrays, detector
from bisect_parity.parity.images import Fault, ImageError, ImageSpec, open_image
from bisect_parity.parity.model import Scope
from bisect_parity.parity.pair import compare_images

if TYPE_CHECKING:
    from pathlib import Path

PIXELS = np.arange(40, dtype="i4").reshape(5, 8)


def fault_of(path: Path, dataset: str | None = None) -> Fault:
    with pytest.raises(ImageError) as caught:
        open_image(path, ImageSpec(dataset=dataset))
    return caught.value.fault


def assert_reads(path: Path, dataset: str | None = None, pixels: Any = PIXELS) -> None:
    image = open_image(path, ImageSpec(dataset=dataset))
    assert np.array_equal(image.data.to(torch.float64).numpy(), pixels)
    moments = compare_images(image, image, scope=Scope(extremes=True))
    assert (moments.reference.sum, moments.max_abs_difference) == (pixels.sum(), 0.0)


def smv(pixels: Any, length: int = 512, **changes: str) -> bytes:
    entries = {
        "HEADER_BYTES": str(length),
        "DIM": "2",
        "BYTE_ORDER": "little_endian",
        "TYPE": "unsigned_short",
        "SIZE1": str(pixels.shape[1]),
        "SIZE2": str(pixels.shape[0]),
    } | changes
    text = "{\n" + "".join(f"{key}={value};\n" for key, value in entries.items()) + "}\n"
    return text.encode().ljust(length) + bytes(pixels.tobytes())


@pytest.mark.parametrize(
    ("kind", "order", "dtype"),
    [
        ("unsigned_short", "little_endian", "<u2"),
        ("unsigned_short", "big_endian", ">u2"),
        ("signed_long", "little_endian", "<i4"),
        ("float", "big_endian", ">f4"),
    ],
)
def test_smv_images_are_read_where_they_lie(tmp_path: Path, kind: str, order: str, dtype: str) -> None:
    path = tmp_path / "image.img"
    path.write_bytes(smv(PIXELS.astype(dtype), 1024, TYPE=kind, BYTE_ORDER=order))
    assert open_image(path).layout.offset == 1024
    assert_reads(path)


def test_smv_images_agree_with_fabio(tmp_path: Path) -> None:
    path = tmp_path / "image.img"
    path.write_bytes(smv(PIXELS.astype("<u2")))
    with fabio.open(str(path)) as image:
        assert_reads(path, pixels=image.data)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (smv(PIXELS.astype("<u2"))[:-1], Fault.DAMAGED),
        (smv(PIXELS.astype("<u2"), HEADER_BYTES="99999"), Fault.DAMAGED),
        (smv(PIXELS.astype("<u2"), HEADER_BYTES="-512"), Fault.DAMAGED),
        (smv(PIXELS.astype("<u2"), HEADER_BYTES="3"), Fault.DAMAGED),
        (smv(PIXELS.astype("<u2"), SIZE1="eight"), Fault.DAMAGED),
        (smv(PIXELS.astype("<u2"), SIZE1="9" * 19), Fault.SHAPE),
        (smv(PIXELS.astype("<u2"), SIZE1="0"), Fault.SHAPE),
        (smv(PIXELS.astype("<u2"), TYPE="complex"), Fault.DTYPE),
        (smv(PIXELS.astype("<u2"), BYTE_ORDER="middle_endian"), Fault.DTYPE),
        (smv(PIXELS.astype("<u2"), COMPRESSION="pck"), Fault.DTYPE),
        (b"{\nHEADER_BYTES=512", Fault.DAMAGED),
    ],
)
def test_smv_headers_that_lie_are_refused(tmp_path: Path, content: bytes, fault: Fault) -> None:
    (tmp_path / "image.img").write_bytes(content)
    assert fault_of(tmp_path / "image.img") is fault


def write_detector_image(path: Path, pixels: Any) -> None:
    kind = path.suffix[1:]
    if kind == "mrc":  # fabio reads the format, and does not write it
        header = bytearray(1024)
        struct.pack_into("<10i", header, 0, pixels.shape[1], pixels.shape[0], 1, 2, 0, 0, 0, 1, 1, 1)
        header[208:216] = b"MAP DA\0\0"
        path.write_bytes(bytes(header) + pixels.astype("<f4").tobytes())
        return
    getattr(fabio, f"{kind}image").__dict__[f"{kind.capitalize()}Image"](data=pixels).write(str(path))


@pytest.mark.parametrize("kind", ["cbf", "edf", "mrc"])
def test_detector_images_are_read_through_fabio(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"image.{kind}"
    write_detector_image(path, PIXELS)
    assert_reads(path)


@pytest.mark.parametrize("kind", ["cbf", "edf", "mrc"])
@pytest.mark.parametrize("keep", [0.6, 0.97])
def test_truncated_detector_images_are_damaged(tmp_path: Path, kind: str, keep: float) -> None:
    path = tmp_path / f"image.{kind}"
    write_detector_image(path, np.random.default_rng(0).integers(0, 9999, (50, 60)).astype("i4"))
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
    assert fault_of(path) is Fault.DAMAGED


@pytest.mark.parametrize("end", [b"--CIF-BINARY", b"--CIF-BINARY-FORMAT-SECTION--", b"\x0c\x1a\x04\xd5"])
def test_a_cbf_file_that_ends_before_its_pixels_is_damaged_at_once(tmp_path: Path, end: bytes) -> None:
    path = tmp_path / "image.cbf"
    write_detector_image(path, PIXELS)
    content = path.read_bytes()
    path.write_bytes(content[: content.index(end)])
    with pytest.raises(ImageError, match="its pixels do not begin"):
        open_image(path)


def test_a_header_that_fabio_searches_for_ever_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    monkeypatch.setattr(detector, "LEAST_SECONDS", 0.05)
    monkeypatch.setattr(fabio, "open", lambda _name: release.wait())
    path = tmp_path / "image.edf"
    path.write_bytes(b"{")
    with pytest.raises(ImageError, match="not done within") as caught:
        open_image(path)
    release.set()
    assert caught.value.fault is Fault.DAMAGED


def test_a_frame_of_several_is_chosen_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "image.edf"
    image = fabio.edfimage.EdfImage(data=PIXELS)
    image.append_frame(data=PIXELS + 1)
    image.write(str(path))
    assert_reads(path, "0")
    assert_reads(path, "1", PIXELS + 1)
    assert fault_of(path) is Fault.UNREADABLE
    for dataset in ("2", "-1", "first"):
        assert fault_of(path, dataset) is Fault.MISSING


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("options", [{}, {"compression": "zlib"}, {"bigtiff": True}, {"rowsperstrip": 2}])
@pytest.mark.parametrize("dtype", ["f4", "u2", "f8"])
def test_tiff_images_are_read(tmp_path: Path, byteorder: Any, options: Any, dtype: str) -> None:
    path = tmp_path / "image.tif"
    tifffile.imwrite(path, PIXELS.astype(dtype), byteorder=byteorder, **options)
    assert_reads(path)
    assert (open_image(path).layout.decode is None) == ("compression" not in options)


def test_a_page_of_a_tiff_file_is_chosen_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "image.tif"
    with tifffile.TiffWriter(path) as writer:
        writer.write(PIXELS)
        writer.write(PIXELS + 1, compression="zlib")
    assert_reads(path, "0")
    assert_reads(path, "1", PIXELS + 1)
    assert fault_of(path, "2") is Fault.MISSING


@pytest.mark.parametrize("keep", [0.02, 0.5, 0.99])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_a_truncated_tiff_file_is_damaged(tmp_path: Path, keep: float, compression: str | None) -> None:
    path = tmp_path / "image.tif"
    tifffile.imwrite(path, np.random.default_rng(0).random((100, 100)), compression=compression)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
    assert fault_of(path) is Fault.DAMAGED


def tiff_with_tag(path: Path, tag: int, value: int, compression: str | None = None) -> None:
    tifffile.imwrite(path, PIXELS, compression=compression, rowsperstrip=5)
    with tifffile.TiffFile(path, mode="r+") as file:
        file.pages.first.tags[tag].overwrite(value)


def test_strips_that_a_tiff_file_lacks_are_not_taken_for_zeros(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "image.tif"
    tiff_with_tag(path, 278, 1, "zlib")  # RowsPerStrip
    assert fault_of(path) is Fault.DAMAGED
    assert capfd.readouterr().err == ""


def test_what_a_tiff_file_says_wrongly_beside_its_pixels_is_noted(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "image.tif"
    tiff_with_tag(path, 296, 77)  # ResolutionUnit
    assert_reads(path)
    assert "RESUNIT" in open_image(path).notes[0]
    assert capfd.readouterr().err == ""


def test_the_only_dataset_with_two_axes_is_found(tmp_path: Path) -> None:
    path = tmp_path / "image.h5"
    with h5py.File(path, "w") as file:
        file["entry/data"] = PIXELS
        file["entry/wavelength"] = 1.0
        file["entry/names"] = ["a", "b"]
    assert_reads(path)
    assert_reads(path, "/entry/data")
    assert_reads(path, "entry/data")
    assert open_image(path).layout.decode is None
    for dataset in ("/entry", "/entry/nothing", "/entry/data/deeper", "/entry/wavelength"):
        assert fault_of(path, dataset) in (Fault.MISSING, Fault.SHAPE)


def test_several_datasets_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "image.h5"
    with h5py.File(path, "w") as file:
        for n in range(12):
            file[f"image{n}"] = PIXELS
    with pytest.raises(ImageError, match=r"12 images.*image0.*\.\.\."):
        open_image(path)


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<i2", ">u8", "?", "f2"])
@pytest.mark.parametrize("options", [{}, {"chunks": (2, 3), "compression": "gzip"}])
def test_datasets_of_every_type_and_layout_are_read(tmp_path: Path, dtype: str, options: Any) -> None:
    path = tmp_path / "image.h5"
    pixels = PIXELS % 2 if dtype == "?" else PIXELS
    with h5py.File(path, "w") as file:
        file.create_dataset("data", data=pixels.astype(dtype), **options)
    assert_reads(path, pixels=pixels)


@pytest.mark.parametrize(
    ("dtype", "packing", "shown"),
    [
        ("i2", {"scale_factor": 0.5, "add_offset": [10.0], "_FillValue": np.int16(1)}, "float64"),
        (">f4", {"_FillValue": np.float32(1), "missing_value": 1.0}, "float32"),
        ("f4", {"_FillValue": np.nan}, "float32"),
        ("f4", {"_FillValue": 1 + 1e-9}, "float32"),
        ("f4", {"missing_value": "N/A", "_FillValue": 1j, "scale_factor": h5py.Empty("f")}, "float32"),
        ("i4", {"missing_value": np.int32(-9)}, "int32"),
    ],
)
def test_packed_and_missing_pixels_of_datasets_are_what_netcdf_means_by_them(
    tmp_path: Path, dtype: str, packing: dict[str, Any], shown: str
) -> None:
    path = tmp_path / "image.nc"
    with h5py.File(path, "w") as file:
        file.create_dataset("data", data=PIXELS.astype(dtype)).attrs.update(packing)
    lacking = {packing.get("_FillValue"), packing.get("missing_value")}
    pixels = 10 + 0.5 * PIXELS if "add_offset" in packing else PIXELS.astype("f8")
    found = np.where(PIXELS == 1, np.nan, pixels) if {1, 1 + 1e-9} & lacking else pixels
    assert np.array_equal(open_image(path).data.numpy(), found, equal_nan=True)
    assert open_image(path).dtype == shown


@pytest.mark.parametrize("options", [{}, {"chunks": (2, 3), "compression": "gzip"}])
def test_complex_pixels_of_datasets_and_tiff_pages_are_pairs(tmp_path: Path, options: Any) -> None:
    pixels = (PIXELS * (1 + 2j)).astype("c8")
    with h5py.File(tmp_path / "image.h5", "w") as file:
        file.create_dataset("data", data=pixels, **options)
    tifffile.imwrite(tmp_path / "image.tif", pixels, photometric="minisblack")
    for name in ("image.h5", "image.tif"):
        assert_reads(tmp_path / name, pixels=np.stack([PIXELS, 2 * PIXELS], axis=-1))
        assert open_image(tmp_path / name).layout.is_complex


def test_a_file_with_a_user_block_is_read(tmp_path: Path) -> None:
    path = tmp_path / "image.h5"
    with h5py.File(path, "w", userblock_size=1024) as file:
        file["data"] = PIXELS
    with path.open("r+b") as raw:
        raw.write(b"hello")
    assert_reads(path)


def test_a_dataset_that_was_never_written_is_its_fill_value(tmp_path: Path) -> None:
    path = tmp_path / "image.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("data", (5, 8), "f4", fillvalue=3)
    assert_reads(path, pixels=np.full((5, 8), 3))


def test_links_inside_the_file_and_its_folder_are_followed(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["deep/data"] = PIXELS
    path = tmp_path / "image.h5"
    with h5py.File(path, "w") as file:
        file["entry/there"] = h5py.ExternalLink("data.h5", "/deep")
        file["entry/soft"] = h5py.SoftLink("there/data")
        file["soft"] = h5py.SoftLink("/entry/soft")
        file["loop"] = h5py.SoftLink("/loop")
    for dataset in ("entry/there/data", "entry/soft", "soft"):
        assert_reads(path, dataset)
    assert fault_of(path, "loop") is Fault.MISSING


def test_links_out_of_the_folder_are_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["data"] = PIXELS
    folder = tmp_path / "folder"
    folder.mkdir()
    path = folder / "image.h5"
    layout = h5py.VirtualLayout((5, 8), "i4")
    layout[:] = h5py.VirtualSource(str(tmp_path / "data.h5"), "data", (5, 8))
    with h5py.File(path, "w") as file:
        file["link"] = h5py.ExternalLink("../data.h5", "/data")
        file["absolute"] = h5py.ExternalLink(str(tmp_path / "data.h5"), "/data")
        file["through"] = h5py.SoftLink("link")
        file.create_virtual_dataset("virtual", layout)
        file.create_dataset("raw", (5, 8), "i4", external=[(str(tmp_path / "data.h5"), 0, 160)])
    for dataset in ("link", "absolute", "through", "virtual", "raw"):
        with pytest.raises(ImageError, match=r"out of its folder|in other files"):
            open_image(path, ImageSpec(dataset=dataset))


def test_a_virtual_dataset_of_the_folder_is_read(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["data"] = PIXELS
    layout = h5py.VirtualLayout((5, 8), "i4")
    layout[:] = h5py.VirtualSource("data.h5", "data", (5, 8))
    with h5py.File(tmp_path / "image.h5", "w") as file:
        file.create_virtual_dataset("virtual", layout)
    assert_reads(tmp_path / "image.h5")


@pytest.mark.parametrize("content", [b"\x89HDF\r\n\x1a\n" + bytes(500), b"\x89HDF\r\n\x1a\n"])
def test_a_damaged_hdf5_file_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "image.h5").write_bytes(content)
    assert fault_of(tmp_path / "image.h5") is Fault.DAMAGED


def test_a_truncated_hdf5_file_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "image.h5"
    with h5py.File(path, "w") as file:
        file["data"] = np.ones((100, 100))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert fault_of(path) is Fault.DAMAGED


@pytest.mark.parametrize("kind", ["h5", "tif"])
def test_an_image_too_large_to_decode_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(arrays, "DECODED_LIMIT_BYTES", 100)
    path = tmp_path / f"image.{kind}"
    if kind == "h5":
        with h5py.File(path, "w") as file:
            file.create_dataset("data", data=PIXELS, compression="gzip")
    else:
        tifffile.imwrite(path, PIXELS, compression="zlib")
    assert fault_of(path) is Fault.UNREADABLE


@pytest.mark.parametrize(
    ("suffix", "head", "module", "extra"),
    [
        (".h5", b"\x89HDF\r\n\x1a\n", "h5py", "hdf5"),
        (".tif", b"II*\x00", "tifffile", "tiff"),
        (".cbf", b"###CBF: VERSION", "fabio", "detectors"),
    ],
)
def test_a_package_that_is_not_installed_is_named_with_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, head: bytes, module: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    path = tmp_path / f"image{suffix}"
    path.write_bytes(head + bytes(100))
    with pytest.raises(ImageError) as caught:
        open_image(path)
    assert caught.value.fault is Fault.UNREADABLE
    assert f"pip install 'bisect-parity[{extra}]'" in caught.value.remedy


def test_the_first_bytes_tell_the_format_where_the_name_does_not(tmp_path: Path) -> None:
    path = tmp_path / "image"
    with path.open("wb") as file:
        np.save(file, PIXELS)
    assert open_image(path).description.startswith(".npy")
    tifffile.imwrite(tmp_path / "image.tif", PIXELS)
    (tmp_path / "image.tif").rename(path)
    assert open_image(path).description.startswith("TIFF")
