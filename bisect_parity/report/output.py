"""What lies in an evidence output folder: documents, images and commands. Read-only, and bounded."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from attrs import define, field, frozen

from bisect_parity.errors import EvidenceError
from bisect_parity.report.audit_documents import Diagnosis, Matrix, ParamDiff, Provenance
from bisect_parity.report.documents import read_as
from bisect_parity.report.search_documents import Bisection, Sweep
from bisect_parity.report.trial_documents import Comparison, Isolation, Rerun
from bisect_parity.wording import natural_order

Kind = TypeVar("Kind")

DEEPEST = 4  # folders below the one that was named
MOST_FILES = 20_000
LARGEST_DOCUMENT_BYTES = 64 * 2**20
LARGEST_LOG_BYTES = 2**18
SCHEMA_PREFIX = "bisect-parity/"
ROLES = ("reference", "candidate")
BASELINE = (Matrix, Provenance, ParamDiff, Diagnosis)  # of which the latest counts
SEARCHES = (Bisection, Sweep, Isolation, Rerun)
_PREVIEW = re.compile(r"(?:(?P<check>.+)\.)?preview(?:-[^.]*)?\.npz")
_IMAGE = re.compile(r"(?P<role>reference|candidate)(?P<size>-[^.]*)?\.(?!txt|json|md)\w+")


@frozen
class CommandLogText:
    """A commands.txt: its path, its text (the last part of a long one), and whether it was cut."""

    path: str
    text: str
    is_cut: bool


@frozen
class KeptImages:
    """What is kept of the images of one check.

    Attributes:
        name: the files, relative to the evidence output.
        files: a preview, or reference and candidate.
        comparison: from the verdict beside them; None where there is none.
    """

    name: str
    files: tuple[Path, ...]
    comparison: Comparison | None


@define
class EvidenceOutput:
    """Everything that a report is made from.

    Attributes:
        folder: that was named.
        documents: of any kind, by their paths relative to the folder, with forward slashes, in their order.
        images: of all checks that kept any.
        commands: all logs.
        problems: what could not be read, or was not looked at, a sentence each.
    """

    folder: Path
    documents: dict[str, object] = field(factory=dict, repr=False)
    images: list[KeptImages] = field(factory=list)
    commands: list[CommandLogText] = field(factory=list)
    problems: list[str] = field(factory=list)

    def every(self, kind: type[Kind]) -> dict[str, Kind]:
        """The documents of a kind, by path."""
        return {path: value for path, value in self.documents.items() if isinstance(value, kind)}

    def latest(self, kind: type[Kind]) -> Kind | None:
        """The last document of a kind; None where there is none."""
        return next(reversed(self.every(kind).values()), None)

    def sources(self) -> list[str]:
        """The documents that were read, relative to the folder; verdicts only where there is no other."""
        found = [path for kind in BASELINE for path in list(self.every(kind))[-1:]]
        found += [path for kind in SEARCHES for path in self.every(kind)]
        return found or list(self.every(Comparison))

    def commits(self) -> Iterator[str]:
        """The commits that the documents name as those of bundles, or test."""
        yield from (one.commit for one in (self.latest(Matrix) or Matrix()).bundles if one.commit)
        yield from (one.commit for one in (self.latest(Provenance) or Provenance()).bundles if one.commit)
        for search in self.every(Bisection).values():
            yield from (check.commit for check in search.tested)
            yield from filter(None, (search.answer, search.answer_parent))


def _verdict(document: dict[str, Any]) -> Comparison:
    """The comparison of a verdict.json; that of a check which compared nothing has only the reason."""
    comparison = document.get("comparison") or {}
    if not isinstance(comparison, dict):
        raise ValueError("its comparison is not an object")
    summary = {name: document[name] for name in ("verdict", "reason", "commit") if name in document}
    return read_as(Comparison, comparison | summary)


READERS: dict[str, Callable[[dict[str, Any]], object]] = {
    "artifact-matrix": partial(read_as, Matrix),
    "provenance": partial(read_as, Provenance),
    "param-diff": partial(read_as, ParamDiff),
    "diagnosis": partial(read_as, Diagnosis),
    "bisection": partial(read_as, Bisection),
    "sweep": partial(read_as, Sweep),
    "isolation": partial(read_as, Isolation),
    "rerun": partial(read_as, Rerun),
    "comparison": partial(read_as, Comparison),
    "verdict": _verdict,
}


def read_output(folder: Path) -> EvidenceOutput:
    """Read an evidence output: the folder of one command, or one that holds those of several.

    Raises:
        EvidenceError: there is no such folder, or nothing in it to report.
    """
    if not folder.is_dir():
        raise EvidenceError(
            f"{folder} is not a folder", "Name an evidence output, such as reports/bisect-parity/audit."
        )
    output = EvidenceOutput(folder)
    paths = sorted(  # "a.10.json" comes after "a.2.json", and after "a.json"
        _files(folder, output),
        key=lambda path: natural_order(path.relative_to(folder).as_posix().removesuffix(".json")),
    )
    for path in paths:
        if path.name == "commands.txt":
            output.commands.append(_read_log(path, folder))
        elif path.suffix == ".json":
            _read_document(path, output)
    _find_images(paths, output)
    if not output.documents and not output.images:
        why = f" ({output.problems[0]})" if output.problems else ""
        raise EvidenceError(
            f"{folder} holds nothing that audit, bisect, rerun or check wrote{why}",
            "Make a baseline with `bisect-parity audit --out DIR`.",
        )
    return output


def _files(folder: Path, output: EvidenceOutput) -> Iterator[Path]:
    """The regular files below a folder; links are not followed."""
    waiting, seen = [(folder, 0)], 0
    while waiting:
        place, depth = waiting.pop()
        try:
            entries = sorted(os.scandir(place), key=lambda entry: entry.name)
        except OSError as error:
            output.problems.append(f"{place}: {error.strerror}")
            continue
        for entry in entries:
            seen += 1
            if seen > MOST_FILES:
                output.problems.append(f"only {MOST_FILES} files and folders were looked at: there are more")
                return
            if entry.is_dir(follow_symlinks=False) and depth < DEEPEST:
                waiting.append((Path(entry.path), depth + 1))
            elif entry.is_file(follow_symlinks=False):
                yield Path(entry.path)


def _read_log(path: Path, folder: Path) -> CommandLogText:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            file.seek(max(0, size - LARGEST_LOG_BYTES))
            content = file.read(LARGEST_LOG_BYTES)
    except OSError as error:
        size, content = 0, f"cannot be read: {error.strerror}".encode()
    text = content.decode("utf-8", "backslashreplace")
    return CommandLogText(path.relative_to(folder).as_posix(), text, size > LARGEST_LOG_BYTES)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _read_document(path: Path, output: EvidenceOutput) -> None:
    """Add the document of a file to the output, if it is one of ours; else say what is wrong with it."""
    name = path.relative_to(output.folder).as_posix()
    try:
        if path.stat().st_size > LARGEST_DOCUMENT_BYTES:
            raise ValueError(f"it is larger than {LARGEST_DOCUMENT_BYTES >> 20} MiB")
        document = json.loads(path.read_bytes(), parse_constant=_refuse)
        schema = document.get("schema") if isinstance(document, dict) else None
        kind = schema.removeprefix(SCHEMA_PREFIX) if isinstance(schema, str) else None
        if kind not in READERS:
            return
        if document.get("version") != 1:
            raise ValueError(f"{kind} of version {document.get('version')!r} is not known here")
        output.documents[name] = READERS[kind](document)
    except OSError as error:
        output.problems.append(f"{name}: {error.strerror}")
    except (ValueError, RecursionError) as error:
        output.problems.append(f"{name}: {error}")


def _find_images(paths: list[Path], output: EvidenceOutput) -> None:
    """Previews; and, in folders without one, pairs of files called "reference" and "candidate"."""
    verdicts = output.every(Comparison)
    pairs: dict[tuple[Path, str], dict[str, Path]] = {}
    for path in paths:
        name = path.relative_to(output.folder).as_posix()
        if found := _PREVIEW.fullmatch(path.name):
            beside = path.with_name(f"{found['check'] or 'verdict'}.json").relative_to(output.folder)
            output.images.append(KeptImages(name, (path,), verdicts.get(beside.as_posix())))
        elif found := _IMAGE.fullmatch(path.name):
            pairs.setdefault((path.parent, found["size"] or ""), {})[found["role"]] = path
    with_preview = {kept.files[0].parent for kept in output.images}
    for (folder, size), pair in pairs.items():
        place = folder.relative_to(output.folder)
        if len(pair) == len(ROLES) and folder not in with_preview:
            files = tuple(pair[role] for role in ROLES)
            verdict = verdicts.get((place / "verdict.json").as_posix())
            output.images.append(KeptImages((place / f"reference{size}").as_posix(), files, verdict))
