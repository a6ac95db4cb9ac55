"""What `init` finds in a repository: where evidence and code are, how it is built and run."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from bisect_parity.config import Settings
from bisect_parity.evidence.discover import discover
from bisect_parity.evidence.verdict import result_figures, usual_size
from bisect_parity.history.code_rules import EVIDENCE_FOLDERS
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.read_files import read_by_code
from bisect_parity.params.code import defaults_at, is_chosen, parameter_files
from bisect_parity.params.context import context_value
from bisect_parity.params.effective import programs_of, run_values
from bisect_parity.params.image_programs import image_programs
from bisect_parity.params.programs import program_path
from bisect_parity.report.settings_file import RepositoryContents

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bisect_parity.evidence.model import Bundle
    from bisect_parity.history.repository import Repository
    from bisect_parity.params.image_programs import ImageProgram

TESTS = ("test", "tests", "testing")
TOOLS = ("tools", "tool", "ci", "dev", "devtools")
MAKEFILES = ("Makefile", "makefile", "GNUmakefile")
REFERENCE = re.compile(
    r"(?i)(?:^|[^a-z])(?:ref|reference|golden|baseline|legacy|naive|original?)(?:[^a-z]|$)"
)
LISTED_PROGRAMS = 4
_OF_PYTEST = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_test)\.py$")
PROSE = (".md", ".rst", ".txt", ".toml", ".cfg", ".ini")
IMPORTS = r"^[[:space:]]*(import|from) +{}\b"
PYTHON = (":(top,glob)**/*.py",)
SLOW = ("torch", "jax", "tensorflow", "numpy")


def found_in(repository: Repository, top: Path) -> RepositoryContents:
    """What a repository holds.

    Raises:
        RepositoryError: git cannot read it.
    """
    tracked = repository.fields("ls-files")
    bundles = discover(top, Settings().evidence)
    states = CodeStates(repository, ())
    code = [path for path in tracked if states.holds(path) and not _is_hidden(path)]
    roots = {_evidence_root(bundle.path) for bundle in bundles}
    loose = {root for root in roots if (top / root).is_file()}
    files = frozenset(code)
    ran = [path for program in programs_of(bundles) if (path := program_path(program, files, {}))]
    programs = _image_programs(repository, ran)
    reference = next((program for program in programs if REFERENCE.search(program.path)), None)
    others = [program for program in programs if program is not reference]
    proposed = [program.path for program in (reference, *others[:1]) if program is not None]
    code_tops = sorted({path.partition("/")[0] for path in code})
    unused = {name for name in code_tops if _is_unused(repository, name, [*ran, *proposed])}
    read = read_by_code(repository, (path for path in tracked if path not in files))
    earlier = _removed_tops(repository, states) - set(code_tops) - {*TESTS, *TOOLS}
    removed = _deletions(repository, *earlier) if earlier else set()
    return RepositoryContents(
        roots=sorted(roots - loose),
        is_loose=bool(loose),
        code=sorted(earlier.union(code_tops) - unused | read),
        earlier=sorted(earlier),
        left_out=sorted(unused),
        programs=[name for name in parameter_files([*code, *removed]) if name not in unused]
        + sorted(path for path in read if is_chosen(path, is_named=True)),
        size=usual_size(bundles),
        context=_common_context(bundles),
        builds=_builds(repository, code),
        test=next(filter(_OF_PYTEST.search, tracked), ""),
        runs=[path for path in dict.fromkeys(ran) if path.endswith(".py")],
        reference=reference,
        candidate=next(iter(others), None),
        others=others[1:LISTED_PROGRAMS],
        preload=next((name for name in SLOW if _mentions(repository, IMPORTS.format(name), PYTHON)), ""),
    )


def _image_programs(repository: Repository, ran: Sequence[str]) -> list[ImageProgram]:
    """The programs that say that they write a file: those that runs used first, then those near the top."""
    head = repository.try_resolve("HEAD")
    if head is None:
        return []
    read = defaults_at(repository, [head], programs=[path for path in ran if path.endswith(".py")])[0].files
    paths = CodeStates(repository, (), lists_files=True).files([head])[head]
    found = image_programs(read, {path for path, _ in paths})
    return sorted(found, key=lambda program: (program.path not in ran, program.path.count("/"), program.path))


def _builds(repository: Repository, code: Sequence[str]) -> list[list[str]]:
    """The commands of the first makefile, CMake project and extension module."""
    found = []
    if (folder := _folder_with(MAKEFILES, code)) is not None:
        found.append(["make", "-C", folder] if folder else ["make"])
    if (folder := _folder_with(("CMakeLists.txt",), code)) is not None:
        source = f"{{worktree}}/{folder}".rstrip("/")
        found += [["cmake", "-S", source, "-B", "{scratch}/build"], ["cmake", "--build", "{scratch}/build"]]
    if _mentions(repository, r"ext_modules|cythonize", (":(top)setup.py",)):
        found.append(["{python}", "setup.py", "build_ext", "--inplace"])
    return found


def _folder_with(names: Sequence[str], code: Sequence[str]) -> str | None:
    """The folder nearest to the top that holds a file of such a name; "" is the top."""
    folders = (path.rpartition("/")[0] for path in code if path.rpartition("/")[2] in names)
    return min(folders, key=lambda folder: (folder.count("/") + bool(folder), folder), default=None)


def _evidence_root(path: str) -> str:
    """The folder to search for bundles such as this one: down to one of the usual name, else at the top."""
    folders = path.split("/")
    usual = next((at for at, name in enumerate(folders[:-1], 1) if name.lower() in EVIDENCE_FOLDERS), 1)
    return "/".join(folders[:usual])


def _removed_tops(repository: Repository, states: CodeStates) -> set[str]:
    """Names at the top that hold no code now, and did earlier: before a package was renamed, say."""
    names = _deletions(repository)
    return {  # which of them were files and which folders, git does not say
        name for name in names if states.holds(name) and states.holds(f"{name}/any") and not _is_hidden(name)
    }


def _deletions(repository: Repository, *below: str) -> set[str]:
    """The names that commits deleted at the top, or the files that they deleted below some of these."""
    commits = repository.git_result("rev-list", "--no-merges", "HEAD").stdout  # none on an unborn branch
    options = ("--stdin", "--name-only", "--diff-filter=D", "--no-renames", "--no-commit-id")
    limits = ("-r", "--", *below) if below else ()
    return set(repository.fields("diff-tree", *options, *limits, stdin=commits))


def _is_unused(repository: Repository, top: str, ran: Sequence[str]) -> bool:
    """Whether a folder of tests or tools has nothing that a run, or code elsewhere, is known to use."""
    if top not in (*TESTS, *TOOLS) or any(path.startswith(f"{top}/") for path in ran):
        return False
    prose = (f":(top,exclude,glob)**/*{suffix}" for suffix in PROSE)
    elsewhere = (":(top)", *prose, f":(top,exclude,literal){top}")
    return top in TESTS or not _mentions(repository, rf"\b{top}\b", elsewhere)


def _mentions(repository: Repository, pattern: str, files: Sequence[str]) -> bool:
    """Whether one of some tracked files holds a pattern."""
    return repository.git_result("grep", "--quiet", "-I", "-E", "-e", pattern, "--", *files).status == 0


def _common_context(bundles: Sequence[Bundle]) -> dict[str, str]:
    """Of the parameters that are usually expected, those that were recorded, with the most common value."""
    values = [run_values([bundle], _result(bundle)) for bundle in bundles]
    found = {}
    for name in Settings().context:
        counts = Counter(value.text.strip('"') for run in values if (value := context_value(run, name)))
        if counts:
            found[name] = counts.most_common(1)[0][0]
    return found


def _result(bundle: Bundle) -> str:
    figures = result_figures(bundle, 0)
    return "" if figures is None else figures.path


def _is_hidden(path: str) -> bool:
    """Whether it is a dotfile at the top: those configure git and editors, and change no result."""
    return path.startswith(".") and "/" not in path
