"""Packages that a project asks for, or has locked, by their names. Pure."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from bisect_parity.params.collect import file_defaults
from bisect_parity.params.model import Default, FileDefaults

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["lock_defaults", "requirement_defaults"]

_REQUIRED = re.compile(
    r"([A-Za-z0-9][\w.-]*)\s*(?:\[[^\[\]]*\])?\s*((?:[=<>~!@][^;#]*)?)(?:;[^#]*)?(?:\s#.*)?"
)


def requirement_defaults(source: bytes) -> FileDefaults:
    """The packages of requirements.txt and the like with what is asked of their versions; never raises."""

    def items() -> Iterator[Default]:
        lines = source.decode("utf-8-sig", "replace").splitlines()
        for number, line in enumerate(lines, 1):
            found = _REQUIRED.fullmatch(line.strip().removesuffix("\\").strip())
            if found is not None:
                yield Default(found[1].lower(), "".join(found[2].split()), number)

    return file_defaults(items(), is_text=True)


def lock_defaults(source: bytes) -> FileDefaults:
    """The versions in a lock file in TOML (poetry, uv, PDM, Cargo); never raises. Others state nothing."""
    try:
        document = tomllib.loads(source.decode("utf-8"))
    except (ValueError, RecursionError):
        return FileDefaults()
    packages: Any = document.get("package")
    return file_defaults(
        (
            Default(str(item["name"]).lower(), str(item["version"]), 0)
            for item in (packages if isinstance(packages, list) else ())
            if isinstance(item, dict) and "name" in item and "version" in item
        ),
        is_text=True,
    )
