"""What simulation programs print: GROMACS, LAMMPS, Quantum ESPRESSO, OpenFOAM; HPL and STREAM.

The commit that such a log states is that of the program, and never that of the project that ran it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import evolve

from bisect_parity.evidence.formats.documents import decode
from bisect_parity.evidence.formats.reader import FormatReader
from bisect_parity.evidence.keys import one_line
from bisect_parity.evidence.model import Findings, Metric, Parameter, Source, TimeStatement
from bisect_parity.evidence.numbers import NUMBER
from bisect_parity.evidence.stamps import phase_time, text_time

MOST_LINES = 1_000_000
_LOG = re.compile(r"(?i).*\.(?:log|out|txt|lammps)|log\..*|[^.]*|\.[^.]*")
LONGEST_LINE = 1000
_NUMBER = rf"({NUMBER})"
_DATED = re.compile(r"(?:19|20)\d\d(?!\d)")
_DAY_LINE = re.compile(r"Date\s+:\s+(\w{3} \d\d? \d{4})\s*$")
_CLOCK_LINE = re.compile(r"Time\s+:\s+(\d\d:\d\d:\d\d)\s*$")
_TERMINATED = re.compile(r"\s*This run was terminated on:\s+(\d\d?: ?\d\d?: ?\d\d?)\s+(\d\d?\w{3}\d{4})")


def _log(name: str, mark: bytes, stated: dict[str, str], measured: dict[str, str]) -> FormatReader:
    """Reads the log of one program.

    Args:
        name: of the format.
        mark: the pattern of what stands in the head of its logs.
        stated: names and patterns of what says how it was built and run.
        measured: names and patterns of figures, of which the last ones count; a first group is the quantity.
    """
    patterns = [(fact, re.compile(pattern)) for fact, pattern in stated.items()]
    numbers = [(figure, re.compile(pattern)) for figure, pattern in measured.items()]

    def read(path: str, data: bytes) -> Findings:
        facts: dict[str, tuple[int, str]] = {}
        figures: dict[str, tuple[int, str]] = {}
        lines = decode(data).split("\n")[:MOST_LINES]
        for number, line in enumerate(lines):
            if not line or len(line) > LONGEST_LINE:
                continue
            for fact, pattern in patterns:
                found = pattern.search(line) if fact not in facts else None
                if found is not None:
                    facts[fact] = number, found[1]
            for figure, pattern in numbers:
                found = pattern.search(line)
                if found is not None:
                    *of, value = found.groups()
                    figures[".".join([*(" ".join(word.split()) for word in of), figure])] = number, value
        return Findings(
            times=tuple(_times(path, lines)),
            metrics=tuple(
                Metric(figure, float(value), Source(path, at + 1, one_line(lines[at])))
                for figure, (at, value) in figures.items()
            ),
            environment=tuple(
                Parameter(fact, one_line(value), Source(path, at + 1, one_line(lines[at])))
                for fact, (at, value) in facts.items()
            ),
        )

    # logs of OpenFOAM end with the name of the solver, as log.simpleFoam
    return FormatReader(name, ("",), lambda _, head: re.search(mark, head) is not None, read, _LOG)


def _times(path: str, lines: list[str]) -> Iterator[TimeStatement]:
    """The first line that says that it began, and the last that it ended."""
    day = ""
    last: TimeStatement | None = None
    has_begun = False
    for number, line in enumerate(lines, 1):
        if ":" not in line or len(line) > LONGEST_LINE or not (day or _DATED.search(line)):
            continue
        source = Source(path, number, one_line(line))
        time = phase_time(line, source)
        if (dated := _DAY_LINE.match(line)) is not None:
            day = dated[1]
        elif day and (clock := _CLOCK_LINE.match(line)) is not None:
            time = text_time(f"{day} {clock[1]}", "header", source)
            time = evolve(time, marks="start") if time is not None else None
            day = ""
        elif (ended := _TERMINATED.match(line)) is not None:
            time = text_time(f"{ended[2]} at {ended[1]}", "header", source)
            time = evolve(time, marks="end") if time is not None else None
        if time is not None and time.marks == "end":
            last = time
        elif time is not None and not has_begun:
            has_begun = True
            yield time
    if last is not None:
        yield last


READERS = (
    _log(
        "gromacs",
        rb"GROMACS(?: -|:)\s+\w",
        {
            "GROMACS": r"^GROMACS version:\s+(\S+)",
            "GROMACS build": r"^GIT SHA1 hash:\s+(\S+)",
            "GROMACS precision": r"^Precision:\s+(\S+)",
            "GROMACS GPU support": r"^GPU support:\s+(\S+)",
            "GROMACS SIMD": r"^SIMD instructions:\s+(\S+)",
        },
        {
            "performance_ns_per_day": rf"^Performance:\s+{_NUMBER}",
            "wall_time_s": rf"^\s+Time:\s+[\d.]+\s+{_NUMBER}",
        },
    ),
    _log(
        "lammps",
        rb"\ALAMMPS \(",
        {"LAMMPS": r"^LAMMPS \(([^)]*)\)"},
        {
            "loop_time_s": rf"^Loop time of {_NUMBER} on",
            "timesteps_per_s": rf"^Performance:.*?{_NUMBER} timesteps/s",
        },
    ),
    _log(
        "quantum-espresso",
        rb"Program [A-Z_]+ v\.\S+ starts on",
        {"Quantum ESPRESSO": r"Program [A-Z_]+ v\.(\S+) starts on"},
        {
            "total_energy_Ry": rf"^!\s+total energy\s+=\s+{_NUMBER} Ry",
            "total_force": rf"^\s+Total force =\s+{_NUMBER}",
        },
    ),
    _log(
        "openfoam",
        rb"Build  : .*\nExec   : ",
        {
            "OpenFOAM build": r"^Build  : (\S+)",
            "OpenFOAM solver": r"^Exec   : (\S+)",
            "nProcs": r"^nProcs : (\d+)",
        },
        {
            "final_residual": rf"Solving for (\w+),.* Final residual = {_NUMBER}",
            "execution_time_s": rf"^ExecutionTime = {_NUMBER} s",
        },
    ),
    _log(
        "hpl",
        rb"HPLinpack \d",
        {"HPL": r"HPLinpack (\S+)"},
        {
            "gflops": rf"^(W[RC]\w+(?:\s+\d+){{4}})\s+[\d.]+\s+{_NUMBER}",
            "residual": rf"^\|\|Ax-b\|\|.*=\s+{_NUMBER} \.",
        },
    ),
    _log(
        "stream",
        rb"STREAM version",
        {"STREAM": r"^STREAM version \$?(?:Revision: )?([\d.]+)"},
        {"best_rate_MB_per_s": rf"^(Copy|Scale|Add|Triad):\s+{_NUMBER}"},
    ),
)
