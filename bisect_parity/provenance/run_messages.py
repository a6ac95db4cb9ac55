"""What `datalad run` writes into the message of the commit that holds what a command wrote.

DataLad asks for a clean tree, runs the command, and commits: the command ran at the parent of that commit.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from bisect_parity.evidence.command_line import parse_commands
from bisect_parity.evidence.formats.documents import load_json
from bisect_parity.evidence.keys import one_line
from bisect_parity.evidence.model import Findings, Record, Source, Trust
from bisect_parity.history.additions import last_changes
from bisect_parity.history.commit_details import Detail, read_details, read_messages
from bisect_parity.wording import SHORT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.evidence.model import Bundle
    from bisect_parity.history.repository import Repository

RUN = "the run record in the message of the commit that added it"  # in the place of a key
FOLDER = ".datalad"

LONGEST_COMMAND = 100_000  # Linux gives no shell more than 128 KiB

_MARK = "[DATALAD RUNCMD] "
_ABOVE, _BELOW = "\n=== Do not change lines below ===\n", "\n^^^ Do not change lines above ^^^"
_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{(inputs|outputs)(?:\[(\d{1,4})\])?\}|\{(pwd|dspath)\}|[{}]")
_GLOB = re.compile(r"[*?\[]")
_SURROGATE = re.compile("[\ud800-\udfff]")


@frozen
class RunMessage:
    """What the message of a commit says of the command that wrote its files.

    Attributes:
        command: as a shell takes it; empty where it is not in the message, or not known as a whole.
        folder: in which it ran, relative to the top.
        status: that it ended with; None where it is not known.
        text: the first line of the message.
    """

    command: str
    folder: str
    status: int | None
    text: str


@frozen
class RecordedCommand:
    """The command that wrote the results of a bundle.

    Attributes:
        commit: full id of the commit that holds them.
        parent: full id of the one that the command ran at; None where the commit was rewritten since.
        said: what its message says.
    """

    commit: str
    parent: str | None
    said: RunMessage


def run_message(message: str) -> RunMessage | None:
    """Read the message of a commit; None where it is not of DataLad, or cannot be read.

    A message that quotes others, as that of a squashed branch does, begins in another way.
    """
    record, end, _ = message.partition(_ABOVE)[2].partition(_BELOW)
    try:
        told = load_json(record.encode()) if end and message.startswith(_MARK) else None
    except (ValueError, RecursionError):
        return None
    text = one_line(message.partition("\n")[0])
    if isinstance(told, str):  # the name of a file that holds it, compressed
        return RunMessage("", ".", None, text)
    if not isinstance(told, dict):
        return None
    command, folder, status = (told.get(name) for name in ("cmd", "pwd", "exit"))
    if not isinstance(command, str) or not isinstance(folder, str) or not isinstance(status, int | None):
        return None
    if not _can_be_given(folder):
        return None
    paths = {name: _texts(told.get(name)) for name in ("inputs", "outputs")}
    return RunMessage(_expanded(command, folder, paths), folder, status, text)


def _can_be_given(text: str) -> bool:
    """Whether a text can be a word of a call: JSON can spell characters that none has."""
    return "\0" not in text and not _SURROGATE.search(text)


def _texts(value: object) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _expanded(command: str, folder: str, paths: dict[str, list[str]]) -> str:
    """A command without its placeholders; empty where one is not known, or no shell would take it."""
    unknown, length = len(command) > LONGEST_COMMAND, 0
    words = {
        name: [word if _GLOB.search(word) else shlex.quote(word) for word in texts]
        for name, texts in paths.items()
    }

    def put(found: re.Match[str]) -> str:
        nonlocal unknown, length
        text = "" if unknown else value(found)
        length += len(text)
        unknown |= length > LONGEST_COMMAND
        return text

    def value(found: re.Match[str]) -> str:
        nonlocal unknown
        if found[3]:
            depth = 0 if folder in ("", ".") else folder.count("/") + 1
            return "." if found[3] == "pwd" or not depth else "/".join([".."] * depth)
        if found[1]:
            known = words[found[1]]
            if found[2]:
                unknown |= int(found[2]) >= len(known)
                return "".join(known[int(found[2]) : int(found[2]) + 1])
            return " ".join(known)
        unknown |= len(found[0]) == 1
        return found[0][:1]

    expanded = _PLACEHOLDER.sub(put, command)
    return expanded if not unknown and _can_be_given(expanded) else ""


def parent_run_at(detail: Detail, parents: list[str]) -> str | None:
    """The commit that the command of a run message ran at; None where its commit was rewritten since."""
    is_as_made = not detail.is_rewritten and not detail.may_be_branch and len(parents) == 1
    return parents[0] if is_as_made else None


def run_record(said: RunMessage, parent: str, path: str) -> Record:
    """The id that a run message stands for.

    Args:
        said: the message.
        parent: full id of the parent of its commit.
        path: of the bundle that this added.
    """
    return Record(parent, RUN, Trust.WITNESS, True, Source(path, 0, said.text))


def recorded_command(repository: Repository, bundle: Bundle) -> RecordedCommand | None:
    """The command that wrote the figures of a bundle, by the message of the commit that changed them last.

    Only repositories that are, or were, datasets of DataLad are asked.

    Raises:
        RepositoryError: git cannot read the history.
    """
    for commit, said in _run_messages(repository, [bundle]).values():
        detail = read_details(repository, [commit])[commit]
        return RecordedCommand(commit, parent_run_at(detail, repository.parents(commit)), said)
    return None


def with_recorded_commands(repository: Repository, bundles: Sequence[Bundle]) -> list[Bundle]:
    """Bundles, with the commands that wrote them among what was found; see `recorded_command`."""
    known = _run_messages(repository, bundles)
    return [
        _with_command(bundle, *known[bundle.path]) if bundle.path in known else bundle for bundle in bundles
    ]


def _with_command(bundle: Bundle, commit: str, said: RunMessage) -> Bundle:
    path = f"message of {commit[:SHORT]}"
    commands = parse_commands(said.command, path) if said.command else ()
    return (
        evolve(bundle, findings=(*bundle.findings, Findings(path, commands=commands))) if commands else bundle
    )


def _run_messages(repository: Repository, bundles: Sequence[Bundle]) -> dict[str, tuple[str, RunMessage]]:
    """By the path of a bundle: the commit that changed its figures last, and what its message says."""
    top = repository.work_tree
    if top is None or not (top / FOLDER).is_dir():
        return {}
    paths = {bundle.path: _figure_paths(bundle) for bundle in bundles if not bundle.path.startswith("/")}
    last = last_changes(repository, (path for several in paths.values() for path in several))
    places = {path: place for place, path in enumerate(last)}
    newest = {
        bundle: min((path for path in several if path in places), key=places.__getitem__, default=None)
        for bundle, several in paths.items()
    }
    commits = {bundle: last[path] for bundle, path in newest.items() if path is not None}
    messages = read_messages(repository, commits.values())
    told = ((bundle, commit, run_message(messages.get(commit, ""))) for bundle, commit in commits.items())
    return {bundle: (commit, said) for bundle, commit, said in told if said is not None}


def _figure_paths(bundle: Bundle) -> set[str]:
    told = {part.path for part in bundle.findings if part.metrics or any(run.metrics for run in part.runs)}
    return told or {artifact.path for artifact in bundle.artifacts}
