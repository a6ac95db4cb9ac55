"""A run as its bundle describes it: command, commit, the files that it needed, and those that it wrote."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from attrs import Factory, frozen

from bisect_parity.annex import content_path
from bisect_parity.digest import file_digest
from bisect_parity.errors import EvidenceError
from bisect_parity.evidence.formats.documents import load_json
from bisect_parity.recording.bundle_folder import RECORD_NAME
from bisect_parity.recording.outputs import IN_BUNDLE
from bisect_parity.recording.streams import StreamPlan
from bisect_parity.schemas import complaint
from bisect_parity.settings_source import SETTINGS_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bisect_parity.evidence.model import Bundle

LARGEST_RECORD_BYTES = 64 * 2**20
BY_HAND = "Name the command after --: bisect-parity rerun BUNDLE -- python run.py"


@frozen
class WrittenFile:
    """A file that a run wrote.

    Attributes:
        name: relative to the bundle, or to the top of the working tree; absolute where it lies in neither.
        is_in_bundle: which of the two.
        sha256: 64 hex digits; None where it is not known.
    """

    name: str
    is_in_bundle: bool
    sha256: str | None


@frozen
class OtherSubmodule:
    """A submodule that was not as the commit of the run says.

    Attributes:
        path: relative to the top.
        commit: full id of its own commit that was checked out; None where it is not known.
        has_changes: whether tracked files of it were changed.
    """

    path: str
    commit: str | None
    has_changes: bool


@frozen
class OriginalRun:
    """What is known of a run.

    Attributes:
        folder: the bundle; where that is a file, the folder that it lies in.
        argv: its command line; empty where none is recorded.
        prefix: its working directory, relative to the top of the working tree.
        top: of the working tree then, which may be nowhere now; empty where it is not known.
        commit: full id; None where none is recorded.
        status: as in a shell; None where it is not known.
        seconds: that it took; None where it is not known.
        changes: tracked files that differed from the commit.
        diff: the difference, kept without loss; None where there is none.
        needed: further files that it may have read, relative to the top, with their digests.
        named: those of them that the command line names, or that it opened.
        written: what it wrote.
        circumstances: interpreter, packages, machine and variables by name.
        other_variables: names of the variables whose values were not recorded.
        is_traced: whether it is known which ignored files it opened.
        streams: what its standard output and error were; None where it is not known.
        submodules: those that were not as the commit says.
        started: when it began, ISO 8601 in UTC; empty where it is not known.
        entry: the first file that the command line names, which is its program or script; empty without any.
        untracked: those of the needed files that are known not to be tracked.
        programs: those of the working tree that it ran, and libraries of it, relative to the top.
        diff_sha256: digest of the difference, kept or not; None where there was none.
        options: of `record`, that named files which its command line does not name.
        notes: facts that it noted from inside.
        tells_outputs: whether its record says what it wrote, as that of DataLad does not.
    """

    folder: Path
    argv: tuple[str, ...] = ()
    prefix: str = "."
    top: str = ""
    commit: str | None = None
    status: int | None = None
    seconds: float | None = None
    changes: tuple[str, ...] = ()
    diff: bytes | None = None
    needed: dict[str, str | None] = Factory(dict)
    named: frozenset[str] = frozenset()
    written: tuple[WrittenFile, ...] = ()
    circumstances: dict[str, str] = Factory(dict)
    other_variables: frozenset[str] = frozenset()
    is_traced: bool = False
    streams: StreamPlan | None = None
    submodules: tuple[OtherSubmodule, ...] = ()
    started: str = ""
    entry: str = ""
    untracked: frozenset[str] = frozenset()
    programs: frozenset[str] = frozenset()
    diff_sha256: str | None = None
    options: tuple[str, ...] = ()
    notes: dict[str, Any] = Factory(dict)
    tells_outputs: bool = True

    @property
    def is_recorded(self) -> bool:
        """Whether `record` says what it ran, and which outputs are its own."""
        return bool(self.argv) and self.tells_outputs

    def path_of(self, written: WrittenFile, top: Path) -> Path:
        """Where a file that it wrote lies, or lay."""
        return (self.folder if written.is_in_bundle else top) / written.name


def run_of_record(folder: Path) -> OriginalRun:
    """The run that `record` described.

    Args:
        folder: with a record.json.

    Raises:
        EvidenceError: the record cannot be read, or is none.
    """
    path = folder / RECORD_NAME
    try:
        if path.stat().st_size > LARGEST_RECORD_BYTES:
            raise EvidenceError(f"{path} is too large for a record", BY_HAND)
        document = load_json(path.read_bytes())
    except OSError as error:
        raise EvidenceError(f"cannot read {path}: {error.strerror}", BY_HAND) from error
    except (ValueError, RecursionError) as error:
        raise EvidenceError(f"{path} is not valid JSON", BY_HAND) from error
    unfit = complaint(document, "record")
    if unfit is not None:
        raise EvidenceError(f"{path} is not a record of a run: {unfit}", BY_HAND)
    run, git = document["run"], document["git"]
    prefix = git.get("prefix") or "."
    top = run["cwd"].removesuffix("" if prefix == "." else f"/{prefix}")
    return OriginalRun(
        folder,
        argv=tuple(run["argv"]),
        prefix=prefix,
        top=top if os.path.isabs(top) and top != "/" else "",  # noqa: PTH117 - text is wanted
        commit=git["commit"],
        status=run.get("exit_status"),
        seconds=run.get("seconds"),
        changes=tuple(_changes(git)),
        diff=_kept_diff(folder, git["diff"]),
        needed=_needed(document, top),
        named=frozenset(file["path"] for file in (*document["inputs"], *_opened(document))),
        written=tuple(_written(folder, output) for output in document.get("outputs", []))
        + tuple(_streams(folder, document.get("streams", []))),
        circumstances=_circumstances(document),
        other_variables=frozenset(document["environment"]["names_only"]),
        is_traced=bool(document.get("opened", {}).get("count")),
        streams=_stream_plan(document.get("streams", [])),
        submodules=tuple(_other_submodules(git)),
        started=run["started"],
        entry=next((file["path"] for file in document["inputs"]), ""),
        untracked=frozenset(file["path"] for file in (*git["untracked"], *_opened(document))),
        programs=frozenset(_programs(document, top)),
        diff_sha256=git["diff"] and git["diff"].get("sha256"),
        options=tuple(run.get("options", ())),
        notes=document.get("notes") or {},
    )


def run_of_bundle(bundle: Bundle, top: Path) -> OriginalRun:
    """A run of which nothing is recorded: what its bundle holds is what it wrote."""
    files = []
    is_file = any(artifact.path == bundle.path for artifact in bundle.artifacts)
    folder = os.path.dirname(bundle.path) if is_file else bundle.path  # noqa: PTH120 - a path of the tree
    for artifact in bundle.artifacts:
        with contextlib.suppress(OSError):
            digest = file_digest(content_path(top / artifact.path)).sha256
            files.append(WrittenFile(os.path.relpath(artifact.path, folder or "."), True, digest))
    return OriginalRun(top / folder, written=tuple(files), tells_outputs=False)


def _changes(git: dict[str, Any]) -> Iterator[str]:
    """Tracked files that differed from the commit; submodules are told by themselves."""
    modules = {module["path"] for module in git.get("submodules", [])}
    yield from (change["path"] for change in git["changes"] if change["path"] not in modules)


def _other_submodules(git: dict[str, Any]) -> Iterator[OtherSubmodule]:
    for module in git.get("submodules", []):
        if module["differs"]:
            commit = module.get("checked_out")  # which earlier versions did not write
            has_changes = module.get("has_changes", commit is None)
            if has_changes or commit != module["commit"]:
                yield OtherSubmodule(module["path"], commit, has_changes)


def _stream_plan(streams: list[dict[str, Any]]) -> StreamPlan | None:
    """What the streams were, by what they are called."""
    names = [stream["of"] for stream in streams]
    if not names:
        return None
    shown = " and ".join(name for name in names if name.endswith("a terminal"))
    terminals = (fd for word, fd in (("standard output", 1), ("standard error", 2)) if word in shown)
    return StreamPlan(len(names) == 1, frozenset(terminals))


def _kept_diff(folder: Path, diff: dict[str, Any] | None) -> bytes | None:
    if diff is None or diff["file"] is None or diff.get("redacted", True):
        return None
    try:
        return (folder / PurePosixPath(diff["file"]).name).read_bytes()
    except OSError:
        return None


def _needed(document: dict[str, Any], top: str) -> dict[str, str | None]:
    """Untracked files, those that the command line names, ignored ones that were read, own programs.

    What lay there of an earlier run, and was written anew by this one, it hardly read, nor our own settings.
    """
    unread = {SETTINGS_NAME, *(output["path"] for output in document.get("outputs", []))}
    files = [file for file in document["git"]["untracked"] if file["path"] not in unread]
    files += [*document["inputs"], *_opened(document)]
    return {file["path"]: file["sha256"] for file in files} | _programs(document, top)


def _programs(document: dict[str, Any], top: str) -> dict[str, str | None]:
    """The programs and libraries that it ran, and that lie in the working tree."""
    binaries = document.get("binaries", []) if top else []
    inside = (binary for binary in binaries if binary["path"].startswith(f"{top}/"))
    return {binary["path"].removeprefix(f"{top}/"): binary["sha256"] for binary in inside}


def _opened(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The ignored files that it read, where it was followed."""
    opened = document.get("opened", {}).get("ignored", [])
    return [file for file in opened if file["how"] != "written"]


