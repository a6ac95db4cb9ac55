from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import define, evolve

from bisect_parity.bisection.folder import LATEST, Request, open_folder
from bisect_parity.bisection.model import Find, Outcome
from bisect_parity.bisection.whole_search import WholeSearch
from bisect_parity.config import load_settings
from bisect_parity.parity.case import find_case
from bisect_parity.report import search_documents
from bisect_parity.report.bisection import bisection_lines, bisection_markdown
from bisect_parity.report.bisection_table import issue_markdown
from bisect_parity.report.documents import read_as
from bisect_parity.schemas import complaint
from tests.bisection.conftest import Lab
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from bisect_parity.bisection.answer import Bisection
    from bisect_parity.bisection.answer_parts import Inside
    from bisect_parity.bisection.plan import Plan

RULE = (sys.executable, "-S", str(Path(__file__).with_name("stub.py")), "stub_rule")
LIB = "vendor/lib"
OBJECTS = "/objects/"


@define
class Project(Lab):
    """A superproject with submodules, and a rule that says what a check gives."""

    def add(self, library: Sandbox, path: str, name: str, pin: str) -> None:
        """Add a submodule."""
        allowed = ("-c", "protocol.file.allow=always")
        self.sandbox.git(*allowed, "submodule", "add", "-q", "--name", name, str(library.top), path)
        if (library.top / ".gitmodules").exists():
            self.sandbox.git(*allowed, "submodule", "update", "-q", "--init", "--recursive")
        self.pin(path, pin)

    def pin(self, path: str, commit: str) -> None:
        self.sandbox.git("-C", path, "checkout", "-q", commit)
        self.sandbox.git("add", path)

    def dive(self, good: str, bad: str, find: Find = Find.REGRESSION, **more: Any) -> Bisection:
        """Search, and check that nothing of the user's is touched, refs and reflogs in submodules, too."""
        search = self.search(good, bad, find, **more)
        before = self.untouched()
        result = search.run()
        assert self.untouched() == before
        document = result.to_json()
        assert complaint(document, "bisection") is None
        told = read_as(search_documents.Bisection, document)
        assert all((list(bisection_lines(told)), bisection_markdown(told), issue_markdown(told)))
        return result

    def search(
        self,
        good: str,
        bad: str,
        find: Find = Find.REGRESSION,
        tell: Callable[..., None] | None = None,
        **more: Any,
    ) -> WholeSearch:
        plan: Plan = self._plan(good, bad, find, 64, None, **more)
        plan = evolve(plan, check_command=RULE, into_submodules=True)
        return WholeSearch(plan, tell or self._told, self.watch)

    def untouched(self) -> dict[str, bytes]:
        snapshot = self.sandbox.snapshot()
        return {name: content for name, content in snapshot.items() if OBJECTS not in name}


@pytest.fixture
def library(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path / "library")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(Sandbox(tmp_path / "project"), ())


def values(library: Sandbox, count: int, first: int = 0) -> list[str]:
    return library.versions("value", [f"{number}\n" for number in range(first, first + count)])


def inside(result: Bisection) -> Inside:
    assert result.inside is not None
    return result.inside


def limit(number: int) -> str:
    return f"'bad' if number('{LIB}/value') >= {number} else 'good'"


def moved(
    project: Project, library: Sandbox, rule: str, old: str, new: str, **files: str | None
) -> list[str]:
    """A commit before, one that moves the submodule and changes files, and one after."""
    project.add(library, LIB, "the lib", old)
    first = project.sandbox.commit({"rule": rule, "main": "0\n"})
    project.pin(LIB, new)
    return [first, project.sandbox.commit(files), project.sandbox.commit({"other": "1\n"})]


def test_the_search_goes_on_inside_the_submodule_that_the_culprit_moves(
    project: Project, library: Sandbox
) -> None:
    lib = values(library, 10)
    good, culprit, bad = moved(project, library, limit(7), lib[0], lib[9])
    result = project.dive(good, bad)
    found = inside(result)
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, culprit)
    assert (found.submodule, found.old, found.new, found.held) == (LIB, lib[0], lib[9], culprit)
    assert (found.result.outcome, found.result.first) == (Outcome.CONFIRMED, lib[7])
    assert found.result.first_parent() == lib[6]
    assert [check.known_from is None for check in found.result.checks[:2]] == [False, False]  # the ends
    assert found.result.checks_run <= 4 + 2
    assert {check.submodule for check in found.result.checks} == {LIB}
    assert {check.commit for check in found.result.checks} <= set(lib)
    assert [file.path for file in found.result.facts[lib[7]].files] == ["value"]
    assert project.sandbox.git("log", "--all", "--format=%H").split() == [bad, culprit, good]
    (library.top / "log").write_text(found.result.log)  # it can be replayed in the submodule
    library.git("bisect", "replay", "log")
    assert f"# first bad commit: [{lib[7]}]" in library.git("bisect", "log").replace("'", "")


