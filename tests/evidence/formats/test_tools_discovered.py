"""The folders that the tools write into are found as bundles, one a run where a run has a folder."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from bisect_parity.config import EvidenceSettings
from bisect_parity.evidence.discover import discover
from tests.evidence.formats.tools import DATA, FIRST, FOURTH, THIRD, flat

if TYPE_CHECKING:
    from pathlib import Path

RUN = "568651825524948347/cb450cc8816842d89c98d2bb592b4051"
EVENTS = "Nov26_15-50-33_host"
OFFLINE = "offline-run-20261127_160425-18uzzy70"
HEAT = "c2e85d8269e95233ddc0700567e24f72186377b5"


@pytest.mark.parametrize(
    ("source", "place", "bundles"),
    [
        ("pytest_benchmark/Linux-CPython-3.11-64bit", ".benchmarks/Linux", {".benchmarks/Linux": {THIRD}}),
        ("asv", ".asv/results", {".asv/results/host": {FIRST, FIRST[:8], THIRD, THIRD[:8]}}),
        ("sacred", "experiments", {"experiments/1": {FOURTH}, "experiments/2": {FOURTH}}),
        (f"mlflow/{RUN}", f"mlruns/{RUN}", {f"mlruns/{RUN}": {FOURTH}}),
        (
            "wandb/run-20261123_184630-6t7uteh6",
            "wandb/run-20261123_184630-6t7uteh6",
            {"wandb/run-20261123_184630-6t7uteh6": {FOURTH}},
        ),
        ("hydra/outputs", "outputs", {"outputs/2026-11-23/18-42-15": set()}),
        ("hydra/multirun", "multirun", {"multirun/2026-11-23/18-42-15/1": set()}),
        ("dvc/dvclive", "training/dvclive", {"training/dvclive": set()}),
        ("google_benchmark", "speed", {"speed": {FOURTH}}),
        ("github_action_benchmark", "dev/bench", {"dev/bench": None}),
        ("hyperfine", "speed", {"speed": set()}),
        ("papermill", "notebooks", {"notebooks": set()}),
        (f"tensorboard/{EVENTS}", f"runs/{EVENTS}", {f"runs/{EVENTS}": set()}),
        (f"wandb/{OFFLINE}", f"wandb/{OFFLINE}", {f"wandb/{OFFLINE}": {HEAT}}),
    ],
)
def test_the_usual_folders_of_a_tool_are_evidence(
    tmp_path: Path, source: str, place: str, bundles: dict[str, set[str] | None]
) -> None:
    shutil.copytree(DATA / source, tmp_path / place)
    found = {bundle.path: bundle for bundle in discover(tmp_path, EvidenceSettings())}
    assert set(found) == set(bundles)
    for path, ids in bundles.items():
        records = [record for item in found[path].findings for run in flat(item) for record in run.records]
        assert ids is None or {record.text for record in records if record.is_id} == ids


def test_the_files_of_an_mlflow_run_are_one_bundle(tmp_path: Path) -> None:
    shutil.copytree(DATA / "mlflow", tmp_path / "mlruns")
    bundles = {bundle.path: bundle for bundle in discover(tmp_path, EvidenceSettings())}
    names = {artifact.path.rpartition("/")[2] for artifact in bundles[f"mlruns/{RUN}"].artifacts}
    assert {"meta.yaml", "mlflow.source.git.commit", "dtype", "correlation"} <= names


def test_a_results_folder_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    shutil.copytree(DATA / "asv", tmp_path / "elsewhere" / "results")
    (tmp_path / "project" / ".asv").mkdir(parents=True)
    (tmp_path / "project" / ".asv" / "results").symlink_to(tmp_path / "elsewhere" / "results")
    assert discover(tmp_path / "project", EvidenceSettings()) == ()
