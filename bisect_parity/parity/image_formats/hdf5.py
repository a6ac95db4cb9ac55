"""HDF5 datasets; contiguous ones are read where they lie, and no link leads out of the file's folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bisect_parity.parity.image_formats.arrays import (
    check_decoded_size,
    choose,
    import_extra,
    in_memory,
    name_dtype,
    unpacked,
)
from bisect_parity.parity.layout import Fault, ImageError, ImageSpec, PixelLayout, shape_text

SEARCHED_OBJECTS = 10_000
FOLLOWED_LINKS = 100
LISTED_NAMES = 8
PACKING = ("scale_factor", "add_offset", "_FillValue", "missing_value")  # attributes that netCDF defines


def read(path: Path, head: bytes, size: int, spec: ImageSpec) -> PixelLayout:
    """See `Reader`; the dataset is its path, such as /entry/data.

    Raises:
        ImageError: the file is damaged, a link leads elsewhere, or there is no such dataset.
    """
    del head, size
    h5py = import_extra("h5py", "hdf5", path)
    try:
        with h5py.File(path, "r", locking=False) as file:
            wanted = None if spec.dataset is None else "/" + spec.dataset.strip("/")
            name = choose(_images(file, h5py), None, path) if wanted is None else wanted
            return _layout(_dataset(file, name, path, h5py), name, path)
    except ImageError:
        raise
    except Exception as error:
        raise ImageError(Fault.DAMAGED, f"{path} is not a valid HDF5 file: {error!s:.200}") from error


def _images(file: Any, h5py: Any) -> list[str]:
    """The paths of all datasets of numbers with two axes or more, links to other files left out."""
    found: list[str] = []
    seen = 0

    def visit(name: str, item: Any) -> bool | None:
        nonlocal seen
        seen += 1
        if isinstance(item, h5py.Dataset) and item.ndim > 1 and item.dtype.kind in "buifc":
            found.append("/" + name)
        return True if seen > SEARCHED_OBJECTS else None

    file.visititems(visit)
    return found


def _dataset(file: Any, name: str, path: Path, h5py: Any) -> Any:
    """Follow `name` a step at a time, and look where each link leads before it is followed."""
    item = file
    steps = _steps(name)
    for _ in range(FOLLOWED_LINKS):
        if not steps:
            break
        link = item.get(steps[0], getlink=True) if isinstance(item, h5py.Group) else None
        if link is None:
            choices = ", ".join(_images(file, h5py)[:LISTED_NAMES]) or "none"
            raise ImageError(
                Fault.MISSING, f"{path} holds no dataset {name}", f"Datasets with two axes: {choices}."
            )
        if isinstance(link, h5py.SoftLink):
            item = item.file if link.path.startswith("/") else item
            steps = [*_steps(link.path), *steps[1:]]
            continue
        if isinstance(link, h5py.ExternalLink):
            _check_inside(link.filename, path)
        item = item[steps.pop(0)]
    if not isinstance(item, h5py.Dataset):
        raise ImageError(Fault.MISSING, f"{path}: {name} is no dataset", "Name a dataset of numbers.")
    if item.external:
        raise ImageError(
            Fault.UNREADABLE, f"{path}: {name} keeps its pixels in other files, without a format"
        )
    if item.is_virtual:
        for source in item.virtual_sources():
            _check_inside(source.file_name, path)
    return item


def _steps(name: str) -> list[str]:
    return [step for step in name.split("/") if step not in ("", ".")]


def _check_inside(name: str, path: Path) -> None:
    folder = path.resolve().parent
    if name != "." and not (folder / name).resolve().is_relative_to(folder):
        raise ImageError(
            Fault.UNREADABLE, f"{path}: a link leads out of its folder, to {name}", "Copy the pixels instead."
        )


def _layout(dataset: Any, name: str, path: Path) -> PixelLayout:
    shape = tuple(int(n) for n in dataset.shape or ())
    offset = dataset.id.get_offset()
    is_here = path.samefile(dataset.file.filename)
    packing = {key: dataset.attrs[key] for key in PACKING if key in dataset.attrs}
    packing = {key: value for key, value in packing.items() if _is_of_numbers(value)}
    is_packed = bool(packing) and dataset.dtype.kind in "uif"
    if offset is not None and is_here and dataset.dtype.kind not in "bc" and not is_packed:
        dtype, byte_order = name_dtype(dataset.dtype, f"{path}::{name}")
        text = f"HDF5 {name}: {dtype}, {shape_text(shape)}"
        return PixelLayout(shape, dtype, text, offset, byte_order)
    check_decoded_size(shape, dataset.dtype.itemsize, f"{path}::{name}")
    pixels = _unpacked(dataset[...], packing) if is_packed else dataset[...]
    return in_memory(pixels, f"HDF5 {name}:", path)


def _is_of_numbers(attribute: Any) -> bool:
    """Whether an attribute can mean what netCDF says: those of other conventions may be texts, or empty."""
    dtype = getattr(attribute, "dtype", None)
    return dtype is not None and dtype.kind in "uif" and bool(attribute.size)


def _unpacked(stored: Any, packing: Mapping[str, Any]) -> Any:
    """The pixels that the numbers of a dataset stand for by the conventions of netCDF."""
    numbers = {key: [float(one) for one in getattr(value, "flat", [value])] for key, value in packing.items()}
    scale, zero = (
        numbers.get(key, [usual])[0] for key, usual in (("scale_factor", 1.0), ("add_offset", 0.0))
    )
    missing = [*numbers.get("_FillValue", ()), *numbers.get("missing_value", ())]
    return unpacked(stored, scale, zero, missing)
