from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from bisect_parity.bisection.lacking import bringing_text, lacking_text, moved_text, refuse_lacking
from bisect_parity.bisection.model import Check, Role
from bisect_parity.errors import CheckError
from bisect_parity.history.worktree_places import trees_folder
from bisect_parity.parity.case import case_of_table
from tests.history.checkout import opened
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.history.repository import Repository
    from bisect_parity.parity.case import Case

AGAIN = "bisect-parity bisect --good A --bad B"


class World:
    """A test that came with the second of three commits, one that nobody committed, and a build product."""

    def __init__(self, top: Path) -> None:
        sandbox = Sandbox(top)
        self.old = sandbox.commit({"lib.sh": "1", ".gitignore": "built.sh\n"})
        self.added = sandbox.commit({"tests/test_new.py": "2"})
        self.new = sandbox.commit({"lib.sh": "3"})
        (sandbox.top / "untracked.sh").write_text("true\n")
        (sandbox.top / "built.sh").write_text("true\n")
        (sandbox.top / "program").write_bytes(b"\x7fELF\0")
        self.repository: Repository = opened(top)

    def told(self, case: Case, verdict: str = "skip") -> tuple[str, ...]:
        check = Check("1", self.old, "", Role.OLD_END, 1, verdict, "no such file")
        return lacking_text(self.repository, case, (check.commit, check.reason), (self.old, self.new), AGAIN)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("lacking") / "r")


def of_line(*words: str) -> Case:
    return case_of_table("--test it", {"test": list(words)}, "test")


def test_a_commit_without_the_test_is_told_with_the_command_that_brings_it(world: World) -> None:
    said, remedy = world.told(of_line("pytest", "tests/test_new.py::test_it"))
    assert said == f"{world.old[:12]} lacks tests/test_new.py, which the test names (no such file)"
    assert remedy.startswith(
        f"If {world.added[:12]}, which adds tests/test_new.py, is like that end, name it"
    )
    assert remedy.endswith(f"as it is now: {AGAIN} --bring tests/test_new.py")


@pytest.mark.parametrize(
    "words",
    [
        ("python", "-m", "unittest", "tests.test_new.Some.test_it"),
        ("python", "-m", "tests.test_new"),
        ("sh", "-c", "make&&python tests/test_new.py"),
        ("sh", "-c", "./tool import tests/test_new.py"),
    ],
)
def test_the_test_is_recognised_however_it_is_named(world: World, words: tuple[str, ...]) -> None:
    assert "lacks tests/test_new.py" in world.told(of_line(*words))[0]


def test_a_file_that_nobody_committed_is_one_too_but_not_what_a_build_makes(world: World) -> None:
    said, remedy = world.told(of_line("sh", "-c", "make && ./built.sh && ./program && sh untracked.sh"))
    assert "lacks untracked.sh, which" in said
    assert remedy.startswith("To test each commit with it")


def test_nothing_is_lacking_where_it_is_brought_or_there(world: World) -> None:
    case = of_line("sh", "-c", "sh tests/test_new.py lib.sh")
    assert world.told(case)
    for brought in ("tests", "tests/test_new.py"):
        assert not world.told(evolve(case, bring=(brought,)))
    images = {"reference": ["tests/test_new.py", "{out}"], "candidate": ["lib.sh", "{out}"]}
    assert not world.told(case_of_table("images", images, "test"))  # what is tested is not to be brought


def test_what_a_folder_holds_is_not_named_by_a_path_below_it_nor_by_the_module_that_it_is(
    tmp_path: Path,
) -> None:
    sandbox = Sandbox(tmp_path / "r")
    old = sandbox.commit({"src/port/__init__.py": "1\n", "src/port/data.py": "2\n"})
    sandbox.git("mv", "src/port", "port")
    new = sandbox.commit({})
    repository = opened(sandbox.top)
    case = of_line("sh", "-c", "make && python -c 'import port; print(port.star(1))'")
    check = Check("1", old, "", Role.OLD_END, 1, "skip", "status 2")
    assert lacking_text(repository, case, (check.commit, check.reason), (old, new), AGAIN) == ()
    assert moved_text(repository, case, old, new) == ()


