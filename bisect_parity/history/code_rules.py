"""Which entries of a commit's trees are code: by the configured paths, else by names. Pure."""

from __future__ import annotations

import enum
import re
from collections.abc import Hashable, Sequence
from typing import ClassVar, Protocol

from attrs import frozen

from bisect_parity.errors import UsageError

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
    | {"work_dirs", "ray_results", ".userbenchmark", "benchmark_output"}
    | {"evidence", "bundles", "artifacts", "artefacts", "result"}
)
TEST_FOLDERS = frozenset(  # what test runners write, wherever they are told to
    {
        "test-results",
        "test_results",
        "testresults",
        "test-reports",
        "test_reports",
        "surefire-reports",
        "htmlcov",
    }
)
BUILD_FOLDERS = re.compile(r"(?i)(?:cmake-)?build.*")
CTEST_FOLDER = "Testing"  # in a folder of CMake; elsewhere it may hold the code of tests
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
RUN_FOLDER = "runinfo"  # below .datalad: what `datalad run` ran
STAMPED = re.compile(r"(?:^|.*[^0-9])(?:20\d{6}(?:[T_-]?\d{4}(?:\d{2})?Z?)?|20\d\d-\d\d-\d\d)(?:$|[^0-9].*)")
SOURCE_SUFFIXES = re.compile(  # no notebooks: among evidence they hold what came out
    r".*\.(?:c|cc|cfg|cl|clj|cmake|cpp|cs|cu|cuh|cxx|dart|ex|f|f03|f08|f77|f90|f95|for|fs|go|groovy|h|hh|hpp|hs"
    r"|hxx|i|in|inc|inl|ini|java|jl|js|jsx|kt|lua|m|m4|make|mk|ml|nf|nim|php|pl|pm|py|pyi|pyx|pxd|r|rb|rs|s"
    r"|scala|sh|smk|sv|swift|tcl|toml|ts|tsx|vhd|zig)"
)
SOURCE_NAMES = frozenset({"makefile", "gnumakefile", "cmakelists.txt", "dockerfile", "requirements.txt"})


def is_source(name: str) -> bool:
    """Whether a file of this name, without its folders, is code wherever it lies."""
    small = name.lower()
    return small in SOURCE_NAMES or SOURCE_SUFFIXES.fullmatch(small) is not None


class _Area(enum.Enum):
    """Where in the tree the default rule is."""

    TOP = enum.auto()
    CODE = enum.auto()
    BUILD = enum.auto()
    EVIDENCE = enum.auto()  # below a usual evidence folder: only source files count


class CodeRule(Protocol):
    """Which entries of a tree are code."""

    @property
    def takes_folders(self) -> bool:
        """Whether `takes` may take a folder, with all that is in it."""

    @property
    def top(self) -> Hashable:
        """The context of the root tree."""

    def enter(self, context: Hashable, name: str) -> Hashable | None:
        """The context of the folder `name`; None where it holds no code."""

    def takes(self, context: Hashable, name: str) -> bool:
        """Whether the entry `name` is code as a whole."""


class _DefaultRule:
    """Everything tracked that is not evidence, documentation or plans.

    Documentation: folders `doc`, `docs`, `plans` and the like at the top, and files such as `*.md` anywhere.
    Evidence: folders with a time stamp in their name, known result files, histories of runs (`runs.jsonl`,
    `data.js`) and logs, and in the usual evidence folders at the top (`reports`, `benchmarks`, ...) and in
    those of test runners everything but source files.
    """

    takes_folders = False
    top = _Area.TOP

    def enter(self, context: Hashable, name: str) -> Hashable | None:
        if STAMPED.fullmatch(name) or name in (HYDRA_FOLDER, RUN_FOLDER):
            return None
        if context is _Area.TOP:
            if name.lower() in DOCUMENTATION_FOLDERS:
                return None
            if name.lower() in EVIDENCE_FOLDERS | TEST_FOLDERS:
                return _Area.EVIDENCE
            return _Area.BUILD if BUILD_FOLDERS.fullmatch(name) else _Area.CODE
        is_ctest = context is _Area.BUILD and name == CTEST_FOLDER
        return _Area.EVIDENCE if is_ctest or name.lower() in TEST_FOLDERS else context

    def takes(self, context: Hashable, name: str) -> bool:
        small = name.lower()
        if small.endswith(DOCUMENTATION_SUFFIXES) or DOCUMENTATION_STEMS.fullmatch(name):
            return False
        if small in RESULT_FILES or RESULT_NAMES.fullmatch(small):
            return False
        if context is _Area.EVIDENCE:
            return is_source(name)
        return True


@frozen
class _PathRule:
    """The configured code paths; a context is the tuple of paths that are left below a folder."""

    top: tuple[tuple[str, ...], ...]
    takes_folders: ClassVar[bool] = True

    def enter(self, context: Hashable, name: str) -> Hashable | None:
        below = tuple(path[1:] for path in self._of(context) if path[:1] in ((name,), ()))
        return below or None

    def takes(self, context: Hashable, name: str) -> bool:
        return any(path in ((name,), ()) for path in self._of(context))  # () is the top itself

    @staticmethod
    def _of(context: Hashable) -> tuple[tuple[str, ...], ...]:
        return context if isinstance(context, tuple) else ()


def rule_of(paths: Sequence[str]) -> CodeRule:
    """The rule of some code paths, as `normal_path` gives them; the usual one if there are none."""
    if not paths:
        return _DefaultRule()
    return _PathRule(tuple(tuple(path.split("/")) if path else () for path in paths))


def normal_path(path: str) -> str:
    """A code path without idle parts; "" is the top.

    Raises:
        UsageError: it is absolute, leaves the repository, or is a pattern.
    """
    words = [word for word in path.split("/") if word not in ("", ".")]
    if path.startswith("/") or ".." in words:
        raise UsageError(f"[code] paths: {path!r} is not inside the repository", "Name it from the top.")
    if re.search(r"[*?\[\]\\\n\0]", path) or path.startswith(":"):
        raise UsageError(f"[code] paths: {path!r} is a pattern", "Name folders and files.")
    return "/".join(words)
