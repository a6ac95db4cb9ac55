"""The folder of a session: the frozen case, what was asked, and the verdict of every code state so far."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from attrs import asdict, field, frozen

from bisect_parity.bisection.answer_parts import BundleEnd
from bisect_parity.bisection.model import Check, Outcome
from bisect_parity.bisection.odds import FlakyTerms
from bisect_parity.bisection.verdict_files import OBSERVATIONS, STATES, file_of, known_checks, read_document
from bisect_parity.config import Thresholds, structure
from bisect_parity.errors import CheckError, UsageError, writing
from bisect_parity.files import json_text, replace_file
from bisect_parity.history.worktree import remove_tree
from bisect_parity.locks import adopted
from bisect_parity.settings_source import SETTINGS_NAME
from bisect_parity.times import UTC_STAMP, utc_stamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from bisect_parity.config import Settings
    from bisect_parity.history.repository import Repository

LATEST = "latest"
EVIDENCE, LOCK = "evidence", "session.lock"  # in the folder of a session
SCHEMA = "bisect-parity/session"
UNFINISHED = (None, Outcome.INTERRUPTED.value, Outcome.INCONCLUSIVE.value)  # a search may go on from there
SESSIONS_KEPT = 20  # of those that ended, and as many that did not


@frozen
class Request:
    """What a session was asked to do.

    Attributes:
        good, bad: full ids of the ends.
        find: what is looked for.
        case: name of the case.
        size: detector width in pixels.
        out: folder of the evidence output; empty: below the session.
        is_open: whether the old end is to be found; `good` or `bad` is then where the history begins.
        bundles: that ends were named by.
        flaky: of a search by a flaky check; None: a code state has one verdict.
        thresholds: that count instead of the case's own.
        repo_option, config_option, into_submodules: see `Plan`.
    """

    good: str
    bad: str
    find: str
    case: str
    size: int
    out: str = ""
    is_open: bool = False
    bundles: tuple[BundleEnd, ...] = ()
    flaky: FlakyTerms | None = None
    thresholds: Thresholds | None = None
    repo_option: str = ""
    config_option: str = ""
    into_submodules: bool = True


@frozen
class SweepRequest:
    """What a sweep was asked to do.

    Attributes:
        start, end: full ids of the ends.
        case, size, out: as of a `Request`.
        budget: how many code states at most; None: all.
        thresholds: that count instead of the case's own.
    """

    start: str
    end: str
    case: str
    size: int
    out: str = ""
    budget: int | None = None
    thresholds: Thresholds | None = None


KINDS: dict[type[Request | SweepRequest], str] = {Request: "bisect", SweepRequest: "sweep"}
Asked = TypeVar("Asked", Request, SweepRequest)


@frozen
class SessionFolder:
    """Where one session keeps its state, below the common git directory.

    Attributes:
        path: the folder.
        settings: the frozen settings file.
        digest: SHA-256 of the frozen settings, 64 hex digits.
    """

    path: Path
    settings: Path
    digest: str
    _known: dict[tuple[str, int], Check] = field(factory=dict, repr=False)

    @property
    def created(self) -> str:
        """When the settings were frozen, before the first check: UTC, ISO 8601."""
        moment = datetime.strptime(self.path.name.partition("-")[0], UTC_STAMP).replace(tzinfo=UTC)
        return f"{moment:%Y-%m-%dT%H:%M:%SZ}"

    def verify(self) -> None:
        """Make sure that the frozen settings are what they were.

        Raises:
            CheckError: they were changed or removed in the middle of the session.
        """
        try:
            now = _digest(self.settings.read_bytes())
        except OSError as error:
            raise CheckError(
                f"cannot read {self.settings}: {error.strerror}", "Start the bisection again."
            ) from error
        if now != self.digest:
            raise CheckError(f"{self.settings} was changed during the session", "Start the bisection again.")

    def known(self, code_state: str, size: int) -> Check | None:
        """The check that gave the verdict of a code state at a size; None where there was none."""
        return self._known.get((code_state, size))

    def refresh(self) -> None:
        """Take in the verdicts of checks that ended since the folder was opened."""
        self._known.update(known_checks(self.path))

    def forget_skips(self, is_as_before: Callable[[Check], bool]) -> None:
        """Forget what could not be tested, except what would not be another time either.

        Args:
            is_as_before: whether a check that ended as a skip would find now what it found then.
        """
        for key, check in list(self._known.items()):
            if check.verdict == "skip" and not is_as_before(check):
                del self._known[key]

    def known_states(self, size: int) -> set[str]:
        """The code states whose verdict at a size is known."""
        return {state for state, known_size in self._known if known_size == size}

    def earlier_states(self, case: str, size: int, thresholds: Thresholds | None) -> frozenset[str]:
        """The code states that earlier sessions of the same settings found good or bad.

        Args:
            case: its name.
            size: that they were checked at.
            thresholds: that counted instead of the case's own.
        """
        found = set()
        by = None if thresholds is None else asdict(thresholds)
        for other in self.path.parent.glob("*/session.json"):
            record = read_document(other)
            request = record.get("request")
            if record.get("settings_sha256") != self.digest or not isinstance(request, dict):
                continue
            is_same = request.get("case") == case and request.get("thresholds") == by
            if is_same and "flaky" not in request:
                known = known_checks(other.parent)
                found |= {
                    state
                    for (state, known_size), check in known.items()
                    if known_size == size and check.verdict in ("good", "bad")
                }
        return frozenset(found)

    def remember(self, check: Check) -> None:
        """Keep the verdict of a code state at a size, first in a file and then in memory.

        Raises:
            OutputError: the folder cannot be written.
        """
        replace_file(self.path / STATES / file_of(check), json_text(check.to_json()))
        self._known[check.code_state, check.size] = check

    def observe(self, check: Check) -> None:
        """Keep one check of a code state that has no final verdict.

        Raises:
            OutputError: the folder cannot be written.
        """
        replace_file(self.path / OBSERVATIONS / f"{check.name}.json", json_text(check.to_json()))

    def check_folder(self, name: str) -> Path:
        """Where the check called `name` writes."""
        return self.path / "checks" / name

    def last_number(self) -> int:
        """The greatest number that a check of this session has; 0 where there was none."""
        numbers = [path.name.partition("-")[0] for path in (self.path / "checks").glob("*-*")]
        return max((int(number) for number in numbers if number.isdecimal()), default=0)

    @property
    def is_resumed(self) -> bool:
        """Whether there are verdicts of an earlier run; to be asked before the first check."""
        return any((self.path / STATES).glob("*.json"))

    def write(self, request: Request | SweepRequest, outcome: str | None = None) -> None:
        """Write session.json: what was asked, and how it ended; None while it has not.

        Raises:
            OutputError: the folder cannot be written.
        """
        record = {
            "schema": SCHEMA,
            "version": 1,
            "kind": KINDS[type(request)],
            "request": {name: value for name, value in asdict(request).items() if value is not None},
            "settings": self.settings.name,
            "settings_sha256": self.digest,
            "outcome": outcome,
        }
        replace_file(self.path / "session.json", json_text(record))


def create_folder(repository: Repository, settings: Settings, content: bytes | None = None) -> SessionFolder:
    """Make a new session folder, and freeze the settings in it.

    Args:
        repository: of the session.
        settings: that count.
        content: of the frozen file; None: that of the file that the settings came from.

    Raises:
        OutputError: it cannot be written.
    """
    stamp = utc_stamp()
    path = _sessions(repository) / f"{stamp}-{secrets.token_hex(3)}"
    source = settings.source or Path(SETTINGS_NAME)
    is_shared = content is None and source.name == "pyproject.toml"
    frozen_settings = path / ("pyproject.toml" if is_shared else SETTINGS_NAME)
    with writing(path, "The git directory must be writable for a worktree."):
        content = source.read_bytes() if content is None else content
        path.mkdir(parents=True)
        frozen_settings.write_bytes(content)
        frozen_settings.chmod(0o444)
    return SessionFolder(path, frozen_settings, _digest(content))


def open_folder(repository: Repository, name: str, kind: type[Asked]) -> tuple[SessionFolder, Asked]:
    """Open the folder of an earlier session, with all verdicts that it came to.

    Args:
        repository: of the session.
        name: of its folder, or `LATEST` for the last one that came to no answer.
        kind: what it was asked to do.

    Raises:
        UsageError: there is no such session.
        CheckError: its frozen settings were changed.
    """
    path = _latest(repository, kind) if name == LATEST else _sessions(repository) / Path(name).name
    record = read_document(path / "session.json")
    is_kind = record.get("kind") == KINDS[kind]
    if record.get("schema") != SCHEMA or not is_kind or not isinstance(record.get("request"), dict):
        raise UsageError(f"{path} is not a session", f"Sessions lie in {_sessions(repository)}.")
    request = structure(kind, record["request"], str(path / "session.json"))
    settings = path / Path(str(record.get("settings"))).name
    folder = SessionFolder(path, settings, str(record.get("settings_sha256")), known_checks(path))
    folder.verify()
    return folder, request


def prune_folders(repository: Repository) -> None:
    """Remove the folders of old sessions, except those in use or with the evidence of a search."""
    kept = {True: SESSIONS_KEPT, False: SESSIONS_KEPT}
    for path in sorted(_sessions(repository).glob("*/session.json"), reverse=True):
        is_unfinished = read_document(path).get("outcome") in UNFINISHED
        kept[is_unfinished] -= 1
        if kept[is_unfinished] < 0 and not (path.parent / EVIDENCE).exists():
            with adopted(path.parent / LOCK) as is_ours, contextlib.suppress(OSError):
                if is_ours:
                    remove_tree(path.parent)


def _sessions(repository: Repository) -> Path:
    return repository.state_directory() / "sessions"


def _latest(repository: Repository, kind: type[Request | SweepRequest]) -> Path:
    for path in sorted(_sessions(repository).glob("*/session.json"), reverse=True):
        record = read_document(path)
        if record.get("kind") == KINDS[kind] and record.get("outcome") in UNFINISHED:
            return path.parent
    raise UsageError("there is no session to resume", "Start one by naming its ends.")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
