"""From the program that a command names to its file, and to the options that its code declares. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from bisect_parity.params.model import Default, FileDefaults

__all__ = ["declared_options", "imported_paths", "program_path"]

MOST_MODULES = 500
_MODULE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_ENTRY_TABLES = ("project.scripts.", "project.gui-scripts.", "tool.poetry.scripts.")


def program_path(program: str, paths: Collection[str], parsed: Mapping[str, FileDefaults]) -> str | None:
    """The file of a program, as far as exactly one can be meant.

    Args:
        program: a path of any root, a module (`python -m a.b`), or the name of an installed command.
        paths: of all files of the commit.
        parsed: those that were read; pyproject.toml tells what an installed command runs.
    """
    words = [word for word in program.split("/") if word not in ("", ".", "..")]
    for at in range(len(words)):
        tail = "/".join(words[at:])
        if tail in paths:
            return tail
    if words and "." in words[-1]:
        named = [path for path in paths if path.endswith(f"/{words[-1]}")]
        if len(named) == 1:
            return named[0]
    if len(words) != 1:
        return None
    module = _entry_module(program, parsed) or program
    return _module_path(module, paths, ("", "src/")) if _MODULE.fullmatch(module) else None


def imported_paths(importer: str, content: FileDefaults, paths: Collection[str]) -> Iterator[str]:
    """The files of the repository that a Python file imports."""
    folder = importer.rpartition("/")[0]
    roots = dict.fromkeys(("", "src/", "lib/", "python/", f"{folder}/" if folder else ""))
    package_root = folder
    while package_root and f"{package_root}/__init__.py" in paths:
        package_root = package_root.rpartition("/")[0]
    roots[f"{package_root}/" if package_root else ""] = None
    for module in content.imports:
        name = module.lstrip(".")
        dots = len(module) - len(name)
        if dots:
            base = folder.split("/")[: len(folder.split("/")) - dots + 1] if folder else []
            places: tuple[str, ...] = ("/".join(base) + "/" if base else "",)
        else:
            places = tuple(roots)
        found = _module_path(name, paths, places)
        if found is not None and found != importer:
            yield found


def declared_options(path: str, parsed: Mapping[str, FileDefaults]) -> list[tuple[str, Default]]:
    """The options that a program's file and the modules that it imports declare, nearest first.

    Returns:
        the declaring path with each option; what a nearer file declares hides what a farther one does.
    """
    found: list[tuple[str, Default]] = []
    taken: set[str] = set()
    level, seen = [path], {path}
    while level and len(seen) < MOST_MODULES:
        here = [(file, item) for file in level for item in parsed[file].values if item.option is not None]
        found += [
            (file, item) for file, item in here if item.option is not None and item.option.name not in taken
        ]
        taken.update(item.option.name for _, item in here if item.option is not None)
        below = [p for file in level for p in imported_paths(file, parsed[file], parsed.keys())]
        level = [p for p in dict.fromkeys(below) if p not in seen]
        seen.update(level)
    return found


def _module_path(module: str, paths: Collection[str], roots: tuple[str, ...]) -> str | None:
    name = module.replace(".", "/")
    for root in roots:
        for ending in (".py", "/__main__.py", "/__init__.py"):
            if (candidate := f"{root}{name}{ending}" if name else f"{root}__init__.py") in paths:
                return candidate
    return None


def _entry_module(program: str, parsed: Mapping[str, FileDefaults]) -> str | None:
    """The module that an installed command runs, as pyproject.toml says."""
    wanted = {f"{table}{program}" for table in _ENTRY_TABLES}
    for path, content in parsed.items():
        if path.rpartition("/")[2] == "pyproject.toml":
            for item in content.values:
                if item.name in wanted and isinstance(item.value, str):
                    return item.value.partition(":")[0].strip()
    return None