def _written(folder: Path, output: dict[str, Any]) -> WrittenFile:
    path, is_in_bundle = output["path"], output["how"] == IN_BUNDLE
    if is_in_bundle:  # the bundle may have been moved since
        parts = PurePosixPath(path).parts
        ends = (PurePosixPath(*parts[first:]) for first in range(1, len(parts)))
        path = next((str(end) for end in ends if (folder / end).is_file()), parts[-1])
    return WrittenFile(path, is_in_bundle, output["sha256"])


def _streams(folder: Path, streams: list[dict[str, Any]]) -> Iterator[WrittenFile]:
    """What it said, where all of it was kept."""
    for stream in streams:
        name = PurePosixPath(stream["file"] or "").name
        if name and not stream["left_out_bytes"] and not stream["says"]:
            with contextlib.suppress(OSError):
                yield WrittenFile(name, True, file_digest(folder / name).sha256)


def _circumstances(document: dict[str, Any]) -> dict[str, str]:
    python, machine = document.get("python", {}), document.get("machine", {})
    parts: dict[str, dict[str, Any]] = {
        "variable": document["environment"]["variables"],
        "package": python.get("packages") or {},
        "python": {name: python.get(name) for name in ("executable", "version")},
        "machine": {k: value for k, value in machine.items() if k not in ("host", "memory_bytes", "zone")},
    }
    stated = ((part, *item) for part, values in parts.items() for item in values.items())
    return {f"{part} {name}": str(value) for part, name, value in stated if value is not None}
