"""What is said of a commit that was found: a merge of good parents, one step of many, another failure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bisect_parity.bisection.account import is_elsewhere
from bisect_parity.bisection.model import Check, Find, Role
from bisect_parity.bisection.moves import FIGURES
from bisect_parity.history.commit_details import read_messages, read_subjects
from bisect_parity.parity.failure_kinds import raised
from bisect_parity.wording import SHORT, counted, first_of, is_line_test, search_command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.bisection.answer_parts import Proof
    from bisect_parity.bisection.plan import Plan
    from bisect_parity.history.commit_summary import CommitSummary

LEAST_PART = 0.5  # of the way from the old end: a commit that makes less of it only crossed the threshold
TOLD = 5
_REVERTS = re.compile(r"This reverts commit ([0-9a-f]{7,64})\b")


def answer_account(plan: Plan, facts: CommitSummary, proof: Proof, checks: Sequence[Check]) -> list[str]:
    """What is to be known of a commit that was found and checked again.

    Args:
        plan: of the search.
        facts: of the commit.
        proof: its second checks.
        checks: all of the search, whose old end is the first that is named so.

    Raises:
        RepositoryError: git cannot read a commit.
    """
    answer, *parents = proof.checks
    find = plan.limits.find
    says = _takes_back(plan, facts.commit)
    if len(parents) > 1 and all(parent.verdict == find.old for parent in parents):
        says += _merge(plan, facts)
    ends = [check for check in checks if check.commit == plan.limits.new]
    says += [line for end in ends[:1] for line in other_failure(plan, answer, end)]
    says += related((answer, *parents))
    size = answer.size
    olds = [check for check in checks if check.commit == plan.limits.old and check.size == size]
    if olds and parents:
        nearest = min(parents, key=lambda parent: _way(parent, answer))
        says += drifted(find, olds[0], nearest, answer, plan.options)
    return says


def related(proof: Sequence[Check]) -> list[str]:
    """How the images that the proof found bad are related to their references, as far as that is simple.

    Args:
        proof: the second checks.
    """
    bad = [check for check in proof if check.verdict == "bad"][:1]
    return [f"At {check.commit[:SHORT]}: {says}" for check in bad for says in _relations(check)]


def _relations(check: Check) -> list[str]:
    found = check.document.get("relations")
    return [says for says in found if isinstance(says, str)] if isinstance(found, list | tuple) else []


def other_failure(plan: Plan, one: Check, end: Check) -> tuple[str, ...]:
    """That a test failed otherwise at one commit than at the new end, and how to look for the end's failure.

    Args:
        plan: of the search, with the case.
        one: the check of a commit that is bad.
        end: that of the new end.
    """
    here, there = raised(one.reason), raised(end.reason)
    if not here or not there or here == there or plan.case.failure:
        return ()
    name = plan.case.name
    way = f"--failure {there}" if is_line_test(name) else f'failure = "{there}" in [case.{name}]'
    again = f": {plan.question} {way}" if is_line_test(name) else f", set {way}."
    fails = f"It fails with {here} at {one.commit[:SHORT]}, and with {there} at {end.commit[:SHORT]}"
    return (f"{fails}: the causes may differ. To look for {there} alone{again}",)


def _takes_back(plan: Plan, commit: str) -> list[str]:
    """What a commit says that it reverts, and what that reverts in turn: a change may land again."""
    chain: list[str] = []
    while len(chain) < TOLD:
        message = read_messages(plan.repository, [commit]).get(commit, "")
        found = _REVERTS.search(message)
        before = plan.repository.try_resolve(found[1]) if found else None
        if before is None or before in chain:
            break
        commit = before
        chain.append(before)
    subjects = read_subjects(plan.repository, chain)
    told = [f"{each[:SHORT]} ({subjects.get(each, '')})" for each in chain]
    if not told:
        return []
    again = f", so that {chain[-1][:SHORT]} holds again" if len(chain) % 2 == 0 else ""
    return [f"It says that it reverts {', which reverts '.join(told)}{again}."]


def drifted(find: Find, old: Check, parent: Check, answer: Check, options: str) -> list[str]:
    """That a commit made only a small part of the way from the old end to the other side of a threshold.

    Args:
        find: what was looked for.
        old: the check of the old end.
        parent, answer: the proof.
        options: of a further command on the case.
    """
    bad, good = (answer, parent) if find is Find.REGRESSION else (parent, answer)
    crossed = [name for name in FIGURES if _fails(bad, name) and not _fails(good, name)]
    parts = {name: _part(name, old, parent, answer) for name in crossed}
    if not parts or any(part is None or part >= LEAST_PART for part in parts.values()):
        return []
    name = crossed[0]
    start, before, now = (check.figure(name) for check in (old, parent, answer))
    end = old.commit[:SHORT]
    way = f"{name} was {start} at {end}, {before} before it, and is {now}"
    sweep = f"bisect-parity sweep {end}..{answer.commit[:SHORT]} {options}"
    return [
        f"It made only {parts[name]:.0%} of the way: {way}. The parity drifted over the threshold.",
        f"To rank the commits that moved it: {sweep}",
    ]


def varied(proof: Proof, checks: Sequence[Check]) -> list[str]:
    """That the figures of the answer differ from check to check, and whether those of its parent do."""
    answer, *parents = proof.checks
    names = _varying(answer, checks)
    if not names:
        return []
    before = next(check for check in _others(answer, checks) if is_elsewhere(answer, check, names[0]))
    figures = ", ".join(f"{name} {before.figure(name)} and {answer.figure(name)}" for name in names)
    says = f"Two checks of {answer.commit[:SHORT]} have different figures: {figures}."
    is_new = parents and _others(parents[0], checks) and not _varying(parents[0], checks)
    since = "since this commit, " if is_new else ""
    return [f"{says} So {since}the result differs from run to run (a seed, a race, memory that nothing set)."]


def _others(proof: Check, checks: Sequence[Check]) -> list[Check]:
    """The checks of the same commit, at the same size, that are not its proof."""
    wanted = (proof.commit, proof.size)
    return [
        check for check in checks if (check.commit, check.size) == wanted and check.role is not Role.PROOF
    ]


def _varying(proof: Check, checks: Sequence[Check]) -> list[str]:
    """The figures that were others in an earlier check."""
    others = _others(proof, checks)
    return [name for name in FIGURES if any(is_elsewhere(proof, check, name) for check in others)]


def _fails(check: Check, name: str) -> bool:
    margins = check.figure("margins")
    margin = margins.get(name) if isinstance(margins, dict) else None
    return isinstance(margin, float | int) and margin < 0


def _distance(check: Check, name: str) -> float | None:
    value = check.figure(name)
    return abs(1 - value) if isinstance(value, float | int) else None


def _way(parent: Check, answer: Check) -> float:
    """How far both figures are from each other's."""
    ends = [(_distance(parent, name), _distance(answer, name)) for name in FIGURES]
    return sum(abs(one - other) for one, other in ends if one is not None and other is not None)


