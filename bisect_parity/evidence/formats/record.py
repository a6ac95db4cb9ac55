"""Bundles that `bisect-parity record` wrote: record.json has everything; our other files repeat it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from attrs import evolve

from bisect_parity.evidence.command_line import parse_commands
from bisect_parity.evidence.formats.documents import load_json
from bisect_parity.evidence.formats.place import Place, items, read_document, string, table, without_lines
from bisect_parity.evidence.formats.reader import FormatReader
from bisect_parity.evidence.formats.source_digests import is_code
from bisect_parity.evidence.model import Findings, Problem, SourceDigest, Trust
from bisect_parity.wording import SHORT, first_of

SCHEMA = b'"schema": "bisect-parity/record"'
RECORD, LOG = "record.json", "commands.txt"
OWN_WORKTREES = "/bisect-parity/worktrees/"
LOG_HEAD = b"# bisect-parity record "
LONGEST_CHANGE = 200
CHANGES, NO_CHANGES = "uncommitted_changes", "none"
MOST_CHANGES = 4  # are named
DOCUMENTATION = (".md", ".markdown", ".rst", ".adoc")  # changes no result
MOVED = "another commit was checked out while the run went on: what it loaded later is of that one"
HALF = "the run was not recorded to its end: this is what was known before its start"


def _claims(path: PurePosixPath, head: bytes) -> bool:
    if path.name == LOG:
        return head.partition(b"\n")[2].startswith(LOG_HEAD)
    return path.name == RECORD and SCHEMA in head


def _read(path: str, data: bytes) -> Findings:
    """Reads record.json, and passes over the log beside it: git's own commands are no commands of the run."""
    if path.rpartition("/")[2] == LOG:
        return Findings()
    return read_document(path, data, load_json, _find)


def _find(place: Place, document: Any) -> Findings:
    document = place.object(document, "a record of bisect-parity")
    run, git = table(document.get("run")), table(document.get("git"))
    machine, python = table(document.get("machine")), table(document.get("python"))
    torch = table(python.get("torch"))
    is_after = document.get("how") == "after"
    is_elsewhere = OWN_WORKTREES in str(run.get("cwd"))  # run again: its files are not those of the checkout
    words = [string(word) for word in items(run.get("argv"))]
    ran = Findings(commands=parse_commands(shlex.join(words), place.path) if words else ())
    opened = items(table(document.get("opened")).get("ignored"))
    ignored = [item for item in opened if table(item).get("how") == "read"]  # others are outputs
    start = place.time("run.started", run.get("started"), "start") if not is_after else ()
    facts = (
        ("host", "machine.host", machine.get("host")),
        ("os", "machine.distribution", machine.get("distribution")),
        ("kernel", "machine.system", machine.get("system")),
        ("cpu", "machine.cpu", machine.get("cpu")),
        ("cpus_allowed", "machine.cpus_allowed", machine.get("cpus_allowed")),
        ("gpu_driver", "machine.gpu_driver", machine.get("gpu_driver")),
        ("python", "python.version", python.get("version")),
        ("torch", "python.torch.version", torch.get("version")),
        ("cuda", "python.torch.cuda", torch.get("cuda")),
        (CHANGES, "git.diff", _changes(git, string(run.get("started")))),
    )
    packages = table(python.get("packages"))
    problems: tuple[Problem, ...] = () if document.get("state") == "ended" else (Problem(place.path, HALF),)
    problems += tuple(_moves(place, items(git.get("changed_while_running"))))
    return Findings(
        records=tuple(
            evolve(record, trust=record.trust if is_after else Trust.WITNESS)
            for record in place.record(
                "git.commit", git.get("commit"), dirty=git.get("dirty"), tree=git.get("tree")
            )
        ),
        times=start + place.time("run.ended", run.get("ended"), "end"),
        metrics=place.metrics("notes", table(document.get("notes"))),
        environment=place.environment(facts)
        + place.environment(
            (f"packages.{name}", f"python.packages.{name}", v) for name, v in packages.items()
        )
        + place.variables(
            table(table(document.get("environment")).get("variables")), "environment.variables"
        ),
        commands=without_lines(ran).commands,
        digests=(
            *_digests(place, "inputs", items(document.get("inputs")), items(git.get("untracked"))),
            *_digests(place, "opened.ignored", ignored, ignored),
            *_digests(place, "git.untracked", _other_code(document, git), items(git.get("untracked"))),
        ),
        outputs=() if is_elsewhere else tuple(_digests(place, "outputs", items(document.get("outputs")), [])),
        branches=place.branch("git.branch", git.get("branch")),
        problems=problems,
    )


def _changes(git: dict[str, Any], began: str) -> str | None:
    """How tracked files, submodules included, differ from the commit; None where it is not told.

    Changes within a submodule have no digest: those of one run are never taken for those of another.
    """
    if not git.get("dirty"):
        return NO_CHANGES if git.get("dirty") is False else None
    named = [name for change in items(git.get("changes")) if (name := string(table(change).get("path")))]
    names = [name for name in named if not name.lower().endswith(DOCUMENTATION)]
    if named and not names:
        return NO_CHANGES
    told = first_of(names, MOST_CHANGES) or "files that are not named"
    digest = string(table(git.get("diff")).get("sha256"))
    modules = [each for each in map(table, items(git.get("submodules"))) if each.get("differs")]
    # earlier versions told only that a submodule differs
    is_known = digest and not any(each.get("has_changes", not each.get("checked_out")) for each in modules)
    return f"{digest[:SHORT]} in {told}" if is_known else f"unknown ones in {told} at {began}"


def _moves(place: Place, changes: list[Any]) -> Iterator[Problem]:
    """That another commit was checked out while the run went on: what it loaded later is of that one."""
    for change in map(string, changes):
        if change.startswith("HEAD moved "):
            yield Problem(place.path, f"{MOVED} ({change[:LONGEST_CHANGE]})")


def _other_code(document: dict[str, Any], git: dict[str, Any]) -> list[Any]:
    """Files of code that git does not track, and that are no inputs: the run may have imported them."""
    named = {string(table(item).get("path")) for item in items(document.get("inputs"))}
    paths = [(string(table(item).get("path")), item) for item in items(git.get("untracked"))]
    return [item for path, item in paths if is_code(path) and path not in named]


def _digests(place: Place, key: str, files: list[Any], untracked: list[Any]) -> Iterator[SourceDigest]:
    names = {string(table(file).get("path")) for file in untracked}
    for index, found in enumerate(map(table, files)):
        path, digest = string(found.get("path")), string(found.get("sha256"))
        if path and digest:
            source = place.source(f"{key}[{index}]", found)
            yield SourceDigest(path[:1000], "sha256", digest, source, is_tracked=path not in names)


READER = FormatReader("record", (LOG, RECORD), _claims, _read)
