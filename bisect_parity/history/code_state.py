"""The code state of commits: the identity of what lies under the code paths."""

from __future__ import annotations

import enum
import hashlib
import os
import re
from collections.abc import Hashable
from typing import TYPE_CHECKING, Protocol

from attrs import Factory, define, field, frozen

from bisect_parity.errors import RepositoryError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bisect_parity.history.repository import Repository

__all__ = ["CodeStates"]

TREE_MODE = b"40000"
BATCH = 1000  # commits whose trees are in memory at a time
REGULAR_MODES = frozenset({b"100644", b"100755"})
DOCUMENTATION_FOLDERS = frozenset({"doc", "docs", "documentation", "plan", "plans"})
DOCUMENTATION_SUFFIXES = (".md", ".markdown", ".rst", ".adoc")
DOCUMENTATION_STEMS = re.compile(
    r"(?i)(license|licence|copying|notice|authors|contributors|changelog|changes|news|readme|todo)(\.txt)?"
    r"|citation\.cff|\.mailmap|bisect-parity\.toml"
)
EVIDENCE_FOLDERS = frozenset(
    {"reports", "benchmarks", "results", "outputs", "runs", "multirun", "mlruns", "wandb", ".benchmarks"}
    | {"bench", "benchmark", "perf", "performance", "profiles", "measurements", "experiments", "metrics"}
    | {"output", "logs", "log", "slurm", "lightning_logs", "tb_logs", "dvclive", "benchmarkdotnet.artifacts"}
)
RESULT_FILES = frozenset(
    {
        "benchmark_results.json",
        "git_sha.txt",
        "repo_sha.txt",
        "git_commit.txt",
        "git_info.txt",
        "git_context.txt",
        "mlflow.db",
    }
)
RESULT_NAMES = re.compile(  # histories of runs; data.js is what github-action-benchmark writes
    r"data\.js|.*\.(?:log|out|err)|events\.out\.tfevents\..*|(?:runs?|results?|benchmarks?|metrics?|timings?|history)"
    r"(?:\.(?:json|csv|tsv)|(?:[_.-].*)?\.(?:jsonl|ndjson))"
)
HYDRA_FOLDER = ".hydra"  # beside the output of each job
STAMPED = re.compile(r"(?:^|.*[^0-9])(?:20\d{6}(?:[T_-]?\d{4}(?:\d{2})?Z?)?|20\d\d-\d\d-\d\d)(?:$|[^0-9].*)")
SOURCE_SUFFIXES = re.compile(
    r".*\.(?:c|cc|cfg|cl|cmake|cpp|cu|cuh|cxx|f|f03|f08|f77|f90|f95|for|go|h|hh|hpp|hxx|i|in|inc|inl|ini|ipynb"
    r"|java|jl|js|lua|m|m4|make|mk|pl|pm|py|pyi|pyx|pxd|r|rs|s|sh|swift|toml|ts)"
)
SOURCE_NAMES = frozenset({"makefile", "gnumakefile", "cmakelists.txt", "dockerfile", "requirements.txt"})


class _Area(enum.Enum):
    """Where in the tree the default rule is."""

    TOP = enum.auto()
    CODE = enum.auto()
    EVIDENCE = enum.auto()  # below a usual evidence folder: only source files count


class _Rule(Protocol):
    """Which entries of a tree are code."""

    @property
    def takes_folders(self) -> bool:
        """Whether `takes` may take a folder, with all that is in it."""

    def root(self) -> Hashable:
        """The context of the root tree."""

    def enter(self, context: Hashable, name: str) -> Hashable | None:
        """The context of the folder `name`; None where it holds no code."""

    def takes(self, context: Hashable, name: str) -> bool:
        """Whether the entry `name` is code as a whole."""


