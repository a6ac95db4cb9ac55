"""One funnel for git: every git command goes through `Repository`, journaled and in a clean environment."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

from bisect_parity.errors import MissingObjectError, RepositoryError
from bisect_parity.history.complaints import failure, refusal, start_errors, unknown_revision

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bisect_parity.journal import Completed, Journal

    Variables = Mapping[str, str] | None

OWN_WORKTREE = "bisect-parity-worktree"  # a file in the git directory of each worktree of ours
OBJECT_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
SAFE_OPTIONS = (
    "core.hooksPath=/dev/null",  # a user's post-checkout hook would run at every step
    "core.fsmonitor=false",  # a program named by the repository would be run
    "gc.auto=0",  # housekeeping would rewrite what is being read
    "maintenance.auto=false",
    "advice.detachedHead=false",
    "core.quotePath=false",
    "core.packedGitWindowSize=16m",  # a large pack is not mapped as a whole: memory stays bounded
    "core.packedGitLimit=128m",
)
KEPT_GIT_VARIABLES = re.compile(
    r"GIT_(?:CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM)|(?:AUTHOR|COMMITTER)_\w+|CEILING_DIRECTORIES"
    r"|DISCOVERY_ACROSS_FILESYSTEM|TEST_ASSUME_DIFFERENT_OWNER|PYTHON_REFRESH|SSL_\w+)"
)


def clean_environment() -> dict[str, str]:
    """The environment without what a surrounding git exports (GIT_DIR and the like)."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or KEPT_GIT_VARIABLES.fullmatch(name)
    }


def _git_environment() -> dict[str, str]:
    return clean_environment() | {
        "LC_ALL": "C",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "",  # reading a missing blob of a partial clone would fetch it
        "GIT_GRAFT_FILE": f"{os.devnull}/none",  # no file: git warns of an empty one
    }


class _Runner(Protocol):
    def execute(self, command: Sequence[str], streamed: bool = False, **options: Any) -> Any: ...


class GitCommands:
    """Runs git commands in a directory, every process started by the journal in a clean environment."""

    def __init__(self, directory: Path, journal: Journal) -> None:
        self._journal = journal
        self._directory = directory
        self._clean = _git_environment()
        self._words = ["git"]
        for setting in SAFE_OPTIONS:
            self._words += ["-c", setting]
        journal.define("git", self._words, self._clean)

    def execute(
        self,
        command: Sequence[str],
        streamed: bool = False,
        variables: Variables = None,
        **options: Any,
    ) -> Any:
        """Run the git subcommand `command` by the journal, with further environment variables.

        `options` are those of `Journal.run`.
        """
        start = self._journal.start if streamed else self._journal.run
        env = self._clean | dict(variables) if variables else self._clean
        return start([*self._words, *command], cwd=self._directory, env=env, **options)


