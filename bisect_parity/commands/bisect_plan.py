"""The plan of a bisection, from what the user named or from a session that was stopped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.bisection.case_files import frozen_folder
from bisect_parity.bisection.ends import AUTO, resolve_range
from bisect_parity.bisection.folder import Request, open_folder
from bisect_parity.bisection.hints import commits_of
from bisect_parity.bisection.lacking import look_over
from bisect_parity.bisection.model import Find
from bisect_parity.bisection.plan import Plan
from bisect_parity.commands.end_figures import with_limit
from bisect_parity.commands.flaky_options import FlakyOptions
from bisect_parity.commands.named_case import settings_of
from bisect_parity.commands.session_ends import named_end
from bisect_parity.commands.session_output import output_place
from bisect_parity.config import load_settings
from bisect_parity.history.code_state import CodeStates
from bisect_parity.parity.case import find_case
from bisect_parity.wording import case_option

if TYPE_CHECKING:
    from bisect_parity.bisection.ends import SearchRange
    from bisect_parity.bisection.folder import SessionFolder
    from bisect_parity.bisection.odds import FlakyTerms
    from bisect_parity.commands.invocation import Invocation
    from bisect_parity.commands.named_case import NamedCase
    from bisect_parity.history.repository import Repository


@frozen
class AskedEnds:
    """The ends of a search, as typed, and which change between them is looked for."""

    good: str | None
    bad: str | None
    find: str


def new_plan(
    call: Invocation,
    repository: Repository,
    asked: AskedEnds,
    named: NamedCase,
    out: Path | None,
    flaky: FlakyTerms | None,
) -> tuple[Plan, Request]:
    """The plan of a new session; a wrong case or end is refused before anything is written.

    Args:
        call: of the command.
        repository: of the call.
        asked: the ends, both of them named.
        named: how commits are checked.
        out: where the evidence goes; None where it was not named.
        flaky: of a search by a flaky check; None for any other, unless figures of one end differ.

    Raises:
        BisectParityError: something that was named cannot be meant.
    """
    find = Find(asked.find)
    settings, content = settings_of(call, repository, named)
    case = find_case(settings, named.case_name)
    size = case.at_size(named.size).size
    thresholds = named.thresholds.for_case(case)
    code_states = CodeStates(repository, case.code_paths or ())
    good, good_bundle = named_end(call, repository, str(asked.good), "good")
    bad, bad_bundle = named_end(call, repository, str(asked.bad), "bad")
    options = f"{case_option(case.name)}{call.options}"
    limits = resolve_range(repository, good, bad, find, code_states, options=options)
    look_over(repository, case, code_states, None if limits.is_open else limits.old, limits.new)
    if flaky is not None:
        _refuse_flaky(repository, flaky, limits)
    bundles = tuple(bundle for bundle in (good_bundle, bad_bundle) if bundle is not None)
    place = output_place(repository, out, "bisect")
    if (test := named.test) is not None and test.figure and test.limit is None:
        measured, found = with_limit(call, repository, limits, named, test, Path(place))
        settings, content = settings_of(call, repository, measured)
        case = find_case(settings, named.case_name)
        flaky = flaky or (FlakyOptions().terms() if found.varies else None)
    folder = frozen_folder(repository, settings, content, case)
    request = Request(
        limits.good,
        limits.bad,
        find.value,
        case.name,
        size,
        place,
        limits.is_open,
        bundles,
        flaky,
        thresholds,
        call.repo_option,
        call.config_option,
    )
    folder.write(request)
    return _plan(repository, limits, code_states, folder, request), request


def _refuse_flaky(repository: Repository, flaky: FlakyTerms, limits: SearchRange) -> None:
    """Refuse suspects that git does not understand, and a range that is too large.

    Raises:
        BisectParityError: it is so.
    """
    for hint in flaky.suspects:
        commits_of(repository, hint, [limits.new])
    if not limits.is_open:
        from bisect_parity.bisection.flaky_session import refuse_large  # noqa: PLC0415 - slow, seldom needed

        refuse_large(limits)


def old_plan(repository: Repository, name: str) -> tuple[Plan, Request]:
    """The plan of a session that was stopped.

    Raises:
        BisectParityError: there is none of this name, or its repository lacks the ends.
    """
    folder, request = open_folder(repository, name, Request)
    case = find_case(load_settings(folder.settings), request.case)
    code_states = CodeStates(repository, case.code_paths or ())
    ends, find = {"good": request.good, "bad": request.bad}, Find(request.find)
    if request.is_open:
        ends[find.old] = AUTO
    limits = resolve_range(repository, ends["good"], ends["bad"], find, code_states)
    return _plan(repository, limits, code_states, folder, request), request


def _plan(
    repository: Repository,
    limits: SearchRange,
    code_states: CodeStates,
    folder: SessionFolder,
    request: Request,
) -> Plan:
    case = find_case(load_settings(folder.settings), request.case).judged_by(request.thresholds)  # as frozen
    return Plan(
        repository=repository,
        limits=limits,
        code_states=code_states,
        case=case,
        folder=folder,
        size=request.size,
        bundles=request.bundles,
        thresholds=request.thresholds,
        repo_option=request.repo_option,
        config_option=request.config_option,
    )
