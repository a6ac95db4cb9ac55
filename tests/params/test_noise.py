"""What is noise, and what only looks like it."""

from __future__ import annotations

from typing import Any

import pytest

from bisect_parity.evidence.model import Source
from bisect_parity.params.model import Expression, Origin, Value
from bisect_parity.params.noise import noise_reason


def reason(name: str, values: list[Any], origin: Origin) -> str:
    return noise_reason(name, [Value(value, Source("a"), origin) for value in values])


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("parameter py_time_warm", [0.5, 0.6], "a measurement"),
        ("parameter peak_memory", [14.5, 15.25], "a measurement"),
        ("parameter loss", [0.12345678901234, 0.1233333333333], "a measurement"),
        ("env.json timestamp", ["2025-10-09T07:04:58Z", "2025-10-10T01:02:03Z"], "a stamp"),
        ("env.json created", [1760000000, 1760000001], "a stamp"),
        ("env.json pid", [123, 4567], "an id"),
        ("env.json file_sha", ["0a1b2c3d4e", "aabbccddee"], "an id"),
        ("env.json x", ["a" * 32, "b" * 32], "an id"),
        ("env.json x", ["1" * 40, "2" * 40], ""),
        (
            "env.json python_executable",
            ["/a/bin/python", "/b/bin/python"],
            "one file name in several folders",
        ),
        ("env.json weights", ["C:\\a\\w.pt", "D:\\b\\w.pt"], "one file name in several folders"),
        ("env.json weights", ["//data/first.pt", "//data/second.pt"], ""),  # no host and its share
        ("parameter status", ["PASS", "FAIL"], "an outcome"),
        ("parameter parity.passed", [True, False], "an outcome"),
        ("env.json exit_code", [0, 1], "an outcome"),
        ("parameter solver_status", ["ok", "error"], "an outcome"),
        ("summary.json solver.converged", [True, False], "an outcome"),
        ("summary.json nan_count", [0, 4], "an outcome"),
        ("summary.json error_message", ["", "nan in step 4"], "an outcome"),
        ("summary.json nan_policy", ["omit", "raise"], ""),
        ("parameter status", ["cold", "warm"], ""),
        ("parameter use_ok", ["good", "slow"], ""),
        ("parameter antialias", [True, False], ""),
        ("parameter exposure_time", [1, 2], ""),
        ("parameter exposure_time", [0.5, 2.5], ""),
        ("parameter solver.time_step", [0.1, 0.3333333333333333], ""),
        ("parameter step_time", [0.1, 0.2], "a measurement"),
        ("parameter target_error", [0.1, 0.2], ""),
        ("parameter max_error", [0.1, 0.2], "a measurement"),
        ("parameter mem_fraction", [0.5, 0.9], ""),
        ("parameter mem_fraction", [0.5131, 0.9], "a measurement"),
        ("parameter loss_weight", [0.5, 0.123456789012], ""),
        ("parameter config.time", [0.5, 0.123456789012], ""),
        ("parameter fitted_params.x", [0.5123456789012, 0.123456789012], "a measurement"),
        ("parameter configured.time", [0.5, 0.123456789012], "a measurement"),
        ("cuda_runtime_version", [12060, 12080], ""),
        ("parameter date_format", ["iso", "us"], ""),
        ("parameter hash", ["md5", "sha256"], ""),
        ("parameter matrix", ["/a/one.mat", "/a/two.mat"], ""),
        ("hostname", ["a", "b"], ""),
    ],
)
def test_records_hold_measurements_ids_and_times(name: str, values: list[Any], said: str) -> None:
    assert reason(name, values, Origin.RECORD) == said


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("b.py --outdir", ["x", "y"], "an output path"),
        ("b.py --log-dir", ["x", "y"], "an output path"),
        ("b.py --out", ["x", "y"], "an output path"),
        ("b.py --label", ["20251009T070458Z", "20251010T010203Z"], "a stamp"),
        ("b.py --exposure-time", [1.5, 2.5], ""),
        ("b.py --mat", ["A.mat", "B.mat"], ""),
    ],
)
def test_what_was_given_is_noise_only_as_output_or_stamp(name: str, values: list[Any], said: str) -> None:
    assert reason(name, values, Origin.COMMAND) == said


def test_variables_that_the_code_computes_are_noise() -> None:
    computed = [Expression("f(a, 1)"), Expression("g(b, 1)")]
    assert reason("a.py: total", computed, Origin.DEFAULT) == "computed by the code"
    assert reason("a.c: main.n", computed, Origin.DEFAULT) == "computed by the code"
    assert reason("a.py: total", [Expression("f(1)"), 3], Origin.DEFAULT) == ""
    assert reason("a.py: TOTAL", computed, Origin.DEFAULT) == ""
    assert reason("a.py: _TOTAL", computed, Origin.DEFAULT) == ""
    assert reason("a.py: f(total)", computed, Origin.DEFAULT) == ""
    assert reason("a.py: --total", computed, Origin.DEFAULT) == ""
    chosen = (("['a', 'b']", "['a']"), ("torch.float32", "torch.float64"))
    for one, other in (("0.5 * dx", "0.9 * dx"), ("(1, 2)", "(1, 3)"), ("f(1)", "f(2)"), *chosen):
        assert reason("a.py: dt", [Expression(one), Expression(other)], Origin.DEFAULT) == ""
    indexed = [Expression("a[0] * 2"), Expression("a[1] * 2")]
    assert reason("a.py: dt", indexed, Origin.DEFAULT) == "computed by the code"


def test_what_code_states_is_never_noise() -> None:
    assert reason("a.py: TIME", [0.5, 0.6], Origin.DEFAULT) == ""
    assert reason("a.yaml: outdir", ["x", "y"], Origin.FILE) == ""
