"""What one commit changes against another, in parts that can be taken alone: files, and the hunks in them."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence

from attrs import field, frozen

from bisect_parity.errors import MissingObjectError
from bisect_parity.history.complaints import REFETCH
from bisect_parity.history.made_objects import ObjectMaker, TreeEntry, headers_of
from bisect_parity.history.repository import Repository

REGULAR = frozenset({"100644", "100755"})
_HUNK = re.compile(rb"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)


@frozen
class Hunk:
    """Lines of the old content that others stand for in the new one; positions count from 0.

    Attributes:
        old: first line and number of lines; without any, the new lines come before that line.
        new: likewise.
    """

    old: tuple[int, int]
    new: tuple[int, int]


@frozen
class FileDifference:
    """How one file differs.

    Attributes:
        path: in the new commit; in the old one, if it is deleted.
        old_path: in the old commit; another one if it was renamed.
        old, new: what is there; None where nothing is.
    """

    path: str
    old_path: str
    old: TreeEntry | None
    new: TreeEntry | None

    @property
    def is_moved(self) -> bool:
        """Whether it was renamed."""
        return self.path != self.old_path

    @property
    def state(self) -> str:
        """What happened to it, in a word."""
        if self.old is None or self.new is None:
            return "added" if self.old is None else "deleted"
        return "renamed" if self.is_moved else "modified"


@frozen
class ChangePart:
    """A part of a change that can be taken without the rest of it.

    Attributes:
        file: what it is a part of.
        kind: "whole" (all of it), "path", "mode", "hunk", or "line ends" (of all lines that no hunk holds).
        hunk: the lines; None for other kinds.
        between: the lines of line ends; empty for other kinds.
    """

    file: FileDifference
    kind: str = "whole"
    hunk: Hunk | None = None
    between: tuple[Hunk, ...] = ()

    @property
    def name(self) -> str:
        """What it is, in a word: a path, with the lines of the new file."""
        file = self.file
        if self.hunk is not None:
            first, count = self.hunk.new
            if count:
                lines = str(first + 1) if count == 1 else f"{first + 1}-{first + count}"
                return f"{file.path}:{lines}"
            first, count = self.hunk.old
            lines = f"line {first + 1}" if count == 1 else f"lines {first + 1}-{first + count}"
            return f"{file.path} ({lines} of before removed)"
        if self.between:
            return f"{file.path} (line ends)"
        if self.kind == "mode":
            return f"{file.path} (mode {file.new.mode if file.new else ''})"
        return f"{file.old_path} -> {file.path}" if file.is_moved else file.path


def changes_between(repository: Repository, old: str, new: str) -> list[FileDifference]:
    """The files that differ between two commits, by path; renamed files are one change.

    Raises:
        RepositoryError: a commit cannot be read.
    """
    fields = iter(repository.fields("diff-tree", "-r", "-M", "--no-commit-id", old, new))
    found = []
    for head in fields:
        mode, new_mode, blob, new_blob, status = head[1:].split(" ")
        old_path = next(fields)
        path = next(fields) if status[0] in "RC" else old_path
        before = TreeEntry(mode, blob) if int(mode, 8) else None
        after = TreeEntry(new_mode, new_blob) if int(new_mode, 8) else None
        found.append(FileDifference(path, old_path, before, after))
    return sorted(found, key=lambda change: change.path)


def split(repository: Repository, change: FileDifference) -> list[ChangePart]:
    """The parts of a change; one that cannot be taken apart is its only part.

    Raises:
        RepositoryError: a content is not in the repository.
    """
    old, new = change.old, change.new
    if old is None or new is None or not {old.mode, new.mode} <= REGULAR:
        return [ChangePart(change)]
    parts = [ChangePart(change, "path")] if change.is_moved else []
    parts += [ChangePart(change, "mode")] if old.mode != new.mode else []
    if old.object_id != new.object_id:
        hunks = _hunks(repository, change, "--ignore-cr-at-eol")
        if not hunks:  # a binary file, or one that was stored with other line ends
            return [ChangePart(change)]
        if hunks != _hunks(repository, change):
            parts.append(ChangePart(change, "line ends", between=tuple(_between(hunks))))
        parts += [ChangePart(change, "hunk", hunk) for hunk in hunks]
    return parts if len(parts) > 1 else [ChangePart(change)]


def _hunks(repository: Repository, change: FileDifference, *options: str) -> list[Hunk]:
    words = ("--unified=0", "--no-color", "--no-ext-diff", "--no-textconv", "--diff-algorithm=histogram")
    blobs = (entry.object_id for entry in (change.old, change.new) if entry is not None)
    return [_hunk(found) for found in _HUNK.finditer(_diff(repository, *words, *options, *blobs))]


def _between(hunks: Iterable[Hunk]) -> Iterator[Hunk]:
    """The lines before, between and behind hunks, which are as many in both contents."""
    old = new = 0
    for hunk in (*hunks, Hunk((sys.maxsize, 0), (sys.maxsize, 0))):
        if hunk.old[0] > old:
            yield Hunk((old, hunk.old[0] - old), (new, hunk.new[0] - new))
        old, new = sum(hunk.old), sum(hunk.new)


def _diff(repository: Repository, *words: str) -> bytes:
    result = repository.git_result("diff", *words)
    if result.status != 0:
        raise MissingObjectError(
            f"git cannot compare {' and '.join(words[-2:])} in {repository.directory}",
            f"Fetch what is missing ({REFETCH}).",
        )
    return result.stdout


def _hunk(found: re.Match[bytes]) -> Hunk:
    old, old_count, new, new_count = (1 if number is None else int(number) for number in found.groups())
    return Hunk(
        (old - 1 if old_count else old, old_count),  # git names the line before where there is none
        (new - 1 if new_count else new, new_count),
    )


def edited(old: bytes, new: bytes, hunks: Iterable[Hunk]) -> bytes:
    """A content with some of the hunks that lead to another one. Pure."""
    before, after = _lines(old), _lines(new)
    made, at = list[bytes](), 0
    for hunk in sorted(hunks, key=lambda hunk: hunk.old):
        made += before[at : hunk.old[0]]
        made += after[hunk.new[0] : sum(hunk.new)]
        at = sum(hunk.old)
    return b"".join(made + before[at:])


def _lines(content: bytes) -> list[bytes]:
    """The lines as git counts them, each with its end."""
    *whole, last = content.split(b"\n")
    return [*(line + b"\n" for line in whole), *([last] if last else [])]


@frozen
class PartialCommits:
    """Commits that are the old one with some parts of what the new one changes; no ref names them.

    Attributes:
        repository: they are written to it.
        old, new: full ids.
    """

    repository: Repository
    old: str
    new: str
    _made: dict[frozenset[ChangePart], str] = field(factory=dict, init=False)
    _contents: dict[str, bytes] = field(factory=dict, init=False)

    def commit(self, parts: Collection[ChangePart]) -> str:
        """The full id of the commit with some parts; without any, it is the old commit itself.

        Raises:
            RepositoryError: an object is missing, or cannot be written.
        """
        wanted = frozenset(parts)
        if not wanted:
            return self.old
        if wanted not in self._made:
            maker = ObjectMaker(self.repository)
            groups: dict[FileDifference, list[ChangePart]] = {}
            for part in parts:
                groups.setdefault(part.file, []).append(part)
            entries: dict[str, TreeEntry | None] = {}
            placed = [self._placed(maker, file, own) for file, own in groups.items()]
            for file in groups:
                entries[file.old_path] = None
            entries.update(placed)
            header = headers_of(self.repository, [self.new])[self.new]
            made = maker.commit(maker.edited_tree(self.old, entries), [self.old], header)
            maker.write()
            self._made[wanted] = made
        return self._made[wanted]

    def _placed(
        self, maker: ObjectMaker, file: FileDifference, parts: Sequence[ChangePart]
    ) -> tuple[str, TreeEntry | None]:
        """Where a file with some of its changes lies, and what it is."""
        kinds = {part.kind for part in parts}
        if "whole" in kinds or file.old is None or file.new is None:
            return file.path, file.new
        hunks = [part.hunk for part in parts if part.hunk is not None]
        hunks += [hunk for part in parts for hunk in part.between]
        blob = file.old.object_id
        if hunks:
            contents = [self._content(entry) for entry in (file.old, file.new)]
            blob = maker.blob(edited(contents[0], contents[1], hunks))
        mode = (file.new if "mode" in kinds else file.old).mode
        return file.path if "path" in kinds else file.old_path, TreeEntry(mode, blob)

    def _content(self, entry: TreeEntry) -> bytes:
        if entry.object_id not in self._contents:
            (answer,) = self.repository.objects([entry.object_id])
            if answer is None:
                raise MissingObjectError(
                    f"the content {entry.object_id} is not in {self.repository.directory}",
                    f"Fetch it ({REFETCH}).",
                )
            self._contents[entry.object_id] = answer[2]
        return self._contents[entry.object_id]

    def patch(self, some: Collection[ChangePart], more: Collection[ChangePart]) -> bytes:
        """What leads from the commit with some parts to that with more of them, as `git apply` reads it.

        Raises:
            RepositoryError: an object is missing, or cannot be written.
        """
        words = ("--binary", "--no-color", "--no-ext-diff", "--no-textconv", "-M", "--full-index")
        return _diff(self.repository, *words, self.commit(some), self.commit(more))
