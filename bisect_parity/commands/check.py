"""`bisect-parity check`: one parity check of the checked-out commit, for `git bisect run`."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

import click
from attrs import evolve

from bisect_parity.bisection.suspects import is_cache, likeliest_first, suspects
from bisect_parity.commands.named_case import NamedCase, settings_of
from bisect_parity.commands.no_settings import case_settings
from bisect_parity.commands.options import case_option, common_options, gathered, out_option
from bisect_parity.commands.printing import write_json
from bisect_parity.commands.test_option import test_option
from bisect_parity.commands.threshold_options import threshold_options
from bisect_parity.errors import BisectParityError, NoSubjectError, OutputError, UsageError, writing
from bisect_parity.files import new_folder, printable, replace_file
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.conversions import conversions_of_worktree
from bisect_parity.history.export import export_tree
from bisect_parity.history.repository import OBJECT_ID, OWN_WORKTREE, Repository
from bisect_parity.history.worktree import LAID
from bisect_parity.parity.cache import Memory, verdict_cache
from bisect_parity.parity.case import Case, find_case
from bisect_parity.parity.check import check
from bisect_parity.parity.result import CheckResult, refused, write_result
from bisect_parity.parity.rounds import CheckedTree, Options
from bisect_parity.times import utc_stamp
from bisect_parity.wording import SHORT, first_of

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.commands.invocation import Invocation
    from bisect_parity.config import Settings

CHECKS_FOLDER = "checks"
LISTED_HEADS = 200
FILES_TOLD = 3


@click.command("check")
@case_option("The case; may be left out if there is only one.")
@click.option("--size", type=int, metavar="N", help="Another size than the case's own; the verdict says so.")
@threshold_options
@out_option("Where verdict.json, commands.txt and the steps' output go; default: below the git directory.")
@click.option("--no-cache", is_flag=True, help="Neither use nor keep cached verdicts.")
@click.option(
    "--explain-cache", is_flag=True, help="Show what the verdict depends on, and whether it was cached."
)
@click.option("--keep-images", is_flag=True, help="Keep both images there as well.")
@click.option("--preview", is_flag=True, help="Keep small pictures of them there, for `report`.")
@click.option(
    "--reference-twice", is_flag=True, help="Run the reference twice, and stop if it differs from itself."
)
@test_option
@common_options
@gathered("named", NamedCase)
def command(
    call: Invocation,
    named: NamedCase,
    out: Path | None,
    no_cache: bool,
    explain_cache: bool,
    keep_images: bool,
    preview: bool,
    reference_twice: bool,
) -> int:
    """Check the parity of the commit that is checked out: `git bisect run bisect-parity check`.

    The case comes from --config, from $BISECT_PARITY_CASE, or from bisect-parity.toml in
    <git-dir>/bisect-parity/ or <git-common-dir>/bisect-parity/; never from the tree under test. With a
    --test, none is needed: git bisect run bisect-parity check --test 'make && python test.py'.

    Exit status: 0 good, 1 bad, 125 cannot be tested (git skips the commit), 200 the check itself is at fault
    (git stops).
    """
    repository = Repository.open(call.directory, call.journal, lean=True)
    is_own = (repository.git_dir / OWN_WORKTREE).is_file()
    commit = (_laid(repository) if is_own else None) or repository.try_resolve("HEAD")
    worktree = repository.work_tree
    if worktree is None or commit is None:
        what = "has no working tree" if worktree is None else "has no commit checked out"
        raise NoSubjectError(f"{repository.directory} {what}", "Check a commit out, or name another --repo.")
    # no file has it where reftables hold all refs
    may_be_elsewhere = (repository.git_dir / "BISECT_HEAD").exists() or (
        repository.common_dir / "reftable"
    ).is_dir()
    if not is_own and may_be_elsewhere and repository.try_resolve("BISECT_HEAD") not in (None, commit):
        raise NoSubjectError(
            "git bisect was started with --no-checkout: the files here are not those of its commit",
            "Start it without.",
        )
    folder = _output_folder(out, repository, commit)
    call.journal.move_to(folder / "commands.txt")
    try:
        settings = _settings(call, repository, worktree, named)
        case = find_case(settings, named.case_name)
        case = case.judged_by(named.thresholds.for_case(case))
        others = _other_files(repository, case)
        subject = subject_of(repository, worktree, commit, case)
        memory = Memory(None, "--no-cache") if no_cache else _memory(repository, case)
        is_step = is_own and not preview  # of a search: only its proof tells
        options = Options(keep_images, reference_twice, preview, relate=not is_step)
        result = _checked(call, repository, case, named.size, subject, folder, memory, options)
    except OutputError:
        raise
    except BisectParityError as error:
        others = ""
        result = refused(commit, named.case_name or "", named.size, error)
        write_result(result, folder)
    _tell(result, folder, call, others)
    if explain_cache:
        _explain(result)
    return result.exit_status


def _settings(call: Invocation, repository: Repository, worktree: Path, named: NamedCase) -> Settings:
    """The settings that hold the case, or the test in its place.

    Raises:
        UsageError: there is no such case, or the test cannot be run in the checked-out commit.
    """
    if named.test is None:
        return case_settings(call, repository, worktree)
    named.test.refuse_open_limit()
    if named.test.brought:
        raise UsageError(
            "--bring: nothing is copied into your checkout",
            "Use `bisect-parity bisect`, or have the test copy it.",
        )
    return settings_of(call, repository, named)[0]


def _checked(
    call: Invocation,
    repository: Repository,
    case: Case,
    size: int | None,
    subject: CheckedTree,
    folder: Path,
    memory: Memory,
    options: Options,
) -> CheckResult:
    """Check a commit; the reference is run twice until a check has seen that it repeats."""
    at_size = case.at_size(size)
    once = _repeats_file(repository, at_size)
    is_first = once is not None and not once.exists()
    result = check(
        at_size,
        subject,
        call.journal,
        folder,
        case_size=case.size,
        caller=os.environ,
        memory=memory,
        options=evolve(options, reference_twice=options.reference_twice or is_first),
    )
    if once is not None and is_first and result.verdict in ("good", "bad"):
        with contextlib.suppress(OutputError):  # the next check runs it twice again
            replace_file(once, "")
    return result


def _laid(repository: Repository) -> str | None:
    """The commit whose files lie in a worktree of our own, without git; None where its HEAD differs."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        laid = (repository.git_dir / LAID).read_text().strip()
        if OBJECT_ID.fullmatch(laid) and laid == (repository.git_dir / "HEAD").read_text().strip():
            return laid
    return None