class _DefaultRule:
    """Everything tracked that is not evidence, documentation or plans.

    Documentation: folders `doc`, `docs`, `plans` and the like at the top, and files such as `*.md` anywhere.
    Evidence: folders with a time stamp in their name, known result files, histories of runs (`runs.jsonl`,
    `data.js`) and logs, and in the usual evidence folders at the top (`reports`, `benchmarks`, ...)
    everything but source files.
    """

    takes_folders = False

    def root(self) -> Hashable:
        return _Area.TOP

    def enter(self, context: Hashable, name: str) -> Hashable | None:
        if STAMPED.fullmatch(name) or name == HYDRA_FOLDER:
            return None
        if context is _Area.TOP:
            if name.lower() in DOCUMENTATION_FOLDERS:
                return None
            return _Area.EVIDENCE if name.lower() in EVIDENCE_FOLDERS else _Area.CODE
        return context

    def takes(self, context: Hashable, name: str) -> bool:
        small = name.lower()
        if small.endswith(DOCUMENTATION_SUFFIXES) or DOCUMENTATION_STEMS.fullmatch(name):
            return False
        if small in RESULT_FILES or RESULT_NAMES.fullmatch(small):
            return False
        if context is _Area.EVIDENCE:
            return small in SOURCE_NAMES or bool(SOURCE_SUFFIXES.fullmatch(small))
        return True


@frozen
class _PathRule:
    """The configured code paths; a context is the tuple of paths that are left below a folder."""

    paths: tuple[tuple[str, ...], ...]
    takes_folders: bool = True

    def root(self) -> Hashable:
        return self.paths

    def enter(self, context: Hashable, name: str) -> Hashable | None:
        below = tuple(path[1:] for path in self._of(context) if path[:1] in ((name,), ()))
        return below or None

    def takes(self, context: Hashable, name: str) -> bool:
        return any(path in ((name,), ()) for path in self._of(context))  # () is the top itself

    @staticmethod
    def _of(context: Hashable) -> tuple[tuple[str, ...], ...]:
        return context if isinstance(context, tuple) else ()


@define
class _Node:
    """One tree as seen in one context: what it keeps, and the folders that must be looked into."""

    entries: list[tuple[bytes, bytes, bytes]] = Factory(list)  # mode, name, raw object id
    folders: list[tuple[bytes, str, Hashable]] = Factory(list)  # name, tree id, context
    digest: str | None = field(default=None)


