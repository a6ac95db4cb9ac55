"""Command lines are found in every kind of record, and nothing else is."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bisect_parity.evidence.command_line import LONGEST_LINE, LONGEST_TEXT, parse_commands
from bisect_parity.evidence.script import MOST_COMMANDS

if TYPE_CHECKING:
    from bisect_parity.evidence.model import Command


def only(text: str, path: str = "commands.txt") -> Command:
    (command,) = parse_commands(text, path)
    return command


def programs(text: str, path: str = "commands.txt") -> list[str]:
    return [command.program for command in parse_commands(text, path)]


def test_a_benchmark_line_is_told_apart_into_environment_program_and_options() -> None:
    text = (
        "# Phase B\n"
        "KMP_DUPLICATE_LIB_OK=TRUE python scripts/benchmark.py \\\n"
        "  --sizes 4096 \\\n"
        "  --device cpu --dtype=float32 --profile \\\n"
        "  --iterations 1\n"
    )
    command = only(text)
    assert command.environment == (("KMP_DUPLICATE_LIB_OK", "TRUE"),)
    assert command.program == "scripts/benchmark.py"
    assert command.options == {
        "--sizes": "4096",
        "--device": "cpu",
        "--dtype": "float32",
        "--profile": True,
        "--iterations": "1",
    }
    assert command.positional == ()
    assert command.argv[:3] == ("python", "scripts/benchmark.py", "--sizes")
    assert (command.source.path, command.source.line) == ("commands.txt", 2)


@pytest.mark.parametrize(
    ("line", "program"),
    [
        ("python -m simulator --size 64", "simulator"),
        ("python3.11 -u -X dev tools/run.py", "tools/run.py"),
        ("python -c 'print(1)'", "-c"),
        ("python - <<'PY'\nimport torch\nPY", "-"),
        ("timeout 600 env A=1 python run.py", "run.py"),
        ("/usr/bin/time -v -o time.txt timeout 60 env A=1 pytest -q tests/", "pytest"),
        ("nohup uv run --with torch python run.py &", "run.py"),
        ("conda run -n lab python run.py", "run.py"),
        ("torchrun --nproc-per-node 2 train.py --lr 1", "train.py"),
        ("bash scripts/all.sh --fast", "scripts/all.sh"),
        ("sh -c 'cd x && python run.py'", "run.py"),
        ("(cd /data && ./reference -N 5)", "./reference"),
        ("nanoBragg -lambda 0.5", "nanoBragg"),
        ('"$NB_C_BIN" -lambda 0.5', "$NB_C_BIN"),
        ("if true; then python run.py; fi", "run.py"),
        ("! python run.py", "run.py"),
        ("$ python run.py", "run.py"),
        ("user@host:~/x$ python run.py", "run.py"),
        ("Command: `python run.py`", "run.py"),
        ("# Command executed: python run.py", "run.py"),
    ],
)
def test_the_program_is_what_computes(line: str, program: str) -> None:
    assert programs(line) == [program]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# python run.py --was-planned",
        "git rev-parse HEAD",
        "mkdir -p a/b && cd a/b && cat x | grep -v y > z; echo done",
        "cp -r reports/a/* reports/b/",
        "python --version",
        "Result: SUCCESS - 114 lines captured",
        "Chunk 01: 2 failed, 60 passed, 9 skipped, time=84.58s",
        "python scripts used (run from repo root):",
        "pytest collection output is kept below",
        "cat > x.py <<EOF\npython run.py\nEOF",
        "x=1",
        "for i in 1 2 3",
        "- Detector: 4096x4096",
        "don't run python here: it isn't ready",
        'git() { git -c a=b "$@"; }',
    ],
)
def test_noise_comments_and_prose_are_left_out(text: str) -> None:
    assert parse_commands(text, "commands.txt") == ()


def test_exports_hold_for_later_commands_and_variables_are_expanded() -> None:
    text = (
        "python before.py\n"
        "export OMP_NUM_THREADS=4 STAMP=20251010T022314Z\n"
        "BASE=reports/$STAMP\n"
        "python run.py --out ${BASE}/x '$BASE'\n"
        "unset OMP_NUM_THREADS\n"
        "python after.py\n"
    )
    before, during, after = parse_commands(text, "run.sh")
    assert before.environment == ()
    assert during.environment == (("OMP_NUM_THREADS", "4"), ("STAMP", "20251010T022314Z"))
    assert during.options == {"--out": "reports/20251010T022314Z/x"}
    assert during.positional == ("$BASE",)
    assert after.environment == (("STAMP", "20251010T022314Z"),)


def test_loaded_modules_and_activated_environments_are_variables() -> None:
    text = (
        "module purge\nmodule load gcc/12.2.0 openmpi/4.1.5\nmpirun ./a.out\n"
        "module swap openmpi mpich/4.1\nmodule list\nconda activate torch23\n./a.out\n"
        "ml -gcc gcc/13.1 hdf5\n./a.out\nmodule unload hdf5/1.12\n./a.out\n"
        "conda deactivate\nmodule purge\n./a.out\nconda activate --stack torch24\n"
        "ml lib/fftw/3.3 py/conda\nml av\nml lib/hdf5/1.12\nmodule rm py\nml use /opt/m\n./a.out\n"
    )
    loaded = [dict(command.environment)["LOADEDMODULES"] for command in parse_commands(text, "job.slurm")]
    after = ["mpich/4.1:gcc/13.1:hdf5", "mpich/4.1:gcc/13.1", "", "lib/fftw/3.3:lib/hdf5/1.12"]
    assert loaded == ["gcc/12.2.0:openmpi/4.1.5", "gcc/12.2.0:mpich/4.1", *after]
    variables = [dict(command.environment) for command in parse_commands(text, "job.slurm")]
    names = [item.get("CONDA_DEFAULT_ENV") for item in variables]
    assert names == [None, "torch23", "torch23", "torch23", None, "torch24"]


def test_pipelines_lists_and_redirections_do_not_become_words() -> None:
    text = "python a.py --n 1 2>&1 | tee a.log && python b.py > out.txt 2>err.txt; python c.py <in.txt\n"
    commands = parse_commands(text, "commands.txt")
    assert [command.argv[1:] for command in commands] == [("a.py", "--n", "1"), ("b.py",), ("c.py",)]


def test_a_quoted_program_over_several_lines_is_one_command() -> None:
    text = 'python -c "\nimport os\nprint(os)\n" --flag\npython b.py\n'
    assert programs(text) == ["-c", "b.py"]


def test_an_open_quote_costs_its_own_line_only() -> None:
    commands = parse_commands("python a.py --title it's\npython b.py\n", "commands.txt")
    assert [command.program for command in commands] == ["a.py", "b.py"]
    assert commands[0].options == {"--title": "it's"}


def test_flags_take_all_numbers_but_one_word_and_repeats_add_up() -> None:
    command = only("./reference -cell 100 100 -90 1e3 --name a b --set x=1 --set y=2 -- -N 5")
    assert command.options == {
        "-cell": ("100", "100", "-90", "1e3"),
        "--name": "a",
        "--set": ("x=1", "y=2"),
        "-N": "5",
    }
    assert command.positional == ("b",)


def test_bare_flags_of_pytest_take_no_value() -> None:
    command = only("pytest -v tests/test_a.py -k 'one or two' --maxfail=1 --collect-only tests/test_b.py")
    assert command.options == {"-v": True, "-k": "one or two", "--maxfail": "1", "--collect-only": True}
    assert command.positional == ("tests/test_a.py", "tests/test_b.py")


def test_markdown_gives_its_shell_blocks_prompts_and_labelled_lines_only() -> None:
    text = (
        "python prose.py is what we ran\n"
        "```bash\npython fenced.py --a 1\n```\n"
        "```python\npython = './not_a_command.py'\n```\n"
        "```console\n$ python prompted.py \\\n    --b 2\npython output.py\n```\n"
        "    $ python indented.py\n"
        "**Command:** `python labelled.py --c 3`\n"
    )
    assert programs(text, "summary.md") == ["fenced.py", "prompted.py", "indented.py", "labelled.py"]


def test_logs_give_prompts_shell_traces_and_labelled_lines_only() -> None:
    text = (
        "python output.py\n+ python traced.py --a 1\n$ python prompted.py\nCommand line: ./reference -N 5\n"
    )
    assert programs(text, "run.log") == ["traced.py", "prompted.py", "./reference"]


def test_fences_in_a_command_log_hide_other_languages() -> None:
    text = "```bash\npython a.py\n```\n```python\n./b.py\n```\npython c.py\n"
    assert programs(text) == ["a.py", "c.py"]


def test_several_runs_in_one_file_keep_their_lines() -> None:
    text = "# Run 1\r\npython a.py --n 1\r\n# Run 2\r\npython a.py --n 2"
    assert [(c.source.line, c.options["--n"]) for c in parse_commands(text, "commands.txt")] == [
        (2, "1"),
        (4, "2"),
    ]


def test_values_of_secret_names_are_replaced_everywhere() -> None:
    text = (
        "export WANDB_API_KEY=abc123def\n"
        "HF_TOKEN=s3cr3t python run.py --password hunter2 --url https://me:pw99@host/x s3cr3t abc123def\n"
    )
    command = only(text)
    shown = repr(command)
    for secret in ("abc123def", "s3cr3t", "hunter2", "pw99"):
        assert secret not in shown
    assert dict(command.environment) == {"WANDB_API_KEY": "REDACTED", "HF_TOKEN": "REDACTED"}
    assert command.options["--password"] == "REDACTED"


def test_a_secret_behind_a_letter_is_none_of_the_names_of_parameters() -> None:
    command = only("mysql -u root -prabbit-hole db rabbit-hole\n")
    assert "rabbit-hole" not in repr(command)
    assert "-pREDACTED" in command.options or "-pREDACTED" in command.argv


def test_limits_hold_for_endless_lines_and_files() -> None:
    assert len(parse_commands("python a.py\n" * (MOST_COMMANDS + 50), "commands.txt")) == MOST_COMMANDS
    assert parse_commands("#\n" * LONGEST_TEXT + "python a.py\n", "commands.txt") == ()
    long = only("python a.py " + "x" * (3 * LONGEST_LINE))
    assert len(long.positional[0]) <= LONGEST_LINE
    doubling = "A=" + "x" * 400 + "\n" + "A=$A$A$A$A\n" * 50 + "python a.py $A\n"
    assert len(only(doubling).positional[0]) <= LONGEST_LINE


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0\n\r`$"), min_size=1, max_size=12)


@given(st.lists(WORDS, max_size=6))
def test_words_quoted_by_shlex_come_back(words: list[str]) -> None:
    command = only(shlex.join(["./reference", "-N", "1", *words]))
    assert command.argv[3:] == tuple(words) or "REDACTED" in repr(command)


PIECES = """python a.py|$ |```|```bash|<<EOF|EOF|'|"|`|$(|${|\\|&&|;|(|)|export A=b|A=$A|$A| |
|--x|-c|sh |env |=|Command: |+ |#|>|2>&1"""
FRAGMENTS = st.sampled_from(PIECES.split("|"))