def test_without_the_option_the_command_that_goes_on_is_told(project: Project, library: Sandbox) -> None:
    lib = values(library, 4)
    good, _, bad = moved(project, library, limit(2), lib[0], lib[3])
    search = project.search(good, bad)
    search._plan = evolve(search._plan, into_submodules=False)
    search._session._plan = search._plan
    result = search.run()
    assert result.inside is None
    session = search._plan.folder.path.name
    assert f"To search them as well: bisect-parity bisect --resume {session} --into-submodules" in result.says


def test_the_commit_that_fixed_it_is_found_inside_as_well(project: Project, library: Sandbox) -> None:
    lib = values(library, 6)
    bad, culprit, good = moved(
        project, library, f"'good' if number('{LIB}/value') >= 3 else 'bad'", lib[0], lib[5]
    )
    result = project.dive(good, bad, Find.FIX)
    assert (result.first, inside(result).result.first) == (culprit, lib[3])
    assert inside(result).result.to_json()["first_good"] == lib[3]


def test_a_stopped_search_is_resumed_where_it_was(project: Project, library: Sandbox) -> None:
    lib = values(library, 20)
    good, culprit, bad = moved(project, library, limit(13), lib[0], lib[19])
    told = []

    def interrupt(check: Any, _left: Any) -> None:
        told.append(check)
        if sum(bool(one.submodule) for one in told) == 4:
            raise KeyboardInterrupt

    search = project.search(good, bad, tell=interrupt)
    with pytest.raises(KeyboardInterrupt):
        search.run()
    partial = search.result(Outcome.INTERRUPTED, "stopped")
    assert (partial.outcome, partial.first) == (Outcome.INTERRUPTED, culprit)
    assert inside(partial).result.outcome is Outcome.INTERRUPTED
    assert len(inside(partial).result.checks) == 4
    assert "git bisect start" in inside(partial).result.log
    assert complaint(partial.to_json(), "bisection") is None
    folder, request = open_folder(search._plan.repository, LATEST, Request)
    case = find_case(load_settings(folder.settings), None)
    assert request.into_submodules
    again = WholeSearch(evolve(search._plan, folder=folder, case=case), project._told)
    result = again.run()
    assert inside(result).result.first == lib[13]
    done = {(check.commit, check.role.value) for check in told if check.known_from is None}
    repeated = [
        c for c in inside(result).result.checks if (c.commit, "search") in done and c.role.value == "search"
    ]
    assert repeated
    assert all(check.known_from is not None for check in repeated)


def test_the_checks_inside_count_where_their_number_is_limited(project: Project, library: Sandbox) -> None:
    lib = values(library, 20)
    good, culprit, bad = moved(project, library, limit(13), lib[0], lib[19])
    search = project.search(good, bad, most_checks=6)
    stopped = search.run()
    found = inside(stopped).result
    assert (stopped.outcome, stopped.first) == (Outcome.CONFIRMED, culprit)
    assert (found.outcome, found.first) == (Outcome.INCONCLUSIVE, None)
    spent = [check for check in (*stopped.checks, *found.checks) if check.known_from is None]
    assert sum(check.role.value not in ("proof", "revert") for check in spent) == 6
    assert found.says[-2].startswith("The search ended at --max-checks 6. To resume: bisect-parity bisect")
    assert re.search(rf"So far: ({'|'.join(one[:12] for one in lib)}) is bad and ", found.says[-1])


def test_the_answer_is_the_same_with_several_jobs(project: Project, library: Sandbox) -> None:
    lib = values(library, 16)
    good, _, bad = moved(project, library, limit(5), lib[0], lib[15])
    result = project.dive(good, bad, jobs=3)
    assert inside(result).result.first == lib[5]


def test_other_changes_of_the_culprit_are_held_as_they_are(project: Project, library: Sandbox) -> None:
    lib = values(library, 8)
    rule = f"'bad' if number('main') and number('{LIB}/value') >= 5 else 'good'"
    good, culprit, bad = moved(project, library, rule, lib[0], lib[7], main="1\n")
    found = inside(project.dive(good, bad))
    assert (found.result.first, found.held) == (lib[5], culprit)
    assert f"{culprit[:12]} with the submodule {LIB} as before is good" in found.result.says[0]
    assert f"{good[:12]} with the submodule {LIB} moved is good" in found.result.says[0]
    assert found.result.says[1].startswith("So both are needed")


