"""What a Hydra program's configuration composes to."""

from __future__ import annotations

import pytest

from bisect_parity.params.config_files import yaml_defaults
from bisect_parity.params.hydra import composed
from bisect_parity.params.model import shown

FILES = {
    "conf/config.yaml": (
        "defaults:\n  - model: small\n  - optional optim: adam\n  - base\n  - _self_\n"
        "seed: 1\nmodel:\n  depth: 5\n"
    ),
    "conf/base.yaml": "seed: 0\nname: base\n",
    "conf/model/small.yaml": "depth: 2\nwidth: 8\n",
    "conf/model/large.yaml": "defaults:\n  - small\ndepth: 9\n",
    "conf/optim/adam.yaml": "lr: 1e-3\n",
    "conf/experiment/long.yaml": "# @package _global_\ntrainer:\n  epochs: 100\n",
    "conf/first.yaml": "defaults:\n  - _self_\n  - base\nseed: 7\n",
    "conf/loop.yaml": "defaults:\n  - loop\nx: 1\n",
}


def told(name: str, *words: str) -> dict[str, str]:
    files = {path: yaml_defaults(text.encode()) for path, text in FILES.items()}
    pairs = [(key.lstrip("+"), value) for key, _, value in (word.partition("=") for word in words)]
    return {key: shown(item.value) for key, (_, item) in composed(files, "conf", name, pairs).items()}


def test_the_defaults_list_is_composed_and_own_values_come_where_self_stands() -> None:
    assert told("config") == {
        "model.depth": "5",
        "model.width": "8",
        "optim.lr": "0.001",
        "name": "base",
        "seed": "1",
    }
    assert told("first.yaml") == {"seed": "0", "name": "base"}


@pytest.mark.parametrize(
    ("word", "key", "value"),
    [
        ("+experiment=long", "trainer.epochs", "100"),
        ("model=large", "model.width", "8"),
    ],
)
def test_a_word_chooses_the_option_of_a_group(word: str, key: str, value: str) -> None:
    assert told("config", word)[key] == value


def test_what_the_command_line_sets_is_left_to_it() -> None:
    assert "seed" not in told("config", "seed=3")


def test_the_file_that_states_a_value_is_told() -> None:
    files = {path: yaml_defaults(text.encode()) for path, text in FILES.items()}
    path, item = composed(files, "conf", "config", ())["optim.lr"]
    assert (path, item.line) == ("conf/optim/adam.yaml", 1)


def test_loops_and_missing_files_are_no_danger() -> None:
    assert told("loop") == {"x": "1"}
    assert told("nowhere") == {}