def test_in_a_case_of_the_settings_the_key_is_told(world: World) -> None:
    case = case_of_table("unit", {"test": ["sh", "tests/test_new.py"], "bring": ["data"]}, "test")
    assert world.told(case)[1].endswith('`bring = ["data", "tests/test_new.py"]` in [case.unit]')


def test_a_file_that_only_the_other_end_holds_is_put_into_the_directory_first(world: World) -> None:
    place = world.repository.work_tree
    assert place is not None
    (place / "tests/test_new.py").rename(place / "away")
    try:
        remedy = world.told(of_line("sh", "tests/test_new.py"))[1]
    finally:
        (place / "away").rename(place / "tests/test_new.py")
    assert f"git show {world.new[:12]}:tests/test_new.py > tests/test_new.py. " in remedy


def test_an_end_that_can_be_tested_without_it_is_not_refused(world: World) -> None:
    case = of_line("sh", "tests/test_new.py")
    for verdict in ("good", "bad"):
        check = Check("1", world.old, "", Role.OLD_END, 1, verdict)
        refuse_lacking(world.repository, case, check, (world.old, world.new), AGAIN)
    with pytest.raises(CheckError, match="lacks tests/test_new"):
        refuse_lacking(world.repository, case, evolve(check, verdict="skip"), (world.old, world.new), AGAIN)


@pytest.mark.parametrize(
    ("named", "lacking"),
    [
        ("science/circulation", "old"),
        ("science/ocean", "new"),
        ("science/ocean/run.sh", "new"),
        ("tools", ""),
    ],
)
def test_a_folder_that_was_renamed_between_the_ends_is_told_with_both_names(
    tmp_path: Path, named: str, lacking: str
) -> None:
    sandbox = Sandbox(tmp_path / "r")
    old = sandbox.commit(
        {"science/ocean/run.sh": "1\n2\n3\n", "science/ocean/src/a.c": "4\n", "tools/t": "5\n"}
    )
    sandbox.git("mv", "science/ocean", "science/circulation")
    at = sandbox.commit({})
    new = sandbox.commit({"tools/t": "6\n"})
    commands = {"reference": ["sh", "-c", f"cd {named} && ./run.sh {{out}}"], "candidate": ["true", "{out}"]}
    told = moved_text(opened(sandbox.top), case_of_table("sim", commands, "test"), old, new)
    if not lacking:
        assert told == ()
        return
    tail = named.partition("/ocean")[2]
    names = f"until {at[:12]} it is science/ocean{tail}, and from then on science/circulation{tail}."
    assert told[0].startswith(
        f"{(old if lacking == 'old' else new)[:12]} lacks {named}, which case sim names: {names}"
    )
    if lacking == "new":
        sandbox.git("mv", "science/circulation", "science/seas")
        last = sandbox.commit({"tools/t": "7\n"})
        (said,) = moved_text(opened(sandbox.top), case_of_table("sim", commands, "test"), old, last)
        assert said.endswith(f"it is {named}, in the new one science/seas{tail}, with other names between")


def test_a_test_that_commits_between_the_ends_lack_is_told_with_the_option_that_brings_it(
    world: World,
) -> None:
    (told,) = bringing_text(
        world.repository, of_line("sh", "tests/test_new.py"), world.old, (world.new, world.old), AGAIN
    )
    assert told.endswith(f"take it to each commit as it is now: {AGAIN} --bring tests/test_new.py")


@pytest.mark.parametrize("words", [["{python}", "tools/render.py"], ["{python}", "-m", "tools.render"]])
def test_a_program_of_images_that_an_end_lacks_is_told_with_the_key_that_brings_it(
    tmp_path: Path, words: list[str]
) -> None:
    sandbox = Sandbox(tmp_path / "r")
    old = sandbox.commit({"lib.py": "1", "bench.py": "x = 1\n"})
    at = sandbox.commit({"tools/render.py": "y = 2\n", "bench.py": None})
    new = sandbox.commit({"lib.py": "2"})
    case = case_of_table("sim", {"reference": ["true", "{out}"], "candidate": [*words, "{out}"]}, "test")
    ends = (new, old)
    (told,) = bringing_text(opened(sandbox.top), case, old, ends, AGAIN)
    assert told.startswith(
        f"{old[:12]} lacks tools/render.py, which case sim names (tools/render.py came with {at[:12]})."
    )
    assert '`bring = ["tools/render.py"]` in [case.sim]' in told
    assert bringing_text(opened(sandbox.top), case, new, ends, AGAIN) == ()