def subject_of(repository: Repository, worktree: Path, commit: str, case: Case) -> CheckedTree:
    """What a check of `commit` in `worktree` is about; git is asked for all of it."""
    return CheckedTree(
        commit=commit,
        worktree=worktree,
        is_own_tree=worktree != repository.work_tree or (repository.git_dir / OWN_WORKTREE).is_file(),
        repository=repository.home,
        store=repository.state_directory() / "reference",
        code_state=CodeStates(repository, case.code_paths or ()).of([commit])[commit],
        reference_commit=None if case.reference_at is None else repository.resolve(case.reference_at),
        export=lambda wanted, place: export_tree(repository, wanted, place),
        is_own_module=lambda name: _is_in_some_head(repository, name),
        conversions=conversions_of_worktree(repository),
    )


def _other_files(repository: Repository, case: Case) -> str:
    """What the user's own directory holds besides the commit, in words; empty in a worktree of ours."""
    if (repository.git_dir / OWN_WORKTREE).is_file():
        return ""
    found = suspects(repository, CodeStates(repository, case.code_paths or ()), case.bring)
    if found is None:
        return ""
    paths = [path for path in (*found.modified, *found.untracked, *found.ignored) if not is_cache(path)]
    if not paths:
        return ""
    named = first_of(likeliest_first(paths, CodeStates(repository, ())), FILES_TOLD)
    return (
        f"this directory is not what the commit says ({named}): `bisect-parity bisect` checks clean worktrees"
    )


