"""Which recorded run wrote what another one read; and a run with those that it builds on. Pure.

A run reads what its command line names, a file or a folder of it, what it was seen to open, and what its
program names by its whole path. That may be a file that git ignores, which no record lists: what the last run
before it wrote there is taken to be what it read. Whatever else lay there says nothing.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from attrs import frozen

from bisect_parity.rerun.recorded_run import OriginalRun, WrittenFile

EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()  # equal by chance


@frozen
class Link:
    """A file that a run read, and the run that had written it.

    Attributes:
        path: that was read, relative to the top of the working tree.
        source: name of the run that wrote it.
        written: as that run describes it; it may have lain elsewhere.
    """

    path: str
    source: str
    written: WrittenFile


@frozen
class RecordedRun:
    """A recorded run among others.

    Attributes:
        name: path of its bundle, relative to the top of the working tree.
        run: as its bundle describes it.
        reads: what it is known to have read, with digests; what it wrote itself is not among it.
        links: those of them that an earlier run wrote.
    """

    name: str
    run: OriginalRun
    reads: dict[str, str | None]
    links: tuple[Link, ...] = ()

    def place_of(self, file: WrittenFile) -> str:
        """Where a file that it wrote lies, relative to the top; absolute where it is outside."""
        return os.path.normpath(f"{self.name}/{file.name}") if file.is_in_bundle else file.name


def linked(
    runs: Iterable[tuple[str, OriginalRun]], texts_of: Callable[[OriginalRun], Sequence[str]]
) -> tuple[RecordedRun, ...]:
    """All recorded runs in the order of their starts, each linked to those whose outputs it read.

    Args:
        runs: the path of each bundle, relative to the top, and what it describes.
        texts_of: gives the texts of the programs that a run's command line names.
    """
    by_place: dict[tuple[str, str], Link] = {}
    latest: dict[str, Link] = {}
    by_digest: dict[str, Link] = {}
    found: list[RecordedRun] = []
    for name, run in sorted(runs, key=lambda item: (item[1].started, item[0])):
        texts = () if run.is_traced and not run.untracked else texts_of(run)
        one = RecordedRun(name, run, dict(_reads(run, texts)))
        links = [] if run.is_traced else list(_named(run, texts, latest))
        one.reads.update({link.path: link.written.sha256 for link in links})
        known = {link.path for link in links}
        for path, digest in one.reads.items():
            if path in known:
                continue
            link = by_place.get((path, digest or ""))
            if link is None and path in run.untracked:  # a copy; what git holds may be equal by itself
                link = by_digest.get(digest or "")
            if link is not None:
                links.append(Link(path, link.source, link.written))
        found.append(RecordedRun(name, run, one.reads, tuple(links)))
        for file in run.written:
            if file.sha256 is not None and file.sha256 != EMPTY_SHA256:
                link = Link(one.place_of(file), name, file)
                by_place[link.path, file.sha256] = by_digest[file.sha256] = latest[link.path] = link
    return tuple(found)


def chain_of(name: str, runs: Sequence[RecordedRun]) -> tuple[RecordedRun, ...]:
    """A run and all that it builds on, in the order in which they began; the run itself is the last."""
    by_name = {one.name: one for one in runs}
    wanted, waiting = {name}, [name]
    while waiting:
        for link in by_name[waiting.pop()].links:
            if link.source not in wanted:
                wanted.add(link.source)
                waiting.append(link.source)
    return tuple(one for one in runs if one.name in wanted)


def _named(run: OriginalRun, texts: Sequence[str], latest: dict[str, Link]) -> Iterator[Link]:
    """What a program names, an earlier run wrote, and no record lists, since git ignores it."""
    known = run.needed.keys() | {file.name for file in run.written}
    unknown = ((path, link) for path, link in latest.items() if path not in known)
    return (link for path, link in unknown if _is_named_in(texts, path, run.prefix))


def _reads(run: OriginalRun, texts: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    own = {file.name for file in run.written if not file.is_in_bundle}
    folders = {os.path.normpath(f"{run.prefix}/{word}") for word in run.argv if word and word[0] != "/"}
    inside = (word for word in run.argv if run.top and word.startswith(f"{run.top}/"))
    folders |= {os.path.relpath(word, run.top) for word in inside}
    for path, digest in run.needed.items():
        is_below = any(str(parent) in folders for parent in PurePosixPath(path).parents if parent.name)
        is_plain = path in run.named or path in run.programs or is_below
        if path not in own and (is_plain or _is_named_in(texts, path, run.prefix)):
            yield path, digest


def _is_named_in(texts: Sequence[str], path: str, prefix: str) -> bool:
    """Whether a text has the whole path, from the top or from the working directory."""
    for name in {path, os.path.relpath(path, prefix)}:
        pattern = re.compile(rf"(?<![\w.-])(?:\./)?{re.escape(name)}(?![\w/-])")
        if any(name in text and pattern.search(text) for text in texts):
            return True
    return False
