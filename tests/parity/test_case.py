from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.config import CodeSettings, Settings, Thresholds, load_settings
from bisect_parity.errors import UsageError
from bisect_parity.parity.case import Case, case_of_table, find_case
from bisect_parity.parity.figure import judged_again
from bisect_parity.parity.placeholders import PLACEHOLDERS, fill, literal

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS: dict[str, Any] = {"reference": ["ref", "{out}"], "candidate": ["cand", "{size}", "{out}"]}


def a_case(**changes: Any) -> Case:
    return case_of_table("parity", COMMANDS | changes, "file.toml")


def test_a_case_needs_two_commands_and_has_defaults_for_all_else() -> None:
    case = a_case()
    assert case.name == "parity"
    assert case.image_shape() == (4096, 4096)
    assert (case.dtype, case.byte_order, case.timeout) == ("float32", "little", 600.0)
    assert (case.on_candidate_crash, case.on_wrong_image, case.on_reference_failure) == (
        "skip",
        "bad",
        "abort",
    )
    with pytest.raises(UsageError, match=r"\[case.parity\]: missing key candidate"):
        case_of_table("parity", {"reference": ["ref", "{out}"]}, "file.toml")


def test_a_test_is_a_case_by_itself() -> None:
    case = case_of_table("unit", {"test": ["sh", "run.sh", "{size}"], "size": 7}, "file.toml")
    assert case.steps() == {"test": ("sh", "run.sh", "{size}")}
    assert case.at_size(9).size == 9
    assert case.digest() != case_of_table("unit", {"test": ["sh", "run.sh", "{scratch}"]}, "f").digest()
    for table, says in (
        ({"test": ["x"], **COMMANDS}, "leaves nothing for reference and candidate"),
        ({"test": ["x"], "mask": "m.npy"}, "leaves nothing for mask"),
        ({"test": ["x", "{out}"]}, "test: {out} has a meaning in reference and candidate only"),
        ({}, "missing key reference and candidate (or test, a command judged by its exit status)"),
    ):
        with pytest.raises(UsageError, match=re.escape(says)):
            case_of_table("unit", table, "file.toml")


@pytest.mark.parametrize(
    ("words", "is_cached"),
    [
        (["/usr/bin/python3", "-m", "pytest", "tests/a.py"], True),
        (["sh", "-c", "make && ./t > /dev/null"], True),
        (["sh", "/home/me/check.sh"], False),
        (["sh", "-c", "cd x && pytest /home/me/t.py"], False),
        (["pytest", "~/t.py"], False),
    ],
)
def test_a_test_that_names_a_file_by_its_absolute_path_is_not_remembered(
    words: list[str], is_cached: bool
) -> None:
    assert (case_of_table("unit", {"test": words}, "f").not_cached == "") is is_cached


def test_verdicts_on_a_function_are_remembered() -> None:
    assert case_of_table("sim", COMMANDS | {"candidate": "sim.render:image"}, "f").not_cached == ""


def test_a_whole_case_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "bisect-parity.toml"
    file.write_text(
        """
        [thresholds]
        correlation_min = 0.99
        [case.small]
        size = 256
        shape = ["{size}", 128]
        dtype = "float64"
        byte_order = "big"
        suffix = ".npy"
        prepare = [["make", "-C", "{worktree}/reference"], ["true"]]
        reference = ["{scratch}/reference", "--out={out}"]
        candidate = ["{python}", "-m", "simulator", "--size", "{size}", "--out", "{out}"]
        reference_at = "v1"
        candidate_timeout = 5
        environment = {OMP_NUM_THREADS = "1"}
        pass = ["LD_LIBRARY_PATH"]
        keep = ["build"]
        on_candidate_crash = "bad"
        """
    )
    settings = load_settings(file)
    case = find_case(settings, None)
    assert case.image_shape() == (256, 128)
    assert case.prepare == (("make", "-C", "{worktree}/reference"), ("true",))
    assert case.candidate_timeout == 5.0
    assert case.passed == ("LD_LIBRARY_PATH",)
    assert case.thresholds == Thresholds(correlation_min=0.99)
    assert find_case(settings, "small") == case


def test_thresholds_of_a_case_come_before_those_of_the_settings() -> None:
    table = COMMANDS | {"thresholds": {"correlation_min": 0.5}}
    case = find_case(Settings(case={"a": table}, thresholds=Thresholds(0.9, 0.1)), "a")
    assert case.thresholds == Thresholds(correlation_min=0.5)


