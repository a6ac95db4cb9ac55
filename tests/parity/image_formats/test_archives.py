"""Archives and files of tensors: .npz, .safetensors and .pt."""

from __future__ import annotations

import json
import os
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bisect_parity.parity.image_formats import arrays
from bisect_parity.parity.images import Fault, ImageError, ImageSpec, open_image
from bisect_parity.parity.pair import compare_images
from tests.parity.image_formats.test_detectors import assert_reads

if TYPE_CHECKING:
    from pathlib import Path

PIXELS = np.arange(40, dtype="f4").reshape(5, 8)


def fault_of(path: Path, spec: ImageSpec | None = None) -> Fault:
    with pytest.raises(ImageError) as caught:
        open_image(path, spec)
    return caught.value.fault


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<i2", ">u8", "?"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_the_only_array_of_an_npz_archive_is_read(tmp_path: Path, save: Any, dtype: str, order: Any) -> None:
    pixels = (PIXELS % 2 if dtype == "?" else PIXELS).astype(dtype)
    save(tmp_path / "image.npz", np.asarray(pixels, order=order))
    assert_reads(tmp_path / "image.npz", pixels=pixels)


def test_an_array_of_an_npz_archive_is_chosen_by_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "image.npz", first=PIXELS, second=PIXELS + 1)
    assert_reads(tmp_path / "image.npz", "second", PIXELS + 1)
    with pytest.raises(ImageError, match=r"2 images.*first, second"):
        open_image(tmp_path / "image.npz")
    with pytest.raises(ImageError, match="no 'third'"):
        open_image(tmp_path / "image.npz", ImageSpec(dataset="third"))


def test_an_npz_archive_without_arrays_holds_no_image(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "image.npz", "w") as archive:
        archive.writestr("notes.txt", "nothing")
    assert fault_of(tmp_path / "image.npz") is Fault.DAMAGED


def test_objects_in_an_npz_archive_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "image.npz", np.array([{}], dtype=object))
    assert fault_of(tmp_path / "image.npz") is Fault.DTYPE


def test_an_npz_member_whose_header_lies_is_damaged(tmp_path: Path) -> None:
    np.save(tmp_path / "inner.npy", PIXELS)
    content = (tmp_path / "inner.npy").read_bytes()
    with zipfile.ZipFile(tmp_path / "image.npz", "w") as archive:
        archive.writestr("image.npy", content[:-4])
    assert fault_of(tmp_path / "image.npz") is Fault.DAMAGED


def test_a_compressed_array_whose_bytes_are_damaged_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "image.npz"
    np.savez_compressed(path, np.random.default_rng(0).random((200, 200)))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(content)
    image = open_image(path)
    with pytest.raises(ImageError) as caught:
        compare_images(image, image)
    assert (caught.value.fault, caught.value.role) == (Fault.DAMAGED, "reference")


def test_a_bomb_is_refused_before_it_is_decompressed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "DECODED_LIMIT_BYTES", 2**20)
    np.savez_compressed(tmp_path / "image.npz", np.zeros((1024, 1024)))
    assert fault_of(tmp_path / "image.npz") is Fault.UNREADABLE


def test_an_npz_member_that_is_not_where_the_archive_says_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "image.npz"
    np.savez(path, PIXELS)
    content = bytearray(path.read_bytes())
    content[2] = 7
    path.write_bytes(content)
    assert fault_of(path) is Fault.DAMAGED


@settings(max_examples=60, deadline=None)
@given(
    places=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=4), cut=st.integers(0, 300)
)
@pytest.mark.parametrize("name", ["stored.npz", "packed.npz", "image.safetensors"])
def test_a_damaged_archive_gives_an_image_or_one_clear_error(
    tmp_path_factory: pytest.TempPathFactory, name: str, places: list[tuple[int, int]], cut: int
) -> None:
    path = tmp_path_factory.getbasetemp() / name
    if name == "stored.npz":
        np.savez(path, PIXELS)
    elif name == "packed.npz":
        np.savez_compressed(path, PIXELS)
    else:
        safetensors.torch.save_file({"image": torch.from_numpy(PIXELS)}, path)
    content = bytearray(path.read_bytes())
    for place, value in places:
        content[place % len(content)] = value
    path.write_bytes(content[: max(1, len(content) - cut)])
    message = name
    try:
        image = open_image(path)
        compare_images(image, image)
    except ImageError as error:
        message = error.message
    assert name in message


def test_a_tensor_of_a_safetensors_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "image.safetensors"
    safetensors.torch.save_file({"image": torch.from_numpy(PIXELS)}, path, metadata={"made": "by hand"})
    assert_reads(path)


@pytest.mark.parametrize(
    "dtype",
    [torch.bfloat16, torch.float16, torch.float64, torch.uint8, torch.int64, torch.uint16, torch.bool],
)
def test_safetensors_of_every_type_are_read(tmp_path: Path, dtype: torch.dtype) -> None:
    path = tmp_path / "image.safetensors"
    tensor = torch.from_numpy(PIXELS % 2).to(dtype)
    safetensors.torch.save_file({"a": tensor, "b": torch.zeros(3)}, path)
    assert_reads(path, "a", PIXELS % 2)
    assert fault_of(path) is Fault.UNREADABLE


def safetensors_bytes(header: Any, data: int = 160) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + bytes(data)


