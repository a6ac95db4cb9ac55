"""What the commands about evidence work on: repository, settings, bundles and their resolutions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from attrs import field, frozen

from bisect_parity.commands.answers import Answers
from bisect_parity.commands.named_path import named_path
from bisect_parity.config import Settings
from bisect_parity.errors import EvidenceError, NoEvidenceError
from bisect_parity.evidence.model import Bundle
from bisect_parity.evidence.twins import with_twins
from bisect_parity.files import new_output_folder
from bisect_parity.history.complaints import FETCH_ALL
from bisect_parity.history.repository import Repository

if TYPE_CHECKING:
    from bisect_parity.commands.answers import Resolved
    from bisect_parity.commands.invocation import Invocation
    from bisect_parity.provenance.model import Resolution


@frozen
class Project:
    """What the commands about evidence work on.

    Attributes:
        repository: the repository of the call.
        top: its working tree; the git directory where there is none, and none is needed.
        settings: that apply.
        answers: the resolutions of bundles.
        bundles: what was named, or all that were found.
        copies: of the named ones' runs, of which the same is known.
        others: all the rest, to learn from: a named bundle gets the very answer that it has among all.
        runs: the runs of files that were named: the file, relative to the top, and the rest of the name.
    """

    repository: Repository
    top: Path
    settings: Settings
    answers: Answers = field(eq=False, repr=False)
    bundles: tuple[Bundle, ...] = ()
    copies: tuple[Bundle, ...] = ()
    others: tuple[Bundle, ...] = ()
    runs: tuple[tuple[str, str], ...] = ()

    def place_of(self, name: Path) -> Path:
        """The absolute path of what a user named; see `named_path`."""
        return named_path(name, self.repository.work_tree)

    def resolve(self) -> list[Resolution]:
        """The resolutions of `bundles`, in their order."""
        return self.resolve_runs()[: len(self.bundles)]

    def resolve_runs(
        self, *, blind: bool = False, of_files: bool = False, past: bool = False
    ) -> list[Resolution]:
        """The resolutions of `bundles`, then those of deleted bundles, and of runs of files with several.

        Of a file of which runs were named, these alone.

        Raises:
            EvidenceError: there is no run of a name.
            NoEvidenceError: there is nothing to resolve.
        """
        found = self.answers.of_bundles(self.everything, blind=blind, of_files=of_files, past=past)
        if not found:
            raise no_evidence(self)
        further = found[len(self.everything) :]
        if self.copies or self.others:  # some were chosen
            own = tuple(f"{bundle.path}{mark}" for bundle in self.bundles for mark in "/#@")
            further = [item for item in further if item.path.startswith(own)]
        return self._named([*found[: len(self.bundles)], *further])

    def _named(self, resolutions: list[Resolution]) -> list[Resolution]:
        names = {file + rest: file for file, rest in self.runs}
        for name in names.keys() - {item.path for item in resolutions}:
            raise EvidenceError(
                f"there is no run {name}", f"See those that there are: bisect-parity provenance {names[name]}"
            )
        files = tuple(f"{file}{mark}" for file in names.values() for mark in "#@")
        return [item for item in resolutions if item.path in names or not f"{item.path}#".startswith(files)]

    def resolve_files(self) -> Resolved:
        """The resolutions of `everything`; and the runs of files that hold, or held, several."""
        return self.answers.of_runs(self.everything)

    def single_runs(self, known: Resolved | None = None) -> list[tuple[Bundle, Resolution]]:
        """Each run of `bundles` and `copies`, with its resolution; files that hold several are taken apart.

        Args:
            known: what `resolve_files` gave; asked again only where numbered files are runs of their own.
        """
        from bisect_parity.diagnosis.runs import by_files, single_runs  # noqa: PLC0415 - with numpy

        criterion = self.settings.evidence.criterion
        bundles, count = self.everything, len(self.bundles) + len(self.copies)
        parts = [by_files(bundle, criterion) for bundle in bundles]
        if all(part == (bundle,) for part, bundle in zip(parts, bundles, strict=True)):
            resolutions, of_files = known or self.resolve_files()
        else:
            count = sum(map(len, parts[:count]))
            bundles = with_twins(tuple(bundle for part in parts for bundle in part))
            resolutions, of_files = self.answers.of_runs(bundles)
        return single_runs(bundles[:count], resolutions[:count], of_files, criterion)

    @property
    def everything(self) -> tuple[Bundle, ...]:
        """All bundles that are known: `bundles`, `copies`, `others`."""
        return (*self.bundles, *self.copies, *self.others)


def open_project(call: Invocation, *, needs_work_tree: bool = True) -> Project:
    """Open the repository and read the settings; no bundles yet.

    Args:
        call: of the command.
        needs_work_tree: refuse a repository without one; else its git directory stands for the top.

    Raises:
        RepositoryError, UsageError: there is no repository, or its settings are not valid.
        EvidenceError: the repository is bare, or no working tree is meant.
    """
    repository = Repository.open(call.directory, call.journal, lean=True)
    top = repository.work_tree
    if top is None and needs_work_tree:
        raise no_work_tree(repository)
    settings = call.settings((repository.git_dir / "bisect-parity", repository.state_directory()), top)
    if top is not None:
        call.warn_of_other_settings(settings.source, top)
    return Project(repository, top or repository.git_dir, settings, Answers(repository, settings))


def no_evidence(project: Project) -> NoEvidenceError:
    """The error for a project in which no bundle is found."""
    remedy = "Name a folder or file of results, or set [evidence] roots in bisect-parity.toml."
    if _is_partial(project.repository):
        remedy += f" What this partial clone lacks was not looked at. {FETCH_ALL}"
    return NoEvidenceError(f"no evidence bundle found in {project.top}", remedy)


def _is_partial(repository: Repository) -> bool:
    """Whether a remote has promised what was left out of the clone."""
    return bool(repository.git_result("config", "--get-regexp", r"^remote\..*\.promisor$").stdout.strip())


def no_work_tree(repository: Repository) -> EvidenceError:
    """The error where a working tree is needed, and there is none."""
    what = "is bare" if repository.is_bare() else "is a git directory"
    return EvidenceError(
        f"{repository.directory} {what}: there is no evidence to read",
        "Name a working tree of it with --repo.",
    )


def evidence_folder(repository: Repository, name: str, out: Path | None) -> Path:
    """The folder for the evidence of a command: `out`, or a new one.

    Raises:
        OutputError: it cannot be made.
    """
    if out is not None:
        return out.absolute()
    base = repository.work_tree if repository.work_tree is not None else repository.state_directory()
    return new_output_folder(base, name)
