"""Which commit the lines of a text check out."""

from __future__ import annotations

import pytest

from bisect_parity.evidence.formats.registry import find_reader
from bisect_parity.evidence.formats.text_file import read_text
from bisect_parity.evidence.model import Source, Trust
from bisect_parity.evidence.named_checkouts import Checkouts

ID = "1a2b3c4d"
OTHER = "2b3c4d5e"


def checked_out(text: str) -> list[tuple[str, bool]]:
    checkouts = Checkouts(Trust.MACHINE)
    for number, line in enumerate(text.splitlines(), 1):
        checkouts.at(line, Source("a", number))
    return [(record.text, record.is_id) for record in checkouts.records()]


@pytest.mark.parametrize(
    "line",
    [
        f"git checkout {ID}",
        f"$ git checkout -q {ID}",
        f"+ git checkout --quiet --detach {ID}",
        f"git clone -q URL x && cd x && git checkout {ID} && make",
        f"git checkout -b old-kernel {ID}; python run.py",
        f"git switch --detach {ID}",
        f"2025-10-09 16:17:14 INFO git reset --hard {ID}",
        f"git worktree add --detach ../old {ID}",
        f"RUN git checkout '{ID}'  # the last good one",
        f"Note: switching to '{ID}'.",
    ],
)
def test_lines_that_check_out_a_commit(line: str) -> None:
    assert checked_out(line) == [(ID, True)]


@pytest.mark.parametrize(
    "line",
    [
        "git checkout v1.2.0",
        "git checkout tags/v1.2.0",
        "git clone --depth 1 -b v1.2.0 URL",
        "git clone -b v1.2.0 URL",
    ],
)
def test_names_may_be_those_of_tags(line: str) -> None:
    assert checked_out(line) == [("v1.2.0", False)]


@pytest.mark.parametrize(
    "line",
    [
        f"git checkout {ID} -- src/solver.py",
        f"git checkout {ID} src/solver.py",
        f"git checkout {ID}~1",
        f"git checkout {ID}^",
        f"git -C ../other checkout {ID}",
        f"git show {ID}",
        f"git diff {ID}",
        f"git worktree add {ID}",
        f"Note: we compared with {ID}.",
        "git checkout -",
        "git checkout .",
    ],
)
def test_lines_that_check_out_no_known_commit(line: str) -> None:
    assert not any(is_id for _, is_id in checked_out(line))


@pytest.mark.parametrize(
    "text",
    [
        "git checkout main\ngit pull\ngit checkout {id}\npython run.py\n",
        "git checkout {id}\nHEAD is now at {id} Tune\n./run\ngit checkout main\nSwitched to branch 'main'\n",
        "git checkout {id}\nmake\n./run\ngit checkout {other}\n",
        "git checkout {id} && make && ./run\ngit checkout -\n",
    ],
)
def test_what_is_worked_on_counts(text: str) -> None:
    assert checked_out(text.format(id=ID, other=OTHER)) == [(ID, True)]


@pytest.mark.parametrize(
    "text",
    [
        "git checkout {id}\n./run\ngit checkout {other}\n./run\n",
        "git checkout {id}\n./run\ngit checkout main\n./run\n",
        "git checkout {id} && ./run\ngit checkout main && ./run\n",
    ],
)
def test_work_on_two_checkouts_says_nothing(text: str) -> None:
    assert checked_out(text.format(id=ID, other=OTHER)) == []


def test_a_list_of_commands_is_believed_more_than_notes() -> None:
    for path, trust in (("run/commands.txt", Trust.MACHINE), ("run/README.md", Trust.PROSE)):
        (record,) = read_text(path, f"git checkout {ID}\npython run.py\n").mentions
        assert (record.key, record.trust, record.source.line) == ("git checkout", trust, 1)


@pytest.mark.parametrize("name", ["job.sbatch", "job.slurm", "job.pbs", "job.lsf", "job.bash"])
def test_scripts_of_batch_systems_are_read_like_those_of_a_shell(name: str) -> None:
    script = f"#!/bin/bash\n#SBATCH -t 1:00:00\ngit checkout {ID}\npython run.py --size 8\n"
    reader = find_reader(f"results/a/{name}", script.encode())
    assert reader is not None
    found = reader.read(f"results/a/{name}", script.encode())
    assert [record.text for record in found.mentions] == [ID]
    assert [command.program for command in found.commands if command.program != "git"] == ["run.py"]
