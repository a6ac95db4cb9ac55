"""What a bisection needs to know before it starts, as a value."""

from __future__ import annotations

from attrs import frozen

from bisect_parity.bisection.answer import BundleEnd
from bisect_parity.bisection.checker import CHECK_COMMAND
from bisect_parity.bisection.ends import SearchRange
from bisect_parity.bisection.folder import SessionFolder
from bisect_parity.bisection.span import LARGE
from bisect_parity.config import Thresholds
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.repository import Repository
from bisect_parity.parity.case import Case

__all__ = ["Plan"]


@frozen
class Plan:
    """All that a session needs to know before it starts.

    Attributes:
        repository: as the user opened it.
        limits: the range.
        code_states: with the code paths.
        case: as frozen, at its own size, with the thresholds that are used.
        folder: of the session.
        size: that was asked for; a smaller one than the case's own has to pass the size gate first.
        check_command: the check, up to its options.
        is_reproof: whether a recorded proof does not count.
        is_revert_asked: whether the end is tested without the answer; None: where the bound on checks
            allows it.
        bundles: that ends were named by.
        large: commits from which on the main line is searched first.
        thresholds: that count instead of the case's own.
    """

    repository: Repository
    limits: SearchRange
    code_states: CodeStates
    case: Case
    folder: SessionFolder
    size: int
    check_command: tuple[str, ...] = CHECK_COMMAND
    is_reproof: bool = False
    is_revert_asked: bool | None = None
    bundles: tuple[BundleEnd, ...] = ()
    large: int = LARGE
    thresholds: Thresholds | None = None
