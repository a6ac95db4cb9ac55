"""The parameters of the model: the package's, or a file that was fitted to a repository."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import cattrs
import pytest
from attrs import evolve

from bisect_parity.config import ProvenanceSettings, Settings
from bisect_parity.errors import UsageError
from bisect_parity.evidence.discover import discover
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from bisect_parity.provenance.parameter_file import load_parameters
from bisect_parity.provenance.resolve import resolve_bundles
from fixtures.git import EPOCH, GitRunner

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def own(change: Callable[[dict[str, Any]], None] | None = None) -> str:
    table = cattrs.unstructure(load_parameters())
    if change is not None:
        change(table)
    return json.dumps(table)


def test_the_parameters_that_the_settings_name_are_used(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    for number in range(3):
        repo.commit({"a.py": f"A = {number}\n"}, "code", when=EPOCH + number * 3600)
    repo.commit({"reports/20250908T181500Z/m.json": '{"correlation": 0.9}'}, "results", when=EPOCH + 8400)
    (repo.top / ".git" / "logs" / "HEAD").unlink()
    repo.write({"own.json": own(lambda table: table["elsewhere"].update(plain=0.5))})
    repository = Repository.open(repo.top, Journal(None, ["x"]))
    bundles = discover(repo.top, Settings().evidence)
    settings = evolve(Settings(), provenance=ProvenanceSettings("own.json"))
    (usual,), (fitted,) = (resolve_bundles(repository, bundles, each) for each in (Settings(), settings))
    assert usual.commit == fitted.commit
    assert usual.probability > 0.8
    assert fitted.probability < 0.6


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "cannot be read"),
        ("[1]", "must be an object"),
        ('{"origin": "mine"}', "missing key sources"),
        (own(lambda table: table["clock"].update(exact=-0.1)), "clock.exact must be a number of 0 or more"),
        (own(lambda table: table["clock"].update(exact=float("nan"))), "clock.exact must be a number of 0"),
        (own(lambda table: table["delay"].update(rewriten=0.1)), "unknown key 'rewriten'"),
        (own(lambda table: table["zones"].update(other_zone="x")), "other_zone must be a number"),
    ],
)
def test_a_file_of_another_form_is_refused_with_its_name_and_the_fault(
    tmp_path: Path, text: str, says: str
) -> None:
    (tmp_path / "own.json").write_text(text)
    with pytest.raises(UsageError, match=says) as caught:
        load_parameters(tmp_path, "own.json")
    assert "own.json" in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"own\.json: the parameters cannot be read"):
        load_parameters(tmp_path, "own.json")


def test_the_packages_own_parameters_are_a_file_of_that_form(tmp_path: Path) -> None:
    (tmp_path / "own.json").write_text(own())
    assert load_parameters(tmp_path, "own.json") == load_parameters()