def test_other_changes_that_are_to_blame_are_told(project: Project, library: Sandbox) -> None:
    lib = values(library, 4)
    good, culprit, bad = moved(
        project, library, "'bad' if number('main') else 'good'", lib[0], lib[3], main="1\n"
    )
    found = inside(project.dive(good, bad))
    assert (found.result.outcome, found.result.first) == (Outcome.NOTHING_TO_BISECT, None)
    assert (
        found.result.says[-1]
        == f"So the other changes of {culprit[:12]} are to blame, and not the submodule {LIB}."
    )


def test_where_each_part_is_enough_the_move_is_searched_without_the_other(
    project: Project, library: Sandbox
) -> None:
    lib = values(library, 8)
    rule = f"'bad' if number('main') or number('{LIB}/value') >= 5 else 'good'"
    good, _, bad = moved(project, library, rule, lib[0], lib[7], main="1\n")
    found = inside(project.dive(good, bad))
    assert (found.result.outcome, found.result.first, found.held) == (Outcome.CONFIRMED, lib[5], good)
    assert "each is enough alone" in found.result.says[1]


def test_a_culprit_that_needs_the_move_to_be_built_is_searched_all_the_same(
    project: Project, library: Sandbox
) -> None:
    """It adapts to a change of the submodule's interface at 3, so that neither half can be tested alone."""
    lib = values(library, 9)
    value = f"number('{LIB}/value')"
    rule = f"'skip' if ({value} >= 3) != (number('main') == 1) else 'bad' if {value} >= 6 else 'good'"
    good, culprit, bad = moved(project, library, rule, lib[0], lib[8], main="1\n")
    found = inside(project.dive(good, bad))
    assert (found.result.outcome, found.result.first, found.held) == (Outcome.CONFIRMED, lib[6], culprit)


def test_what_cannot_be_tested_hides_the_answer(project: Project, library: Sandbox) -> None:
    lib = values(library, 8)
    value = f"number('{LIB}/value')"
    rule = f"'skip' if 3 <= {value} < 6 else 'bad' if {value} >= 4 else 'good'"
    good, _, bad = moved(project, library, rule, lib[0], lib[7])
    found = inside(project.dive(good, bad)).result
    assert (found.outcome, found.first, found.candidates) == (Outcome.INCONCLUSIVE, None, tuple(lib[3:7]))


def test_of_several_submodules_the_one_to_blame_is_found(project: Project, tmp_path: Path) -> None:
    libs = [Sandbox(tmp_path / f"library-{number}") for number in range(3)]
    commits = [values(lib, 6, 10 * number) for number, lib in enumerate(libs)]
    for number, lib in enumerate(libs):
        project.add(lib, f"lib{number}", f"lib{number}", commits[number][0])
    good = project.sandbox.commit({"rule": "'bad' if number('lib1/value') >= 13 else 'good'"})
    for number in range(3):
        project.pin(f"lib{number}", commits[number][5])
    culprit = project.sandbox.commit({})
    found = inside(project.dive(good, culprit))
    assert (found.submodule, found.result.first) == ("lib1", commits[1][3])
    assert "It moves several submodules (lib0, lib1, lib2); lib1 is to blame." in found.result.says


def test_a_history_with_merges_is_searched_as_a_graph(project: Project, library: Sandbox) -> None:
    lib = values(library, 3)
    library.git("checkout", "-q", "-b", "side", lib[0])  # it begins before the old commit of the submodule
    side = library.versions("side", ["1\n", "2\n", "3\n"])
    library.git("checkout", "-q", "main")
    library.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    merge = library.git("rev-parse", "HEAD")
    last = values(library, 1, 5)[0]
    good, _, bad = moved(project, library, f"'bad' if number('{LIB}/side') >= 2 else 'good'", lib[1], last)
    found = inside(project.dive(good, bad)).result
    assert (found.outcome, found.first, found.first_parent()) == (Outcome.CONFIRMED, side[1], side[0])
    assert merge in found.order


def test_a_move_to_another_branch_is_searched_from_the_common_ancestor(
    project: Project, library: Sandbox
) -> None:
    values(library, 3)
    library.git("checkout", "-q", "-b", "side")
    side = library.versions("side", ["1\n", "2\n", "3\n"])
    library.git("checkout", "-q", "main")
    old = values(library, 4, 5)[-1]
    good, _, bad = moved(project, library, f"'bad' if number('{LIB}/side') >= 2 else 'good'", old, side[2])
    found = inside(project.dive(good, bad)).result
    assert (found.outcome, found.first) == (Outcome.CONFIRMED, side[1])


