"""Positions in the code that texts print: tracebacks, tables of cProfile and line_profiler, pyinstrument."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import define, field

from bisect_parity.evidence.model import Frame

if TYPE_CHECKING:
    from bisect_parity.evidence.model import Source

MOST_FRAMES = 20_000
_TRACEBACK = re.compile(r'^\s*File "([^"]{1,400})", line (\d{1,7})(?:, in (\S{1,200}))?')
_STATS = re.compile(  # ncalls tottime percall cumtime percall filename:lineno(function)
    r"^\s*\d+(?:/\d+)?(?:\s+\d+\.\d+){4}\s+([^\s:][^:]{0,400}\.py):(\d{1,7})\((\S{1,200})\)\s*$"
)
_CALL_TREE = re.compile(
    r"^[\s│├└─|`-]*\d+\.\d+ (\S{1,200})  (\S{1,400}\.py):(\d{1,7})\s*$"
)  # of pyinstrument
_LINES_FILE = re.compile(r"^File: (\S.{0,400}?\.py)\s*$")
_LINES_FUNCTION = re.compile(r"^Function: (\S{1,200}) at line (\d{1,7})\s*$")


@define
class TextFrames:
    """The positions of a text, taken line by line.

    Attributes:
        file: which one line_profiler speaks of; the function follows on the next line.
        found: what was found.
    """

    file: str = ""
    found: list[Frame] = field(factory=list)

    def at(self, line: str, source: Source) -> None:
        """Look at one line."""
        if ".py" not in line and '"' not in line and not self.file:
            return
        frame = self._frame(line, source)
        if frame is not None and len(self.found) < MOST_FRAMES:
            self.found.append(frame)

    def _frame(self, line: str, source: Source) -> Frame | None:
        traced = _TRACEBACK.match(line)
        if traced is not None:
            return Frame(traced[1], int(traced[2]), traced[3] or "", False, source)
        timed = _STATS.match(line)
        if timed is not None:
            return Frame(timed[1], int(timed[2]), timed[3], True, source)
        called = _CALL_TREE.match(line)
        if called is not None:
            return Frame(called[2], int(called[3]), called[1], True, source)
        begun, function = _LINES_FILE.match(line), _LINES_FUNCTION.match(line)
        file, self.file = self.file, begun[1] if begun is not None else ""
        if function is not None and file:
            return Frame(file, int(function[2]), function[1], True, source)
        return None
