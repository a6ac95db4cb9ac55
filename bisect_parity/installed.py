"""What is installed beside a program, read from the names of folders: no interpreter is started."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

_DISTRIBUTION = re.compile(r"([A-Za-z0-9][\w.]*?)-([^-]+)\.(?:dist-info|egg-info)")
_SITES = ("lib", "lib64", "local/lib")  # of an environment: folders that hold pythonX.Y/site-packages


def text_of(path: str | Path) -> str:
    """The text of a file; empty where it cannot be read."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def package_folders(site: Path) -> list[Path]:
    """A folder of packages, and those that its `.pth` files add."""
    files = (site / name for name in _names(site) if name.endswith(".pth"))
    lines = (line.strip() for file in files for line in text_of(file).splitlines())
    added = (site / line for line in lines if line and not line.startswith(("import", "#")))
    return [site, *filter(Path.is_dir, added)]


def distributions(site: Path) -> Iterator[tuple[str, str]]:
    """Names and versions of the packages of a folder, after those of the folders that it adds."""
    for folder in reversed(package_folders(site)):
        for name in _names(folder):
            found = _DISTRIBUTION.fullmatch(name) if name.endswith("-info") else None
            if found is not None:
                yield found[1], found[2]


def environment_names(programs: Iterable[Path]) -> set[str]:
    """NAME-VERSION of every package in the environments that programs may belong to.

    These are that of venv or conda whose `bin` holds it, that of the system, or each that a shim of pyenv
    may choose.

    Args:
        programs: absolute, as they are called: a link of venv leads out of the environment.
    """
    names = set()
    for prefix in {prefix for program in programs for prefix in _prefixes(program)}:
        names |= {
            name.removesuffix(".json") for name in _names(prefix / "conda-meta") if name.endswith(".json")
        }
        for site in _sites(prefix):
            names |= {f"{name}-{version}" for name, version in distributions(site)}
    return names


def _prefixes(program: Path) -> Iterator[Path]:
    top = program.parent.parent
    yield top
    if program.parent.name == "shims":
        yield from (top / "versions" / name for name in _names(top / "versions"))
    settings = text_of(top / "pyvenv.cfg")
    if not settings or re.search(r"(?im)^include-system-site-packages\s*=\s*true", settings):
        yield program.resolve().parent.parent


def _sites(prefix: Path) -> Iterator[Path]:
    for library in (prefix / name for name in _SITES):
        for python in _names(library):
            if python.startswith("python"):
                yield from (library / python / name for name in ("site-packages", "dist-packages"))


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - names are wanted, of thousands of files
    except OSError:
        return []