@settings(max_examples=60)
@given(
    st.one_of(st.text(max_size=300), st.lists(FRAGMENTS, max_size=40).map("".join)),
    st.sampled_from(["commands.txt", "run.sh", "a.md", "run.log"]),
)
def test_no_text_makes_it_raise_and_every_source_lies_in_the_file(text: str, path: str) -> None:
    count = text.count("\n") + 1
    for command in parse_commands(text, path):
        assert command.argv
        assert command.program
        assert 1 <= command.source.line <= count


@pytest.mark.parametrize(
    ("line", "program"),
    [
        ("2025-10-08T15:42:00Z python run.py --n 1", "run.py"),
        ("[2025-10-08 15:42:00.5] $ python run.py --n 1", "run.py"),
        ("2025-10-08T15:42:00+02:00\tA=1 ./program -n 1", "./program"),
        ("% python run.py --n 1", "run.py"),
        ("!python run.py --n 1", "run.py"),
        ("python3 << 'EOF'\nimport torch\nEOF", "-"),
        ("python < script.py", "-"),
        ("accelerate launch --num_processes 2 train.py --n 1", "train.py"),
        ("deepspeed --num_gpus 2 train.py --n 1", "train.py"),
        ("python -m torch.distributed.run --nproc_per_node=4 train.py --n 1", "train.py"),
        ("singularity exec --nv image.sif python train.py --n 1", "train.py"),
        ("docker run --rm -v ./a:/b image python train.py --n 1", "train.py"),
        ("nsys profile -o out python train.py --n 1", "train.py"),
    ],
)
def test_times_prompts_and_launchers_are_taken_off(line: str, program: str) -> None:
    assert only(line).program == program


