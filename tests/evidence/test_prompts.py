"""Commands in sessions of other shells, and in logs of build tools and workflows, and nothing else."""

from __future__ import annotations

import pytest

from bisect_parity.evidence.command_line import parse_commands


def programs(text: str, path: str = "run.log") -> list[tuple[int, str]]:
    return [(command.source.line, command.program) for command in parse_commands(text, path)]


@pytest.mark.parametrize(
    "prompt",
    [
        "[ana@node017 heat]$ ",
        "root@abc123:/work# ",
        "(base) ana@box:~$ ",
        "bash-5.1$ ",
        "sh-4.2# ",
        "ana@box ~/s/heat (main)> ",
        "ana@box ~/s/heat [1]> ",
        "\u276f ",
        "\u279c  heat git:(main) \u2717 ",
        "\x1b[01;32mana@box\x1b[00m:\x1b[01;34m~/sim\x1b[00m$ ",
        "\x1b]0;ana@box: ~/sim\x07\x1b[?2004hana@box:~/sim$ ",
        "+run.sh:13: ",
        "+(run.sh:12): main(): ",
        "2025-03-04 11:00:00,125 INFO Command: ",
        "INFO:root:Running: ",
        "2025-03-04 11:00:01 [INFO] cmdline = ",
        "2025-03-04T11:00:00.1234567Z ##[group]Run ",
        ": 1700000000:0;",
        "",
    ],
)
def test_a_command_stands_behind_every_kind_of_mark(prompt: str) -> None:
    (command,) = parse_commands(
        f"{prompt}python run.py --n 3\n", "run.log" if prompt[:2] != ": " else "h.txt"
    )
    assert (command.program, command.options) == ("run.py", {"--n": "3"})


def test_what_was_typed_is_what_the_terminal_shows() -> None:
    assert programs("$ pyt\x08 \x08\x08 \x08ython3 x.py --q 2\r\nan answer\r\n") == [(1, "x.py")]


def test_cells_of_notebooks_run_shells_and_scripts() -> None:
    text = (
        "```python\n%env N=4\n!python train.py --lr 0.1\n%run fit.py --k 5\nx = !ls\n```\nIn [3]: %run g.py\n"
    )
    commands = parse_commands(text, "notes.md")
    assert [item.program for item in commands] == ["train.py", "fit.py", "g.py"]
    assert dict(commands[0].environment) == {"N": "4"}


@pytest.mark.parametrize(
    "line",
    [
        "CMD: ['python', 'run.py', '--n', '3']",
        'argv: ["python", "run.py", "--n", "3"]',
        "CalledProcessError: Command '['python', 'run.py', '--n', '3']' returned non-zero exit status 1.",
    ],
)
def test_words_that_a_python_program_printed_as_a_list_are_a_command(line: str) -> None:
    assert programs(f"{line}\n") == [(1, "run.py")]


@pytest.mark.parametrize(
    "line",
    [
        '3: Test command: /build/heat "--nx" "16"',
        "==123== Command: ./heat --nx 16",
        '\tCommand being timed: "./heat --nx 16"',
        " Performance counter stats for './heat --nx 16':",
        "# cmdline : /usr/bin/perf record -g ./heat --nx 16",
        "Benchmark 1: ./heat --nx 16",
        "Step 5/9 : RUN ./heat --nx 16",
        "#12 [8/9] RUN ./heat --nx 16",
        "py311: commands[1]> ./heat --nx 16",
        'Script started on 2025-03-04 [COMMAND="./heat --nx 16" TERM="xterm"]',
        "> ./heat --nx 16",
        "- wandb.agent - INFO - About to run command: /usr/bin/env ./heat --nx 16",
        "[2025-03-04 11:00:00,123] [INFO] [runner.py:570:main] cmd = ./heat --nx 16",
    ],
)
def test_what_tools_print_of_the_command_that_they_ran_is_read(line: str) -> None:
    (command,) = parse_commands(f"{line}\n", "run.log")
    assert (command.program.rpartition("/")[2], command.options) == ("heat", {"--nx": "16"})


def test_prompts_in_an_indented_block_of_notes_are_read() -> None:
    assert programs("Run::\n\n    $ ./heat --nx 3\n    $ python plot.py --dpi 100\n", "README.rst") == [
        (3, "./heat"),
        (4, "plot.py"),
    ]


def test_blocks_below_points_of_a_list_and_quoted_prompts_are_read() -> None:
    text = "1. then:\n     ```sh\n     ./heat --nx 5\n     ```\n> $ python x.py --k 3\n"
    assert programs(text, "notes.md") == [(3, "./heat"), (5, "x.py")]


def test_what_make_and_workflows_echo_is_read_and_their_output_is_not() -> None:
    text = (
        "make: Entering directory '/sim'\n"
        "cc -O2 -ffast-math -o heat heat.c -lm\n"
        "[1/2] /usr/bin/c++ -O3 -o a.o -c /src/a.cpp\n"
        "[1/2] epoch -c of 3 -o\n"
        "cc1: warning: unknown -o option\n"
        "clang was used with -c here and -O2\n"
        "OMP_NUM_THREADS=2 ./heat --nx 64\n"
        "heat: converged after 312 steps\n"
        "mpirun -np 4 ./ref -i in.dat -o out.dat\n"
        "make: *** [Makefile:12: run] Error 1\n"
        "    threads: 2\n\n"
        "        python sim.py --config a.yaml\n\n"
        "Command executed:\n\n"
        "  fit.py --data in.csv\n"
        "  tool sub --order 3\n\n"
        "Command line:\n"
        "  gmx mdrun -deffnm npt\n"
    )
    assert programs(text) == [
        (2, "cc"),
        (3, "/usr/bin/c++"),
        (7, "./heat"),
        (9, "./ref"),
        (13, "sim.py"),
        (17, "fit.py"),
        (18, "tool"),
        (21, "gmx"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "python output.py",
        "./heat: error while loading shared libraries: libx.so: -lx is missing",
        "python run.py --n 3 failed with exit code after some time",
        "python run.py [--n N] --out OUT",
        "python run.py --n <N>",
        "Usage: python run.py --n N",
        "To go on:\n  python run.py --resume",
        "mpirun has detected an attempt to run as root --allow-run-as-root",
        "Commands:\n  run   Run it --now",
        "step 3 - loss 0.1 -- acc 0.3",
        "+ 3 new files",
        "$ 3.50 per hour",
        "python3 -m venv --clear .venv",
        "octave = 1 ; logbase: 2",
        "args: Namespace(n=5)",
        "values: ['a', 'b']",
        "[3/10] /data/sample.txt was done -c ok",
    ],
)
def test_output_advice_and_prose_in_logs_are_no_commands(line: str) -> None:
    assert programs(f"{line}\n") == []


def test_the_numbers_of_a_history_are_left_out() -> None:
    assert programs("  501  cd sim\n  502  ./heat --nx 12\n", "history.txt") == [(2, "./heat")]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("a.log", "a" * 4000 + "\b" * 4000),
        ("a.md", " " * 8000 + " -a"),
    ],
)
def test_long_lines_of_blanks_take_no_time_that_grows_with_their_square(name: str, line: str) -> None:
    assert parse_commands(f"{line}\n" * 200, name) == ()  # would take a minute


@pytest.mark.filterwarnings("error")
def test_backslashes_in_a_printed_list_warn_of_nothing() -> None:
    assert programs("CMD: ['python', 'run.py', '--out', 'C:\\data']\n") == [(1, "run.py")]