@pytest.mark.parametrize(
    ("reason", "place"),
    [
        ("t.sh: 1: node_modules/.bin/tool: not found (status 127)", "node_modules"),
        ("sh: line 3: ./node_modules/.bin/tool: No such file or directory", "node_modules"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'data/mask.npy'", "data/mask.npy"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'data/gone.npy'", None),
        ("FileNotFoundError: [Errno 2] No such file or directory: '{tree}/data/mask.npy'", "data/mask.npy"),
        ("FileNotFoundError: data/mask.npy not found.", "data/mask.npy"),
        ("Fortran runtime error: Cannot open file 'in.nml': No such file or directory", "in.nml"),
        ("ModuleNotFoundError: No module named 'sim._version'", "src/sim/_version.py"),
        ("Error: Cannot find module '.bin/tool'", None),
        ("Error: Cannot find module 'tool/a.js'", "node_modules"),
        ("ImportError: cannot import name '_version' from 'sim' (a.py)", "src/sim/_version.py"),
        ("ImportError: cannot import name 'gone' from 'sim' (a.py)", None),
        ("cat: data/table.csv: No such file or directory", None),
        ("assert 1 == 2", None),
    ],
)
def test_what_a_check_did_not_find_and_is_untracked_in_the_directory_is_to_be_brought(
    tmp_path: Path, reason: str, place: str | None
) -> None:
    sandbox = Sandbox(tmp_path / "r")
    ignored = "node_modules/\n*.npy\n*.nml\n_version.py\n"
    commit = sandbox.commit(
        {"data/table.csv": "1", ".gitignore": ignored, "t.sh": "true", "src/sim/a.py": ""}
    )
    for name in (
        "node_modules/.bin/tool",
        "node_modules/tool/a.js",
        "data/mask.npy",
        "in.nml",
        "src/sim/_version.py",
    ):
        (sandbox.top / name).parent.mkdir(parents=True, exist_ok=True)
        (sandbox.top / name).touch()
    reason = reason.replace("{tree}", str(trees_folder() / "0123/tree"))
    check = Check("1", commit, "", Role.OLD_END, 1, "bad", reason)
    told = lacking_text(
        opened(sandbox.top), of_line("sh", "t.sh"), (check.commit, check.reason), (commit, commit), AGAIN
    )
    if place is None:
        assert told == ()
    else:
        assert told[0].endswith(f"which is untracked in your directory ({reason})")
        assert told[1] == f"To take {place} along to each commit, as it is now: {AGAIN} --bring {place}"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("build/sim", "sh: 1: build/sim: not found (status 127)"),
        ("bin/sim", "sh: 1: bin/sim: not found (status 127)"),
        (
            "pkg/_k.cpython-311-x86_64-linux-gnu.so",
            "ERROR t.py: ModuleNotFoundError: No module named 'pkg._k'",
        ),
    ],
)
def test_what_a_build_made_is_to_be_built_at_each_commit_and_not_brought(
    tmp_path: Path, path: str, reason: str
) -> None:
    sandbox = Sandbox(tmp_path / "r")
    commit = sandbox.commit({"pkg/__init__.py": "", "t.sh": "true"})
    (sandbox.top / path).parent.mkdir(exist_ok=True)
    (sandbox.top / path).write_bytes(b"\x7fELF\2\1\1\0")
    check = Check("1", commit, "", Role.OLD_END, 1, "skip", reason)
    told = lacking_text(
        opened(sandbox.top), of_line("sh", "t.sh"), (check.commit, check.reason), (commit, commit), AGAIN
    )
    assert told[0].startswith(f"{commit[:12]} lacks {path}, which is untracked in your directory")
    assert told[1].endswith("have each check build its own (--test 'make && ...')")
