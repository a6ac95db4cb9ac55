"""What is told at a glance is what a full look tells: readers by a name's ending, lines of words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.evidence.command_line import parse_commands
from bisect_parity.evidence.formats.documents import decode
from bisect_parity.evidence.formats.registry import GENERAL, TOOLS, _offered
from bisect_parity.evidence.programs import is_only_words
from bisect_parity.evidence.script import Script

SUFFIXES = sorted({suffix for reader in (*TOOLS, *GENERAL) for suffix in reader.suffixes})
STEMS = ("", "a", "a.b", "log", "log.simpleFoam", "namelist", "mlflow", ".", "run.000123", "\u0130", "\ud800")
WORDS = r"""
    python python3 run bash export A env make value rmse: Command: 0.5 = A=1 -n --size 8 x.py ./x $A ' " ` ; |
    < ( # \ srun time cd docker Rscript eval unset ssh INFO x:y a,b 100% ~ *
"""
PIECES = st.sampled_from([*WORDS.split(), "\u00e9", "\u00a0", "\t"])
LINES = st.lists(PIECES, min_size=1, max_size=6).map(" ".join) | st.text(max_size=30)


@pytest.mark.parametrize("stem", STEMS)
def test_a_name_is_offered_to_each_reader_whose_suffixes_and_names_it_has(stem: str) -> None:
    for suffix in (*SUFFIXES, ".TXT", ".Json", ".unknown", "."):
        name = stem + suffix
        wanted = [
            reader
            for reader in (*TOOLS, *GENERAL)
            if name.lower().endswith(reader.suffixes)
            and ((names := getattr(reader, "names", None)) is None or names.fullmatch(name))
        ]
        assert list(_offered(name)) == wanted, name


@given(LINES)
def test_a_line_of_plain_words_is_no_command_and_sets_nothing(line: str) -> None:
    if "\n" not in line and is_only_words(line):
        script = Script("commands.txt", [line])
        assert script.read(line, 1)
        assert (script.commands, script.variables, script.exported) == ([], {}, {})


@pytest.mark.parametrize(
    "line", ["rmse 0.5", "Finished in 3 steps.", "  sum ratio = 1.0", "rmse: 0.5", "value\t12"]
)
def test_figures_and_prose_are_lines_of_plain_words(line: str) -> None:
    assert is_only_words(line)


@pytest.mark.parametrize(
    "line",
    [
        "python run.py",
        "make",
        "./run 8",
        "solve -n 8",
        "export A",
        "A=1 solve",
        "eval solve x",
        "solve 'x'",
        "srun x",
    ],
)
def test_what_may_be_a_command_is_not(line: str) -> None:
    assert not is_only_words(line)


@pytest.mark.parametrize("line", ["Command: solve.py 8", "INFO python run.py 8", "WARN: python run.py"])
def test_words_behind_a_label_or_a_level_are_still_commands(line: str) -> None:
    assert [command.program for command in parse_commands(line, "a/notes.txt")] in (["solve.py"], ["run.py"])


@given(
    st.binary(max_size=20), st.sampled_from([b"", b"\xef\xbb\xbf", b"\xef\xbb", b"\xef\xbb\xbf\xef\xbb\xbf"])
)
def test_a_mark_of_utf_8_is_left_out_once(data: bytes, mark: bytes) -> None:
    if not (mark + data).startswith((b"\xff\xfe", b"\xfe\xff")):
        assert decode(mark + data) == (mark + data).decode("utf-8-sig", errors="replace")
