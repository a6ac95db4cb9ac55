"""Commits that no ref and no reflog reaches, and that git has not removed yet.

A branch that was deleted, an amend in a worktree that was removed, or a reflog that is gone leaves them
behind: as loose objects, and from git 2.37 on in cruft packs, until `git gc` prunes them.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from bisect_parity.history.made_objects import MADE, OWN_ADDRESS
from bisect_parity.history.rev_list import Listed, parse_rev_list

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from bisect_parity.history.repository import Repository

SHA1_DIGITS = 40
MOST_OBJECTS = 50_000  # git tells the types of so many in 0.7 s of its processor
_FOLDER = re.compile(r"[0-9a-f]{2}")
_HEADER = re.compile(
    rb"tree [0-9a-f]+\n((?:parent [0-9a-f]+\n)*)author [^\n]*\ncommitter [^\n]*> (\d{1,18}) [^\n]*(?:\n|\Z)"
)
# What `git stash` and `git notes` make, which nobody checks out.
_ASIDE = re.compile(
    rb"(?:WIP on|index on|untracked files on|On) [^\n:]+: |Notes (?:added|removed) by 'git notes "
)

Words = tuple[int, list[str]]  # committer time, POSIX seconds, and the full ids of the parents


def lost_commits(repository: Repository, known: Callable[[Sequence[str]], set[str]]) -> Listed:
    """The commits among loose objects and cruft packs that are not known, whose ancestors are all there.

    Stashes, notes and commits of our own are left out. Where there are more than `MOST_OBJECTS` such objects,
    none is looked at.

    Args:
        repository: where.
        known: which of some full ids are those of commits that are known already.

    Raises:
        RepositoryError: git could not read the objects.
    """
    names = sorted(_set_aside(repository))
    unknown = sorted(set(names) - known(names)) if len(names) <= MOST_OBJECTS else []
    contents = _contents(repository, unknown) if unknown else {}
    found = {name: words for name, content in contents.items() if (words := _words(content))}
    whole = _with_ancestors(found, known)
    lines = [" ".join([str(time), name, *parents]) for name, (time, parents) in whole.items()]
    listed = "".join(f"{line}\n" for line in lines).encode("ascii")
    return parse_rev_list(io.BytesIO(listed), repository.id_length)


def _set_aside(repository: Repository) -> Iterator[str]:
    """The ids of all objects that are loose, or in a cruft pack."""
    objects, digits = repository.common_dir / "objects", repository.id_length - 2
    for folder in objects.iterdir() if objects.is_dir() else ():
        if _FOLDER.fullmatch(folder.name):
            yield from (folder.name + entry.name for entry in folder.iterdir() if len(entry.name) == digits)
    for times in (objects / "pack").glob("*.mtimes"):
        yield from _ids_of_pack(repository, times.with_suffix(".idx"))


def _ids_of_pack(repository: Repository, index: Path) -> list[str]:
    object_format = "sha1" if repository.id_length == SHA1_DIGITS else "sha256"
    try:
        content = index.read_bytes()
    except OSError:  # it was packed anew in this moment
        return []
    listed = repository.git("show-index", f"--object-format={object_format}", stdin=content)
    return [line.split(" ")[1] for line in listed.decode("ascii").splitlines()]


def _contents(repository: Repository, names: Sequence[str]) -> dict[str, bytes]:
    """The contents of those objects that are commits."""
    request = "".join(f"{name}\n" for name in names).encode("ascii")
    options = ("--batch-check=%(objectname) %(objecttype)", "--buffer")
    lines = repository.git("cat-file", *options, stdin=request).decode("ascii", "replace").splitlines()
    commits = [line.partition(" ")[0] for line in lines if line.endswith(" commit")]
    answers = zip(commits, repository.objects(commits), strict=True)
    return {name: answer[2] for name, answer in answers if answer is not None}


def _words(content: bytes) -> Words | None:
    """Time and parents of a commit; None for one that nobody checks out."""
    header, _, message = content.partition(b"\n\n")
    found = _HEADER.match(header)
    is_own = header.endswith(b"\n" + MADE) or f"<{OWN_ADDRESS}>".encode() in header
    if found is None or is_own or _ASIDE.match(message):
        return None
    return int(found[2]), [line.partition(" ")[2] for line in found[1].decode("ascii").splitlines()]


def _with_ancestors(found: dict[str, Words], known: Callable[[Sequence[str]], set[str]]) -> dict[str, Words]:
    """Those whose ancestors are known, or among them."""
    children: dict[str, list[str]] = {}
    for name, (_, parents) in found.items():
        for parent in parents:
            children.setdefault(parent, []).append(name)
    missing = sorted(children.keys() - found.keys() - known(sorted(children)))
    without = set()
    while missing:
        for child in children.get(missing.pop(), ()):
            if child not in without:
                without.add(child)
                missing.append(child)
    return {name: words for name, words in found.items() if name not in without}