ENTRY = {"dtype": "F32", "shape": [5, 8], "data_offsets": [0, 160]}


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (safetensors_bytes({"a": ENTRY}, 159), Fault.DAMAGED),
        (safetensors_bytes({"a": ENTRY | {"data_offsets": [0, 156]}}), Fault.DAMAGED),
        (safetensors_bytes({"a": ENTRY | {"data_offsets": [-8, 152]}}), Fault.DAMAGED),
        (safetensors_bytes({"a": ENTRY | {"data_offsets": [160]}}), Fault.DAMAGED),
        (safetensors_bytes({"a": ENTRY | {"shape": [5.0, 8]}}), Fault.DAMAGED),
        (safetensors_bytes({"a": ENTRY | {"shape": [2**62, 8]}}), Fault.SHAPE),
        (safetensors_bytes({"a": ENTRY | {"shape": []}}), Fault.SHAPE),
        (safetensors_bytes({"a": ENTRY | {"dtype": "F8_E4M3"}}), Fault.DTYPE),
        (safetensors_bytes({"a": ENTRY | {"dtype": ["F32"]}}), Fault.DTYPE),
        (safetensors_bytes({"a": {}}), Fault.DAMAGED),
        (safetensors_bytes({"a": 3}), Fault.DAMAGED),
        (safetensors_bytes({}), Fault.DAMAGED),
        (safetensors_bytes([1]), Fault.DAMAGED),
        (safetensors_bytes(b"{"), Fault.DAMAGED),
        (safetensors_bytes(b"[" * 100_000), Fault.DAMAGED),
        ((2**63).to_bytes(8, "little") + b"{}", Fault.DAMAGED),
        (b"1234", Fault.DAMAGED),
    ],
)
def test_safetensors_headers_that_lie_are_refused(tmp_path: Path, content: bytes, fault: Fault) -> None:
    (tmp_path / "image.safetensors").write_bytes(content)
    assert fault_of(tmp_path / "image.safetensors") is fault


@pytest.mark.parametrize("new_format", [True, False])
def test_a_saved_tensor_is_read(tmp_path: Path, new_format: bool) -> None:
    path = tmp_path / "image.pt"
    torch.save(torch.from_numpy(PIXELS), path, _use_new_zipfile_serialization=new_format)
    assert_reads(path)


def test_a_parameter_that_wants_gradients_is_read(tmp_path: Path) -> None:
    torch.save(torch.nn.Parameter(torch.from_numpy(PIXELS)), tmp_path / "image.pt")
    assert_reads(tmp_path / "image.pt")


def test_a_tensor_of_a_saved_dictionary_is_chosen_by_name(tmp_path: Path) -> None:
    path = tmp_path / "image.pt"
    torch.save({"a": torch.from_numpy(PIXELS).T.contiguous().T, "b": torch.zeros(3), "n": 3}, path)
    assert_reads(path, "a")
    assert fault_of(path) is Fault.UNREADABLE
    torch.save({"a": torch.from_numpy(PIXELS)}, path)
    assert_reads(path)


class _Trap:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


@pytest.mark.filterwarnings("error")
def test_a_bare_pickle_is_refused_without_a_warning_of_torch(tmp_path: Path) -> None:
    (tmp_path / "image.pt").write_bytes(b"\x80\x04}\x94\x8c\x01x\x94K\x01s.")  # {"x": 1}
    assert fault_of(tmp_path / "image.pt") is Fault.DTYPE


def test_pickled_objects_are_refused_and_not_run(tmp_path: Path) -> None:
    torch.save(_Trap(tmp_path / "trace"), tmp_path / "image.pt")
    assert fault_of(tmp_path / "image.pt") is Fault.DTYPE
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize("content", [[torch.zeros(3)], 3])
def test_a_saved_list_or_number_is_refused(tmp_path: Path, content: Any) -> None:
    torch.save(content, tmp_path / "image.pt")
    assert fault_of(tmp_path / "image.pt") is Fault.DAMAGED


def test_a_dataset_of_a_saved_tensor_is_refused(tmp_path: Path) -> None:
    torch.save(torch.zeros(3), tmp_path / "image.pt")
    assert fault_of(tmp_path / "image.pt", ImageSpec(dataset="a")) is Fault.DAMAGED


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_complex_array_of_an_archive_is_read_as_pairs(tmp_path: Path, save: Any) -> None:
    save(tmp_path / "image.npz", PIXELS * (1 + 2j))
    assert_reads(tmp_path / "image.npz", pixels=np.stack([PIXELS, 2 * PIXELS], axis=-1))


def test_a_complex_tensor_is_read_as_pairs(tmp_path: Path) -> None:
    torch.save(torch.from_numpy(PIXELS) * (1 + 2j), tmp_path / "image.pt")
    assert_reads(tmp_path / "image.pt", pixels=np.stack([PIXELS, 2 * PIXELS], axis=-1))


def test_sparse_tensors_are_refused(tmp_path: Path) -> None:
    torch.save(torch.eye(2).to_sparse(), tmp_path / "image.pt")
    assert fault_of(tmp_path / "image.pt") is Fault.DTYPE


@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_a_truncated_torch_file_is_damaged(tmp_path: Path, keep: float) -> None:
    path = tmp_path / "image.pt"
    torch.save(torch.zeros(100, 100), path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
    assert fault_of(path) in (Fault.DAMAGED, Fault.DTYPE)
