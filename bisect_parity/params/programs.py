"""From the program that a command names to its file, and to the options that its code declares. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from attrs import evolve

from bisect_parity.params.hydra import composed
from bisect_parity.params.model import Default, Expression, FileDefaults, Option
from bisect_parity.params.python_values import stated_by

MOST_MODULES = 500
MOST_HOPS = 5
FIELD_LIBRARIES = frozenset(
    {"tyro", "simple_parsing", "transformers", "jsonargparse", "draccus", "pyrallis", "tap", "datargs"}
    | {"pydantic_settings", "argparse_dataclass", "typed_argparse"}
)
_FIELD = re.compile(r"[A-Z]\w*\.([a-z]\w*)")
_MODULE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_ENTRY_TABLES = ("project.scripts.", "project.gui-scripts.", "tool.poetry.scripts.")


def program_path(program: str, paths: Collection[str], parsed: Mapping[str, FileDefaults]) -> str | None:
    """The file of a program, as far as exactly one can be meant.

    Args:
        program: a path of any root, a module (`python -m a.b`), or the name of an installed command.
        paths: of all files of the commit.
        parsed: those that were read; pyproject.toml says what an installed command runs.
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
    above = folder_above_package(folder, paths)
    roots[f"{above}/" if above else ""] = None
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


def folder_above_package(folder: str, paths: Collection[str]) -> str:
    """The folder in which the outermost package around some code lies; its own where it is in none."""
    while folder and f"{folder}/__init__.py" in paths:
        folder = folder.rpartition("/")[0]
    return folder


def declared_options(path: str, parsed: Mapping[str, FileDefaults]) -> list[tuple[str, Default]]:
    """The options that a program's file and the modules that it imports declare, nearest first.

    Returns:
        the declaring path with each option; what a nearer file declares hides what a farther one does.
    """
    found: list[tuple[str, Default]] = []
    taken: set[str] = set()
    level, seen = [path], {path}
    while level and len(seen) < MOST_MODULES:
        here = [(file, item) for file in level for item in _declared(parsed[file])]
        found += [
            (file, item) for file, item in here if item.option is not None and item.option.name not in taken
        ]
        taken.update(item.option.name for _, item in here if item.option is not None)
        below = [p for file in level for p in imported_paths(file, parsed[file], parsed.keys())]
        level = [p for p in dict.fromkeys(below) if p not in seen]
        seen.update(level)
    return found


def _declared(content: FileDefaults) -> Iterator[Default]:
    """The options of a file; fields of classes are some where a library is imported that makes them so."""
    makes_options = not FIELD_LIBRARIES.isdisjoint(module.partition(".")[0] for module in content.imports)
    for item in content.values:
        field = _FIELD.fullmatch(item.name)
        if item.option is not None:
            yield item
        elif makes_options and field is not None:
            flags = dict.fromkeys((f"--{field[1].replace('_', '-')}", f"--{field[1]}"))
            is_switch = isinstance(item.value, bool)
            negative = tuple(f"--no{flag[1:]}" for flag in flags) if is_switch else ()
            option = Option(tuple(flags), field[1], 0 if is_switch else 1, negative)
            yield evolve(item, name=option.name, option=option)


def hydra_values(
    path: str, parsed: Mapping[str, FileDefaults], words: Sequence[str] = ()
) -> dict[str, tuple[str, Default]]:
    """What the configuration of a Hydra program states for what the command line does not set.

    Returns:
        by key, the file that states the value, and the value; empty for other programs.
    """
    stated = parsed[path].hydra if path in parsed else None
    if stated is None:
        return {}
    pairs = [word.lstrip("+~").partition("=") for word in words if "=" in word and not word.startswith("-")]
    folder = posixpath.normpath(posixpath.join(posixpath.dirname(path), stated[0]))
    given = [(key, value) for key, _, value in pairs]
    return composed(parsed, "" if folder == "." else folder, stated[1], given)


def resolved(item: Default, path: str, parsed: Mapping[str, FileDefaults], depth: int = 0) -> Default:
    """A default whose expression names a constant of another file, with the value of that constant.

    Args:
        item: stated by the file `path`.
        path: of the file.
        parsed: all files of the commit that were read.
        depth: how many files were gone through already.
    """
    content = parsed.get(path)
    if not isinstance(item.value, Expression) or content is None or depth > MOST_HOPS:
        return item
    head, _, tail = stated_by(item.value.text).partition(".")
    imported = content.names.get(head)
    if imported is None or (tail and not _MODULE.fullmatch(tail)):
        return item
    module, name = imported
    wanted = f"{name}.{tail}" if tail else name
    found = _stated(module, wanted, path, parsed)
    if found is None and tail:  # `from package import config`, and then `config.STEPS`
        separator = "" if module.endswith(".") else "."
        found = _stated(f"{module}{separator}{name}", tail, path, parsed)
    if found is None:
        return item
    where, constant = found
    value = resolved(constant, where, parsed, depth + 1).value
    is_told = not (isinstance(value, Expression) and value.text == constant.name)
    return evolve(item, value=value) if is_told else item


def _stated(
    module: str, name: str, importer: str, parsed: Mapping[str, FileDefaults]
) -> tuple[str, Default] | None:
    """The only default of that name in a module, or what the module hands on, with the module's path."""
    place = next(iter(imported_paths(importer, FileDefaults(imports=(module,)), parsed.keys())), None)
    if place is None:
        return None
    names = {name, f"{name}#2"}
    found = [item for item in parsed[place].values if item.name in names]
    if not found and name.partition(".")[0] in parsed[place].names:  # handed on by that module
        return place, Default(name, Expression(name))
    return (place, found[0]) if len(found) == 1 else None


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
