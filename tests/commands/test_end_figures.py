from __future__ import annotations

import subprocess

import pytest

from bisect_parity.commands.end_figures import alike


def test_run_times_that_do_not_differ_are_told_with_the_processor_time_to_look_at_instead() -> None:
    assert "time -p" not in str(alike("good end 5, bad end 5", "n (.)"))
    assert str(alike("good end 5, bad end 5", "seconds")).endswith(
        """--test "bash -c 'LC_ALL=C; time -p COMMAND'" --figure 'user ([0-9.]+)'."""
    )


def test_bash_prints_the_processor_time_as_the_figure_reads_it() -> None:
    try:
        words = ["bash", "-c", "LC_ALL=C; time -p true"]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
    except FileNotFoundError:
        pytest.skip("there is no bash")
    assert "\nuser 0.0" in done.stderr