class CodeStates:
    """The code states of a repository's commits.

    A code state is a digest of names, modes and object ids under the code paths: two commits with equal code
    states hold the same code, byte for byte. A code path that is missing in a commit is a part of its
    state, and the commit id of a submodule counts.

    Args:
        repository: where the commits are.
        paths: code paths, relative to the top; empty means everything tracked that is not evidence,
            documentation or plans.
        lists_files: look into the folders that are code as a whole, too, for `files`.

    Raises:
        UsageError: a path is absolute, leaves the repository, or is a pattern.
    """

    def __init__(self, repository: Repository, paths: Iterable[str], *, lists_files: bool = False) -> None:
        self._repository = repository
        self._lists_files = lists_files
        self.paths = tuple(_normal(path) for path in paths)
        self._rule: _Rule = _DefaultRule()
        if self.paths:
            words = tuple(tuple(path.split("/")) if path else () for path in self.paths)
            self._rule = _PathRule(words, takes_folders=not lists_files)
        self._nodes: dict[tuple[str, Hashable], _Node] = {}
        self._roots: dict[str, tuple[str, Hashable]] = {}
        self._judged: dict[Hashable, dict[tuple[bytes, bool], tuple[bool, Hashable | None]]] = {}
        self._states: dict[str, str] = {}
        self._files: dict[tuple[str, Hashable], tuple[tuple[str, str], ...]] = {}

    def of(self, commits: Iterable[str]) -> dict[str, str]:
        """The code state of each commit, as 64 hex digits.

        Raises:
            RepositoryError: a commit, or a tree of it, is not in the repository.
        """
        wanted = list(dict.fromkeys(commits))
        new = [commit for commit in wanted if commit not in self._states]
        for begin in range(0, len(new), BATCH):
            self._states.update(self._read(new[begin : begin + BATCH]))
        return {commit: self._states[commit] for commit in wanted}

    def is_empty(self, commit: str) -> bool:
        """Whether nothing at all lies under the code paths at `commit`."""
        return self.of([commit])[commit] == _EMPTY

    def holds(self, path: str) -> bool:
        """Whether the file `path`, relative to the top, is code."""
        *folders, name = path.split("/")
        context: Hashable | None = self._rule.root()
        for folder in folders:
            if self._rule.takes_folders and self._rule.takes(context, folder):
                return True
            context = self._rule.enter(context, folder)
            if context is None:
                return False
        return self._rule.takes(context, name)

    def files(self, commits: Iterable[str]) -> dict[str, tuple[tuple[str, str], ...]]:
        """The paths and blob ids of the regular files that are code, of each commit; needs `lists_files`.

        Raises:
            RepositoryError: a commit, or a tree of it, is not in the repository.
        """
        self.of(wanted := list(commits))
        return {commit: self._listed(self._roots[commit]) for commit in wanted}

    def _listed(self, key: tuple[str, Hashable]) -> tuple[tuple[str, str], ...]:
        if key not in self._files:
            node = self._nodes[key]
            files = (entry for entry in node.entries if entry[0] in REGULAR_MODES)
            own = [(os.fsdecode(name), blob.hex()) for _, name, blob in files]
            for name, tree, context in node.folders:
                folder = os.fsdecode(name)
                own += [(f"{folder}/{path}", blob) for path, blob in self._listed((tree, context))]
            self._files[key] = tuple(own)
        return self._files[key]

    def _read(self, commits: list[str]) -> dict[str, str]:
        roots = self._roots
        found: list[tuple[str, Hashable]] = []
        names = (f"{commit}^{{tree}}" for commit in commits)
        for commit, answer in zip(commits, self._repository.objects(names), strict=True):
            if answer is None or answer[1] != "tree":
                raise _missing(commit)
            key = (answer[0], self._rule.root())
            roots[commit] = key
            found += self._add(key, answer[2])
        while found:
            keys = [key for key in dict.fromkeys(found) if key not in self._nodes]
            found = []
            trees = self._repository.objects(tree for tree, _ in keys)
            for key, answer in zip(keys, trees, strict=True):
                if answer is None or answer[1] != "tree":
                    raise _missing(key[0])
                found += self._add(key, answer[2])
        return {commit: self._digest(roots[commit]) for commit in commits}

    def _add(self, key: tuple[str, Hashable], content: bytes) -> list[tuple[str, Hashable]]:
        """Sort the entries of one tree, and return the folders below it that must be read."""
        if key in self._nodes:
            return []
        node = self._nodes[key] = _Node()
        judged = self._judged.setdefault(key[1], {})
        for mode, raw_name, object_id in _ENTRY[self._repository.id_length // 2].findall(content):
            kind = (raw_name, mode == TREE_MODE)
            if kind not in judged:
                judged[kind] = self._judge(key[1], *kind)
            is_taken, below = judged[kind]
            if is_taken:
                node.entries.append((mode, raw_name, object_id))
            elif below is not None:
                node.folders.append((raw_name, object_id.hex(), below))
        return [(tree, below) for _, tree, below in node.folders]

    def _judge(self, context: Hashable, raw_name: bytes, is_folder: bool) -> tuple[bool, Hashable | None]:
        """Whether an entry is code as a whole; else the context of what lies below it, None for no code."""
        name = raw_name.decode("utf-8", "surrogateescape")
        if (self._rule.takes_folders or not is_folder) and self._rule.takes(context, name):
            return True, None
        return False, self._rule.enter(context, name) if is_folder else None

    def _digest(self, key: tuple[str, Hashable]) -> str:
        node = self._nodes[key]
        if node.digest is None:
            parts = [(name, mode, object_id.hex()) for mode, name, object_id in node.entries]
            for name, tree, context in node.folders:
                digest = self._digest((tree, context))
                if digest != _EMPTY:  # a folder without code is no part of the code
                    parts.append((name, TREE_MODE, digest))
            total = hashlib.sha256()
            for name, mode, object_id in sorted(parts):
                total.update(b"%s %s\0%s\n" % (mode, name, object_id.encode()))
            node.digest = total.hexdigest()
            if not self._lists_files:
                node.entries, node.folders = [], []
        return node.digest


_ENTRY = {size: re.compile(rb"(\d+) ([^\0]+)\0(.{%d})" % size, re.DOTALL) for size in (20, 32)}
_EMPTY = hashlib.sha256().hexdigest()


def _normal(path: str) -> str:
    words = [word for word in path.split("/") if word not in ("", ".")]
    if path.startswith("/") or ".." in words:
        raise UsageError(f"[code] paths: {path!r} is not inside the repository", "Name it from the top.")
    if re.search(r"[*?\[\]\\\n\0]", path) or path.startswith(":"):
        raise UsageError(f"[code] paths: {path!r} is a pattern", "Name folders and files.")
    return "/".join(words)


def _missing(name: str) -> RepositoryError:
    return RepositoryError(
        f"{name} or a tree of it is not in the repository",
        "Fetch it (git fetch --refetch), or deepen the clone.",
    )
