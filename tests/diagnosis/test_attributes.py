"""Attributes side by side: which runs agree on one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from bisect_parity.diagnosis.attributes import Attribute, Kind, attributes
from bisect_parity.diagnosis.omissions import without_echoes
from bisect_parity.evidence.model import Findings, Parameter, Source, SourceDigest
from bisect_parity.params.code import CommitDefaults
from bisect_parity.params.columns import run_column
from bisect_parity.params.diff import diff
from bisect_parity.params.python_defaults import python_defaults
from tests.diagnosis.runs import BAD, GOOD, series

if TYPE_CHECKING:
    from bisect_parity.diagnosis.series import Run

VERDICTS = (GOOD, GOOD, BAD, BAD)


def attribute(kind: Kind, *values: str | None) -> Attribute:
    return Attribute("x", kind, values, (None,) * len(values))


@pytest.mark.parametrize(
    ("kind", "expected"), [(Kind.PARAMETERS, (0, 0, None, 1)), (Kind.ENVIRONMENT, (0, 1, None, 2))]
)
def test_a_version_is_no_number_and_a_parameter_is(kind: Kind, expected: tuple[int | None, ...]) -> None:
    found = attribute(kind, "3.10", "3.1", None, "CPU")
    assert found.partition() == expected
    assert found.partition((0, 2)) == (0, None)


def test_texts_that_differ_in_capitals_are_one_value() -> None:
    assert attribute(Kind.ENVIRONMENT, "CPU", "cpu").partition() == (0, 0)


def test_versions_that_would_be_one_number_are_not_put_in_order() -> None:
    assert attribute(Kind.ENVIRONMENT, "3.10", "3.1").numbers() is None
    assert attribute(Kind.ENVIRONMENT, "4", "8").numbers() == (4.0, 8.0)
    assert attribute(Kind.PARAMETERS, "3.10", "3.1").numbers() == (3.1, 3.1)


def test_numbers_with_units_are_compared_in_base_units() -> None:
    found = attribute(Kind.PARAMETERS, "0.1 mm", "100 um", "2 mm", None)
    assert found.partition() == (0, 0, 1, None)
    assert found.numbers() == (1e-4, 1e-4, 2e-3, None)
    assert attribute(Kind.PARAMETERS, "1 mm", "2 s").numbers() is None
    assert attribute(Kind.PARAMETERS, "1 mm", "2").numbers() is None


def recording(run: Run, name: str, value: Any) -> Run:
    """A run whose result file states a parameter, too."""
    (entry,) = run.entries
    findings = tuple(
        evolve(found, parameters=(Parameter(name, value, Source(found.path)),))
        for found in entry.bundle.findings
    )
    return evolve(run, entries=(evolve(entry, bundle=evolve(entry.bundle, findings=findings)),))


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("solver.time_step", (0.1, 0.2), Kind.PARAMETERS),
        ("time_integrator", ("rk4", "euler"), Kind.PARAMETERS),
        ("max_iterations", (10, 100), Kind.PARAMETERS),
        ("target_error", (0.001, 0.1), Kind.PARAMETERS),
        ("max_error", (0.1, 0.2), Kind.MEASURED),
        ("step_time", (0.1, 0.2), Kind.MEASURED),
    ],
)
def test_what_is_set_before_a_run_is_a_parameter_and_an_amount_of_time_or_error_is_measured(
    name: str, values: tuple[Any, Any], kind: Kind
) -> None:
    runs = [recording(run, name, value) for run, value in zip(series(GOOD, BAD), values, strict=True)]
    assert [found.kind for found in attributes(runs) if found.name == name] == [kind]


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("noise_std", (0.1, 0.5, 0.1, 0.5), Kind.PARAMETERS),
        ("q_max", (4, 8, 8, 8), Kind.PARAMETERS),
        ("qMax", (4, 8, 8, 8), Kind.PARAMETERS),
        ("mem_fraction", (0.5, 0.9, 0.5, 0.9), Kind.PARAMETERS),
        ("noise_std", (0.1, 0.5, 0.2, 0.4), Kind.MEASURED),  # another one in every run
        ("noise_std", (0.1237, 0.5, 0.1237, 0.5), Kind.MEASURED),  # nobody types so many digits
        ("max", (4, 8, 4, 8), Kind.MEASURED),  # of what, if not of the result
        ("image_max", (0, 255, 0, 255), Kind.MEASURED),
        ("c_sum", (1.5, 2.5, 1.5, 2.5), Kind.REFERENCE),
        ("error_std", (0.1, 0.5, 0.1, 0.5), Kind.MEASURED),
        ("config.max_error", (0.1, 0.5, 0.2, 0.4), Kind.PARAMETERS),
        ("results.max_error", (0.1, 0.5, 0.2, 0.4), Kind.MEASURED),
    ],
)
def test_a_setting_is_told_from_a_statistic_by_where_it_stands_its_digits_and_its_few_values(
    name: str, values: tuple[Any, ...], kind: Kind
) -> None:
    runs = [
        recording(run, name, value) for run, value in zip(series(GOOD, BAD, GOOD, BAD), values, strict=True)
    ]
    assert [found.kind for found in attributes(runs) if found.name == name] == [kind]


def test_how_a_run_ended_is_nothing_that_it_was_given() -> None:
    runs = [
        recording(run, "status", value)
        for run, value in zip(series(GOOD, BAD), ("PASS", "FAIL"), strict=True)
    ]
    assert [found.kind for found in attributes(runs) if found.name == "status"] == []


def test_an_option_that_only_some_commands_have_is_compared() -> None:
    options = ["--n 1", "--n 2", "--n 1 --fast", "--n 1 --tol 1 --fast"]
    runs = series(*VERDICTS, options=options)
    found = {a.name.removeprefix("bench.py "): a.values for a in attributes(runs)}
    assert found["--fast"] == ("not given", "not given", "true", "true")
    assert found["--tol"] == ("not given", "not given", "not given", "1")
    two = ["--n 1", "", "--n 1 --tol 1", "--n 1 --tol 2"]
    found = {a.name.removeprefix("bench.py "): a.values for a in attributes(series(*VERDICTS, options=two))}
    assert found["--tol"] == ("not given", None, "1", "2")  # two numbers are names, and not given is a third
    three = ["--n 1", "--tol 3", "--n 1 --tol 1", "--n 1 --tol 2"]
    found = {a.name.removeprefix("bench.py "): a.values for a in attributes(series(*VERDICTS, options=three))}
    assert found["--tol"] == (None, "3", "1", "2")
    assert found["--tol (given or not)"] == ("not given", "given", "given", "given")


def test_an_option_is_not_missed_where_only_other_runs_are_read_with_their_code() -> None:
    source = b"p.add_argument('-t', '--tol', default=1)\np.add_argument('--to', default='a')"
    files = {"scripts/bench.py": python_defaults(source)}
    code = {f"{at:040x}": CommitDefaults(f"{at:040x}", files) for at in (0, 1)}
    runs = series(GOOD, GOOD, BAD, BAD, options=["--n 1", "-t 2", "-t 2", "-t 2 --to b"])
    found = {a.name.removeprefix("bench.py "): a.values for a in attributes(runs, code)}
    assert found["--tol"] == ("1", "2", None, None)  # given as -t, as nobody knows without the code
    assert found["-t"] == (None, None, "2", "2")
    assert found["--to"] == ("a", "a", None, "b")  # it may be "a" by default


def test_a_file_of_settings_leaves_out_only_what_it_lacks_where_it_is_kept() -> None:
    runs = [*series(GOOD, GOOD, BAD, BAD, options=["--config config.yaml"] * 4)]
    for at, names in enumerate((("lr",), ("lr", "limit"), ("limit",))):
        (entry,) = runs[at].entries
        path = f"{entry.bundle.path}/config.yaml"
        kept = Findings(path, parameters=tuple(Parameter(name, 0.1, Source(path)) for name in names))
        bundle = evolve(entry.bundle, findings=(*entry.bundle.findings, kept))
        runs[at] = evolve(runs[at], entries=(evolve(entry, bundle=bundle),))
    found = {a.name: a.values for a in attributes(runs)}
    assert found["config.yaml lr"] == ("0.1", "0.1", "not listed", None)
    assert found["config.yaml limit"] == ("not listed", "0.1", "0.1", None)


def test_files_that_runs_read_are_compared_by_their_digests() -> None:
    runs = [*series(GOOD, GOOD, BAD)]
    for at, digits in enumerate("aab"):
        (entry,) = runs[at].entries
        path = f"{entry.bundle.path}/record.json"
        files = {"in.csv": True, "run.py": True, "own.py": False}  # name: whether git tracks it
        files |= {"late.py": False, "late.csv": False} if digits == "b" else {}
        listed = [Parameter(name, "1", Source(path)) for name in ("LANG", "OMP_NUM_THREADS", "CC")][at:]
        digests = [
            SourceDigest(name, "sha256", digits * 64, Source(path), is_tracked=files[name]) for name in files
        ]
        found = Findings(path, digests=tuple(digests), environment=tuple(listed))
        runs[at] = evolve(runs[at], entries=(evolve(entry, bundle=evolve(entry.bundle, findings=(found,))),))
    values = ("sha256:aaaaaaaaaaaa", "sha256:aaaaaaaaaaaa", "sha256:bbbbbbbbbbbb")
    compared = [a for a in attributes(runs) if a.name.startswith("file ")]
    assert [(a.name, a.kind, a.values, a.is_untracked) for a in compared] == [
        ("file in.csv", Kind.PARAMETERS, values, False),
        ("file late.py", Kind.PARAMETERS, ("not listed", None, values[2]), True),  # R2 may have had it
        ("file own.py", Kind.PARAMETERS, values, True),
    ]


def test_a_variable_that_a_list_of_variables_lacks_is_compared() -> None:
    runs = series(
        *(GOOD, GOOD, BAD, BAD),
        LANG=["C"] * 4,
        OMP_NUM_THREADS=[1, 2, 1, 2],
        MKL_DYNAMIC=[0, 0, 0, None],
        MKL_CBWR=["COMPATIBLE", None, "AVX", None],
        SIM_X=[1, None, None, None],
        LOADEDMODULES=["gcc/12.2:mpich/4.1", "gcc/13.1:openmpi", "gcc/13.1:mpich/4.1", None],
    )
    found = {a.name: a.values for a in attributes(runs)}
    assert found["module_gcc"] == ("12.2", "13.1", "13.1", None)
    assert found["module_mpich"] == ("4.1", "not listed", "4.1", None)
    assert found["$MKL_CBWR"] == ("COMPATIBLE", "not listed", "AVX", None)
    assert found["$SIM_X"] == ("1", "none that is kept", "none that is kept", None)


def test_the_log_of_each_job_lists_variables_under_a_name_of_its_own() -> None:
    runs = [*series(*VERDICTS)]
    for at in range(4):
        (entry,) = runs[at].entries
        path = f"{entry.bundle.path}/slurm-{4711 + at}.out"
        names = ["OMP_NUM_THREADS", "MKL_CBWR", "LANG", *(["MPI_MODE"] if at > 1 else [])]
        found = Findings(path, environment=tuple(Parameter(name, "x", Source(path)) for name in names))
        bundle = evolve(entry.bundle, findings=(*entry.bundle.findings, found))
        runs[at] = evolve(runs[at], entries=(evolve(entry, bundle=bundle),))
    found_values = {a.name: a.values for a in attributes(runs)}
    assert found_values["$MPI_MODE"] == ("not listed", "not listed", "x", "x")
    rows = diff([run_column([run.entries[0].bundle], "", None) for run in runs])
    (texts,) = ([cell.text for cell in row.cells] for row in rows if row.name == "$MPI_MODE")
    assert texts == ["not listed", "not listed", "x", "x"]  # `params` and the audit say the same


def test_how_often_something_was_done_is_a_result_where_nothing_sets_it() -> None:
    counted = [recording(run, "iterations", 400 + at) for at, run in enumerate(series(*VERDICTS))]
    assert {a.name: a.kind for a in attributes(counted)}["iterations"] is Kind.MEASURED
    told = [
        recording(run, "iterations", 400 + at)
        for at, run in enumerate(series(*VERDICTS, options=[f"--iterations {400 + at}" for at in range(4)]))
    ]
    kinds = {a.name: a.kind for a in attributes(told)}
    assert (kinds["bench.py --iterations"], kinds["iterations"]) == (Kind.PARAMETERS, Kind.PARAMETERS)


def test_an_option_that_was_renamed_is_one_attribute() -> None:
    options = ["--lr 0.1 --n 1", "--lr 0.5 --n 2", "--learning-rate 0.5 --device 1", "--learning-rate 0.1"]
    found = {a.name: a.values for a in attributes(series(GOOD, BAD, BAD, GOOD, options=options))}
    assert found["bench.py --lr, later --learning-rate"] == ("0.1", "0.5", "0.5", "0.1")
    assert "bench.py --n" in found


@pytest.mark.parametrize(
    "options",
    [
        ["--fp16 true", "--fp16 true", "--bf16 true", "--bf16 true"],
        ["--beta1 0.95", "--beta1 0.95", "--beta2 0.95", "--beta2 0.95"],
        ["--min-depth 30", "--max-depth 30", "--min-depth 30", "--max-depth 30"],
    ],
    ids=["a switch", "another number", "by turns"],
)
def test_options_of_like_names_that_were_not_renamed_are_two(options: list[str]) -> None:
    found = [a.name for a in attributes(series(GOOD, GOOD, BAD, BAD, options=options))]
    assert {f"bench.py {words.split()[0]}" for words in options} <= {*found}
    assert not any("later" in name for name in found)


def test_what_another_file_says_of_more_runs_is_no_attribute_of_its_own() -> None:
    values = {
        "config.yaml lr": ("1", "2", "1", "2"),
        "overrides.yaml lr": (None, "2", None, "2"),
        "other.yaml lr": (None, "1", None, "2"),
        "train.py --seed": ("1", "1", "1", "1"),
        "warm_up.py --seed": (None, "1", None, "1"),  # given or not: of another program
    }
    sources = (None,) * 4
    found = without_echoes([Attribute(name, Kind.PARAMETERS, own, sources) for name, own in values.items()])
    assert [attribute.name for attribute in found] == [name for name in values if name != "overrides.yaml lr"]