class Repository:
    """A git repository, seen from one of its worktrees or from its git directory.

    Attributes:
        directory: where git is run.
        git_dir: the git directory of this worktree (absolute).
        common_dir: the git directory shared by all worktrees (absolute).
        work_tree: top of the working tree; None in a bare repository.
        id_length: hex digits of an object id, 40 or 64.
        journal: where every command is logged.
    """

    def __init__(self, directory: Path, journal: Journal, *, lean: bool = False) -> None:
        """See `open`."""
        self.directory = directory
        self.journal = journal
        self._git: _Runner
        if lean:
            self._git = GitCommands(directory, journal)
        else:
            from bisect_parity.history.journaled_git import JournaledGit  # noqa: PLC0415 - see `open`

            self._git = JournaledGit(directory, GitCommands(directory, journal))
        git_dir, common_dir, object_format, is_shallow, top = self._discover()
        self.git_dir = Path(git_dir)
        self.common_dir = (directory / common_dir).resolve()
        self.id_length = 64 if object_format == "sha256" else 40
        self.is_shallow = is_shallow == "true"
        self.work_tree = Path(top) if top else None

    @classmethod
    def open(cls, directory: Path, journal: Journal, *, lean: bool = False) -> Repository:
        """Open the repository that `directory` lies in, at the top of its working tree.

        Args:
            directory: in it.
            journal: where every command is logged.
            lean: do without GitPython: its import takes longer than git's answer to most questions.

        Raises:
            RepositoryError: no git, no repository, or one that git refuses to read.
        """
        try:
            place = directory.resolve()
            is_there = place.is_dir()
        except OSError:  # relative to a working directory that is gone
            is_there = False
        if not is_there:
            raise RepositoryError(f"{directory} is not a directory", "Name a repository with --repo.")
        found = cls(place, journal, lean=lean)
        top = found.work_tree
        return found if top is None or top == found.directory else cls(top, journal, lean=lean)

    def _discover(self) -> tuple[str, str, str, str, str]:
        """Git directory, common git directory, object format, whether it is shallow, and top or ""."""
        questions = (
            *("--absolute-git-dir", "--git-common-dir", "--show-object-format", "--is-shallow-repository"),
            "--show-toplevel",  # the last: it ends git where there is none
        )
        answer = self.git_result("rev-parse", *questions)
        lines = os.fsdecode(answer.stdout).split("\n")[:-1]
        if not lines:
            raise self._refused(answer)
        if answer.status != 0 and len(lines) == len(questions) - 1:
            lines.append("")
        if len(lines) != len(questions):  # a newline in a path: git has no -z here
            results = [self.git_result("rev-parse", question) for question in questions]
            lines = [os.fsdecode(result.stdout)[:-1] for result in results]
        git_dir, common_dir, object_format, is_shallow, top = lines
        return git_dir, common_dir, object_format, is_shallow, top

    def git_result(
        self, command: str, *arguments: str, stdin: bytes = b"", variables: Variables = None
    ) -> Completed:
        """Run a git command to its end, whatever its exit status; `variables` join its environment."""
        with start_errors():
            result: Completed = self._git.execute((command, *arguments), stdin=stdin, variables=variables)
        return result

    def git(self, command: str, *arguments: str, stdin: bytes = b"", variables: Variables = None) -> bytes:
        """Run a git command and return its standard output; `variables` join its environment.

        Raises:
            RepositoryError: git ended with another status than 0.
        """
        result = self.git_result(command, *arguments, stdin=stdin, variables=variables)
        if result.status != 0:
            raise self._refused(result)
        return result.stdout

    def fields(self, command: str, *arguments: str, stdin: bytes = b"") -> list[str]:
        """Run a git command with -z, and return its NUL-terminated fields, decoded as paths are.

        Raises:
            RepositoryError: git ended with another status than 0.
        """
        return os.fsdecode(self.git(command, "-z", *arguments, stdin=stdin)).split("\0")[:-1]

    def _refused(self, result: Completed) -> RepositoryError:
        words = result.argv[2 * len(SAFE_OPTIONS) + 1 :]
        return refusal(self.directory, " ".join(words[:3]), result.stderr.decode(errors="backslashreplace"))

    @contextlib.contextmanager
    def stream(self, command: str, *arguments: str, stdin: bytes = b"") -> Iterator[IO[bytes]]:
        """Start a git command and yield its standard output; leaving early ends it without complaint.

        Raises:
            RepositoryError: all was read, and git ended with another status than 0.
        """
        import tempfile  # noqa: PLC0415 - slow to import, and `record` streams nothing

        with tempfile.TemporaryFile() as complaints:
            with (
                start_errors(),
                self._git.execute(
                    (command, *arguments), streamed=True, stdin=stdin, stderr=complaints
                ) as running,
            ):
                yield running.process.stdout
                read_to_end = not running.process.stdout.read(1)
            if read_to_end and running.process.returncode != 0:
                complaints.seek(0)
                text = complaints.read().decode(errors="backslashreplace")
                raise failure(self.directory, command, text)

    def resolve(self, revision: str) -> str:
        """The full id of the commit that `revision` names.

        Raises:
            RepositoryError: it names no commit, or more than one.
        """
        commit = self.try_resolve(revision)
        if commit is None:
            raise unknown_revision(self, revision)
        return commit

    def try_resolve(self, revision: str) -> str | None:
        """The full id of the commit that `revision` names, or None."""
        if not revision or "\0" in revision or "\n" in revision:
            return None
        # what follows ":/" is text to its end, and always finds a commit
        name = revision if revision.startswith(":/") else f"{revision}^{{commit}}"
        answer = self.git_result("rev-parse", "--verify", "--quiet", "--end-of-options", name)
        text = answer.stdout.decode("ascii", "replace").strip()
        return text if answer.status == 0 and OBJECT_ID.fullmatch(text) else None

    def parents(self, commit: str) -> list[str]:
        """The full ids of a commit's parents, first parent first.

        Raises:
            RepositoryError: there is no such commit.
        """
        return self.git("rev-parse", f"{commit}^@").decode("ascii").split()

    def objects(self, names: Iterable[str]) -> Iterator[tuple[str, str, bytes] | None]:
        """The objects that `names` name (`ID`, or `ID:path`), from one `cat-file --batch`.

        Yields:
            for each name, in order: object id, type and content; None where there is no such object. Once
            git has given up at an object that a partial clone lacks, only full ids are found.
        """
        wanted = [name.replace("\n", "\0") for name in names]
        if not wanted:
            return
        answered = 0
        try:
            request = os.fsencode("\n".join(wanted) + "\n")
            with self.stream("cat-file", "--batch", "--buffer", stdin=request) as answers:
                while answered < len(wanted) and (line := answers.readline()):
                    answered += 1
                    words = line.split()
                    if not line.endswith(b"\n") or len(words) != 3 or not words[2].isdigit():
                        yield None
                        continue
                    yield words[0].decode(), words[1].decode(), answers.read(int(words[2]) + 1)[:-1]
        except MissingObjectError:  # git gave up at the first object that it could not fetch
            here = self._local_objects()
            rest = wanted[answered:]
            found = self.objects(name for name in rest if name in here)
            for name in rest:
                yield next(found) if name in here else None

    def _local_objects(self) -> set[str]:
        """The ids of all objects that are stored here; unlike a look-up, this never wants to fetch."""
        options = ("--batch-all-objects", "--unordered", "--batch-check=%(objectname)")
        return set(self.git("cat-file", *options).decode("ascii").split())

    def at(self, directory: Path) -> Repository:
        """The same repository, seen from another worktree."""
        return Repository(directory, self.journal)

    def is_bare(self) -> bool:
        """Whether it has no working tree of its own."""
        return self.git("rev-parse", "--is-bare-repository").strip() == b"true"

    @property
    def home(self) -> Path:
        """The top of the main working tree; the git directory itself where the repository is bare."""
        return self.common_dir.parent if self.common_dir.name == ".git" else self.common_dir

    def state_directory(self) -> Path:
        """Where the tool keeps settings, sessions and logs of this repository."""
        return self.common_dir / "bisect-parity"
