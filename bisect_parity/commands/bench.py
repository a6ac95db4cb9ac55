"""What `diagnose --run` and `isolate` share: a bench for one commit, and the changes to try on it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.bisection.bench import Bench, Trial
from bisect_parity.bisection.changes import Difference
from bisect_parity.bisection.local_items import LocalItem, LocalItems, find_local_items
from bisect_parity.commands.bench_options import bytes_text
from bisect_parity.commands.check import subject_of
from bisect_parity.commands.named_case import settings_of
from bisect_parity.commands.no_settings import case_settings
from bisect_parity.commands.project import evidence_folder
from bisect_parity.errors import EvidenceError, OutputError
from bisect_parity.history.repository import clean_environment
from bisect_parity.history.worktree_pool import fresh_worktree
from bisect_parity.logs import logger
from bisect_parity.parity.brought import refuse_missing
from bisect_parity.parity.cache import Memory, verdict_cache
from bisect_parity.parity.case import Case, find_case
from bisect_parity.parity.check import check
from bisect_parity.parity.rounds import Options
from bisect_parity.parity.verdict import DECIDED
from bisect_parity.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bisect_parity.commands.invocation import Invocation
    from bisect_parity.commands.named_case import NamedCase
    from bisect_parity.history.repository import Repository
    from bisect_parity.parity.result import CheckResult

NAMED = 5
IN_PLACE = "in a scratch copy: what it says holds for this copy alone"


@contextlib.contextmanager
def open_bench(
    call: Invocation,
    repository: Repository,
    revision: str,
    named: NamedCase,
    out: Path | None,
    *,
    is_first_kept: bool = False,
) -> Iterator[Bench]:
    """A bench for one commit, in a linked worktree of our own that is gone afterwards.

    Args:
        call: of the command.
        repository: of the call.
        revision: of the commit.
        named: how it is checked.
        out: folder for the evidence; None: a new one of `isolate`, made where nothing is refused.
        is_first_kept: whether the first check may be one that the user's cache knows, and is kept there.

    Raises:
        UsageError: there is no such case.
        RepositoryError: there is no such commit.
        EvidenceError: the repository is bare.
        OutputError: `out` holds the evidence of an earlier call, or no folder can be made.
    """
    top = repository.work_tree
    if top is None:
        raise EvidenceError(
            f"{repository.directory} has no working tree: there is no directory to compare with",
            "Name a working tree with --repo.",
        )
    commit = repository.resolve(revision)
    if named.test is None:
        settings = case_settings(call, repository, top)
    else:
        settings, _ = settings_of(call, repository, named)
    own = evolve(find_case(settings, named.case_name), bring_from=str(top))
    thresholds = named.thresholds.for_case(own)
    own = own.judged_by(thresholds)
    refuse_missing(own, top)
    if out is not None and (out / "checks").exists():
        raise OutputError(f"{out.absolute()} holds checks already", "Name another folder with --out.")
    folder = evidence_folder(repository, "isolate", out)
    caller = clean_environment()

    def run(case: Case, commit: str, worktree: Path, place: Path) -> CheckResult:
        is_kept = is_first_kept and not bench.trials and not case.not_cached
        memory = Memory(verdict_cache(), "") if is_kept else Memory(None, IN_PLACE)
        return check(
            case,
            subject_of(repository, worktree, commit, case),
            call.journal,
            place,
            case_size=own.size,
            caller=caller,
            memory=memory,
            options=Options(),
        )

    with fresh_worktree(repository, commit) as worktree:
        at_size = own.at_size(named.size)
        bench = Bench(worktree, top, commit, at_size, caller, folder, run, _tell, call.options)
        yield bench


def file_changes(
    repository: Repository, commit: str, most_bytes: int, folder: Path
) -> tuple[list[Difference], LocalItems]:
    """The files of the user's directory that a clean worktree of `commit` lacks, or has otherwise.

    Args:
        repository: of the user's directory.
        commit: that is checked.
        most_bytes: to be copied at once.
        folder: for the evidence, which is no part of the directory.
    """
    local = find_local_items(repository, commit, most_bytes, folder)
    log = logger()
    files = sum(len(item.files) for item in local.items)
    if files:
        size = bytes_text(local.size)
        log.info(
            f"copied for a check: at most {counted(files, 'untracked, ignored or changed file')}, {size}"
        )
    for item in local.left_out:
        log.warning(f"left out for its size: {_item_text(item)}; to copy it, too, give more with --most")
    if local.unreadable:
        more = ", ..." if len(local.unreadable) > NAMED else ""
        log.warning(f"cannot be copied: {', '.join(local.unreadable[:NAMED])}{more}")
    return [Difference("files", item.path, item=item) for item in local.items], local


def _item_text(item: LocalItem) -> str:
    count = f" ({counted(len(item.files), 'file')})" if item.is_folder else ""
    return f"{item.path}{count}, {bytes_text(item.size)}"


def _tell(trial: Trial) -> None:
    seconds = trial.result.timings.get("total", 0.0)
    figures = [f"{name} {value}" for name, value in trial.figures().items() if value is not None]
    outcome = figures[0] if figures and trial.verdict in DECIDED else trial.result.reason
    changes = counted(trial.count, "change")
    logger().info(f"{trial.role}, {changes}: {trial.verdict} ({outcome}), {seconds:.1f} s")
