"""What the steps of one check have in common: where they run, and what their placeholders stand for."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from attrs import frozen

from bisect_parity.errors import CheckError
from bisect_parity.journal import Journal
from bisect_parity.parity.case import Case
from bisect_parity.parity.forked_python import ForkedProcess, Zygote
from bisect_parity.parity.own_checkout import module_folders
from bisect_parity.parity.placeholders import fill
from bisect_parity.parity.steps import StepResult, run_step, step_environment

PYTHON = re.compile(r"python[\d.]*")


@frozen
class Runner:
    """Runs the steps of a case in one tree.

    Attributes:
        case: whose commands they are.
        journal: logs and starts them.
        worktree: top of the tree, and the working directory of each step.
        scratch: a folder for what the steps build.
        repository: top of the user's repository.
        folder: where their output goes.
        caller: the environment of this process.
        notes: takes what a person should know of how the steps were run.
        zygote: a Python to fork candidates from, if there is one.
        suffix: of the names of all steps.
    """

    case: Case
    journal: Journal
    worktree: Path
    scratch: Path
    repository: Path
    folder: Path
    caller: Mapping[str, str]
    notes: list[str]
    zygote: Zygote | None = None
    suffix: str = ""

    @functools.cached_property
    def module_folders(self) -> tuple[Path, ...]:
        """Where the tree under test keeps its Python modules."""
        words = (word for command in self.case.commands() for word in command)
        return module_folders(words, self.worktree, self.repository, self.caller.get("PATH"))

    def step_name(self, name: str) -> str:
        """The name of a step, with the size where there are several."""
        return f"{name}{self.suffix}"

    @contextlib.contextmanager
    def image_folders(self) -> Iterator[tuple[Path, Path]]:
        """Two new folders, gone afterwards: each image has one of its own, so that none reads the other."""
        with tempfile.TemporaryDirectory(dir=self.scratch.parent) as name:
            places = (Path(name) / "reference", Path(name) / "candidate")
            for place in places:
                place.mkdir()
            yield places

    def run(self, name: str, command: Sequence[str], limit: float | None, out: Path | None) -> StepResult:
        """Run one command of the case.

        Args:
            name: of the step.
            command: words with placeholders.
            limit: seconds; None: those of the case.
            out: what {out} stands for.

        Raises:
            UsageError: a placeholder's value would be read as code.
            OutputError: the step's output cannot be kept.
        """
        values = self.values(out)
        return run_step(
            self.journal,
            self.step_name(name),
            fill(command, values),
            cwd=self.worktree,
            env=step_environment(self.case, self.module_folders, values, self.caller),
            limit=self.case.timeout if limit is None else limit,
            folder=self.folder,
        )

    def run_candidate(self, image: Path) -> StepResult:
        """Run the candidate: as a fork of a Python that has its modules imported, where there is one.

        Raises:
            As `run`; CheckError: it imported modules from elsewhere than the tree under test.
        """
        command, limit = self.case.candidate_command(), self.case.candidate_timeout
        if self.zygote is None:
            return self.run("candidate", command, limit, image)
        values = self.values(image)
        argv = fill(command, values)
        env = step_environment(self.case, self.module_folders, values, self.caller)
        why = self.zygote.why_not(argv, env, self.module_folders)
        if not why:
            result, why = self._forked(self.zygote, argv, env)
            if result is not None:
                return result
        self.notes.append(f"the candidate ran in a new process: {why}")
        return self.run("candidate", command, limit, image)

    def _forked(
        self, zygote: Zygote, argv: Sequence[str], env: Mapping[str, str]
    ) -> tuple[StepResult | None, str]:
        made: list[ForkedProcess] = []

        def fork() -> ForkedProcess:
            made.append(zygote.fork(argv, self.worktree, env, self.module_folders))
            return made[0]

        limit = self.case.candidate_timeout or self.case.timeout
        result = run_step(
            self.journal,
            self.step_name("candidate"),
            argv,
            cwd=self.worktree,
            env=env,
            limit=limit,
            folder=self.folder,
            fork=fork,
        )
        if not made:
            return None, str(result.start_error)
        strangers = made[0].strangers()
        if strangers:
            raise CheckError(
                f"the candidate imported what is not the tree under test: {strangers}",
                "Remove the path from its environment.",
            )
        self.notes.append("the candidate ran in a fork of a process that held its modules")
        return result, ""

    def values(self, out: Path | None) -> dict[str, str]:
        """What the placeholders stand for."""
        return {
            "worktree": str(self.worktree),
            "scratch": str(self.scratch),
            "out": "" if out is None else str(out),
            "size": str(self.case.size),
            "python": sys.executable,
            "repository": str(self.repository),
        }

    def has_module(self, name: str) -> bool:
        """Whether the tree has a Python module of this name anywhere, but for parts of packages."""
        for _, folders, files in os.walk(self.worktree):
            folders[:] = [folder for folder in folders if not folder.startswith(".")]
            if "__init__.py" in files:
                folders.clear()
                continue
            is_module = re.compile(rf"{name}\.(?:.*\.)?(?:py|pyx|so)").fullmatch
            if name in folders or any(map(is_module, files)):
                return True
        return False

    def missing_module(self) -> str | None:
        """The module that the candidate would run, if the tree has none of this name."""
        candidate = self.case.candidate
        if isinstance(candidate, str):
            return self._missing(candidate.partition(":")[0])
        words = fill(candidate, self.values(None))
        if not PYTHON.fullmatch(Path(words[0]).name) or "-m" not in words[1:-1]:
            return None
        place = words.index("-m", 1)
        if any(not word.startswith("-") for word in words[1:place]):
            return None  # this -m is a word of the program's own
        return self._missing(words[place + 1])

    def _missing(self, name: str) -> str | None:
        if any(_holds_module(folder, name) for folder in self.module_folders):
            return None
        return name


def _holds_module(folder: Path, name: str) -> bool:
    """Whether Python finds the module here; a folder that only caches are left of is none."""
    parts = name.split(".")
    top, whole = folder / parts[0], folder.joinpath(*parts)
    files = (top / "__init__.py", top.with_suffix(".py"), whole / "__main__.py", whole.with_suffix(".py"))
    return any(file.is_file() for file in files) or any(folder.glob(f"{parts[0]}.*.so"))
