from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import astuple

from bisect_parity.bisection.commit_summaries import (
    change_of,
    commit_summaries,
    outside_code,
    reverts_of,
    submodule_moves,
    with_files,
)
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.commit_summary import ChangedFile, StatedParameter
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal

if TYPE_CHECKING:
    from tests.sandbox import Sandbox


def opened(sandbox: Sandbox) -> tuple[Repository, CodeStates]:
    repository = Repository.open(sandbox.top, Journal(None, ["test"]))
    return repository, CodeStates(repository, ["src"])


def test_facts_are_those_of_the_commits_in_their_order(sandbox: Sandbox) -> None:
    first = sandbox.commit({"src/a": "1"})
    second = sandbox.commit({"src/a": "2"})
    repository, _ = opened(sandbox)
    found = commit_summaries(repository, [second, first, second])
    assert list(found) == [second, first]
    assert found[second].parents == (first,)
    assert found[first].parents == ()
    assert (found[first].author, found[first].subject) == ("A", "a commit")
    assert found[first].date == "2025-10-09T12:00:00+00:00"
    assert commit_summaries(repository, []) == {}


def test_only_code_files_that_a_commit_changes_are_told(sandbox: Sandbox) -> None:
    root = sandbox.commit({"src/a": "1", "src/b": "1"})
    last = sandbox.commit({"src/a": None, "src/c d": "other", "src/b": "2", "README": "x"})
    repository, states = opened(sandbox)
    facts = commit_summaries(repository, [root, last])
    assert with_files(repository, facts[last], states).files == (
        ChangedFile("D", "src/a"),
        ChangedFile("M", "src/b"),
        ChangedFile("A", "src/c d"),
    )
    assert with_files(repository, facts[root], states).files == ()


def test_a_renamed_file_is_told_with_both_paths_and_takes_its_parameters_along(sandbox: Sandbox) -> None:
    text = "".join(f"A{number} = {number}\n" for number in range(20))
    sandbox.commit({"src/old/a.py": text, "src/b.py": text * 2, "c.py": text * 3})
    commit = sandbox.commit(
        {"src/old/a.py": None, "src/new/a.py": text.replace("A3 = 3", "A3 = 4")}
        | {"src/b.py": None, "b.py": text * 2, "c.py": None, "src/c.py": text * 3}
    )
    repository, states = opened(sandbox)
    facts = with_files(repository, commit_summaries(repository, [commit])[commit], states)
    assert set(facts.files) == {
        ChangedFile("R", "src/new/a.py", "src/old/a.py"),
        ChangedFile("R", "src/c.py", "c.py"),
        ChangedFile("D", "src/b.py"),
    }
    changed = change_of(repository, facts, commit, states).parameters
    here = [one for one in changed if one.name.startswith("src/new")]
    assert here == [StatedParameter("src/new/a.py: A3", "3", "4")]


def test_what_both_sides_state_comes_first_and_what_moved_or_is_computed_is_no_change(
    sandbox: Sandbox,
) -> None:
    old = "GONE = 1\nMOVED = 2\nTURNED = 3\nZ = 4\nsays = 'no %s' % Z\n"
    sandbox.commit({"src/a.py": old, "src/b.py": "B = 1\n"})
    new = "NEW = 1\nZ = 5\nsays = f'no {Z}'\n"
    commit = sandbox.commit({"src/a.py": new, "src/b.py": "B = 1\nMOVED = 2\nTURNED = -3\n"})
    repository, states = opened(sandbox)
    facts = with_files(repository, commit_summaries(repository, [commit])[commit], states)
    changed = change_of(repository, facts, commit, states).parameters
    assert tuple(map(astuple, changed)) == (
        ("src/a.py: Z", "4", "5"),
        ("src/a.py: GONE", "1", None),
        ("src/a.py: NEW", None, "1"),
        ("src/a.py: TURNED", "3", None),
        ("src/b.py: TURNED", None, "-3"),
    )


def test_what_differs_outside_the_code_paths_is_told_but_for_evidence_and_documentation_that_no_code_names(
    sandbox: Sandbox,
) -> None:
    one = sandbox.commit({"src/a": "1", "lib/b.c": "1", "README.md": "1", "Makefile": "all:"})
    other = sandbox.commit({"src/a": "2", "lib/b.c": "2", "README.md": "2", "reports/run/x.json": "{}"})
    repository, states = opened(sandbox)
    assert outside_code(repository, one, other, states) == ("lib/b.c",)
    assert outside_code(repository, one, other, CodeStates(repository, ())) == ()
    weights, unread = "artifacts/weights.json", "artifacts/other.json"
    last = sandbox.commit({weights: "1", unread: "1", "b.py": f"open('{weights}')"})
    assert outside_code(repository, other, last, CodeStates(repository, ())) == ("artifacts/weights.json",)


def test_reverts_are_known_by_what_git_writes_into_their_messages(sandbox: Sandbox) -> None:
    sandbox.commit({"src/a": "1"})
    commit = sandbox.commit({"src/a": "2"})
    sandbox.git("revert", "--no-edit", commit)
    revert = sandbox.git("rev-parse", "HEAD")
    end = sandbox.commit({"src/a": "3"})
    repository, _ = opened(sandbox)
    assert reverts_of(repository, commit, end) == (revert,)
    assert reverts_of(repository, revert, end) == ()
    sandbox.git("commit", "-q", "--allow-empty", "-m", 'Fix a.b [c]* (x|y) "z"')
    odd = sandbox.git("rev-parse", "HEAD")
    for subject in ('Revert "Fix acb [c]* (x|y) "z""', 'Revert "Revert "Fix a.b [c]* (x|y) "z"""'):
        sandbox.git("commit", "-q", "--allow-empty", "-m", subject)
    assert reverts_of(repository, odd, "HEAD") == ()
    sandbox.git("commit", "-q", "--allow-empty", "-m", 'Revert "Fix a.b [c]* (x|y) "z"" (#12)')
    named = sandbox.git("rev-parse", "HEAD")
    for other in (commit, "0" * 40):  # the first is another commit of this subject
        body = f"This reverts commit {other}."
        sandbox.git("commit", "-q", "--allow-empty", "-m", 'Revert "Fix a.b [c]* (x|y) "z""', "-m", body)
    assert reverts_of(repository, odd, "HEAD") == (sandbox.git("rev-parse", "HEAD"), named)


def test_a_submodule_that_moves_is_a_change_with_both_commits(sandbox: Sandbox) -> None:
    sandbox.commit({"src/a": "1"})
    commits = []
    for digit in "12":
        sandbox.git("update-index", "--add", "--cacheinfo", f"160000,{digit * 40},src/lib")
        sandbox.git("commit", "-q", "-m", f"lib at {digit}")
        commits.append(sandbox.git("rev-parse", "HEAD"))
    repository, states = opened(sandbox)
    facts = with_files(repository, commit_summaries(repository, commits)[commits[1]], states)
    change = change_of(repository, facts, commits[1], states)
    assert change.parameters == (StatedParameter("submodule src/lib", "1" * 12, "2" * 12),)
    assert submodule_moves(repository, facts) == []  # it was never initialised
