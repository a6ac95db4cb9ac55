"""Files of torch.save: tensors only; anything that would have to be unpickled as an object is refused."""

from __future__ import annotations

import pickle
import warnings
import zipfile
from pathlib import Path
from typing import Any

from bisect_parity.parity.image_formats.arrays import choose
from bisect_parity.parity.layout import DTYPE_BYTES, Fault, ImageError, ImageSpec, PixelLayout, shape_text


def read(path: Path, head: bytes, size: int, spec: ImageSpec) -> PixelLayout:
    """See `Reader`; the dataset is a key, where a dictionary was saved.

    Raises:
        ImageError: the file is damaged, holds Python objects, or several tensors and none was chosen.
    """
    del head, size
    from bisect_parity.parity.torch_import import torch  # noqa: PLC0415 - only .pt files need it here

    tensor, name = _load(path, spec.dataset)
    is_complex = tensor.is_complex()
    if is_complex:
        tensor = torch.view_as_real(tensor.resolve_conj())
    dtype = str(tensor.dtype).removeprefix("torch.")
    shape = tuple(tensor.shape)
    where = f"{path}::{name}" if name else str(path)
    if dtype not in DTYPE_BYTES or str(tensor.layout) != "torch.strided":
        raise ImageError(
            Fault.DTYPE, f"{where}: pixels of type {dtype} are not supported", "Save real numbers."
        )
    label = f".pt {name}:" if name else ".pt"
    text = f"{label} {dtype}{' (complex)' if is_complex else ''}, {shape_text(shape)}"
    return PixelLayout(shape, dtype, text, decode=lambda: tensor, is_complex=is_complex)


def _load(path: Path, dataset: str | None) -> tuple[Any, str]:
    from bisect_parity.parity.torch_import import torch  # noqa: PLC0415 - only .pt files need it here

    try:
        with warnings.catch_warnings(action="ignore"):  # of pickles that are refused anyway
            content = torch.load(
                path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path) or None
            )
    except pickle.UnpicklingError as error:
        raise ImageError(
            Fault.DTYPE,
            f"{path} is damaged, or holds Python objects, which are never loaded",
            "Save the tensor alone: torch.save(tensor, path).",
        ) from error
    except Exception as error:
        raise ImageError(
            Fault.DAMAGED, f"{path} is not a valid torch file: {type(error).__name__}"
        ) from error
    if isinstance(content, torch.Tensor) and dataset is None:
        return content.detach(), ""
    if not isinstance(content, dict):
        kind = "one tensor" if isinstance(content, torch.Tensor) else f"a {type(content).__name__}"
        raise ImageError(Fault.DAMAGED, f"{path} holds {kind}, not a dictionary of tensors", "Save a tensor.")
    tensors = {str(key): value for key, value in content.items() if isinstance(value, torch.Tensor)}
    name = choose(tensors, dataset, path)
    return tensors[name].detach(), name
