"""Which files state defaults, judged by their names, and what reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bisect_parity.params.c_defaults import c_defaults, cpp_defaults, header_defaults
from bisect_parity.params.config_files import ini_defaults, json_defaults, toml_defaults, yaml_defaults
from bisect_parity.params.python_defaults import python_defaults

if TYPE_CHECKING:
    from collections.abc import Callable

    from bisect_parity.params.model import FileDefaults

__all__ = ["LARGEST_FILE", "is_code", "reader_of"]

LARGEST_FILE = 2 * 2**20
_CODE: dict[str, Callable[[bytes], FileDefaults]] = {
    "py": python_defaults,
    "c": c_defaults,
    "h": header_defaults,
    **dict.fromkeys(("cc", "cpp", "cxx", "hh", "hpp", "hxx", "cu", "cuh"), cpp_defaults),
}
_READERS: dict[str, Callable[[bytes], FileDefaults]] = {
    **_CODE,
    "toml": toml_defaults,
    **dict.fromkeys(("yaml", "yml"), yaml_defaults),
    "json": json_defaults,
    **dict.fromkeys(("ini", "cfg"), ini_defaults),
}


def reader_of(path: str) -> Callable[[bytes], FileDefaults] | None:
    """The reader of a file; None where it states no defaults."""
    return _READERS.get(_suffix(path))


def is_code(path: str) -> bool:
    """Whether a file is code, not configuration."""
    return _suffix(path) in _CODE


def _suffix(path: str) -> str:
    name = path.rpartition("/")[2]
    return name.rpartition(".")[2].lower() if "." in name else ""
