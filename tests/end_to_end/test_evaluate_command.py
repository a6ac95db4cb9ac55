"""`evaluate`: recorded commits are hidden, inferred again, and the figures are those of the answers."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import pytest

from fixtures import build
from tests.end_to_end.world import call, copy_of, everything

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures import Truth
    from fixtures.git import GitRunner


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    place = tmp_path_factory.mktemp("evaluate") / "r"
    return place, build("phantom", place, 256)


def evaluate(capsys: pytest.CaptureFixture[str], place: Path, *words: object) -> dict[str, Any]:
    answer = call(capsys, "evaluate", "--json", "--repo", place, *words)
    assert (answer.status, answer.err) == (0, ""), answer
    document: dict[str, Any] = json.loads(answer.out)
    assert (document["schema"], document["version"]) == ("bisect-parity/evaluation", 1)
    return document


def test_the_figures_are_those_of_the_truth(
    laboratory: tuple[Path, Truth], capsys: pytest.CaptureFixture[str]
) -> None:
    place, truth = laboratory
    before = everything(place)
    told = evaluate(capsys, place)
    assert everything(place) == before
    with_record = [b for b in truth.bundles if b.recorded or b.record == "stale"]
    assert told["count"] == len(with_record)
    assert told["left_out"] == len(truth.bundles) - len(with_record)
    (miss,) = told["misses"]  # the copied id is the only record that is wrong
    stale = next(bundle for bundle in truth.bundles if bundle.record == "stale")
    assert (miss["path"], miss["inferred"]) == (stale.path, stale.commit)
    assert miss["recorded"] != stale.commit
    assert told["top_1"] == pytest.approx(1 - 1 / told["count"])
    assert sum(item["count"] for item in told["reliability"]) == told["count"]
    assert told["top_1_interval"][0] < told["top_1"] < told["top_1_interval"][1]


def test_the_figures_are_told_in_text(
    laboratory: tuple[Path, Truth], capsys: pytest.CaptureFixture[str]
) -> None:
    place, _ = laboratory
    told = evaluate(capsys, place)
    answer = call(capsys, "evaluate", "--repo", place)
    answer.is_clean()
    assert answer.out.startswith(
        f"{told['count']} bundles with a recorded commit; {told['left_out']} without"
    )
    for name, label in (("top_1", "right commit"), ("brier", "Brier score"), ("log_loss", "log loss")):
        line = next(line for line in answer.out.splitlines() if line.startswith(label))
        assert float(line[len(label) :].split()[0]) == pytest.approx(told[name], abs=1e-3)
    assert "misses:" in answer.out


def test_named_bundles_alone_are_evaluated(
    laboratory: tuple[Path, Truth], capsys: pytest.CaptureFixture[str]
) -> None:
    place, truth = laboratory
    recorded = next(bundle for bundle in truth.bundles if bundle.record == "git_commit")
    told = evaluate(capsys, place, place / recorded.path)
    assert (told["count"], told["top_1"]) == (1, 1.0)


def test_no_recorded_commit_is_told_with_the_way_out(
    template: GitRunner, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    repo = copy_of(template, tmp_path / "r")
    answer = call(capsys, "evaluate", "--repo", repo.top, "--plot", tmp_path / "plot.svg")
    answer.is_told(3, "has a recorded commit", "bisect-parity provenance")
    assert not (tmp_path / "plot.svg").exists()


def test_the_plot_is_an_svg_with_a_point_a_bin(
    laboratory: tuple[Path, Truth], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    place, _ = laboratory
    told = evaluate(capsys, place, "--plot", tmp_path / "new" / "plot.svg")
    tree = ET.fromstring((tmp_path / "new" / "plot.svg").read_bytes())  # noqa: S314 - our own file
    points = tree.findall(".//*[@id='bins']//{http://www.w3.org/2000/svg}use")
    assert len(points) == len([item for item in told["reliability"] if item["count"]])


def test_a_plot_that_cannot_be_written_is_told(
    laboratory: tuple[Path, Truth], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    place, _ = laboratory
    (tmp_path / "file").write_text("")
    answer = call(capsys, "evaluate", "--repo", place, "--plot", tmp_path / "file" / "plot.svg")
    answer.is_told(3, "cannot write", "plot.svg")
    assert answer.out == ""
