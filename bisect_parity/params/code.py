"""The defaults of the code at commits: every tree and every file version is read once, in batches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.evidence.model import Source
from bisect_parity.forked_map import forked_map
from bisect_parity.history.code_state import CodeStates
from bisect_parity.params.model import FileDefaults, Origin, Value, code_name
from bisect_parity.params.programs import imported_paths, program_path, resolved
from bisect_parity.params.readers import LARGEST_FILE, is_code, reader_of
from bisect_parity.wording import first_of

if TYPE_CHECKING:
    from bisect_parity.history.repository import Repository
    from bisect_parity.params.model import Default

    _Key = tuple[object, str]  # what reads a blob, and its id
    _File = tuple[tuple[_Key, str], tuple[str, str, bytes] | None]  # with its path, and the object

MOST_FILES = 2000
MOST_TOLD = 6
BATCH_BYTES = 32 * 2**20
WORTH_A_PROCESS_BYTES = 2 * 2**20  # are parsed in half a second
_PASSED_OVER = re.compile(
    r"(?:.*/)?(?:tests?|testing|docs?|plans?|examples?|\.venv|venv|site-packages|node_modules|third_party|vendor"
    r"|\.github|\.ci|\.vscode|\.idea|[^/]*\.egg-info|[^/]*20\d{6}[T-]\d{6}Z?[^/]*)/.*|reports/.*"
    r"|(?:.*/)?(?:tests?|test_[^/]*|[^/]*_test|conftest)\.py"
    r"|(?:azure-pipelines|appveyor|codecov)\.ya?ml|(?:.*/)?package(?:-lock)?\.json|(?:.*/)?\.[^/]*"
)


@frozen
class CommitDefaults:
    """What the code of one commit gives its parameters.

    Attributes:
        commit: full id.
        files: by path, those that were read.
        problems: what could not be read, each with its path.
    """

    commit: str
    files: Mapping[str, FileDefaults]
    problems: tuple[str, ...] = ()

    def values(self) -> dict[str, Value]:
        """Every default that a file states, by its name in a diff."""
        return {
            code_name(path, item.name): self.value(item, path)
            for path, content in self.files.items()
            for item in content.values
            if not item.is_missing
        }

    def path_of(self, program: str) -> str | None:
        """The file of a program, as far as exactly one can be meant."""
        return program_path(program, self.files.keys(), self.files)

    def value(self, item: Default, path: str) -> Value:
        """A default that the file `path` states, with its place; constants of other files are looked up."""
        origin = Origin.DEFAULT if is_code(path) else Origin.FILE
        is_typed = path not in self.files or not self.files[path].is_text
        literal = resolved(item, path, self.files)
        return Value(literal.value, Source(path, item.line), origin, self.commit, is_typed=is_typed)


def defaults_at(
    repository: Repository,
    commits: Sequence[str],
    paths: Sequence[str] = (),
    programs: Iterable[str] = (),
    *,
    most_unchanged: int | None = None,
    is_for_runs: bool = False,
) -> list[CommitDefaults]:
    """The defaults of the code at some commits.

    Args:
        repository: the history.
        commits: full ids.
        paths: folders and files to read; empty means all but evidence, documentation, tests, examples.
        programs: scripts that were run; they, and what they import, are read wherever they lie.
        most_unchanged: where more files than this are the same at all commits, these are not read.
        is_for_runs: whether all that is wanted is what the programs were given: of code, only these are read,
            with what they import, and of other code nothing but the paths is told.

    Returns:
        one item a commit, in order.

    Raises:
        RepositoryError: git cannot read a commit.
    """
    reader = _Reader(repository)
    wanted = tuple(dict.fromkeys(programs))
    everything = CodeStates(repository, (), lists_files=True).files(commits)
    named = CodeStates(repository, paths, lists_files=True).files(commits) if paths else everything
    chosen = {
        commit: {path: blob for path, blob in files if is_chosen(path, is_named=bool(paths))}
        for commit, files in named.items()
    }
    notes = [*_leave_out(chosen, most_unchanged), *_unread(named)]
    others = _code_of(chosen) if is_for_runs else {}
    reader.read(item for files in chosen.values() for item in files.items())
    if wanted:
        _add_programs(reader, chosen, {commit: dict(files) for commit, files in everything.items()}, wanted)
    parsed = (
        (
            commit,
            {path: FileDefaults() for path in others.get(commit, ())} | reader.parsed_files(chosen[commit]),
        )
        for commit in commits
    )
    return [
        CommitDefaults(
            commit, files, (*notes, *(f"{path}: {told}" for path in files for told in files[path].problems))
        )
        for commit, files in parsed
    ]


def is_chosen(path: str, *, is_named: bool = False) -> bool:
    """Whether a file of the code is read: it states defaults, and is no test or example, or was named."""
    return reader_of(path) is not None and (is_named or not _PASSED_OVER.fullmatch(path))


def parameter_files(paths: Iterable[str]) -> tuple[str, ...]:
    """The folders at the top, and the files there, that hold what is read without settings."""
    return tuple(sorted({path.partition("/")[0] for path in paths if is_chosen(path)}))


def _leave_out(chosen: Mapping[str, dict[str, str]], most_unchanged: int | None) -> list[str]:
    """Take files out, at all commits alike, where there are too many; and say so.

    What is left out at one commit only would look as if the code had lost it.
    """
    notes = []
    paths = sorted({path for files in chosen.values() for path in files})
    if most_unchanged is not None:
        same = {path for path in paths if len({files.get(path) for files in chosen.values()}) == 1}
        if len(same) > most_unchanged:
            notes.append(f"{len(same)} files that are the same at all commits")
            paths = [path for path in paths if path not in same]
    if len(paths) > MOST_FILES:
        notes.append(f"all but the first {MOST_FILES} files; name fewer in [params] paths")
        paths = paths[:MOST_FILES]
    kept = frozenset(paths)
    for files in chosen.values() if notes else ():
        for path in files.keys() - kept:
            del files[path]
    return notes


def _code_of(chosen: Mapping[str, dict[str, str]]) -> dict[str, list[str]]:
    """Take the files of code out, and tell which they were; their readers take most of the time."""
    found = {commit: [path for path in files if is_code(path)] for commit, files in chosen.items()}
    for commit, paths in found.items():
        for path in paths:
            del chosen[commit][path]
    return found


def _unread(named: Mapping[str, Iterable[tuple[str, str]]]) -> Iterator[str]:
    """Files of no format that is read, and of more than one content: what they state may differ, too."""
    blobs: dict[str, list[str]] = {}
    for files in named.values():
        for path, blob in files:
            blobs.setdefault(path, []).append(blob)
    changed = sorted(path for path, found in blobs.items() if len(found) < len(named) or len({*found}) > 1)
    unread = [path for path in changed if reader_of(path) is None and not _PASSED_OVER.fullmatch(path)]
    if unread:
        names = first_of(unread, MOST_TOLD)
        yield f"{names}: not the same at all commits, and of no format that is read"


def _add_programs(
    reader: _Reader,
    chosen: Mapping[str, dict[str, str]],
    everything: Mapping[str, dict[str, str]],
    programs: Sequence[str],
) -> None:
    """Choose the scripts that were run, and all modules of the repository that they import."""
    waiting: list[tuple[str, str]] = []
    for commit, files in everything.items():
        entries = reader.parsed_files(chosen[commit])
        found = (program_path(program, files, entries) for program in programs)
        waiting += [(commit, path) for path in found if path is not None]
    seen = set(waiting)
    while waiting:
        new = [(commit, path) for commit, path in waiting if path not in chosen[commit]]
        for commit, path in new:
            chosen[commit][path] = everything[commit][path]
        reader.read((path, everything[commit][path]) for commit, path in new)
        below = [
            (commit, path)
            for commit, importer in waiting
            for path in imported_paths(
                importer, reader.parsed(importer, everything[commit][importer]), everything[commit]
            )
        ]
        waiting = [item for item in dict.fromkeys(below) if item not in seen]
        seen.update(waiting)


class _Reader:
    """Parses each version of a file once, however many commits hold it."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._parsed: dict[_Key, FileDefaults] = {}

    def read(self, files: Iterable[tuple[str, str]]) -> None:
        """Read and parse what is new among some paths with their blob ids."""
        new: dict[_Key, str] = {}
        for path, blob in files:
            key: _Key = (reader_of(path), blob)
            if key not in self._parsed and key not in new:
                new[key] = path
        sizes = self._sizes(blob for _, blob in new)
        wanted = {key: path for key, path in new.items() if sizes.get(key[1], 0) <= LARGEST_FILE}
        for key in new.keys() - wanted.keys():
            text = f"{sizes[key[1]]} bytes: larger than the {LARGEST_FILE} that are read"
            self._parsed[key] = FileDefaults(problems=(text,))
        contents = self._repository.objects(blob for _, blob in wanted)
        for size, batch in _batches(zip(wanted.items(), contents, strict=True)):
            worth_a_process = len(batch) * WORTH_A_PROCESS_BYTES // max(size, 1) + 1
            parsed = forked_map(
                lambda item: content_defaults(item[0][1], item[1] and item[1][2]), batch, worth_a_process
            )
            self._parsed.update(
                (key, defaults) for ((key, _), _), defaults in zip(batch, parsed, strict=True)
            )

    def parsed(self, path: str, blob: str) -> FileDefaults:
        """What a file version that was read says."""
        return self._parsed[reader_of(path), blob]

    def parsed_files(self, files: Mapping[str, str]) -> dict[str, FileDefaults]:
        """What the files of a commit say, by their paths."""
        return {path: self._parsed[reader_of(path), blob] for path, blob in files.items()}

    def _sizes(self, blobs: Iterable[str]) -> dict[str, int]:
        """Sizes of blobs in bytes; those that are not here are left out."""
        asked = "".join(f"{blob}\n" for blob in dict.fromkeys(blobs))
        if not asked:
            return {}
        listed = self._repository.git_result(
            "cat-file", "--batch-check=%(objectname) %(objectsize)", stdin=asked.encode()
        )
        pairs = (line.split(" ") for line in listed.stdout.decode("ascii", "replace").splitlines())
        return {words[0]: int(words[1]) for words in pairs if len(words) == 2 and words[1].isdigit()}


def _batches(files: Iterable[_File]) -> Iterator[tuple[int, list[_File]]]:
    """Files, as many at once as memory holds without being felt, with their size in bytes."""
    batch: list[_File] = []
    size = 0
    for file in files:
        batch.append(file)
        size += 0 if file[1] is None else len(file[1][2])
        if size >= BATCH_BYTES:
            yield size, batch
            batch, size = [], 0
    yield size, batch


def content_defaults(path: str, content: bytes | None) -> FileDefaults:
    """What a content of a file states; None where it is not at hand."""
    read = reader_of(path)
    if content is None:
        return FileDefaults(problems=("its content is not in this repository",))
    if len(content) > LARGEST_FILE:
        return FileDefaults(problems=(f"larger than the {LARGEST_FILE} bytes that are read",))
    return FileDefaults() if read is None else read(content)
