"""Files of settings that a command names: what they state counts before the defaults of the code. Pure.

`train.py --config conf/a.yaml` runs with what conf/a.yaml states at the commit of the run, unless the command
line or the environment say otherwise. Of several files the last counts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.evidence.programs import parse_options
from bisect_parity.params.model import Expression, plain_name, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from bisect_parity.params.code import CommitDefaults
    from bisect_parity.params.model import Default, FileDefaults, Option, Value

_FILE = re.compile(r"(?i)[^\s=]+\.(?:ya?ml|json[c5]?|toml|ini|cfg|conf)")
_FLAG = re.compile(
    r"(?i)-{1,2}(?:(?!log)[a-z]+[_.-])?(?:c|config(?:uration)?s?|cfg|conf|params?|parameters|hparams|settings|args|ya?ml|toml)"
    r"(?:[_-]?(?:file|path|name|ya?ml|json))?"
)
_PATH = re.compile(r"(?:pathlib\.)?Path\((?P<quote>[\"'])(?P<text>[^\"'()]+)(?P=quote)\)")
_ELEMENT = re.compile(r"(.+)\[(\d+)\]")


def named_files(arguments: Sequence[str]) -> list[tuple[str, bool]]:
    """The files of settings that the arguments of a command name, and whether a flag says that they are."""
    options, positional = parse_options(arguments, is_pytest=False)
    flagged = [
        text
        for flag, value in options.items()
        if not isinstance(value, bool) and _FLAG.fullmatch(flag)
        for text in ((value,) if isinstance(value, str) else value)
    ]
    words = [(text, True) for text in flagged] + [(text, False) for text in positional]
    return [(text, is_flagged) for text, is_flagged in words if _FILE.fullmatch(text)]


def file_values(
    words: Sequence[str],
    declared: Sequence[tuple[str, Default]],
    given: Collection[str],
    code: CommitDefaults,
) -> tuple[dict[str, Value], str]:
    """What the files of settings that a command names state, by key, and a doubt where some are not at hand.

    Args:
        words: of the command, behind its program; files that the code reads unasked count before, and so do
            those that are the default of an option.
        declared: the options of the program.
        given: the destinations of those that the command gives.
        code: of the commit of the run, with its files.
    """
    destinations = {plain_name(item.option.destination) for _, item in declared if item.option is not None}
    own = [code.files[path] for path in dict.fromkeys(path for path, _ in declared)]
    modules = {module.partition(".")[0] for content in own for module in content.imports}
    unasked = [text for content in own for text in content.settings]
    unasked += [text for _, item in declared for text in _default_file(item, given)]
    at_hand = [(text, True) for text in unasked if _path(text, code.files.keys())]
    found: dict[str, Value] = {}
    missing = []
    for text, is_flagged in (*at_hand, *named_files(words)):
        path = _path(text, code.files.keys())
        if path is None:
            missing += [text] if is_flagged else []
            continue
        items = list(_whole_lists(code.files[path]))
        if "configargparse" in modules:  # which ignores sections
            items = [evolve(item, name=item.name.rpartition(".")[2]) for item in items]
        if is_flagged or any(plain_name(item.name) in destinations for item in items):
            found |= {item.name: evolve(code.value(item, path), note=f"from {path}") for item in items}
    doubt = f"unless {' or '.join(missing)}, which is not at hand, sets it" if missing else ""
    return found, doubt


def _default_file(item: Default, given: Collection[str]) -> Iterator[str]:
    """The file of settings that an option names where it is not given."""
    option = item.option
    if option is None or option.destination in given:
        return
    text = shown(item.value, is_typed=False)
    path = _PATH.fullmatch(text)
    text = text if path is None else path["text"]
    if _FILE.fullmatch(text) and any(map(_FLAG.fullmatch, option.flags or (f"--{option.destination}",))):
        yield text


def option_of(key: str, options: Iterable[Option]) -> Option | None:
    """The option that a key of a file sets: the one of its name, with `-` and `_` alike."""
    plain = plain_name(key)
    for option in options:
        names = (option.destination, *(flag.lstrip("-") for flag in option.flags if flag.startswith("--")))
        if plain in map(plain_name, names):
            return option
    return None


def _path(text: str, paths: Collection[str]) -> str | None:
    """The file of the commit that a word means, as far as exactly one can be meant.

    A relative word is a path, or the end of one where the program ran in a folder. An absolute one ends with
    the whole path, below a folder: another file of the same name may lie anywhere.
    """
    words = [word for word in text.split("/") if word not in ("", ".", "..")]
    if text.startswith(("/", "~")):
        tails = ("/".join(words[at:]) for at in range(len(words) - 1))
        return next((tail for tail in tails if tail in paths), None)
    plain = "/".join(words)
    ends = [plain] if plain in paths else [path for path in paths if path.endswith(f"/{plain}")]
    return ends[0] if len(ends) == 1 else None


def _whole_lists(content: FileDefaults) -> Iterator[Default]:
    """The values of a file, lists of plain ones as one value each, as code would state them."""
    lists: dict[str, list[Default]] = {}
    for item in content.values:
        element = _ELEMENT.fullmatch(item.name)
        if element is None or "[" in element[1]:
            yield item
        else:
            lists.setdefault(element[1], []).append(item)
    for name, items in lists.items():
        text = ", ".join(repr(i.value) if isinstance(i.value, str) else shown(i.value) for i in items)
        yield evolve(items[0], name=name, value=Expression(f"[{text}]"))
