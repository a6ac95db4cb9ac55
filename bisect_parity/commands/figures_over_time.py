"""The figures of a project's runs over time: what lies between the runs of a step is asked of git."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from bisect_parity.diagnosis.figure_series import figure_series, history_order, trends
from bisect_parity.diagnosis.series import every_run
from bisect_parity.errors import RepositoryError
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.interval import intervals
from bisect_parity.history.rev_list import ancestry_order
from bisect_parity.report.figures_document import figures_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.commands.project import Project
    from bisect_parity.evidence.model import Bundle
    from bisect_parity.provenance.model import Resolution

MOST_STEPS = 64  # of which it is told what lies between


def figures_over_time(
    project: Project, pairs: Sequence[tuple[Bundle, Resolution]], options: str
) -> dict[str, Any]:
    """The document of the figures over time; see `figures_document`.

    Args:
        project: of the runs.
        pairs: as `Project.single_runs` gave them.
        options: of any further command, each after a space.
    """
    runs = every_run([bundle for bundle, _ in pairs], [item for _, item in pairs], project.settings)
    series = figure_series(runs)
    commits = {commit for one in series for at in one.values if (commit := runs[at].resolution.commit)}
    places: dict[str, int] = {}
    with contextlib.suppress(RepositoryError):  # then their times are all that is known
        places = ancestry_order(project.repository, commits)
    found = trends(series, history_order(runs, places))
    ends: dict[tuple[str, str], None] = {}
    for trend in found:
        for step in trend.steps:
            one, other = (runs[at].resolution.commit for at in trend.ends(step))
            if one is not None and other is not None and {one, other} <= places.keys():
                ends[one, other] = None
    states = CodeStates(project.repository, project.settings.code.paths)
    between = intervals(project.repository, states, list(ends)[:MOST_STEPS])
    cases = sorted(project.settings.case)
    return figures_document(runs, found, len(series) - len(found), between, cases, options)