@pytest.mark.parametrize(
    ("cases", "name", "says"),
    [
        ({}, None, "there is no case to check"),
        ({"a": COMMANDS, "b": COMMANDS}, None, "several cases: a, b"),
        ({"a": COMMANDS, "b": COMMANDS}, "c", "holds no case 'c'. Choose one of: a, b"),
    ],
)
def test_the_case_must_be_clear(cases: dict[str, Any], name: str | None, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        find_case(Settings(case=cases), name)


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("candidtae", [], "unknown key 'candidtae'. Did you mean 'candidate'"),
        ("passed", [], "unknown key 'passed'. Did you mean 'pass'?"),
        ("reference", "make x", "reference must be a list"),
        ("reference", [], "missing key reference (or test, "),
        ("reference", ["", "{out}"], "reference must be a list of words"),
        ("reference", ["ref"], "must name the file to write as {out}"),
        ("reference", ["ref", "{out}", "{sizes}"], "{sizes} is none of {worktree}"),
        ("reference", ["ref", "{out}", "a\0b"], "NUL character"),
        ("prepare", ["make"], "prepare[0] must be a list"),
        ("prepare", [[]], "prepare must be a list of words"),
        ("prepare", [["make", "{out}"]], "{out} has a meaning in reference and candidate only"),
        ("size", 0, "size"),
        ("size", 2**30, "size"),
        ("size", "4096", "size must be a whole number"),
        ("shape", [], "shape must not be empty"),
        ("shape", [0, 4], "shape must hold numbers above 0"),
        ("shape", ["{width}"], "shape must hold whole numbers or '{size}'"),
        ("dtype", "complex256", "dtype must be"),
        ("reference_dtype", "float", "reference_dtype must be"),
        ("reference_suffix", "npy", "reference_suffix must be"),
        ("byte_order", "middle", "byte_order must be little or big"),
        ("suffix", "/../x", "suffix"),
        ("sizes", [0], "sizes must be a whole number from 1"),
        ("sizes", [64, 64], "sizes must hold sizes other than 4096, each once"),
        ("sizes", [4096], "sizes must hold sizes other than 4096, each once"),
        ("roi", [[0, 5, 0]], "roi must hold [first row, end row, first column, end column]"),
        ("roi", [[5, 5, 0, 1]], "not [5, 5, 0, 1]"),
        ("files", ["a/x", "b/x"], "two files are called 'x'"),
        ("files", ["/"], "names no file"),
        ("candidate", "sim.render", "or a Python function as 'package.module:function'"),
        ("candidate", "sim render:image", "not 'sim render:image'"),
        ("timeout", 0, "timeout"),
        ("timeout", float("nan"), "timeout"),
        ("candidate_timeout", -1, "candidate_timeout must be a number of seconds above 0"),
        ("candidate_timeout", float("nan"), "candidate_timeout must be a number of seconds above 0"),
        ("environment", {"A": 1}, "environment.A must be a string"),
        ("environment", {"A=B": "1"}, "is not the name of a variable"),
        ("environment", {"A": "x\0y"}, "NUL character"),
        ("pass", ["A B"], "is not the name of a variable"),
        ("keep", ["../x"], "does not lie inside the working tree"),
        ("keep", ["/x"], "does not lie inside the working tree"),
        ("on_timeout", "good", "on_timeout must be skip, bad or abort, not 'good'"),
        ("on_reference_failure", "bad", "on_reference_failure must be abort or skip"),
        ("thresholds", {"correlation_min": 2}, "correlation_min"),
    ],
)
def test_a_wrong_value_is_told_with_its_key(key: str, value: Any, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        a_case(**{key: value})
    assert "file.toml: [case.parity]" in str(caught.value)
    assert says in str(caught.value)


def test_another_size_changes_the_shape_and_must_have_an_effect() -> None:
    assert a_case().at_size(64).image_shape() == (64, 64)
    assert a_case().at_size(None).size == 4096
    fixed = a_case(candidate=["cand", "{out}"], shape=[4, 4])
    with pytest.raises(UsageError, match=r"does not use \{size\}"):
        fixed.at_size(64)
    with pytest.raises(UsageError, match="--size -3"):
        a_case().at_size(-3)


def test_the_digest_tells_cases_apart_by_what_can_change_a_verdict() -> None:
    case = a_case()
    assert case.digest() == attrs.evolve(case, name="other", keep=("build",)).digest()
    changes: list[dict[str, Any]] = [
        {"size": 64},
        {"thresholds": Thresholds(0.5)},
        {"candidate": ("cand", "-O", "{out}")},
        {"environment": {"A": "1"}},
        {"on_timeout": "bad"},
        {"prepare": (("make",),)},
        {"sizes": (8,)},
        {"roi": ((0, 1, 0, 1),)},
        {"mask": "mask.npy"},
        {"files": ("x",)},
    ]
    assert len({case.digest(), *(attrs.evolve(case, **change).digest() for change in changes)}) == 11


@pytest.mark.parametrize(("sizes", "is_kept"), [((), True), ((8,), False)])
def test_a_known_figure_is_judged_by_any_limit_unless_it_is_that_of_one_size(
    sizes: tuple[int, ...], is_kept: bool
) -> None:
    case = Case(test=("t", "{size}"), figure="x", limit=2.0, sizes=sizes)
    known = {"figure": 1.0, "verdict": "bad", "reason": "at size 4096: the test failed"}
    assert (judged_again(known, case) == known) is not is_kept
    assert (case.digest() == attrs.evolve(case, limit=0.5).digest()) is is_kept


def test_code_paths_of_a_case_come_before_those_of_the_settings() -> None:
    settings = Settings(
        case={"a": COMMANDS, "b": COMMANDS | {"code_paths": ["lib"]}}, code=CodeSettings(("src",))
    )
    assert find_case(settings, "a").code_paths == ("src",)
    assert find_case(settings, "b").code_paths == ("lib",)


def test_verdicts_by_other_code_paths_are_kept_apart() -> None:
    settings = Settings(case={"a": COMMANDS}, code=CodeSettings(("src", "t.sh")))
    other = attrs.evolve(settings, code=CodeSettings(("lib", "t.sh")))  # one state where both are missing
    assert find_case(settings, "a").digest() != find_case(other, "a").digest()


VALUES = dict.fromkeys(PLACEHOLDERS, "V")


@pytest.mark.parametrize(
    ("word", "filled"),
    [
        ("{out}", "V"),
        ("--out={out}", "--out=V"),
        ("{worktree}/x:{scratch}", "V/x:V"),
        ("{{out}}", "{out}"),
        ("${HOME}", "${HOME}"),
        ("{print $1}", "{print $1}"),
        ('{"a": {"b": 1}}', '{"a": {"b": 1}}'),
        ("", ""),
    ],
)
def test_placeholders_are_replaced_inside_words(word: str, filled: str) -> None:
    assert fill(["program", word], VALUES) == ["program", filled]


@given(st.text(st.characters(exclude_characters="\0"), max_size=30))
def test_a_value_stays_one_word_and_is_never_read_again(value: str) -> None:
    values = dict.fromkeys(PLACEHOLDERS, value)
    assert fill(["program", "a{out}b", "{size}"], values) == ["program", f"a{value}b", value]


@pytest.mark.parametrize("program", ["sh", "/bin/bash", "python3", "{python}", "perl"])
@pytest.mark.parametrize(
    "value", ["a b", "a;rm -rf x", "$(x)", "it's", 'a"b', "a`b`", "a\nb", "a|b", "a&b", "*"]
)
def test_a_value_that_a_script_would_read_as_code_is_refused(program: str, value: str) -> None:
    values = dict.fromkeys(PLACEHOLDERS, "/usr/bin/python3") | {"out": value}
    option = "-ec" if program != "perl" else "-e"
    with pytest.raises(UsageError, match="which a script would read as code"):
        fill(["env", program, option, "make > {out}"], values)
    assert fill([program, option, 'make > "$1"', "sh", "{out}"], values)[-1] == value


@pytest.mark.parametrize(
    "command",
    [
        "sh -c --",
        "su root -c",
        "script -c",
        "node -p",
        "node --eval",
        "Rscript -e",
        "/opt/R/bin/R -e",
        "julia -E",
        "octave-cli --eval",
        "matlab -nodisplay -batch",
        "php -r",
    ],
)
def test_a_script_is_known_by_the_program_and_its_option(command: str) -> None:
    values = dict.fromkeys(PLACEHOLDERS, "a; b")
    with pytest.raises(UsageError, match="which a script would read as code"):
        fill([*command.split(), "run {out}"], values)


def test_a_plain_path_may_stand_in_a_script() -> None:
    values = VALUES | {"out": "/data/a-b_c/x.raw"}
    assert fill(["sh", "-c", "cp a {out}"], values)[2] == "cp a /data/a-b_c/x.raw"
    assert fill(["cc", "-c", "{out}"], VALUES | {"out": "a b.c"})[2] == "a b.c"


@pytest.mark.parametrize("text", ["", "plain", "{out}", "{{out}}", "{x", "a{size}b{1}", "${HOME}"])
def test_a_literal_comes_through_as_it_is(text: str) -> None:
    values = dict.fromkeys(PLACEHOLDERS, "value")
    assert fill([literal(text)], values) == [text]


@pytest.mark.parametrize(
    ("keys", "dataset"),
    [
        ({}, "fields/t"),
        ({"reference_suffix": ".npy"}, None),
        ({"reference_suffix": ".npz"}, "fields/t"),
        ({"reference_suffix": ".npz", "reference_dataset": "t"}, "t"),
        ({"reference_suffix": ".tif", "reference_dataset": ""}, None),
    ],
)
def test_a_dataset_of_the_candidate_is_none_of_a_reference_that_is_one_image(
    keys: dict[str, str], dataset: str | None
) -> None:
    case = case_of_table("a", COMMANDS | {"suffix": ".h5", "dataset": "fields/t"} | keys, "test")
    assert (case.dataset, case.for_reference().dataset) == ("fields/t", dataset)