def test_a_move_that_loses_a_fix_leads_to_the_fix(project: Project, library: Sandbox) -> None:
    values(library, 3)
    library.git("checkout", "-q", "-b", "side")
    side = library.versions("side", ["1\n", "2\n", "3\n"])
    library.git("checkout", "-q", "main")
    lib = values(library, 4, 5)
    good, _, bad = moved(
        project, library, f"'good' if number('{LIB}/value') >= 6 else 'bad'", lib[3], side[2]
    )
    found = inside(project.dive(good, bad)).result
    assert (found.outcome, found.find, found.first) == (Outcome.CONFIRMED, Find.FIX, lib[1])
    assert "the move loses the commit that made it good" in found.says[0]


def test_a_move_backwards_leads_to_the_commit_that_is_lost(project: Project, library: Sandbox) -> None:
    lib = values(library, 8)
    good, _, bad = moved(project, library, f"'good' if number('{LIB}/value') >= 4 else 'bad'", lib[7], lib[1])
    found = inside(project.dive(good, bad)).result
    assert (found.outcome, found.find, found.first) == (Outcome.CONFIRMED, Find.FIX, lib[4])


def test_a_submodule_of_a_submodule_is_searched_too(
    project: Project, library: Sandbox, tmp_path: Path
) -> None:
    deep = values(library, 9)
    middle = Project(Sandbox(tmp_path / "middle"), ())
    middle.add(library, "deep", "deep", deep[0])
    row = [middle.sandbox.commit({"own": "0\n"})]
    row.append(middle.sandbox.commit({"own": "1\n"}))
    middle.pin("deep", deep[8])
    row += [middle.sandbox.commit({}), middle.sandbox.commit({"own": "2\n"})]
    rule = f"'bad' if number('{LIB}/deep/value') >= 5 else 'good'"
    good, culprit, bad = moved(project, middle.sandbox, rule, row[0], row[3])
    result = project.dive(good, bad)
    outer = inside(result)
    inner = inside(outer.result)
    assert (result.first, outer.result.first, inner.result.first) == (culprit, row[2], deep[5])
    assert (inner.submodule, inner.held) == (f"{LIB}/deep", row[2])
    assert inner.result.outcome is Outcome.CONFIRMED


def test_a_submodule_with_another_path_and_url_is_followed_by_its_name(
    project: Project, library: Sandbox
) -> None:
    lib = values(library, 6)
    project.add(library, "old place", "the lib", lib[0])
    rule = "'bad' if number('new/value') >= 3 or number('old place/value') >= 3 else 'good'"
    good = project.sandbox.commit({"rule": rule})
    project.sandbox.git("mv", "old place", "new")
    project.sandbox.git(
        "config", "--file=.gitmodules", "submodule.the lib.url", "https://example.org/elsewhere"
    )
    project.pin("new", lib[5])
    culprit = project.sandbox.commit({})
    found = inside(project.dive(good, culprit))
    assert found.result.first == lib[3]


def test_what_is_missing_is_told_with_the_command_that_fetches_it(
    project: Project, library: Sandbox, tmp_path: Path
) -> None:
    lib = values(library, 8)
    good, culprit, bad = moved(project, library, limit(3), lib[0], lib[7])
    modules = project.sandbox.top / ".git/modules/the lib"
    library.git("clone", "-q", "--bare", "--depth=1", f"file://{library.top}", str(tmp_path / "shallow"))
    library.git("-C", str(tmp_path / "shallow"), "fetch", "-q", "--depth=1", f"file://{library.top}", lib[0])
    for name in ("objects", "shallow"):
        (modules / name).exists() and (modules / name).rename(tmp_path / f"old-{name}")
        (tmp_path / "shallow" / name).rename(modules / name)
    result = project.dive(good, bad)
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, culprit)
    (says,) = inside(result).result.says
    assert says.endswith(f"it is a shallow clone: git -C {LIB} fetch --unshallow")


def test_a_long_range_of_a_sha256_repository_is_searched(tmp_path: Path) -> None:
    library = Sandbox(tmp_path / "library", "sha256")
    project = Project(Sandbox(tmp_path / "project", "sha256"), ())
    lib = values(library, 150)
    good, _, bad = moved(project, library, limit(77), lib[0], lib[149])
    assert inside(project.dive(good, bad)).result.first == lib[77]
    project.sandbox.git("fsck", "--no-dangling", "--no-reflogs")
