"""What was installed: freezes and lists of pip and conda, and the output of `torch.utils.collect_env`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from attrs import evolve

from bisect_parity.evidence.formats.documents import decode
from bisect_parity.evidence.formats.reader import FormatReader
from bisect_parity.evidence.formats.text_file import read_text
from bisect_parity.evidence.keys import one_line
from bisect_parity.evidence.model import Findings, Parameter, Source

LEAST_LINES = 3
MOST_LINES = 20_000
_NAME = r"[A-Za-z0-9][\w.-]*"
_PINNED = re.compile(rf"({_NAME})(?:\[[^\]]*\])?\s*(?:={{2,3}}|=)\s*([^\s;=#]+)(?:=\S+)?(?:\s*[;#].*)?")
_FROM = re.compile(rf"({_NAME}) @ (\S+)")
_EDITABLE = re.compile(r"-e \S+@([0-9a-f]{7,64})#egg=([\w.-]+).*")
_COLUMNS = re.compile(rf"({_NAME})\s+(v?\d\S*)(?:\s+\S+){{0,3}}\s*")
_CERTAIN = re.compile(rf"{_NAME}(?:\[[^\]]*\])?\s*={{2,3}}.*|{_NAME}=[^=]+=\S+|{_NAME} @ \S+|-e \S+#egg=.*")
_LIST_NAME = re.compile(r"(?i)pip|conda|freeze|requirements|packages|versions")
_COLLECTED = re.compile(r"([A-Z][\w /()-]{1,60}?):\s+(\S.*)")
_LIBRARY = re.compile(rf"\[(?:pip3?|conda)\] ({_NAME})(?:==|\s+)(v?\d\S*).*")
_UNKNOWN = frozenset({"n/a", "could not collect", "unknown", "none"})
_TABLE_HEAD = re.compile(rb"# packages in environment|Package\s+Version\b")
_RENAMED = {
    "CUDA runtime version": "nvcc version"
}  # so collect_env calls what nvcc says, which torch does not use
_COLLECT_ENV = (b"Collecting environment information", b"Is CUDA available:")


def _claims(path: PurePosixPath, head: bytes) -> bool:
    suffix = path.suffix.lower()
    if suffix in {".yml", ".yaml"}:
        return b"dependencies:" in head and (b"channels:" in head or path.stem.startswith(("env", "conda")))
    if suffix not in {".txt", ".log", ".out", ""}:
        return False
    if _COLLECT_ENV[0] in head or _COLLECT_ENV[1] in head or _TABLE_HEAD.match(head):
        return True
    is_named = _LIST_NAME.search(path.name) is not None
    if not is_named and b"=" not in head and b"@" not in head:  # one of which is in what is certain
        return False
    lines = [line for line in decode(head).split("\n")[:-1] if line.strip() and not line.startswith("#")]
    if not is_named and not any(map(_is_certain, lines)):
        return False  # `rmse 0.5` and `rmse = 0.5` look like columns of a list, too
    named = sum(next(_package(line), None) is not None for line in lines)
    return named >= max(LEAST_LINES, 0.8 * len(lines))


def _read(path: str, data: bytes) -> Findings:
    """Reads lists of packages; what else stands in such a file is read as text."""
    text = decode(data)
    found = read_text(path, text, has_commands=False)
    is_collected = any(mark in data for mark in _COLLECT_ENV)
    lines = enumerate(text.splitlines()[:MOST_LINES], 1)
    pairs = collected(lines) if is_collected else _listed(lines)
    parameters = (
        Parameter(name, one_line(value), Source(path, number, one_line(line)))
        for number, line, name, value in pairs
    )
    return evolve(found, environment=tuple(parameters))


def _listed(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str, str, str]]:
    for number, line in lines:
        for name, version in _package(line):
            yield number, line, f"package {_normal(name)}", version


def _is_certain(line: str) -> bool:
    """Whether a line cannot be anything but a package: `name==1.2`, `name=1.2=build`, `name @ url`."""
    return _CERTAIN.fullmatch(_without_bullet(line)) is not None


def _without_bullet(line: str) -> str:
    return re.sub(r"^\s*(?:-\s+(?!e ))?", "", line).rstrip()


def _package(line: str) -> Iterator[tuple[str, str]]:
    """The package that a line of a freeze, of a table or of a conda export names, with its version."""
    plain = _without_bullet(line)
    editable = _EDITABLE.fullmatch(plain)
    if editable is not None:
        yield editable[2], editable[1]
        return
    found = _PINNED.fullmatch(plain) or _FROM.fullmatch(plain) or _COLUMNS.fullmatch(plain)
    if found is not None:
        yield found[1], found[2].rpartition("/")[2] if "://" in found[2] else found[2]


def collected(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str, str, str]]:
    """The lines of torch's own report; of the block about the CPU, its model."""
    in_cpu = False
    for number, line in lines:
        in_cpu = line.startswith("CPU:") or (in_cpu and not line.startswith("Versions of relevant"))
        library = _LIBRARY.fullmatch(line.strip())
        if library is not None:
            yield number, line, f"package {_normal(library[1])}", library[2]
            continue
        field = _COLLECTED.fullmatch(line.strip())
        if field is None or field[2].strip().lower() in _UNKNOWN:
            continue
        if not in_cpu:
            yield number, line, _RENAMED.get(field[1], field[1]), field[2].removeprefix("GPU 0: ")
        elif field[1] == "Model name":
            yield number, line, "CPU model", field[2].strip()


def _normal(name: str) -> str:
    """The name as PEP 503 writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


# a list of packages may do without: any name may be one
READER = FormatReader("packages", ("",), _claims, _read)