@pytest.mark.parametrize(
    "line", ["python -m simulator --version", "docker run image", "2025-10-08 15:42:00 INFO run started"]
)
def test_questions_and_remarks_are_no_runs(line: str) -> None:
    assert programs(line) == []


def test_a_variable_holds_for_what_follows_in_its_line() -> None:
    assert only("LR=0.1; python run.py --lr $LR").options == {"--lr": "0.1"}


def test_in_markdown_a_span_that_stands_alone_and_an_indented_block_are_commands() -> None:
    text = (
        "We ran `python a.py --n 1` and it failed.\n"
        "- `python b.py --n 2`\n"
        "- `tests/c.py`\n"
        "Run: `python d.py --n 3`\n"
        "\n"
        "    python e.py --n 4\n"
        "    python f.py --n 5\n"
        "\n"
        "    Note that python is slow\n"
    )
    assert programs(text, "notes.md") == ["b.py", "d.py", "e.py", "f.py"]


def test_labels_in_logs_name_commands() -> None:
    text = "2025-10-08 15:42:00 Executing: python a.py --n 1\nargs: Namespace(n=5)\nRun: done in 5 s\n"
    assert programs(text, "x.log") == ["a.py"]


def test_behind_a_prompt_any_name_with_a_flag_is_a_program() -> None:
    assert programs("$ simulate run --steps 5\n$ see the notes\nsimulate run --steps 5\n") == ["simulate"]


@pytest.mark.parametrize("name", ["commands.txt", "run/command.txt", "bench_cmd.txt", "run.sh"])
def test_in_a_file_of_commands_a_subcommand_with_a_flag_is_a_call(name: str) -> None:
    text = "flow run --nx 4\ngmx mdrun -nt 4\nwe ran this with --fast\nflow run the notes\n"
    assert programs(text, name) == ["flow", "gmx"]
    assert programs(text, "notes.txt") == []


@pytest.mark.parametrize(
    ("line", "program"),
    [
        ("mpirun -n 4 solver a.nml", "solver"),
        ("srun -n 4 solver a.nml", "solver"),
        ("aprun -n 4 solver a.nml", "solver"),
        ("nohup solver a.nml &", "solver"),
        ("pw.x < scf.in", "pw.x"),
        ("vasp.x", "vasp.x"),
    ],
)
def test_what_a_launcher_starts_and_executables_are_programs(line: str, program: str) -> None:
    assert programs(f"{line}\n", "notes.txt") == [program]
