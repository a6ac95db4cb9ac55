"""With a commit graph the table is what it is without: however the graph is written, stale or damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bisect_parity.history.commit_graph import read_commit_graph
from bisect_parity.history.commits import CommitTable
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from fixtures.git import GitRunner

if TYPE_CHECKING:
    from pathlib import Path

WRITE = ("commit-graph", "write", "--reachable", "--no-progress")


def open_(made: GitRunner) -> Repository:
    return Repository.open(made.top, Journal(None, ["x"]))


def an_octopus(top: Path, object_format: str = "sha1") -> GitRunner:
    """Six commits: a root, three branches of it, and a merge of all of them with one more commit on top."""
    made = GitRunner(top, object_format=object_format)
    root = made.commit({"a": "0"}, "Root")
    for name in "bcd":
        made.git("checkout", "-q", "-B", name, root)
        made.commit({name: "1"}, f"Branch {name}")
    made.git("merge", "-q", "--no-edit", "b", "c", when=made.clock + 60)
    made.commit({"e": "1"}, "After")
    return made


def known(table: CommitTable) -> dict[str, tuple[int, list[str], int]]:
    """For each commit its time, parents and number of parents."""
    return {
        table.commit(row): (
            table.time(row),
            [table.commit(parent) for parent in table.parents(row)],
            int(table.parent_counts[row]),
        )
        for row in range(len(table))
    }


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_a_graph_with_newer_commits_on_top_tells_what_git_tells(tmp_path: Path, object_format: str) -> None:
    made = an_octopus(tmp_path / "r", object_format)
    plain = known(CommitTable.load(open_(made)))
    assert sorted(counts for _, _, counts in plain.values()) == [0, 1, 1, 1, 1, 3]
    made.git(*WRITE)
    graph = read_commit_graph(open_(made))
    assert graph is not None
    assert len(graph.times) == 6
    table = CommitTable.load(open_(made))
    assert known(table) == plain
    newest = made.commit({"f": "1"}, "Newer than the graph")
    table = CommitTable.load(open_(made))
    assert set(known(table)) == {*plain, newest}
    row = table.index(newest)
    assert row is not None
    assert len(list(table.first_parents(row))) == 5
    assert table.matching(newest[:9]) == [newest]
    root = min(plain, key=lambda commit: plain[commit][0])
    assert table.is_ancestor(table.index(root) or 0, row)
    assert not table.is_ancestor(row, table.index(root) or 0)


def test_a_chain_of_graphs_is_read_as_one(tmp_path: Path) -> None:
    made = an_octopus(tmp_path / "r")
    made.git(*WRITE, "--split=no-merge")
    made.commit({"f": "1"}, "Second layer")
    made.git(*WRITE, "--split=no-merge")
    graph = read_commit_graph(open_(made))
    assert graph is not None
    assert len(graph.layers) == 2
    table = CommitTable.load(open_(made))
    found = known(table)
    rows = table.oldest_first(reversed(range(len(table))))
    assert table.commits(rows) == [table.commit(row) for row in rows.tolist()]
    assert [table.time(row) for row in rows.tolist()] == sorted(time for time, _, _ in found.values())
    for path in sorted((made.top / ".git/objects/info/commit-graphs").iterdir()):
        path.unlink()
    assert known(CommitTable.load(open_(made))) == found


@pytest.mark.parametrize("pruned", [False, True])
def test_a_commit_of_the_graph_that_nothing_reaches_any_more_is_lost(tmp_path: Path, *, pruned: bool) -> None:
    made = GitRunner(tmp_path / "r")
    kept = made.commit({"a": "0"}, "Kept")
    made.checkout("side", create=True)
    lost = made.commit({"a": "1"}, "Lost")
    made.git(*WRITE)
    made.checkout("main")
    made.git("branch", "-q", "-D", "side")
    made.git("reflog", "expire", "--expire=all", "--all")
    if pruned:
        made.git("prune", "--expire=now")
    assert (read_commit_graph(open_(made)) is None) is pruned
    table = CommitTable.load(open_(made))
    assert (table.index(kept), table.index(lost)) == (0, None if pruned else 1)
    assert table.is_lost(lost) is not pruned


@pytest.mark.parametrize("how", ["off", "replaced", "shallow"])
def test_the_graph_does_not_count_where_git_does_not_use_it(tmp_path: Path, how: str) -> None:
    made = an_octopus(tmp_path / "r")
    made.git(*WRITE)
    tip = made.git("rev-parse", "HEAD").strip()
    if how == "off":
        made.git("config", "core.commitGraph", "false")
    elif how == "replaced":
        made.git("replace", "--graft", tip, "b")
    else:
        (made.top / ".git/shallow").write_text(f"{tip}\n")
    repository = open_(made)
    assert read_commit_graph(repository) is None
    table = CommitTable.load(repository)
    row = table.index(tip)
    assert row is not None
    assert len(table.parents(row)) == (0 if how == "shallow" else 1)


@pytest.mark.parametrize("has_graph", [True, False])
def test_grafts_change_no_parents(tmp_path: Path, has_graph: bool) -> None:
    made = an_octopus(tmp_path / "r")
    if has_graph:
        made.git(*WRITE)
    tip = made.git("rev-parse", "HEAD").strip()
    (made.top / ".git/info").mkdir(exist_ok=True)
    (made.top / ".git/info/grafts").write_text(f"{tip}\n")
    repository = open_(made)
    assert (read_commit_graph(repository) is not None) == has_graph
    table = CommitTable.load(repository)
    row = table.index(tip)
    assert row is not None
    assert len(table.parents(row)) == 1


@pytest.mark.parametrize("cut", [0, 3, 9, 30, 200, 1100, 1300])
def test_a_damaged_graph_is_left_aside(tmp_path: Path, cut: int) -> None:
    made = an_octopus(tmp_path / "r")
    expected = known(CommitTable.load(open_(made)))
    made.git(*WRITE)
    path = made.top / ".git/objects/info/commit-graph"
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data[:cut] + bytes(1500 - cut))
    assert read_commit_graph(open_(made)) is None
    (made.top / ".git/objects/info/commit-graph").unlink()
    assert known(CommitTable.load(open_(made))) == expected


@pytest.fixture(scope="module")
def octopus(tmp_path_factory: pytest.TempPathFactory) -> tuple[Repository, Path, bytes]:
    """A repository with a graph, the graph's path and content."""
    made = an_octopus(tmp_path_factory.mktemp("octopus") / "r")
    made.git(*WRITE)
    path = made.top / ".git/objects/info/commit-graph"
    data = path.read_bytes()
    path.chmod(0o644)
    return open_(made), path, data


@settings(max_examples=25, deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 255)), min_size=1, max_size=4))
def test_whatever_stands_in_a_graph_its_walks_end(
    octopus: tuple[Repository, Path, bytes], changes: list[tuple[int, int]]
) -> None:
    repository, path, data = octopus
    damaged = bytearray(data)
    for place, value in changes:
        damaged[place % len(data)] = value
    path.write_bytes(damaged)
    graph = read_commit_graph(repository)
    if graph is not None:
        table = CommitTable(graph)
        assert all(len(list(table.first_parents(row))) <= len(table) for row in range(len(table)))


def test_a_commit_that_is_its_own_ancestor_is_no_graph(octopus: tuple[Repository, Path, bytes]) -> None:
    repository, path, data = octopus
    path.write_bytes(data)
    graph = read_commit_graph(repository)
    assert graph is not None
    begin = data.index(bytes.fromhex(graph.id(5))) + 20  # behind the ids: the commits' data, 36 bytes each
    child = next(row for row in range(6) if graph.first[row] >= 0)
    place = begin + 36 * int(graph.first[child]) + 20
    path.write_bytes(data[:place] + child.to_bytes(4, "big") + data[place + 4 :])
    assert read_commit_graph(repository) is None
