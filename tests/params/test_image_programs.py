from __future__ import annotations

import pytest

from bisect_parity.params.image_programs import ImageProgram, image_programs
from bisect_parity.params.python_defaults import python_defaults

ARGPARSE = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("settings")
parser.add_argument("--n", type=int, default=128)
parser.add_argument("--kappa", type=float, default=0.2)
parser.add_argument("--device", required=True)
parser.add_argument("-o", "--output", default="heat.raw")
"""
CLICK = """
import click
from .project import run

@click.command()
@click.option("--backend", default="gather")
@click.argument("out_file")
def main(backend, out_file):
    run(backend, out_file)
"""


def programs(text: str, path: str = "solver.py", *others: str) -> list[ImageProgram]:
    return image_programs({path: python_defaults(text.encode())}, {path, *others})


def test_a_script_is_called_with_what_it_needs_the_size_and_the_file() -> None:
    words = "{python} {worktree}/solver.py SETTINGS --n {size} --device DEVICE --output {out}"
    assert programs(ARGPARSE) == [ImageProgram("solver.py", tuple(words.split()), 128, ".raw", "")]


def test_what_imports_its_neighbours_is_run_as_a_module() -> None:
    found = programs(CLICK, "lib/ct/cli.py", "lib/ct/__init__.py")
    assert [(item.words, item.root) for item in found] == [(("{python}", "-m", "ct.cli", "{out}"), "lib")]


@pytest.mark.parametrize(
    "option", ['"--output-dir"', '"--verbose", action="store_true"', '"--out", nargs=2', '"--input"']
)
def test_a_program_that_does_not_say_which_file_it_writes_is_left_out(option: str) -> None:
    text = f"import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument({option})\n"
    assert programs(text) == []


def test_options_of_a_subcommand_stand_behind_it() -> None:
    text = (
        "import argparse\nparser = argparse.ArgumentParser()\nsub = parser.add_subparsers()\n"
        'one = sub.add_parser("render")\none.add_argument("--out")\n'
        'two = sub.add_parser("show")\ntwo.add_argument("name")\n'
    )
    assert [item.words[2:] for item in programs(text)] == [("render", "--out", "{out}")]
