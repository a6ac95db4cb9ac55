"""`bisect-parity compare`: exit statuses, JSON, options and messages, through the command line itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bisect_parity.commands.main import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PIXELS = np.arange(1, 401, dtype="f4").reshape(20, 20)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    np.save(tmp_path / "reference.npy", PIXELS)
    np.save(tmp_path / "good.npy", PIXELS * 1.001)
    np.save(tmp_path / "bad.npy", PIXELS[::-1])
    (tmp_path / "raw.bin").write_bytes(PIXELS.tobytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def compare(folder: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def call(*arguments: str) -> tuple[int, str, str]:
        status = run(["compare", *arguments])
        out, err = capsys.readouterr()
        return status, out, err

    return call


@pytest.fixture
def document(compare: Any) -> Callable[..., dict[str, Any]]:
    def call(*arguments: str) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(compare(*arguments, "--json")[1])
        return read

    return call


def test_good_is_0_and_bad_is_1(compare: Any) -> None:
    status, out, err = compare("reference.npy", "good.npy")
    assert (status, err) == (0, "")
    assert out.startswith("good: correlation 1 is at least 0.999")
    status, out, _ = compare("reference.npy", "bad.npy")
    assert status == 1
    assert out.startswith("bad: correlation ")


def test_how_a_bad_image_is_related_to_its_reference_is_told(
    compare: Any, document: Any, folder: Path
) -> None:
    np.save(folder / "turned.npy", PIXELS.T)
    np.save(folder / "scaled.npy", PIXELS * 2)
    swapped = PIXELS.astype(">f4").tobytes()
    (folder / "swapped.bin").write_bytes(swapped)
    mirrored = "The candidate is like the reference mirrored, top to bottom: correlation 1."
    assert compare("reference.npy", "bad.npy")[1].endswith(f"\n\n{mirrored}\n")
    assert document("reference.npy", "turned.npy")["relations"] == [
        "The candidate is like the reference transposed: correlation 1."
    ]
    assert document("reference.npy", "scaled.npy")["relations"] == [
        "By least squares, the candidate is 2 times the reference."
    ]
    assert "--byte-order" in compare("raw.bin", "swapped.bin")[1]
    assert document("reference.npy", "good.npy")["relations"] == []
    assert document("reference.npy", "bad.npy", "--roi", "0:10,0:10")["relations"] == []


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("reference.npy",),
        ("reference.npy", "good.npy", "extra.npy"),
        ("reference.npy", "good.npy", "--nonsense"),
        ("reference.npy", "good.npy", "--shape", "20xtwenty"),
        ("reference.npy", "good.npy", "--shape", "0x20"),
        ("reference.npy", "good.npy", "--dtype", "complex256"),
        ("reference.npy", "good.npy", "--dtype", "float32,float32,float32"),
        ("reference.npy", "good.npy", "--byte-order", "middle"),
        ("reference.npy", "good.npy", "--roi", "1:2"),
        ("reference.npy", "good.npy", "--correlation-min", "1.5"),
        ("reference.npy", "good.npy", "--correlation-min", "nan"),
        ("reference.npy", "good.npy", "--sum-ratio-tolerance", "-1"),
        ("reference.npy", "good.npy", "--sum-ratio-tolerance", "nan"),
        ("reference.npy", "good.npy", "--config", "none.toml"),
    ],
)
def test_wrong_use_is_2(compare: Any, arguments: tuple[str, ...]) -> None:
    status, out, err = compare(*arguments)
    assert (status, out) == (2, "")
    assert err


@pytest.mark.parametrize("name", ["none.npy", "empty.npy", "short.npy", "text.npy", ".", "pickle.npy"])
@pytest.mark.parametrize("role", ["reference", "candidate", "mask"])
def test_an_image_that_cannot_be_read_is_3(folder: Path, compare: Any, name: str, role: str) -> None:
    (folder / "empty.npy").touch()
    (folder / "short.npy").write_bytes((folder / "good.npy").read_bytes()[:-1])
    (folder / "text.npy").write_text("no image")
    np.save(folder / "pickle.npy", np.array([{}], dtype=object), allow_pickle=True)
    names = {"reference": "reference.npy", "candidate": "good.npy"} | {role: name}
    mask = ("--mask", names.pop("mask")) if "mask" in names else ()
    status, out, err = compare(*names.values(), *mask)
    if name == "pickle.npy" and role != "mask":
        assert status == (3 if role == "reference" else 1)
        assert "never loaded" in out
        return
    assert (status, out) == (3, "")
    assert err.startswith("bisect-parity: ")
    assert err.count("\n") == 1
    assert name in err


def test_a_candidate_of_another_shape_or_type_is_bad(compare: Any, folder: Path) -> None:
    np.save(folder / "small.npy", PIXELS[:10])
    status, out, _ = compare("reference.npy", "small.npy")
    assert status == 1
    assert out.startswith(
        "bad: the candidate is 10 x 20 pixels, the reference 20 x 20\n\nreference  reference.npy: "
    )
    np.save(folder / "phases.npy", PIXELS.astype("c8"))
    assert (
        "candidate  phases.npy: .npy float32 (complex), 20 x 20 x 2\n"
        in compare("reference.npy", "phases.npy")[1]
    )
    assert compare("reference.npy", "good.npy", "--dtype", "float32,float64")[0] == 1
    assert compare("reference.npy", "good.npy", "--dtype", "float64")[0] == 3
    assert compare("small.npy", "small.npy", "--shape", "20x20")[0] == 3


def test_a_flawed_reference_gives_no_verdict(compare: Any, folder: Path) -> None:
    np.save(folder / "flat.npy", np.ones((20, 20)))
    status, out, _ = compare("flat.npy", "good.npy")
    assert status == 3
    assert out.startswith("abort: the reference is constant")
    assert compare("good.npy", "flat.npy")[0] == 1
    pixels = np.arange(400, dtype=np.uint64).reshape(20, 20)
    for step, status in ((1, 3), (3000, 3), (10**10, 0)):  # float64 rounds to 2048 there
        np.save(folder / "large.npy", pixels * np.uint64(step) + np.uint64(2**63))
        status_of, said, _ = compare("large.npy", "large.npy")
        assert status_of == status
        assert ("near 9.223372037e+18, too alike to be compared in float64" in said) == (status == 3)


def test_the_json_document_is_all_there_is_on_standard_output(compare: Any) -> None:
    status, out, _ = compare("reference.npy", "bad.npy", "--full", "--tiles", "--json")
    read = json.loads(out)
    assert status == 1
    assert (read["schema"], read["version"]) == ("bisect-parity/comparison", 1)
    assert read["verdict"] == "bad"
    assert read["thresholds"] == {"correlation_min": 0.999, "sum_ratio_tolerance": 5e-3}
    assert read["images"]["candidate"]["path"] == "bad.npy"
    assert read["images"]["candidate"]["description"] == ".npy float32, 20 x 20"
    assert read["max_abs_difference"] == 399.0 - 19.0
    assert read["max_abs_difference_at"] == [0, 0]
    assert len(read["tiles"]["rms_difference"]) == 20
    assert read["digits"]["differing"] == 400


def test_what_is_not_asked_for_is_null_or_left_out(document: Any) -> None:
    read = document("reference.npy", "good.npy")
    assert read["max_abs_difference"] is None
    assert "tiles" not in read
    assert "digits" not in read


def test_a_json_document_of_a_candidate_that_is_refused_says_why(document: Any) -> None:
    read = document("reference.npy", "good.npy", "--dtype", "float32,float64")
    assert (read["verdict"], read["correlation"]) == ("bad", None)
    assert "float64" in read["reason"]


def test_a_square_raw_file_needs_no_options_and_says_what_was_assumed(compare: Any) -> None:
    status, _, err = compare("reference.npy", "raw.bin")
    assert status == 0
    assert "raw.bin: pixel type not given, float32 assumed" in err
    assert "raw.bin: shape not given, 20 x 20 from its size" in err
    assert compare("reference.npy", "raw.bin", "--quiet")[2] == ""
    assert compare("reference.npy", "raw.bin", "--shape", "20x20", "--dtype", "float32")[2] == ""


@pytest.mark.parametrize("shape", ["20x20", "20,20", "(20, 20)", "20 x 20"])
def test_shapes_are_understood_as_people_write_them(compare: Any, shape: str) -> None:
    assert compare("reference.npy", "raw.bin", "--shape", shape, "--dtype", "float32")[0] == 0


def test_big_endian_raw_files_are_read(compare: Any, folder: Path) -> None:
    (folder / "big.bin").write_bytes(PIXELS.astype(">f8").tobytes())
    arguments = ("--dtype", "float32,float64", "--shape", "20x20")
    assert compare("reference.npy", "big.bin", *arguments, "--byte-order", "big")[0] == 0
    assert compare("reference.npy", "big.bin", *arguments)[0] == 1


def test_one_image_of_several_is_named_after_two_colons(compare: Any, folder: Path) -> None:
    np.savez(folder / "both.npz", first=PIXELS, second=PIXELS[::-1])
    assert compare("both.npz::first", "good.npy")[0] == 0
    assert compare("both.npz::second", "good.npy")[0] == 1
    status, _, err = compare("both.npz", "good.npy")
    assert status == 3
    assert "first, second" in err


def test_regions_and_masks_choose_what_counts(document: Any, folder: Path) -> None:
    spoiled = PIXELS.copy()
    spoiled[5:10] = -1000
    np.save(folder / "spoiled.npy", spoiled)
    mask = np.ones((20, 20), "u1")
    mask[5:10] = 0
    np.save(folder / "mask.npy", mask)
    assert document("reference.npy", "spoiled.npy")["verdict"] == "bad"
    assert document("reference.npy", "spoiled.npy", "--mask", "mask.npy")["verdict"] == "good"
    assert document("reference.npy", "spoiled.npy", "--roi", "0:5,0:20", "--roi", "10:20,3:9")["count"] == 160
    assert document("reference.npy", "spoiled.npy", "--roi", "0:6,0:20")["verdict"] == "bad"


@pytest.mark.parametrize("order", ["CC", "FF", "CF", "FC"])
def test_fortran_order_changes_no_answer(document: Any, folder: Path, order: Any) -> None:
    generator = np.random.default_rng(0)
    x = generator.random((150, 70)) + 1
    y = x + generator.random((150, 70)) / 10
    np.save(folder / "x.npy", np.asarray(x, order=order[0]))
    np.save(folder / "y.npy", np.asarray(y, order=order[1]))
    np.save(folder / "xc.npy", x)
    np.save(folder / "yc.npy", y)
    options = ("--full", "--tiles", "--roi", "10:140,5:60")
    read, expected = document("x.npy", "y.npy", *options), document("xc.npy", "yc.npy", *options)
    assert read["max_abs_difference_at"] == expected["max_abs_difference_at"]
    assert read["shape"] == [150, 70]
    assert read["tiles"]["tile_shape"] == expected["tiles"]["tile_shape"]
    for name in ("correlation", "sum_ratio", "rmse"):
        assert read[name] == pytest.approx(expected[name], rel=1e-14)
    rows = [row for grid in (read, expected) for row in grid["tiles"]["rms_difference"]]
    half = len(rows) // 2
    for row, expected_row in zip(rows[:half], rows[half:], strict=True):
        assert row == [None if v is None else pytest.approx(v) for v in expected_row]


def test_nan_is_named_with_its_place_in_any_order(compare: Any, folder: Path) -> None:
    y = PIXELS.copy()
    y[3, 11] = np.nan
    for order in ("C", "F"):
        np.save(folder / "x.npy", np.asarray(PIXELS, order=order))
        np.save(folder / "y.npy", np.asarray(y, order=order))
        status, out, _ = compare("x.npy", "y.npy")
        assert status == 1
        assert "1 pixel that is NaN or infinite, the first at [3, 11]" in out


def test_the_full_answer_and_the_map_are_ascii(compare: Any, folder: Path) -> None:
    y = PIXELS.copy()
    y[2:4, 3] += 40
    y[10, 10] += 0.25
    np.save(folder / "y.npy", y)
    _, out, _ = compare("reference.npy", "y.npy", "--full", "--tiles")
    assert out.isascii()
    assert "max |difference|  40.0 at [2, 3]" in out
    assert "3 pixels differ" in out
    lines = out.splitlines()
    assert sum(line.startswith("|") for line in lines) == 20
    first = next(number for number, line in enumerate(lines) if line.startswith("|"))
    assert lines[first + 2][1:21] == "   @                "
    assert lines[first + 10][1:21] == "          #         "
    assert lines[first + 11][1:21] == " " * 20


def test_thresholds_come_from_options_then_from_settings(document: Any, folder: Path) -> None:
    (folder / "mine.toml").write_text("[thresholds]\ncorrelation_min = 0.5\nsum_ratio_tolerance = 1e-6\n")
    arguments = ("reference.npy", "good.npy")
    assert document(*arguments)["verdict"] == "good"
    read = document(*arguments, "--config", "mine.toml")
    assert read["verdict"] == "bad"
    assert read["thresholds"] == {"correlation_min": 0.5, "sum_ratio_tolerance": 1e-6}
    read = document(*arguments, "--config", "mine.toml", "--sum-ratio-tolerance", "0.1")
    assert read["verdict"] == "good"
    assert read["thresholds"] == {"correlation_min": 0.5, "sum_ratio_tolerance": 0.1}


@pytest.mark.parametrize("place", ["tree", "git directory", "worktree", "common directory"])
def test_thresholds_of_the_repository_are_found_without_git(document: Any, folder: Path, place: str) -> None:
    top = folder / "repository"
    git_directory = top / ".git"
    top.mkdir()
    settings = {
        "tree": top,
        "git directory": git_directory / "bisect-parity",
        "worktree": folder / "main.git" / "worktrees" / "one" / "bisect-parity",
        "common directory": folder / "main.git" / "bisect-parity",
    }[place]
    if place in ("worktree", "common directory"):
        own = folder / "main.git" / "worktrees" / "one"
        own.mkdir(parents=True)
        (own / "commondir").write_text("../..\n")
        git_directory.write_text(f"gitdir: {own}\n")
    else:
        git_directory.mkdir()
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "bisect-parity.toml").write_text("[thresholds]\nsum_ratio_tolerance = 0.25\n")
    (top / "deep").mkdir()
    read = document("reference.npy", "good.npy", "--repo", str(top / "deep"))
    assert read["thresholds"]["sum_ratio_tolerance"] == 0.25


def test_a_broken_link_to_a_git_directory_is_no_repository(document: Any, folder: Path) -> None:
    (folder / ".git").write_bytes(b"\xff\xfe")
    assert document("reference.npy", "good.npy")["verdict"] == "good"


def test_control_characters_in_names_do_not_reach_the_terminal(compare: Any, folder: Path) -> None:
    name = "a\x1b[31mb.npy"
    np.save(folder / name, PIXELS)
    _, out, _ = compare(name, "good.npy")
    assert "\x1b" not in out
    _, _, err = compare(name + "x", "good.npy")
    assert "\x1b" not in err


def process(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-m", "bisect_parity", "compare", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def test_the_process_itself_ends_with_the_statuses_of_the_contract(folder: Path) -> None:
    (folder / "torch.py").write_text("raise SystemExit(0)\n")  # of the tree under test, never imported
    done = process(folder, "reference.npy", "bad.npy", "--json")
    assert (done.returncode, json.loads(done.stdout)["verdict"], done.stderr) == (1, "bad", "")
    assert process(folder, "reference.npy").returncode == 2
    done = process(folder, "reference.npy", "none.npy")
    assert (done.returncode, done.stdout) == (3, "")
    assert "Traceback" not in done.stderr


def test_a_torch_that_cannot_be_imported_is_no_verdict(folder: Path) -> None:
    program = (
        "import sys; sys.modules['torch'] = None\n"
        "from bisect_parity.__main__ import judged_run\n"
        "sys.exit(judged_run(['compare', 'reference.npy', 'good.npy']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("bisect-parity: torch cannot be imported: ModuleNotFoundError: ")
    assert done.stderr.endswith(". Repair the environment that bisect-parity is installed in.\n")


def test_the_path_of_compare_imports_nothing_slow_but_torch(folder: Path) -> None:
    program = (
        "import sys; from bisect_parity.__main__ import judged_run\n"
        "status = judged_run(['compare', 'reference.npy', 'good.npy', '--quiet', '--json'])\n"
        "slow = ('structlog', 'cattrs', 'git', 'rich', 'yaml', 'h5py', 'tifffile', 'fabio')\n"
        "print([name for name in slow if name in sys.modules], status, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stderr.strip() == "[] 0"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("refrence.npy", "refrence.npy does not exist. Did you mean 'reference.npy'?"),
        ("zzz", "zzz does not exist. Known files of "),
        ("out/zzz.npy", "out/zzz.npy does not exist. There is no folder out either."),
        ("reference.npy::a", "Leave ::NAME out."),
    ],
)
def test_an_image_that_is_not_there_tells_what_may_have_been_meant(
    compare: Callable[..., tuple[int, str, str]], name: str, says: str
) -> None:
    for names in ((name, "good.npy"), ("good.npy", name)):
        status, _, err = compare(*names)
        assert (status, says in err, err.count("\n")) == (3, True, 1), err
