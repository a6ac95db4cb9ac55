"""MLPerf: logs with lines `:::MLLOG {...}`, of training and of storage."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from bisect_parity.evidence.formats.documents import texts
from bisect_parity.evidence.formats.place import Place, number, string, table
from bisect_parity.evidence.model import Findings, Metric, Parameter, TimeStatement

if TYPE_CHECKING:
    from pathlib import PurePosixPath

__all__ = ["READER"]

MOST_LINES = 1_000_000
_LINE = re.compile(r"\s*(?:\d+: ?)?:::MLL(?:OG)? (\{.*\})\s*")
_MARKS = {"run_start": "start", "init_start": "start", "run_stop": "end"}
_MEASURED = re.compile(r"(?:eval_|train_|tracked_|throughput).*|.*(?:accuracy|loss|error)")


class _MlperfReader:
    """Reads the lines of the logger among all else that a run printed."""

    name = "mlperf"
    suffixes = (".txt", ".log", ".out")

    def claims(self, path: PurePosixPath, head: bytes) -> bool:
        return b":::MLL" in head

    def read(self, path: str, data: bytes) -> Findings:
        """Times in ms since 1970; the last value of what was measured, the first of what was set."""
        times: dict[str, TimeStatement] = {}
        metrics: dict[str, Metric] = {}
        parameters: dict[str, Parameter] = {}
        for line_number, line in enumerate(texts(data).split("\n")[:MOST_LINES], 1):
            found = _LINE.fullmatch(line) if ":::MLL" in line else None
            if found is None:
                continue
            try:
                event = table(json.loads(found[1]))
            except (ValueError, RecursionError):
                continue
            place, key, value = Place(path, line_number), string(event.get("key")), event.get("value")
            if key in _MARKS:
                for time in place.time(key, event.get("time_ms"), _MARKS[key]):
                    times[_MARKS[key]] = times.get("start", time) if time.marks == "start" else time
            elif _MEASURED.fullmatch(key) and number(value) is not None:
                metrics.update({metric.name: metric for metric in place.metric(key, value)})
            elif key and isinstance(value, str | int | float):
                for item in place.parameter(key, value):
                    parameters.setdefault(item.name, item)
        return Findings(
            times=tuple(times.values()),
            metrics=tuple(metrics.values()),
            parameters=tuple(parameters.values()),
        )


READER = _MlperfReader()
