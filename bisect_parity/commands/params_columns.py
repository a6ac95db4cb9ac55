"""What `params` compares: the folders and revisions that a user names, as columns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.commands.finding import deleted_bundles, find_stored_bundles
from bisect_parity.commands.named_path import split_run_name
from bisect_parity.commands.project import Project, open_project
from bisect_parity.diagnosis.runs import take_apart
from bisect_parity.errors import EvidenceError, RepositoryError, UsageError
from bisect_parity.evidence.model import Bundle
from bisect_parity.evidence.verdict import judged_size, result_figures
from bisect_parity.evidence.walk import WorkTree
from bisect_parity.files import nearest_path
from bisect_parity.history.complaints import meant_by, unknown_revision
from bisect_parity.params.code import CommitDefaults, defaults_at
from bisect_parity.params.columns import commit_column, run_column
from bisect_parity.params.effective import programs_of
from bisect_parity.params.work_tree import work_tree_defaults
from bisect_parity.provenance.model import Resolution, settled_commit
from bisect_parity.provenance.run_messages import with_recorded_commands
from bisect_parity.provenance.subject import group_twins
from bisect_parity.report.params_document import Shown
from bisect_parity.wording import TOP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bisect_parity.commands.invocation import Invocation
    from bisect_parity.params.cells import Column

MOST_UNCHANGED_FILES = 300  # more would make a question about two commits wait for code that did not change


@frozen
class _Wanted:
    """What one word of the command line names: the runs of a folder or file, one of them, or a commit.

    Attributes:
        label: the word.
        place: of the folder or file, relative to the top.
        part: what follows the file in the name of one of its runs.
        commit: full id.
    """

    label: str
    place: str = ""
    part: str = ""
    commit: str = ""


@frozen
class _Subject:
    """What becomes one column: a bundle with the copies of its run, or a commit."""

    label: str
    bundles: tuple[Bundle, ...] = ()
    resolution: Resolution | None = None
    commit: str = ""


def compared_columns(
    call: Invocation, words: Sequence[str], paths: Sequence[str], *, with_unchanged: bool
) -> tuple[Project, list[Column], list[Shown]]:
    """Read what is named on the command line.

    Args:
        call: of the command.
        words: folders of bundles, revisions, and `A..B`; none: what is checked out, and the working tree.
        paths: files and folders of the commits to read; empty means those of the settings.
        with_unchanged: read files that are the same at all commits, however many there are.

    Returns:
        the project, and one column with its head for each bundle and commit, in the order of the words.

    Raises:
        UsageError: a word means two things.
        RepositoryError, EvidenceError: a word means nothing, or cannot be read.
    """
    project = open_project(call, needs_work_tree=not words)
    if not words:
        return project, *_against_work_tree(project, paths)
    wanted = [item for word in words for item in _columns_meant(word, project)]
    places = dict.fromkeys(item.place for item in wanted if item.place)
    if places:
        project = find_stored_bundles(call, tuple(project.top / place for place in places))
    runs = _runs(project)
    subjects = [subject for item in wanted for subject in _subjects(item, runs)]
    programs = programs_of(bundle for subject in subjects for bundle in subject.bundles)
    chosen = tuple(paths) or project.settings.parameter_paths
    commits = list(dict.fromkeys(subject.commit for subject in subjects if subject.commit))
    limit = None if with_unchanged or len(subjects) == 1 else MOST_UNCHANGED_FILES
    read = defaults_at(project.repository, commits, chosen, programs, most_unchanged=limit)
    if paths and commits and not any(item.files or item.problems for item in read):
        raise UsageError(
            f"--path {', '.join(paths)} names nothing that is read at the compared commits",
            "Name files or folders as they are called there, relative to the top.",
        )
    defaults = dict(zip(commits, read, strict=True))
    columns = [_column(subject, defaults.get(subject.commit), programs, project) for subject in subjects]
    return project, columns, [_shown(subject, defaults.get(subject.commit)) for subject in subjects]


def _against_work_tree(project: Project, paths: Sequence[str]) -> tuple[list[Column], list[Shown]]:
    commit = project.repository.resolve("HEAD")
    chosen = tuple(paths) or project.settings.parameter_paths
    there, here = work_tree_defaults(project.repository, project.top, commit, chosen)
    shown = [
        Shown("HEAD", "revision", commit, problems=there.problems),
        Shown("work tree", "work tree", problems=here.problems),
    ]
    return [commit_column(there), commit_column(here)], shown


def _columns_meant(word: str, project: Project) -> list[_Wanted]:
    """What a word of the command line means; what may mean two things is refused."""
    folder = project.place_of(Path(word))
    commit = project.repository.try_resolve(word)
    if word and folder.exists():
        if commit is not None:
            raise UsageError(
                f"{word} is a folder and a revision",
                f"Write ./{word} for the folder, or the full name of the ref.",
            )
        return [_Wanted(word, WorkTree(project.top).named(str(folder)))]
    if commit is not None:
        return [_Wanted(word, commit=commit)]
    file, part = split_run_name(Path(word), project.repository.work_tree)
    if part:
        return [_Wanted(word, WorkTree(project.top).named(str(project.place_of(file))), part)]
    dots = next((dots for dots in ("...", "..") if dots in word), None)
    if dots is not None:
        first, second = (end or "HEAD" for end in word.split(dots, 1))
        one, other = project.repository.try_resolve(first), project.repository.try_resolve(second)
        if one is not None and other is not None:
            if dots == "...":
                one, first = (
                    project.repository.git("merge-base", one, other).decode("ascii").strip(),
                    f"base of {word}",
                )
            return [_Wanted(first, commit=one), _Wanted(second, commit=other)]
    gone = deleted_bundles(project, Path(word)) if word else ()
    if gone:
        return [_Wanted(bundle.path, bundle.path) for bundle in gone]
    if dots is not None and ".." not in Path(word).parts:
        raise unknown_revision(project.repository, first if one is None else second)
    raise RepositoryError(
        f"{word!r} is neither a folder of results nor a revision of {project.top}, and no commit had it",
        meant_by(project.repository, word)
        or nearest_path(folder, "Give a folder, a branch, a tag, an id, or A..B."),
    )


def _runs(project: Project) -> dict[str, _Subject]:
    """The runs of a project with their copies and their commits, by path: all are resolved at once."""
    if not project.bundles:
        return {}
    resolutions, of_files = project.resolve_files()
    known = {run.path: item for run, item in of_files}
    copies = {b.path: group for group in group_twins(project.everything) for b in group}
    found = {}
    bundles = with_recorded_commands(project.repository, project.bundles)
    for bundle, whole in zip(bundles, resolutions, strict=False):  # then come the others
        for run in take_apart(bundle, project.settings.evidence.criterion):
            resolution = known.get(run.path, whole)
            others = (copy for copy in copies.get(run.path, ()) if copy.path != run.path)
            commit = settled_commit(resolution) or ""
            found[run.path] = _Subject(run.path or TOP, (run, *others), resolution, commit)
    return found


def _subjects(item: _Wanted, runs: Mapping[str, _Subject]) -> list[_Subject]:
    """What a word stands for: a run, else the runs of a folder or file, one of them, or a commit.

    Raises:
        EvidenceError: the file holds no run of that name.
    """
    if item.commit:
        return [_Subject(item.label, commit=item.commit)]
    place = item.place
    if item.part:
        run = runs.get(place + item.part)
        if run is None:
            raise EvidenceError(f"there is no run {item.label}", "`bisect-parity provenance` lists them.")
        return [run]
    if place in runs:  # whatever further ones it holds
        return [runs[place]]
    inside = ("",) if place == "." else (place + "/", place + "#")  # the top of the working tree
    return [run for path, run in runs.items() if f"{path}/".startswith(inside)]


def _column(
    subject: _Subject, code: CommitDefaults | None, programs: Sequence[str], project: Project
) -> Column:
    if code is not None and not subject.bundles:
        return commit_column(code, programs)
    size = judged_size(subject.bundles, project.settings.evidence.size)
    figures = (result_figures(bundle, size) for bundle in subject.bundles)
    path = next((found.path for found in figures if found is not None), "")
    return run_column(subject.bundles, path, code, programs)


def _shown(subject: _Subject, code: CommitDefaults | None) -> Shown:
    problems = [] if code is None else list(code.problems)
    problems += [
        f"{problem.path}: {problem.message}"
        for bundle in subject.bundles
        for findings in bundle.findings
        for problem in findings.problems
    ]
    how = "" if subject.resolution is None else str(subject.resolution.resolution_class)
    kind = "bundle" if subject.bundles else "revision"
    return Shown(subject.label, kind, subject.commit, how, tuple(dict.fromkeys(problems)))
