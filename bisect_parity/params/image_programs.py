"""Programs whose options say that they write one file: how they would be called in a case. Pure."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.params.model import plain_name
from bisect_parity.params.programs import folder_above_package

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from bisect_parity.params.model import Default, FileDefaults, Option

SUFFIXES = (
    ".npy",
    ".npz",
    ".raw",
    ".bin",
    ".h5",
    ".hdf5",
    ".tif",
    ".tiff",
    ".pt",
    ".safetensors",
    ".csv",
    ".txt",
)
_OUT = re.compile(r"o|(?:out|output|save|dest)(?:_?(?:file|path|name|filename|image|to))?")
_SIZE = re.compile(
    r"n|n_?pix(?:els?)?|pixels|size|(?:image|grid|detector)_?size|width|resolution|det_?pixels"
)


@frozen
class ImageProgram:
    """A Python program that takes the name of a file to write.

    Attributes:
        path: of its file.
        words: that call it, with {python}, {worktree}, {out} and {size}; what must be given besides is
            named in capitals.
        size: the default of the option that {size} stands for; None where there is none.
        suffix: of the file that is written by default; empty where it is no known image format.
        root: the folder that must be on Python's path, "" for the top.
    """

    path: str
    words: tuple[str, ...]
    size: int | None
    suffix: str
    root: str


def image_programs(files: Mapping[str, FileDefaults], paths: Collection[str]) -> list[ImageProgram]:
    """The programs among some files that declare the file to write as an option or an argument.

    Args:
        files: by path, what was read of them.
        paths: of all files of the commit; those of a package are run as modules.
    """
    found = []
    for path, content in files.items():
        options = [(item, item.option) for item in content.values if item.option is not None]
        output = next(((item, option) for item, option in options if _is(option, _OUT)), None)
        if output is None or not path.endswith(".py") or set("{}") & set(path):
            continue
        item, chosen = output
        same = [pair for pair in options if pair[1].command in ("", chosen.command)]
        size = next((pair for pair in same if _is(pair[1], _SIZE) and _is_whole(pair[0])), None)
        head, root = _head(path, content, paths)
        words = (*head, *chosen.command.split(), *_given(same, chosen, None if size is None else size[1]))
        suffix = posixpath.splitext(str(item.value))[1].lower()
        found.append(
            ImageProgram(
                path,
                words,
                size[0].value if size is not None and isinstance(size[0].value, int) else None,
                suffix if suffix in SUFFIXES else "",
                root,
            )
        )
    return found


def _is(option: Option, pattern: re.Pattern[str]) -> bool:
    """Whether an option that takes one word has such a name."""
    names = (option.destination, *(flag.lstrip("-") for flag in option.flags))
    return option.arity == 1 and any(pattern.fullmatch(plain_name(name)) for name in names)


def _is_whole(item: Default) -> bool:
    is_number = isinstance(item.value, int) and not isinstance(item.value, bool)
    return is_number or (item.option is not None and item.option.type_name == "int")


def _head(path: str, content: FileDefaults, paths: Collection[str]) -> tuple[tuple[str, ...], str]:
    """The words that start a program, as a module where it is one of a package and imports its neighbours."""
    folder = path.rpartition("/")[0]
    if f"{folder}/__init__.py" not in paths:
        return ("{python}", f"{{worktree}}/{path}"), ""
    root = folder_above_package(folder, paths)
    module = path.removeprefix(f"{root}/" if root else "").removesuffix(".py").replace("/", ".")
    first = module.partition(".")[0]
    if any(name.startswith((".", first)) for name in content.imports):
        return ("{python}", "-m", module.removesuffix(".__main__")), "" if root == "src" else root
    return ("{python}", f"{{worktree}}/{path}"), ""


def _given(options: Sequence[tuple[Default, Option]], output: Option, size: Option | None) -> Iterator[str]:
    """The words after the program: arguments in their order, then what is needed, the size and the file."""
    for item, option in sorted(options, key=lambda pair: bool(pair[1].flags)):
        value = "{out}" if option is output else "{size}" if option is size else None
        if value is None and not item.is_missing:
            continue
        flag = [option.name.rpartition(" ")[2]] if option.flags else []
        yield from (*flag, value if value is not None else option.destination.upper())
