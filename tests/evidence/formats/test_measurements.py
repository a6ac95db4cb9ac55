"""Reports of what was measured: pyperf, criterion.rs, lm-eval, the state of a Trainer."""

from __future__ import annotations

import pytest

from bisect_parity.evidence.formats.registry import find_reader
from bisect_parity.evidence.model import TimeKind
from tests.evidence.formats.samples import (
    SAMPLES,
    environment,
    figures,
    found_in,
    parameters,
    read_sample,
)
from tests.evidence.formats.tools import FIRST, assert_sound

BEGUN = 1760026634.25  # 16:17:14.25, read as if it were UTC


def test_pyperf_tells_means_commit_and_when_the_first_and_the_last_process_began() -> None:
    found = read_sample("pyperf")
    assert figures(found) == {"heat.mean_second": 0.5}
    assert [(record.key, record.text) for record in found.records] == [("metadata.commit_id", FIRST)]
    assert [(time.seconds, time.kind, time.origin, time.marks) for time in found.times] == [
        (BEGUN, TimeKind.LOCAL, "field", "start"),
        (BEGUN + 46.25, TimeKind.LOCAL, "field", "end"),
        (1760014800.0, TimeKind.UTC, "commit", "unknown"),
    ]
    assert environment(found) == {"cpu_count": 8, "python": "3.12.1 (64-bit) revision 2305ca5"}


def test_criterion_names_its_figures_by_the_folders_and_leaves_earlier_runs_out() -> None:
    assert figures(read_sample("criterion")) == {"heat/step 64.mean_ns": 82.5}
    path, text = SAMPLES["criterion"]
    for other in ("base", "change"):
        assert figures(found_in(path.replace("/new/", f"/{other}/"), text, "criterion")) == {}


def test_lm_eval_tells_figures_a_task_the_callers_commit_and_what_collect_env_told() -> None:
    found = read_sample("lm-eval")
    assert figures(found) == {"arc.acc,none": 0.25}
    assert [record.text for record in found.records] == [FIRST[:8]]
    assert [(time.seconds, time.kind) for time in found.times] == [(1760019434.25, TimeKind.UTC)]
    assert parameters(found)["config.device"] == "cuda:0"
    assert environment(found) == {
        "PyTorch version": "2.1.2",
        "Is CUDA available": "True",
        "package numpy": "1.26.0",
        "packages.lm_eval": "0.4.3",
    }


def test_the_commit_of_lighteval_itself_is_no_record() -> None:
    found = read_sample("lighteval")
    assert found.records == ()
    assert figures(found) == {"all.acc": 0.5}
    assert parameters(found) == {"config_general.model_name": "tiny"}


def test_the_state_of_a_trainer_is_the_log_of_one_run() -> None:
    found = read_sample("huggingface-trainer")
    assert figures(found) == {"loss": 0.5, "learning_rate": 0.05, "eval_loss": 0.625}
    assert parameters(found) == {"max_steps": 20}


@pytest.mark.parametrize("name", sorted(SAMPLES))
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_a_file_that_was_cut_off_raises_nothing(name: str, share: float) -> None:
    path, text = SAMPLES[name]
    reader = find_reader(path, text.encode()[:4096])
    assert reader is not None
    assert_sound(reader.read(path, text.encode()[: int(len(text) * share)]), path)


@pytest.mark.parametrize(
    "name", sorted(name for name, (path, _) in SAMPLES.items() if path.endswith(".json"))
)
@pytest.mark.parametrize("value", ["null", "3", '"text"', "[1]", "{}", "[]", '[{"a": 1}]'])
def test_a_document_of_another_shape_raises_nothing(name: str, value: str) -> None:
    path, text = SAMPLES[name]
    reader = find_reader(path, text.encode()[:4096])
    assert reader is not None
    for key in ("results", "benchmarks", "metadata", "log_history", "mean", "config", "config_general"):
        at = text.find(f'"{key}": ')
        shaped = f'{{"{key}": {value}, {text[1:]}' if at < 0 else f'{text[:-1]}, "{key}": {value}}}'
        assert_sound(reader.read(path, shaped.encode()), path)
    assert_sound(reader.read(path, value.encode()), path)
