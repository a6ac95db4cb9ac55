"""The commits that `git svn` made of Subversion's revisions, as the last line of their messages tells."""

from __future__ import annotations

import bisect
import re
from collections import Counter
from typing import TYPE_CHECKING

from bisect_parity.history.commit_details import read_messages
from bisect_parity.history.nul_fields import nul_fields

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bisect_parity.history.commits import CommitTable
    from bisect_parity.history.repository import Repository

FIRST_COMMITS = 20  # of a history that was converted, one of these tells a revision
_REVISION = re.compile(r"r(\d{1,9})")
_TRAILER = re.compile(r"(?m)^\s*git-svn-id: (\S+)@(\d{1,9}) \S+\s*$")


def svn_revisions(repository: Repository, table: CommitTable, names: Iterable[str]) -> dict[str, str]:
    """The commits of revisions that are written as "r1234"; nothing where the history was not converted.

    A revision that changed another branch stands for what was there before it, on the branch of most commits.

    Args:
        repository: where; all messages are read, in one pass, if there is something to look up.
        table: all commits.
        names: of revisions; what is none is left out.
    """
    wanted = {name: int(found[1]) for name in names if (found := _REVISION.fullmatch(name))}
    first = table.commits(table.oldest_first(range(len(table)))[:FIRST_COMMITS]) if wanted else []
    if not any(map(_TRAILER.search, read_messages(repository, first).values())):
        return {}
    commits: dict[int, str] = {}
    branches: dict[str, list[int]] = {}
    options = ("--all", "-z", "--grep=^ *git-svn-id: ", "--format=%H%n%B")
    with repository.stream("log", *options) as output:
        for entry in nul_fields(output):
            commit, _, message = entry.decode(errors="replace").partition("\n")
            for found in _TRAILER.finditer(message):
                commits[int(found[2])] = commit
                branches.setdefault(found[1], []).append(int(found[2]))
    sizes = Counter({branch: len(numbers) for branch, numbers in branches.items()})
    known = sorted(branches[sizes.most_common(1)[0][0]]) if sizes else []
    answers = {}
    for name, number in wanted.items():
        place = bisect.bisect_right(known, number)
        if number in commits:
            answers[name] = commits[number]
        elif place and number <= max(commits):
            answers[name] = commits[known[place - 1]]
    return answers