def _repeats_file(repository: Repository, case: Case) -> Path | None:
    """What is there once the case's reference was run twice at this size and repeated itself.

    None where that is seen to otherwise: a pinned one is run twice when it is made, and a session of ours
    asks for it at its first end.
    """
    if case.reference_at is not None or (repository.git_dir / OWN_WORKTREE).is_file():
        return None
    return repository.state_directory() / "reference-repeats" / case.digest()


def _memory(repository: Repository, case: Case) -> Memory:
    """The user's cache of verdicts, where nothing but the commit can decide the verdict."""
    if not (repository.git_dir / OWN_WORKTREE).is_file():
        return Memory(None, "not in a worktree of the tool's own: ignored files could change the verdict")
    if case.not_cached:
        return Memory(None, case.not_cached)
    listed = repository.git(
        "status", "--porcelain", "-z", "--untracked-files=normal", "--ignored=traditional"
    )
    dirt = [entry for entry in listed.decode(errors="backslashreplace").split("\0") if entry]
    if dirt:
        return Memory(None, f"the worktree is not clean: {dirt[0]}{', ...' if len(dirt) > 1 else ''}")
    return Memory(verdict_cache(), "")


def _is_in_some_head(repository: Repository, module: str) -> bool:
    """Whether a branch, or an end of the bisection, has a top-level Python module of this name."""
    listed = repository.git(
        "for-each-ref",
        f"--count={LISTED_HEADS}",
        "--format=%(objectname)",
        "refs/bisect",
        "refs/heads",
        "refs/remotes",
    )
    heads = list(dict.fromkeys(listed.decode().split()))
    paths = [f"{folder}{module}{suffix}" for folder in ("", "src/") for suffix in ("", ".py")]
    return any(
        found is not None
        for found in repository.objects(f"{head}:{path}" for head in heads for path in paths)
    )


def _output_folder(out: Path | None, repository: Repository, commit: str) -> Path:
    """An empty folder of this check's own; a second check into one --out goes below it."""
    name = f"{utc_stamp()}-{commit[:SHORT]}"
    if out is not None and not (out / "verdict.json").exists() and not (out / "commands.txt").exists():
        return out.absolute()
    parent = out.absolute() if out is not None else repository.git_dir / "bisect-parity" / CHECKS_FOLDER
    with writing(parent / name, "Name a folder with --out."):
        return new_folder(parent, name)


def _explain(result: CheckResult) -> None:
    """What the verdict depends on, on standard error."""
    lines = [f"cache: {result.cache.get('state')}: {result.cache.get('reason')}"]
    parts = result.cache.get("parts", {})
    lines += [f"cache: {name} {digest or '-'}" for name, digest in parts.items()]
    nearest = verdict_cache().nearest(parts) if parts and result.cache["state"] != "known" else None
    if nearest is not None:
        document, differing = nearest
        lines.append(
            f"cache: the nearest that is known is {document['verdict']}, at commit "
            f"{document['commit'][:SHORT]}, and differs in {', '.join(differing)}"
        )
    for line in lines:
        click.echo(f"bisect-parity: {printable(line)}", err=True)


def _tell(result: CheckResult, folder: Path, call: Invocation, others: str) -> None:
    """The verdict in one line on standard output; what led to it on standard error."""
    if call.as_json:
        write_json(result.to_json())
        return
    click.echo(printable(result.headline()))
    if not call.quiet or result.verdict == "abort":
        for line in result.details():
            click.echo(f"bisect-parity: {printable(line)}", err=True)
        if others:
            click.echo(f"bisect-parity: {printable(others)}", err=True)
        click.echo(f"bisect-parity: see {folder}", err=True)
