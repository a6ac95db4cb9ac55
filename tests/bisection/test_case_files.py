from __future__ import annotations

import json
from typing import Any

import pytest

from bisect_parity.bisection.case_files import named_outside_code, warn_of_case
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from bisect_parity.logs import configure
from bisect_parity.parity.case import case_of_table
from tests.sandbox import Sandbox

CASE: dict[str, Any] = {
    "reference": ["src/reference", "{out}"],
    "candidate": ["{python}", "src/a.py", "{out}"],
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    sandbox = Sandbox(tmp_path_factory.mktemp("named") / "r")
    files = (
        "src/a.py",
        "src/reference",
        "tools/make.sh",
        "golden/ref.csv",
        "port/__init__.py",
        "port/run.py",
    )
    sandbox.commit(dict.fromkeys(files, "1"))
    return Repository.open(sandbox.top, Journal(None, ["test"]))


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, ()),
        ({"reference": ["cp", "golden/ref.csv", "{out}"]}, ("golden/ref.csv",)),
        ({"prepare": [["./tools/make.sh"]]}, ("tools/make.sh",)),
        ({"prepare": [["sh", "{worktree}/tools/make.sh"]]}, ("tools/make.sh",)),
        ({"prepare": [["make", "-C", "tools"]]}, ("tools",)),
        ({"prepare": [["make", "-C", "src"]]}, ()),
        ({"prepare": [["make", "-C", "elsewhere"], ["/bin/true"]]}, ()),
        ({"candidate": ["sh", "-c", 'tools/make.sh && cp src/a.py "$1"', "sh", "{out}"]}, ("tools/make.sh",)),
        ({"candidate": ["{python}", "-m", "port.run", "{out}"]}, ("port/run.py",)),
        ({"candidate": "port.run:image"}, ("port/run.py",)),
        ({"reference": ["golden/ref.csv", "{out}"], "reference_at": "HEAD"}, ()),
    ],
)
def test_what_commands_name_and_no_code_path_holds_is_found(
    repository: Repository, changes: dict[str, Any], found: tuple[str, ...]
) -> None:
    case = case_of_table("parity", CASE | changes, "test")
    states = CodeStates(repository, ["src"])
    assert named_outside_code(repository, case, repository.resolve("HEAD"), states) == found


def test_a_folder_that_holds_a_code_path_is_none(repository: Repository) -> None:
    case = case_of_table("parity", CASE | {"prepare": [["make", "-C", "port"]]}, "test")
    states = CodeStates(repository, ["src", "port/run.py"])
    assert named_outside_code(repository, case, repository.resolve("HEAD"), states) == ()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"prepare": [["sh", "-c", "cd {top}/src && make"]]}, "{top}/src"),
        ({"environment": {"PYTHONPATH": "{top}/lib:x"}}, "{top}/lib"),
        ({"environment": {"PYTHONPATH": "{repository}/lib"}}, "{top}/lib"),
        ({"environment": {"DATA": "{repository}/data"}}, ""),
        ({"prepare": [["{top}-other/tool"]]}, ""),
    ],
)
def test_a_case_that_names_the_checkout_is_warned_of(
    repository: Repository, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], told: str
) -> None:
    top = str(repository.work_tree)
    table = json.loads(json.dumps(changes).replace("{top}", top))
    configure(quiet=False, verbose=False, as_json=False)
    case = case_of_table("parity", CASE | table, "test")
    warn_of_case(repository, case, repository.resolve("HEAD"), CodeStates(repository, []))
    assert (f"{told.format(top=top)}, which --case parity names" in capsys.readouterr().err) == bool(told)


@pytest.mark.parametrize(
    ("line", "is_told"),
    [
        ("pip install -q -e . && pytest", True),
        ("/r/.venv/bin/python -m pip install --editable .[test]; pytest", True),
        ("python -m venv e && e/bin/pip install -e .", False),
        ("pip install . && grep -e x y", False),
    ],
)
def test_an_editable_install_of_what_is_tested_is_warned_of(
    repository: Repository, capsys: pytest.CaptureFixture[str], line: str, *, is_told: bool
) -> None:
    configure(quiet=False, verbose=False, as_json=False)
    case = case_of_table("unit", {"test": ["sh", "-c", line]}, "test")
    warn_of_case(repository, case, repository.resolve("HEAD"), CodeStates(repository, []))
    assert ("as editable" in capsys.readouterr().err) == is_told
