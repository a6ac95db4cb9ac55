"""Git notes: an entry of ours replaces itself, and every other word is left as it stands."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from bisect_parity.errors import RepositoryError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bisect_parity.history.repository import Repository

NOTES_REF = "refs/notes/bisect-parity"
MOST_TRIES = 20
HEAD = "bisect-parity: "


def read_notes(repository: Repository, revision: str = NOTES_REF) -> dict[str, str]:
    """The note of every commit that has one."""
    if repository.git_result("rev-parse", "--verify", "--quiet", "--end-of-options", revision).status != 0:
        return {}
    entries = [e.partition("\t") for e in repository.fields("ls-tree", "-r", "--full-tree", revision)]
    blobs = [facts.split(" ")[2] for facts, _, _ in entries]
    names = [path.replace("/", "") for _, _, path in entries]
    contents = repository.objects(blobs)
    return {
        name: answer[2].decode(errors="surrogateescape")
        for name, answer in zip(names, contents, strict=True)
        if answer is not None
    }


def noted_by_others(repository: Repository) -> dict[str, dict[str, str]]:
    """The notes that others wrote: of each ref of notes but ours, the note of every commit that has one."""
    refs = os.fsdecode(repository.git("for-each-ref", "--format=%(refname)", "refs/notes")).splitlines()
    return {ref: read_notes(repository, ref) for ref in refs if ref != NOTES_REF}


def write_entries(repository: Repository, entries: Mapping[str, Mapping[str, str]]) -> None:
    """Write entries into the notes of commits, all of them or none.

    An entry is a paragraph whose first line is `bisect-parity: KEY`; an earlier one of this key is replaced.
    Writers at the same time do not undo each other: the ref is moved only from where it was read.

    Args:
        repository: whose notes they are.
        entries: commit -> key -> the lines below the first.

    Raises:
        RepositoryError: git refuses, or others write all the time.
    """
    for _ in range(MOST_TRIES):
        found = repository.git_result("rev-parse", "--verify", "--quiet", "--end-of-options", NOTES_REF)
        old = found.stdout.decode().strip() if found.status == 0 else ""
        notes = read_notes(repository, old) if old else {}
        changed = {commit: _merged(notes.get(commit, ""), entry) for commit, entry in entries.items()}
        new = _commit(repository, old, {c: text for c, text in changed.items() if text != notes.get(c)})
        if new == old or _moved(repository, old, new):
            return
    raise RepositoryError(f"{NOTES_REF} is being written by other processes", "Try again later.")


def _merged(note: str, entries: Mapping[str, str]) -> str:
    paragraphs = note.strip("\n").split("\n\n") if note.strip("\n") else []
    for key, text in entries.items():
        first = HEAD + key
        ours = f"{first}\n{text}".rstrip("\n")
        places = [index for index, one in enumerate(paragraphs) if one.partition("\n")[0] == first]
        if places:
            paragraphs[places[0]] = ours
        else:
            paragraphs.append(ours)
    return "\n\n".join(paragraphs) + "\n"


def _commit(repository: Repository, old: str, notes: Mapping[str, str]) -> str:
    """A commit of notes on top of `old`, which no ref leads to yet; `old` where nothing changes."""
    if not notes:
        return old
    scratch = f"refs/bisect-parity/notes-{os.getpid()}-{secrets.token_hex(4)}"
    stream = [
        f"commit {scratch}\ncommitter {_committer(repository)}\n".encode(),
        _data("bisect-parity: verdicts\n"),
    ]
    stream.append(f"from {old}\n".encode() if old else b"")
    for commit, text in sorted(notes.items()):
        stream += [f"N inline {commit}\n".encode(), _data(text)]
    repository.git("fast-import", "--quiet", "--force", stdin=b"".join(stream) + b"\n")
    try:
        return repository.git("rev-parse", "--verify", scratch).decode().strip()
    finally:
        repository.git("update-ref", "-d", scratch)


def _data(text: str) -> bytes:
    content = text.encode(errors="surrogateescape")
    return b"data %d\n%s\n" % (len(content), content)


def _committer(repository: Repository) -> str:
    answer = repository.git_result("var", "GIT_COMMITTER_IDENT")
    if answer.status == 0:
        return answer.stdout.decode(errors="surrogateescape").strip()
    raise RepositoryError("git does not know who you are", "Set user.name and user.email.")


def _moved(repository: Repository, old: str, new: str) -> bool:
    """Move the ref, unless somebody else moved it meanwhile."""
    expected = old or "0" * repository.id_length
    message = "bisect-parity attach --notes"
    return repository.git_result("update-ref", "-m", message, NOTES_REF, new, expected).status == 0
