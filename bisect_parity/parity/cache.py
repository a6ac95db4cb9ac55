"""Verdicts by content: the same code, case, reference and environment need no second run."""

from __future__ import annotations

import contextlib
import heapq
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import Factory, define, frozen

from bisect_parity.digest import json_digest
from bisect_parity.errors import OutputError
from bisect_parity.files import cache_directory, replace_file

SCHEMA = "bisect-parity/cached-verdict"
SCHEMA_VERSION = 1
CACHED_VERDICTS = ("good", "bad", "skip")
LIMIT_BYTES = 2**20
MOST_SEARCHED = 1000  # entries, for the one that is nearest
ENVIRONMENT = "environment"  # the part that tells it
PENDING, FINAL = "pending", "final"


def cache_key(parts: Mapping[str, str]) -> str:
    """The key of a verdict, as 64 hex digits.

    Args:
        parts: digests of all that a verdict depends on, by name.
    """
    return json_digest(dict(parts))


@frozen
class VerdictCache:
    """A folder of verdicts, one file a key, each written in two phases.

    Before a check runs, its entry is marked as pending; afterwards it is replaced by the final one, which
    carries a digest of itself. Only a final entry whose digests hold is believed, so that neither an
    interrupted check nor a damaged file can pass for a verdict.

    Attributes:
        folder: where the entries are.
    """

    folder: Path

    def path(self, key: str) -> Path:
        """The file of an entry."""
        return self.folder / key[:2] / f"{key}.json"

    def read(self, key: str) -> tuple[dict[str, Any] | None, str]:
        """The document that was stored under a key, or None, and the reason in words."""
        entry, reason = self._entry(key)
        return (None if entry is None else entry["document"]), reason

    def nearest(self, parts: Mapping[str, str]) -> tuple[dict[str, Any], list[str]] | None:
        """The document whose content differs in the fewest parts from another, and the names of these parts.

        Args:
            parts: of the other; an entry of the very same is passed over.
        """
        found = [
            (entry["document"], sorted(name for name in parts if entry["parts"].get(name) != parts[name]))
            for entry in self._latest()
        ]
        return min((one for one in found if one[1]), key=lambda one: len(one[1]), default=None)

    def in_other_environments(self, parts: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """The documents of the same content in all but the environment, the latest first.

        Args:
            parts: of that content, and perhaps other digests besides.
        """
        for entry in self._latest():
            own = entry["parts"]
            if {name for name in own if own[name] != parts.get(name)} == {ENVIRONMENT}:
                yield entry["document"]

    def keep_packages(self, digest: str, packages: list[str]) -> None:
        """Keep the packages of an environment, so that what was upgraded can be named; best effort.

        Args:
            digest: of the list, 64 hex digits.
            packages: a name and a version each.
        """
        path = self._packages_path(digest)
        if not path.exists():
            with contextlib.suppress(OutputError):
                replace_file(path, json.dumps(packages, indent=0) + "\n")

    def packages(self, digest: str) -> list[str]:
        """The packages that were kept under a digest; empty where they were not, or cannot be read."""
        try:
            found = json.loads(self._packages_path(digest).read_bytes()[:LIMIT_BYTES])
        except (OSError, ValueError, RecursionError):
            return []
        return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []

    def _packages_path(self, digest: str) -> Path:
        return self.folder.with_name("packages") / f"{digest}.json"

    def _latest(self) -> Iterator[dict[str, Any]]:
        """The whole entries that can be believed, the latest first."""
        files = heapq.nlargest(MOST_SEARCHED, self.folder.glob("??/*.json"), key=_age)
        return (entry for entry, _ in (self._entry(file.stem) for file in files) if entry is not None)

    def _entry(self, key: str) -> tuple[dict[str, Any] | None, str]:
        """A whole entry that can be believed, or None, and the reason in words."""
        path = self.path(key)
        try:
            with path.open("rb") as file:
                data = file.read(LIMIT_BYTES + 1)
        except FileNotFoundError:
            return None, "no check of this content is known"
        except OSError as error:
            return None, f"{path} cannot be read: {error.strerror}"
        try:
            entry = json.loads(data)
            if entry["state"] == PENDING:
                return None, "an earlier check of this content did not end, or is running"
            document = entry["document"]
            is_sound = (
                (entry["schema"], entry["version"], entry["state"]) == (SCHEMA, SCHEMA_VERSION, FINAL)
                and entry["key"] == key == cache_key(entry["parts"])
                and entry["sha256"] == json_digest(document)
                and document["verdict"] in CACHED_VERDICTS
            )
        except (ValueError, KeyError, TypeError, RecursionError):
            is_sound = False
        if not is_sound:
            return None, f"{path} is damaged"
        return entry, f"checked at {document['started']}"

    def begin(self, key: str, parts: Mapping[str, str]) -> str:
        """Mark a check as begun; return why nothing can be stored, or ""."""
        entry = {"schema": SCHEMA, "version": SCHEMA_VERSION, "key": key, "parts": dict(parts)}
        return self._write(key, entry | {"state": PENDING, "process": os.getpid()})

    def finish(self, key: str, parts: Mapping[str, str], document: Mapping[str, Any]) -> str:
        """Store the verdict of a check that has ended; return why it cannot be stored, or ""."""
        entry = {"schema": SCHEMA, "version": SCHEMA_VERSION, "key": key, "parts": dict(parts)}
        whole = {"state": FINAL, "document": dict(document), "sha256": json_digest(document)}
        return self._write(key, entry | whole)

    def forget(self, key: str) -> None:
        """Remove an entry: its check gave no verdict that would hold another time."""
        try:
            self.path(key).unlink(missing_ok=True)
        except OSError:
            return  # it stays pending, and is not believed

    def _write(self, key: str, entry: Mapping[str, Any]) -> str:
        try:
            replace_file(self.path(key), json.dumps(entry, indent=1, sort_keys=True, allow_nan=False) + "\n")
        except OutputError as error:
            return error.message
        return ""


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # another check has just removed it
        return 0.0


def verdict_cache() -> VerdictCache:
    """The cache of this user."""
    return VerdictCache(cache_directory() / "verdicts")


@define
class Memory:
    """What one check may remember: nothing, unless it has a cache.

    Attributes:
        cache: None where none may be used.
        reason: why none may be used; afterwards what became of it, for people.
        state: "off", "new", "known", "kept" or "not kept".
        parts: digests of all that the verdict depends on, by name.
    """

    cache: VerdictCache | None
    reason: str
    state: str = "off"
    parts: dict[str, str] = Factory(dict)

    def recall(self, parts: Mapping[str, str]) -> dict[str, Any] | None:
        """The document of an earlier check of the same content; None: a check is begun."""
        if self.cache is None:
            return None
        self.parts = dict(parts)
        key = cache_key(parts)
        document, self.reason = self.cache.read(key)
        self.state = "new" if document is None else "known"
        if document is None:
            trouble = self.cache.begin(key, parts)
            if trouble:
                self.cache, self.state, self.reason = None, "off", trouble
        return document

    def keep(self, document: Mapping[str, Any], is_repeatable: bool) -> None:
        """Keep the verdict of the check that was begun, if another run would give the same."""
        if self.cache is None or self.state != "new":
            return
        key = cache_key(self.parts)
        if document["verdict"] not in CACHED_VERDICTS or not is_repeatable:
            self.cache.forget(key)
            self.state, self.reason = "not kept", "another run may end otherwise"
            return
        trouble = self.cache.finish(key, self.parts, document)
        self.state, self.reason = ("not kept", trouble) if trouble else ("kept", self.reason)

    def to_json(self) -> dict[str, Any]:
        """What verdict.json says of the cache."""
        document: dict[str, Any] = {"state": self.state, "reason": self.reason}
        if self.parts:
            document |= {"key": cache_key(self.parts), "parts": self.parts}
        return document
