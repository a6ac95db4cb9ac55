"""What runs used: from commands, result files, environment records, and the code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bisect_parity.evidence.command_line import parse_commands
from bisect_parity.evidence.model import Bundle, Findings, Frame, Metric, Parameter, Source
from bisect_parity.params.code import CommitDefaults
from bisect_parity.params.config_files import ini_defaults, yaml_defaults
from bisect_parity.params.context import context_value, deviations
from bisect_parity.params.effective import builders_of, measured_names, run_values
from bisect_parity.params.python_defaults import python_defaults

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bisect_parity.params.model import Value

CONTEXT = {"device": "cpu", "dtype": "float32"}


def texts(values: Mapping[str, tuple[Value, ...]]) -> dict[str, str]:
    """The values as text; where a name has several, all of them."""
    return {name: ", then ".join(value.text for value in several) for name, several in values.items()}


def bundle(
    commands: str = "",
    parameters: Iterable[tuple[str, object]] = (),
    environment: Iterable[tuple[str, object]] = (),
    path: str = "r/20251009T070458Z",
) -> Bundle:
    found = [Findings(f"{path}/commands.txt", commands=parse_commands(commands, f"{path}/commands.txt"))]
    results = f"{path}/benchmark_results.json"
    found.append(Findings(results, parameters=tuple(Parameter(n, v, Source(results)) for n, v in parameters)))
    env = f"{path}/env.json"
    found.append(Findings(env, environment=tuple(Parameter(n, v, Source(env)) for n, v in environment)))
    return Bundle(path, (), (), tuple(found))


def values_of(*bundles: Bundle, code: CommitDefaults | None = None) -> dict[str, tuple[Value, ...]]:
    return run_values(bundles, f"{bundles[0].path}/benchmark_results.json", code)


def code_of(**files: str) -> CommitDefaults:
    """The code of a commit; a name such as `scripts__bench` stands for scripts/bench.py."""
    named = {f"{name.replace('__', '/')}.py": python_defaults(text.encode()) for name, text in files.items()}
    return CommitDefaults("c" * 40, named)


def test_options_variables_versions_and_inputs_have_names_of_their_own() -> None:
    values = values_of(
        bundle(
            "OMP_NUM_THREADS=2 python scripts/bench.py --sizes 4096 --profile extra\n",
            [("size", 4096)],
            [("pytorch_version", "2.7.1"), ("CPU Cores", 16), ("LANG", "C")],
        )
    )
    assert texts(values) == {
        "$OMP_NUM_THREADS": "2",
        "bench.py --sizes": "4096",
        "bench.py --profile": "true",
        "bench.py (words)": "extra",
        "parameter size": "4096",
        "torch": "2.7.1",
        "cpu_cores": "16",
        "$LANG": "C",
    }
    assert values["bench.py --sizes"][0].source.line == 1


def test_what_builds_were_given_is_told_without_places_of_files() -> None:
    lines = (
        "CXXFLAGS=-O1 make -j 4 heat CFLAGS='-O2 -ffast-math' SINGLE=1",
        "cmake -S . -B build -DCMAKE_BUILD_TYPE:STRING=Release -D USE_MPI=ON",
        "gcc-12 -Iinc -O2 -O3 -march=native -D N=4 -fopenmp -fno-math-errno -ffile-prefix-map=/a=b -std=c11",
    )
    assert texts(values_of(bundle("\n".join(lines)))) == {
        "$CXXFLAGS": "-O1",
        "make CFLAGS": "-O2 -ffast-math",
        "make SINGLE": "1",
        "cmake CMAKE_BUILD_TYPE": "Release",
        "cmake USE_MPI": "ON",
        "gcc-12 -O": "3",
        "gcc-12 -DN": "4",
        "gcc-12 -fopenmp": "true",
        "gcc-12 -fmath-errno": "false",
        "gcc-12 -march": "native",
        "gcc-12 -std": "c11",
    }
    fast, usual = values_of(bundle("cc -Ofast -c a.c")), values_of(bundle("cc -O a.c"))
    assert texts(fast) == {"cc -O": "3", "cc -ffast-math": "true"}  # what it stands for
    assert texts(usual) == {"cc -O": "1"}
    built = bundle("ifx -O2 -fp-model precise heat.f90\ngcc @flags.txt heat.c")
    assert texts(values_of(built)) == {"ifx -O": "2", "ifx -fp-model": "precise"}
    assert builders_of([built]) == {"ifx"}  # what a file of flags leaves out is not known


def test_what_is_a_measurement_in_every_run_is_named_and_nothing_else() -> None:
    runs = [
        values_of(
            bundle("", [("rel_err", 0), ("c_time", 0.5), ("x", 0.12345678901), ("lr", 0.1), ("loss", 1)])
        ),
        values_of(bundle("", [("rel_err", 1.1920928955078e-07), ("x", 0.10987654321), ("lr", 0.1 + 0.2)])),
        values_of(bundle("", [("loss", "mse")])),
    ]
    assert measured_names(runs) == {"parameter rel_err", "parameter c_time", "parameter x"}


def test_what_is_set_before_a_run_is_no_measurement_whatever_its_name_recalls() -> None:
    given: list[tuple[str, Any]] = [("time_step", 0.1), ("exposure_time", 2), ("memory_limit", 8)]
    given += [("target_error", 0.001), ("time_integrator", "rk4"), ("time_reversal", True)]
    assert measured_names([values_of(bundle("", given))]) == frozenset()
    assert measured_names([values_of(bundle("", [("wall_time", "12.5 s")]))]) == {"parameter wall_time"}


def test_stamps_in_values_make_no_difference() -> None:
    one = bundle("python b.py --out reports/20251009T070458Z/x\n")
    other = bundle("python b.py --out reports/20251010-021229/x\n", path="r/20251010-021229")
    assert texts(values_of(one)) == texts(values_of(other))


def test_tests_and_builds_are_not_the_run() -> None:
    assert values_of(bundle("A_B=1 pytest -q tests/\nmake -j 2\n")) == {}


def test_several_records_of_one_name_are_all_told_once() -> None:
    values = values_of(bundle("python b.py --n 1\npython b.py --n 2\npython b.py --n 1\n"))
    assert texts(values) == {"b.py --n": "1, then 2"}


def test_remarks_after_a_value_are_left_out() -> None:
    values = values_of(
        bundle(environment=[("Device", "CPU (32 cores)"), ("python", "3.13.5 | packaged by A")])
    )
    assert texts(values) == {"device": "CPU", "python": "3.13.5"}


def test_an_option_is_believed_before_other_records() -> None:
    values = values_of(bundle("python b.py --device cuda:0\n", environment=[("device", "cpu")]))
    device = context_value(values, "device")
    assert device is not None
    assert device.text == "cuda:0"
    assert context_value(values, "dtype") is None


def test_deviations_from_the_expected_device_and_type_are_found_wherever_they_stand() -> None:
    values = values_of(
        bundle("python b.py --device cuda:0 --dtype torch.float32\n", environment=[("dtype", "float64")])
    )
    assert [(d.name, d.value.text) for d in deviations(values, CONTEXT)] == [
        ("device", "cuda:0"),
        ("dtype", "float64"),
    ]


def test_expected_values_in_words_and_numbers_are_no_deviation() -> None:
    values = values_of(
        bundle("python b.py --device CPU --size 4096.0\n", environment=[("dtype", "CPU, float32")])
    )
    assert deviations(values, {**CONTEXT, "size": 4096}) == ()


def test_what_nobody_recorded_deviates_from_nothing() -> None:
    assert deviations({}, CONTEXT) == ()


def test_values_of_secret_names_are_not_kept() -> None:
    values = values_of(bundle(environment=[("WANDB_API_KEY", "abc123")]))
    assert texts(values) == {"$WANDB_API_KEY": "REDACTED"}


BENCH = """
import argparse, os
from options import add
parser = argparse.ArgumentParser()
parser.add_argument("-s", "--sizes", type=int, nargs="+", default=[1024])
parser.add_argument("--scale", type=float, default=1.5)
parser.add_argument("--profile", action="store_true")
parser.add_argument("--device", default=os.environ.get("DEVICE", "cpu"))
parser.add_argument("file")
"""


def test_what_was_not_given_has_the_default_of_the_commit_with_its_place() -> None:
    code = code_of(scripts__bench=BENCH, scripts__options='p.add_argument("--threads", default=4)\n')
    values = values_of(bundle("python scripts/bench.py x.bin -s 512\n"), code=code)
    assert texts(values) == {
        "bench.py --sizes": "512",
        "bench.py file": "x.bin",
        "bench.py --scale": "1.5",
        "bench.py --profile": "false",
        "bench.py --device": "(by $DEVICE, which nobody recorded; cpu where it is not set)",
        "bench.py --threads": "4",
    }
    scale = values["bench.py --scale"][0]
    assert (scale.origin, scale.source.path, scale.source.line) == (
        "default in the code",
        "scripts/bench.py",
        6,
    )
    assert scale.commit == "c" * 40
    assert values["bench.py --sizes"][0].source.path.endswith("commands.txt")


def test_a_variable_that_was_recorded_counts_more_than_the_default() -> None:
    code = code_of(bench=BENCH)
    given = values_of(bundle("DEVICE=cuda python bench.py x\n"), code=code)
    assert texts(given)["bench.py --device"] == "cuda"
    assert given["bench.py --device"][0].note == "from $DEVICE"
    both = values_of(bundle("DEVICE=cuda python bench.py --device mps x\n"), code=code)
    assert texts(both)["bench.py --device"] == "mps"


def test_an_option_that_was_given_twice_counts_last_and_says_so() -> None:
    (value,) = values_of(bundle("python bench.py --scale 1 --scale 2 x\n"), code=code_of(bench=BENCH))[
        "bench.py --scale"
    ]
    assert value.value == 2.0
    assert value.note == "given 2 times, the last counts"


def test_defaults_that_disagree_are_not_guessed() -> None:
    twice = 'a.add_argument("--n", default=1)\nb.add_argument("--n", default=2)\n'
    values = values_of(bundle("python bench.py\n"), code=code_of(bench=twice))
    assert texts(values) == {"bench.py --n": "(declared with 1 and 2)"}


def test_words_that_set_a_key_are_options() -> None:
    values = values_of(bundle("python train.py model.lr=0.1 +seed=3 plain\n"))
    assert texts(values) == {"train.py model.lr": "0.1", "train.py seed": "3", "train.py (words)": "plain"}


def test_everything_means_other_files_and_lines_of_libraries() -> None:
    frames = tuple(
        Frame(
            "/x/lib/python3.11/site-packages/torch/a.py",
            line,
            function,
            is_definition=True,
            source=Source("t"),
        )
        for line, function in ((10, "run"), (20, "step"), (30, "step"), (40, "<lambda>"))
    )
    found = [
        Findings(
            "r/1/results.json",
            parameters=(Parameter("size", 64, Source("a")),),
        ),
        Findings(
            "r/1/other.json",
            metrics=(Metric("rmse", 0.1, Source("b")),),
            parameters=(Parameter("lr", 0.1, Source("b")),),
        ),
        Findings("r/1/meta.json", parameters=(Parameter("node", 7, Source("c")),)),
        Findings("r/1/trace.json", frames=frames),
    ]
    bundles = [Bundle("r/1", (), (), tuple(found))]
    own = {"parameter size": "64", "meta.json node": "7"}  # few values and no figures: of the run
    assert texts(run_values(bundles, "r/1/results.json")) == own
    assert texts(run_values(bundles, "r/1/results.json", everything=True)) == own | {
        "other.json lr": "0.1",
        "library torch/a.py run": "10",
    }
    data = [Findings(f"r/1/{at}.json", parameters=(Parameter("x", at, Source("d")),)) for at in range(30)]
    bundles = [Bundle("r/1", (), (), (*found, *data))]
    assert texts(run_values(bundles, "r/1/results.json")) == {"parameter size": "64"}


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("hparams.yaml", "hparams.yaml lr"),
        ("training_args.json", "training_args.json lr"),
        (".hydra/config.yaml", ".hydra/config.yaml lr"),
        ("params/lr", "params lr"),
        ("input.nml", "input.nml lr"),
        ("namelist.input", "namelist.input lr"),
        ("setup.ini", "setup.ini lr"),
        ("run.conf", "run.conf lr"),
        ("inputs.yaml", "inputs.yaml lr"),
    ],
)
def test_files_of_settings_beside_the_results_are_those_of_the_run(file: str, name: str) -> None:
    result = Findings("r/1/metrics.csv", parameters=(Parameter("size", 64, Source("a")),))
    settings = Findings(f"r/1/{file}", parameters=(Parameter("lr", 0.1, Source("b")),))
    bundles = [Bundle("r/1", (), (), (result, settings))]
    assert texts(run_values(bundles, "r/1/metrics.csv")) == {"parameter size": "64", name: "0.1"}


def test_a_default_that_names_a_constant_of_another_file_has_its_value() -> None:
    code = code_of(
        bench="import argparse\nfrom pkg.config import STEPS\nfrom pkg import config\n"
        'p.add_argument("--steps", default=STEPS)\np.add_argument("--dt", default=config.Scheme.dt)\n',
        pkg__config="from .base import STEPS\nclass Scheme:\n    dt: float = 0.5\n",
        pkg__base="STEPS = 1000\n",
        pkg____init__="",
    )
    values = values_of(bundle("python bench.py\n"), code=code)
    assert texts(values) == {"bench.py --steps": "1000", "bench.py --dt": "0.5"}
    assert (values["bench.py --steps"][0].source.path, values["bench.py --steps"][0].source.line) == (
        "bench.py",
        4,
    )


def test_the_configuration_of_a_hydra_program_is_composed() -> None:
    source = '@hydra.main(version_base=None, config_path="conf", config_name="config")\ndef main(cfg): pass\n'
    files = {
        "train.py": python_defaults(source.encode()),
        "conf/config.yaml": yaml_defaults(b"defaults:\n  - model: small\nseed: 1\n"),
        "conf/model/small.yaml": yaml_defaults(b"depth: 2\n"),
        "conf/model/large.yaml": yaml_defaults(b"depth: 9\n"),
    }
    values = values_of(bundle("python train.py model=large seed=3\n"), code=CommitDefaults("c" * 40, files))
    assert texts(values) == {"train.py model": "large", "train.py seed": "3", "train.py model.depth": "9"}
    assert values["train.py model.depth"][0].origin == "configuration file"


def test_fields_are_options_where_a_library_makes_them_so() -> None:
    source = (
        "import tyro\nfrom dataclasses import dataclass\n@dataclass\nclass Args:\n"
        "    detector_size: int = 64\n    fast: bool = False\n    lr: float = 0.1\n"
    )
    values = values_of(bundle("python bench.py --detector-size 128 --fast\n"), code=code_of(bench=source))
    assert texts(values) == {
        "bench.py --detector-size": "128",
        "bench.py --fast": "true",
        "bench.py --lr": "0.1",
    }
    plain = code_of(bench=source.replace("import tyro\n", ""))
    assert "bench.py --lr" not in values_of(bundle("python bench.py --fast\n"), code=plain)


LAYERED = """import argparse, os, yaml
p = argparse.ArgumentParser()
p.add_argument("--config")
p.add_argument("--lr", type=float, default=0.1)
p.add_argument("--steps", type=int, default=int(os.environ.get("STEPS", 100)))
p.add_argument("--grid-size", type=int, default=8)
p.add_argument("--sizes", nargs="+", type=int, default=[1, 2])
p.add_argument("--other", type=int, default=5)
"""


def layered(command: str, **files: str) -> dict[str, str]:
    found = code_of(train=LAYERED)
    files = files or {"conf/a.yaml": "lr: 0.02\nsteps: 7\ngrid_size: 16\nsizes: [3, 4]\nmodel: {depth: 2}\n"}
    read = {path: yaml_defaults(text.encode()) for path, text in files.items()}
    return texts(values_of(bundle(command), code=CommitDefaults(found.commit, {**found.files, **read})))


def test_a_file_that_the_command_names_counts_before_the_defaults_of_the_code() -> None:
    values = layered("python train.py --config conf/a.yaml --lr 0.5\n")
    assert values["train.py --lr"] == "0.5"
    assert values["train.py --grid-size"] == "16"
    assert values["train.py --sizes"] == "[3, 4]"
    assert values["train.py --other"] == "5"
    assert values["train.py model.depth"] == "2"


def test_the_environment_counts_before_the_file() -> None:
    assert layered("STEPS=3 python train.py --config=conf/a.yaml\n")["train.py --steps"] == "3"
    unrecorded = layered("python train.py --config=conf/a.yaml\n")["train.py --steps"]
    assert unrecorded == "(by $STEPS, which nobody recorded; 7 where it is not set)"


def test_a_value_from_a_file_tells_the_file_and_its_commit() -> None:
    found = code_of(train=LAYERED)
    code = CommitDefaults(found.commit, {**found.files, "conf/a.yaml": yaml_defaults(b"lr: 0.02\n")})
    (value,) = values_of(bundle("python train.py --config ./conf/a.yaml\n"), code=code)["train.py --lr"]
    assert (value.origin, value.source.path, value.note) == (
        "configuration file",
        "conf/a.yaml",
        "from conf/a.yaml",
    )


def test_a_file_of_settings_that_is_not_at_hand_leaves_a_doubt_on_each_default() -> None:
    found = code_of(train=LAYERED)
    values = values_of(bundle("python train.py --config /tmp/x.yaml\n"), code=found)
    assert values["train.py --lr"][0].note == "unless /tmp/x.yaml, which is not at hand, sets it"


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("conf/a.yaml", "0.02"),
        ("./a.yaml", "0.02"),
        ("../conf/a.yaml", "0.02"),
        ("/home/ana/sim/conf/a.yaml", "0.02"),
        ("/data/a.yaml", "0.1"),
        ("runs/old/a.yaml", "0.1"),
    ],
)
def test_a_file_of_the_same_name_elsewhere_is_another(word: str, value: str) -> None:
    assert layered(f"python train.py --config {word}\n")["train.py --lr"] == value


def test_data_and_log_settings_are_no_files_of_settings() -> None:
    data = {"data.json": "lr: 9\n", "log.yaml": "lr: 8\nx: 1\n", "d.json": "unknown: 7\n"}
    assert (
        layered("python train.py --log-config log.yaml --data data.json d.json\n", **data)["train.py --lr"]
        == "0.1"
    )


def test_of_several_files_the_last_counts() -> None:
    files = {"a.yaml": "lr: 1\nother: 2\n", "b.yaml": "lr: 3\n"}
    values = layered("python train.py --config a.yaml b.yaml\n", **files)
    assert layered("python train.py --config a.yaml --config b.yaml\n", **files)["train.py --lr"] == "3"
    assert values["train.py --other"] == "2"


def test_sections_of_a_file_mean_nothing_to_configargparse() -> None:
    code = code_of(run="import configargparse\np = configargparse.ArgParser()\np.add('--dt', default=0.1)\n")
    files = {**code.files, "a.ini": ini_defaults(b"[main]\ndt = 0.01\n")}
    values = values_of(bundle("python run.py -c a.ini\n"), code=CommitDefaults(code.commit, files))
    assert texts(values)["run.py --dt"] == "0.01"


def test_files_that_a_parser_reads_unasked_count_before_its_defaults() -> None:
    source = LAYERED.replace("ArgumentParser()", "ArgumentParser(default_config_files=['a.yaml', '~/.rc'])")
    code = code_of(train=source)
    files = {
        **code.files,
        "a.yaml": yaml_defaults(b"lr: 0.02\nother: 6\n"),
        "b.yaml": yaml_defaults(b"lr: 3\n"),
    }
    plain = values_of(bundle("python train.py\n"), code=CommitDefaults(code.commit, files))
    assert (plain["train.py --lr"][0].text, plain["train.py --lr"][0].note) == ("0.02", "from a.yaml")
    asked = values_of(bundle("python train.py --config b.yaml\n"), code=CommitDefaults(code.commit, files))
    assert (asked["train.py --lr"][0].text, asked["train.py --other"][0].text) == ("3", "6")


@pytest.mark.parametrize("default", ["'a.yaml'", "Path('a.yaml')"])
def test_a_file_of_settings_that_is_the_default_of_an_option_counts(default: str) -> None:
    source = f"{LAYERED}p.add_argument('--config', default={default})\n"
    code = code_of(train=source)
    files = {**code.files, "a.yaml": yaml_defaults(b"lr: 0.02\n"), "b.yaml": yaml_defaults(b"other: 3\n")}
    plain = values_of(bundle("python train.py\n"), code=CommitDefaults(code.commit, files))
    assert plain["train.py --lr"][0].text == "0.02"
    asked = values_of(bundle("python train.py --config b.yaml\n"), code=CommitDefaults(code.commit, files))
    assert asked["train.py --lr"][0].text == "0.1"  # a.yaml is not read


def test_the_numbers_in_the_name_of_a_file_that_is_a_run_are_not_those_of_its_parameters() -> None:
    names = [f"results/nb_{stamp}.ipynb" for stamp in ("20260601T101500", "20260602_111700")]
    found = [
        run_values(
            [Bundle(name, (), (), (Findings(name, parameters=(Parameter("seed", 1, Source(name)),)),))],
            "",
            everything=True,
        )
        for name in names
    ]
    assert [[*values] for values in found] == [["nb_<n>.ipynb seed"]] * 2


def test_a_file_may_give_what_the_code_requires() -> None:
    source = "import argparse\np = argparse.ArgumentParser()\np.add_argument('--lr', required=True)\n"
    files = {**code_of(run=source).files, "a.yaml": yaml_defaults(b"lr: 0.02\n")}
    values = values_of(bundle("python run.py --config a.yaml\n"), code=CommitDefaults("a" * 40, files))
    assert texts(values)["run.py --lr"] == "0.02"
