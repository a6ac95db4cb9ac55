"""JSON of any shape: ids, times, metrics and parameters by their keys."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from bisect_parity.evidence.decode import decode
from bisect_parity.evidence.formats.by_keys import MOST_RUNS, collect
from bisect_parity.evidence.formats.entries import are_steps, runs_or_log, without_data_times
from bisect_parity.evidence.formats.text_file import read_text
from bisect_parity.evidence.keys import one_line
from bisect_parity.evidence.model import Findings, Problem, Trust
from bisect_parity.evidence.numbers import read_float, read_int

if TYPE_CHECKING:
    from pathlib import PurePosixPath

__all__ = ["READER"]

_FIGURES = re.compile(r"(?i)(?:\w+[_-])?(?:metrics|scores|(?:all|eval|train|test|predict)_results)\.json")
_DECODER = json.JSONDecoder(parse_float=read_float, parse_int=read_int)


class _JsonReader:
    """Reads JSON, and NDJSON by its lines; what is no JSON is read as text, and said to be."""

    name = "json"
    suffixes = (".json", ".jsonl", ".ndjson")

    def claims(self, path: PurePosixPath, head: bytes) -> bool:
        return path.suffix.lower() in self.suffixes

    def read(self, path: str, data: bytes) -> Findings:
        text = decode(data)
        try:
            document = _DECODER.decode(text)
        except RecursionError:
            return Findings(problems=(Problem(path, "nested too deeply to be read"),))
        except ValueError as error:
            return self._by_lines(path, text, error)
        return _document(path, document)

    def _by_lines(self, path: str, text: str, error: ValueError) -> Findings:
        runs: list[Findings] = []
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip():
                continue
            try:
                value = _DECODER.decode(line)
            except (ValueError, RecursionError):
                runs = []
                break
            if isinstance(value, dict) and len(runs) < MOST_RUNS:
                runs.append(collect(path, value, Trust.MACHINE, f"line {number}", number))
        if len(runs) > 1:
            return runs_or_log(runs)
        problem = Problem(path, f"not valid JSON: {one_line(str(error))}")
        found = read_text(path, text, has_commands=False)
        return Findings(records=found.records, times=found.times, problems=(problem, *found.problems))


def _document(path: str, document: Any) -> Findings:
    if isinstance(document, list):
        items = [(index, item) for index, item in enumerate(document) if isinstance(item, dict)]
        if not items:
            return Findings(problems=(Problem(path, "a JSON list without objects"),) if document else ())
        if len(items) == 1:
            return collect(path, items[0][1], Trust.MACHINE)
        read = items[:MOST_RUNS]
        found = [collect(path, item, Trust.MACHINE, label=f"[{index}]") for index, item in read]
        runs = tuple(without_data_times(found))
        if are_steps(runs):
            return runs_or_log(runs)
        cut = Problem(path, f"more than {MOST_RUNS} objects: the rest was not read")
        return Findings(runs=runs, problems=(cut,) if len(items) > MOST_RUNS else ())
    if isinstance(document, dict):
        are_figures = _FIGURES.fullmatch(path.rpartition("/")[2]) is not None
        return collect(path, document, Trust.MACHINE, are_figures=are_figures)
    return Findings(problems=(Problem(path, "JSON that is neither an object nor a list"),))


READER = _JsonReader()