def _part(name: str, old: Check, parent: Check, answer: Check) -> float | None:
    """The share that the answer has in how far a figure moved since the old end; None where unknown."""
    distances = [_distance(check, name) for check in (old, parent, answer)]
    if None in distances:
        return None
    start, before, now = (distance for distance in distances if distance is not None)
    return abs(now - before) / abs(now - start) if now != start else None


def _merge(plan: Plan, facts: CommitSummary) -> list[str]:
    """How a merge of parents that are all as the old end came to be as the new one."""
    merge, find = facts.commit[:SHORT], plan.limits.find
    by_hand = _by_hand(plan, facts)
    if by_hand is None:
        return []
    if by_hand:
        changed = f"is not what git merges by itself in {first_of(by_hand, TOLD)}"
        way = "--remerge-diff" if len(facts.parents) == 2 else "--cc"  # git has none of an octopus
        return [f"It is a merge, and {changed}. To see what was changed: git show {way} {merge}"]
    says = f"It is a merge, and holds what git merges by itself: the sides are {find.new} only together."
    if len(facts.parents) > 2:
        return [says]
    return [f"{says} {_sides(plan, facts)}"]


def _sides(plan: Plan, facts: CommitSummary) -> str:
    """Which commits of the merged side may be at odds with the other, and how to search them."""
    main, side = facts.parents
    commits = plan.repository.git("rev-list", "--no-merges", f"{main}..{side}").decode("ascii").split()
    if len(commits) == 1:
        return f"Its side is one commit: {commits[0][:SHORT]}."
    replay = f"git worktree add --detach ../replay {side[:SHORT]} && git -C ../replay rebase {main[:SHORT]}"
    top, is_fix = '"$(git -C ../replay rev-parse HEAD)"', plan.limits.find is Find.FIX
    search = search_command(main[:SHORT], top, plan.options, is_fix=is_fix)
    counts = counted(len(commits), "commit")
    return f"To find which of the {counts} of its side is at odds with the other: {replay} && {search}"


def _by_hand(plan: Plan, facts: CommitSummary) -> list[str] | None:
    """The code files in which a merge is another than git's own; None where that cannot be told."""
    repository, holds = plan.repository, plan.code_states.holds
    if len(facts.parents) > 2:
        words = ("-r", "--cc", "--name-only", "--no-commit-id", facts.commit)
        return [path for path in repository.fields("diff-tree", *words) if holds(path)]
    options = ("--write-tree", "-z", "--name-only", "--no-messages")
    made = repository.git_result("merge-tree", *options, *facts.parents)
    if made.status not in (0, 1):  # a git that cannot do that
        return None
    tree, *conflicts = made.stdout.decode(errors="surrogateescape").split("\0")[:-1]
    differing = repository.fields("diff-tree", "-r", "--name-only", tree, facts.commit)
    return sorted({path for path in (*conflicts, *differing) if holds(path)})
