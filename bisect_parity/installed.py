"""What is installed beside a program, read from the names of folders: no interpreter is started."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote

_DISTRIBUTION = re.compile(r"([A-Za-z0-9][\w.]*?)-([^-]+)\.(?:dist-info|egg-info)")
_URL = re.compile(r'"url":\s*"file://(/[^"]*)"')
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
            names |= {f"{folder.parent.name}/{folder.name} from its folder" for folder in _local(site)}
    return names


def local_folders(programs: Iterable[Path], *, is_loader_wanted: bool = False) -> list[Path]:
    """The folders of source that were installed in the environments that programs may belong to.

    `.pth` files name them, or the statement that the installer leaves beside a package (PEP 610).

    Args:
        programs: see `environment_names`.
        is_loader_wanted: only those that a loader brings in before what PYTHONPATH names, as meson-python and
            scikit-build-core install them.
    """
    prefixes = dict.fromkeys(prefix for program in programs for prefix in _prefixes(program))
    sites = (site for prefix in prefixes for site in _sites(prefix))
    found = (_local(site, is_loader_wanted=is_loader_wanted) for site in sites)
    return [*dict.fromkeys(folder for folders in found for folder in folders)]


def _local(site: Path, *, is_loader_wanted: bool = False) -> list[Path]:
    """The folders of source that were installed in a folder of packages."""
    found = [place.resolve() for place in package_folders(site)[1:] if not place.is_relative_to(site)]
    found = [] if is_loader_wanted else found
    for name in _names(site):
        stated = text_of(site / name / "direct_url.json") if name.endswith(".dist-info") else ""
        if url := _URL.search(stated):
            project, package = Path(unquote(url[1])).resolve(), name.partition("-")[0]
            loaders = (f"_{package}_editable*.py", f"_editable_*{package}.py")
            has_loader = any(True for pattern in loaders for _ in site.glob(pattern))
            is_wanted = has_loader >= is_loader_wanted and project.is_dir()
            if is_wanted and not any(place.is_relative_to(project) for place in found):
                found.append(module_places(project)[-1])
    return found


def module_places(project: Path) -> tuple[Path, ...]:
    """Where a project keeps its Python modules: its top, and `src` if that is no package."""
    source = project / "src"
    has_source = source.is_dir() and not (source / "__init__.py").exists()
    return (project, source) if has_source else (project,)


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
