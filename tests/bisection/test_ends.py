from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bisect_parity.bisection.ends import resolve_range
from bisect_parity.bisection.model import Find
from bisect_parity.errors import RepositoryError, UsageError
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal

if TYPE_CHECKING:
    from bisect_parity.bisection.ends import SearchRange
    from tests.sandbox import Sandbox


def limits(
    sandbox: Sandbox, good: str, bad: str, find: Find = Find.REGRESSION, paths: tuple[str, ...] = ("src",)
) -> SearchRange:
    repository = Repository.open(sandbox.top, Journal(None, ["test"]))
    return resolve_range(repository, good, bad, find, CodeStates(repository, paths))


def test_a_range_knows_its_commits_and_code_states(sandbox: Sandbox) -> None:
    commits = [sandbox.commit({"src/a": text}) for text in "1223"]
    found = limits(sandbox, "HEAD~3", "main")
    assert (found.good, found.bad) == (commits[0], commits[3])
    assert not found.is_one_state
    assert (found.span.old, found.span.new, found.span.count) == (commits[0], commits[3], 3)
    assert found.span.state_count == 3


def test_a_search_for_a_fix_runs_from_bad_to_good(sandbox: Sandbox) -> None:
    commits = [sandbox.commit({"src/a": text}) for text in "12"]
    found = limits(sandbox, "HEAD", "HEAD~1", Find.FIX)
    assert (found.old, found.new) == (commits[0], commits[1])


@pytest.mark.parametrize(
    "revision", ["nonsense", "HEAD:src", "HEAD:src/a", "0" * 40, "", "--all", "HEAD..HEAD~1"]
)
def test_what_names_no_commit_is_refused(sandbox: Sandbox, revision: str) -> None:
    sandbox.commit({"src/a": "1"})
    sandbox.commit({"src/a": "2"})
    with pytest.raises(RepositoryError, match=r"--good .* names no commit"):
        limits(sandbox, revision, "HEAD")
    with pytest.raises(RepositoryError, match=r"--bad .* names no commit"):
        limits(sandbox, "HEAD", revision)


def test_a_tag_of_a_tree_is_refused(sandbox: Sandbox) -> None:
    sandbox.commit({"src/a": "1"})
    sandbox.git("tag", "-a", "-m", "a tree", "tree", "HEAD^{tree}")
    with pytest.raises(RepositoryError, match="names no commit but a tag"):
        limits(sandbox, "tree", "HEAD")


def test_a_tag_of_a_commit_is_taken(sandbox: Sandbox) -> None:
    first = sandbox.commit({"src/a": "1"})
    sandbox.git("tag", "-a", "-m", "a commit", "v1")
    sandbox.commit({"src/a": "2"})
    assert limits(sandbox, "v1", "HEAD").good == first


def test_an_ambiguous_abbreviation_lists_what_it_may_mean(sandbox: Sandbox) -> None:
    sandbox.commit({"src/a": "1"})
    tree = sandbox.git("rev-parse", "HEAD^{tree}")
    seen: dict[str, str] = {}
    number = 0
    while True:  # few tries: 65536 beginnings, and any two that are equal will do
        commit = sandbox.git("commit-tree", "-m", f"number {number}", tree)
        number += 1
        if commit[:4] in seen:
            break
        seen[commit[:4]] = commit
    with pytest.raises(RepositoryError, match="is the beginning of 2 object ids") as caught:
        limits(sandbox, commit[:4], "HEAD")
    assert commit in caught.value.message
    assert seen[commit[:4]] in caught.value.message


@pytest.mark.parametrize("find", list(Find))
def test_only_the_old_end_can_be_found_on_the_way_back(sandbox: Sandbox, find: Find) -> None:
    sandbox.commit({"src/a": "1"})
    last = sandbox.commit({"src/a": "2"})
    ends = {find.old: "auto", find.new: "HEAD"}
    found = limits(sandbox, ends["good"], ends["bad"], find)
    assert (found.is_open, found.is_one_state, found.new, found.span.count) == (True, False, last, 1)
    with pytest.raises(UsageError, match=f"--{find.old} auto"):
        limits(sandbox, "auto", "auto", find)


def test_equal_ends_are_refused(sandbox: Sandbox) -> None:
    sandbox.commit({"src/a": "1"})
    with pytest.raises(UsageError, match="the same commit"):
        limits(sandbox, "main", "HEAD")


def test_ends_without_a_common_ancestor_are_refused(sandbox: Sandbox) -> None:
    sandbox.commit({"src/a": "1"})
    sandbox.git("checkout", "-q", "--orphan", "other")
    sandbox.commit({"src/a": "2"})
    with pytest.raises(RepositoryError, match="no common ancestor"):
        limits(sandbox, "main", "other")


@pytest.mark.parametrize("find", list(Find))
def test_ends_in_the_wrong_order_are_refused_with_the_right_command(sandbox: Sandbox, find: Find) -> None:
    for number in range(3):
        sandbox.commit({"src/a": f"{number}"})
    old, new = "HEAD~1", "HEAD"
    good, bad = (new, old) if find is Find.REGRESSION else (old, new)
    with pytest.raises(UsageError, match="comes after") as caught:
        limits(sandbox, good, bad, find)
    names = {option: sandbox.git("rev-parse", rev)[:12] for option, rev in (("good", good), ("bad", bad))}
    is_regression = find is Find.REGRESSION
    good, bad = names["good"], names["bad"]
    right, mixed = f"--find fix --bad {bad} --good {good}", f"--good {bad} --bad {good}"
    if not is_regression:
        right, mixed = f"--good {good} --bad {bad}", f"--find fix --bad {good} --good {bad}"
    assert f": bisect-parity bisect {right}" in caught.value.remedy
    assert f": bisect-parity bisect {mixed}" in caught.value.remedy
    assert (f"--good auto --bad {names['bad']}" in caught.value.remedy) == is_regression


def test_code_paths_that_hold_nothing_are_refused(sandbox: Sandbox) -> None:
    sandbox.commit({"src/a": "1"})
    sandbox.commit({"src/a": "2"})
    with pytest.raises(UsageError, match=r"neither end holds a file .*\(source\)"):
        limits(sandbox, "HEAD~1", "HEAD", paths=("source",))


def test_code_that_was_renamed_out_of_sight_of_the_code_paths_is_refused(sandbox: Sandbox) -> None:
    sandbox.commit({"sim/a": "one\ntwo\n", "tools/b": "1"})
    commit = sandbox.commit({"sim/a": None, "src/a": "one\ntwo\n"})
    with pytest.raises(UsageError, match=f"{commit[:12]} renames code: src/a .* and sim/a") as caught:
        limits(sandbox, "HEAD~1", "HEAD", paths=("src", "tools"))
    assert '"sim"' in caught.value.remedy
    assert limits(sandbox, "HEAD~1", "HEAD", paths=("src", "sim", "tools")).span.count == 1


def test_an_end_by_date_leads_back_to_an_open_end(sandbox: Sandbox) -> None:
    commits = [sandbox.commit({"src/a": text}) for text in "123"]
    found = limits(sandbox, "auto", "2999-01-01")
    assert (found.is_open, found.good, found.bad) == (True, commits[0], commits[2])
