"""How outputs are paired, and when two files are alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from bisect_parity.config import Thresholds
from bisect_parity.rerun.likeness import (
    Likeness,
    Tolerances,
    content_likeness,
    noted_likeness,
    overall,
    printed_likeness,
    told_numbers,
)
from bisect_parity.rerun.pairing import paired
from bisect_parity.rerun.recorded_run import WrittenFile

if TYPE_CHECKING:
    from pathlib import Path

TOLERANCES = Tolerances(Thresholds(), 1e-6)


def written(*names: str, is_in_bundle: bool = False) -> list[WrittenFile]:
    return [WrittenFile(name, is_in_bundle, None) for name in names]


def test_files_are_paired_by_place_and_else_by_a_name_that_only_one_has() -> None:
    then = written("out/a.npy", "out/b.npy", "runs/x/log.txt", "gone.txt")
    now = written("out/a.npy", "new/b.npy", "runs/y/log.txt", "runs/z/log.txt")
    pairs, new = paired(then, now)
    assert [None if after is None else after.name for _, after in pairs] == [
        "out/a.npy",
        "new/b.npy",
        None,
        None,
    ]
    assert [file.name for file in new] == ["runs/y/log.txt", "runs/z/log.txt"]


def test_files_of_one_name_are_paired_by_their_folders_stamps_aside() -> None:
    then = written(
        "run-20250101-120000/train/m.json", "run-20250101-120000/test/m.json", "r_20250101-120000.csv"
    )
    now = written(
        "run-20260202-130000/test/m.json", "run-20260202-130000/train/m.json", "r_20260202-130000.csv"
    )
    pairs, new = paired(then, now)
    assert [None if after is None else after.name for _, after in pairs] == [
        "run-20260202-130000/train/m.json",
        "run-20260202-130000/test/m.json",
        "r_20260202-130000.csv",
    ]
    assert new == []


def test_a_file_of_the_bundle_is_not_one_of_the_same_name_in_the_tree() -> None:
    then, now = written("a.npy", is_in_bundle=True), written("a.npy")
    assert paired(then, [*now, *written("a.npy", is_in_bundle=True)])[1] == now


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], None),
        ([Likeness.NEW], None),
        ([Likeness.IDENTICAL, Likeness.NEW], Likeness.IDENTICAL),
        ([Likeness.IDENTICAL, Likeness.EQUAL], Likeness.EQUAL),
        ([Likeness.IDENTICAL, Likeness.EQUIVALENT], Likeness.EQUIVALENT),
        ([Likeness.IDENTICAL, Likeness.MISSING], Likeness.DIFFERS),
        ([Likeness.EQUIVALENT, Likeness.DIFFERS], Likeness.DIFFERS),
        ([Likeness.IDENTICAL, Likeness.CHANGED], Likeness.EQUAL),
        ([Likeness.EQUIVALENT, Likeness.CHANGED], Likeness.EQUIVALENT),
        ([Likeness.CHANGED], Likeness.DIFFERS),
    ],
)
def test_all_outputs_together_are_as_the_least_alike(found: list[Likeness], expected: object) -> None:
    assert overall(found) is expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([Likeness.IDENTICAL, Likeness.MISSING], Likeness.IDENTICAL),
        ([Likeness.DIFFERS, Likeness.MISSING], Likeness.DIFFERS),
        ([Likeness.MISSING, Likeness.NEW], None),
    ],
)
def test_what_another_program_may_have_written_is_not_missed_in_a_run_that_nobody_recorded(
    found: list[Likeness], expected: object
) -> None:
    assert overall(found, is_recorded=False) is expected


def test_images_are_judged_by_the_thresholds(tmp_path: Path) -> None:
    image = np.random.default_rng(1).random((32, 32), dtype=np.float32)
    for name, factor in (("a", 1.0), ("b", 1.001), ("c", 1.1)):
        np.save(tmp_path / f"{name}.npy", image * np.float32(factor))
    a, b, c = (tmp_path / f"{name}.npy" for name in "abc")
    assert content_likeness(a, b, TOLERANCES)[0] is Likeness.EQUIVALENT
    likeness, says = content_likeness(a, c, TOLERANCES)
    assert likeness is Likeness.DIFFERS
    assert "sum ratio 1.1" in says
    a.write_bytes(b"no array")
    assert content_likeness(a, b, TOLERANCES)[0] is Likeness.DIFFERS


@pytest.mark.parametrize(
    ("then", "now", "expected", "says"),
    [
        (
            '{"loss": 0.25, "seconds": 1.5}',
            '{"loss": 0.25, "seconds": 9.9}',
            Likeness.EQUAL,
            "1 figure equal",
        ),
        ('{"loss": 0.25}', '{"loss": 0.2500000001}', Likeness.EQUIVALENT, "within 1e-06"),
        ('{"loss": 0.25, "rmse": 1}', '{"loss": 0.5, "rmse": 3}', Likeness.DIFFERS, "rmse 1 then, 3 now"),
        ('{"loss": 0.25}', '{"loss": 0.25, "rmse": 1}', Likeness.DIFFERS, "rmse none then, 1 now"),
        ('{"loss": NaN}', '{"loss": NaN}', Likeness.EQUAL, "1 figure equal"),
        ('{"loss": NaN}', '{"loss": 1.5}', Likeness.DIFFERS, "now"),
        ('{"note": "a"}', '{"note": "b"}', Likeness.DIFFERS, "note 'a' then, 'b' now"),
        ('{"loss": 1, "ok": true}', '{"loss": 1, "ok": false}', Likeness.DIFFERS, "ok true then, false now"),
        (
            '{"loss": 1, "checks": [{"verdict": "PASS"}]}',
            '{"loss": 1, "checks": [{"verdict": "FAIL"}]}',
            Likeness.DIFFERS,
            "checks[0].verdict 'PASS' then, 'FAIL' now",
        ),
        (
            '{"loss": 1, "host": "a", "startedAt": "then", "note": "run 3 in /tmp/a of 8f14e45fceea"}',
            '{"loss": 1, "host": "b", "startedAt": "now", "note": "run 5 in /tmp/b of 45c48cce2e2d"}',
            Likeness.EQUAL,
            "1 figure equal",
        ),
        ('{"loss": 1, "ok": true}', '{"loss": 2, "ok": false}', Likeness.DIFFERS, "loss 1 then, 2 now"),
        ("", '{"loss": 1}', Likeness.DIFFERS, "none then"),
        ('{"loss": 1, "std": 2.5}', '{"loss": 1, "std": 3.5}', Likeness.DIFFERS, "std 2.5 then, 3.5 now"),
        (
            '{"made": "2026-11-27T03:00:00Z", "std": 2}',
            '{"made": "2026-11-28", "std": 2}',
            Likeness.EQUAL,
            "equal",
        ),
        (
            "energy 6.0 after 3 steps\n",
            "energy 3.0 after 3 steps\n",
            Likeness.DIFFERS,
            "energy 6 then, 3 now",
        ),
        ("x 2.5\n1 failed in 0.45s\n", "x 2.5\n1 failed in 0.49s\n", Likeness.EQUAL, "2 figures equal"),
        ("x 2.5\n1 failed in 0.45s\n", "x 2.5\n2 failed in 0.45s\n", Likeness.DIFFERS, "1 then, 2 now"),
        ("pulse of 2.5ms\n", "pulse of 3.5ms\n", Likeness.DIFFERS, "pulse of 2.5 then, 3.5 now"),
        ("1 <f at 0x7f91d1077ce0>\n", "1 <f at 0x7fa2c00b1d30>\n", Likeness.EQUAL, "1 figure equal"),
        ("energy 6.0\ntook time 3.1 s\n", "energy 6.0\ntook time 9.1 s\n", Likeness.EQUAL, "1 figure equal"),
        pytest.param(  # in linear time
            *(f'{{"loss": 1, "host": "{host}", "data": "{"a-" * 20_000}"}}' for host in "ab"),
            *(Likeness.EQUAL, "1 figure equal"),
            id="a long text",
        ),
    ],
)
def test_other_files_are_judged_by_their_figures_but_for_speed(
    tmp_path: Path, then: str, now: str, expected: Likeness, says: str
) -> None:
    paths = tmp_path / "then" / "metrics.json", tmp_path / "now" / "metrics.json"
    for path, text in zip(paths, (then, now), strict=True):
        path.parent.mkdir()
        path.write_text(text)
    likeness, told = content_likeness(*paths, TOLERANCES)
    assert (likeness, says in told) == (expected, True), told


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("suffix", [".bin", ".raw", ""])
def test_numbers_without_a_header_are_compared_as_an_image_is(
    tmp_path: Path, dtype: str, suffix: str
) -> None:
    image = np.random.default_rng(1).normal(5, 1, 4096).astype(dtype)
    for name, factor in (("a", 1.0), ("b", 1.0 + 1e-5), ("c", 1.1)):
        (image * factor).astype(dtype).tofile(tmp_path / f"{name}{suffix}")
    a, b, c = (tmp_path / f"{name}{suffix}" for name in "abc")
    likeness, says = content_likeness(a, b, TOLERANCES)
    assert (likeness, says.startswith(f"as {dtype}: ")) == (Likeness.EQUIVALENT, True)
    assert content_likeness(a, c, TOLERANCES)[0] is Likeness.DIFFERS


@pytest.mark.parametrize("head", [b"", b"\x1f\x8b\x08\x00", b"PK\x03\x04"])
def test_other_binary_files_are_not_taken_for_numbers(tmp_path: Path, head: bytes) -> None:
    random = np.random.default_rng(1)
    for name in "ab":
        (tmp_path / name).write_bytes(head + random.bytes(4096 - len(head)))
    assert content_likeness(tmp_path / "a", tmp_path / "b", TOLERANCES)[0] is Likeness.CHANGED


def test_lines_of_processes_at_once_may_come_in_any_order(tmp_path: Path) -> None:
    a, b = tmp_path / "a.txt", tmp_path / "b.txt"
    a.write_text("rank 0 loss 1.5\nrank 1 loss 2.5\n")
    b.write_text("rank 1 loss 2.5\nrank 0 loss 1.5\n")
    assert content_likeness(a, b, TOLERANCES) == (Likeness.EQUAL, "the same lines in another order")
    b.write_text("rank 1 loss 2.5\nrank 0 loss 1.25\n")
    assert content_likeness(a, b, TOLERANCES)[0] is Likeness.DIFFERS
    a.write_text("rank 0 loss 1.5\ntook 0.25 s\n")
    b.write_text("rank 0 loss 1.5\ntook 0.75 s\n")
    assert content_likeness(a, b, TOLERANCES) == (Likeness.EQUAL, "the same but for times")


@pytest.mark.parametrize(
    ("kept", "likeness"),
    [
        ("loss 1.5\n", Likeness.EQUAL),
        ("1 of 2 read\r2 of 2 read\rdone, 7 left\n", Likeness.EQUAL),  # a bar, drawn over itself
        ("1 of 2 read\r2 of 2 read\rdone, 8 left\n", Likeness.DIFFERS),
        ("other words: 7\n", None),
    ],
)
def test_a_kept_log_is_compared_with_what_is_printed(
    tmp_path: Path, kept: str, likeness: Likeness | None
) -> None:
    log, stream = tmp_path / "run.log", tmp_path / "stdout.txt"
    log.write_bytes(kept.encode())
    stream.write_bytes(b"loss 1.5\ndone, 7 left\n")
    found = printed_likeness(log, [told_numbers(stream)], TOLERANCES)
    assert (None if found is None else found[0]) is likeness


@pytest.mark.parametrize(
    ("now", "likeness"),
    [
        ({"x": 1.0, "y": "a", "z": 3}, Likeness.IDENTICAL),  # what is noted as well is no difference
        ({"x": 2.0, "y": "a", "z": 3}, Likeness.DIFFERS),
        ({"x": 1.0}, Likeness.DIFFERS),
        ({"z": 3}, Likeness.MISSING),
    ],
)
def test_notes_are_compared_one_by_one(now: dict[str, object], likeness: Likeness) -> None:
    assert noted_likeness({"x": 1.0, "y": "a"}, now, TOLERANCES)[0] is likeness
