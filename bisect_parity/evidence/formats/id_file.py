"""Files that hold a commit id and little else: git_sha.txt, repo_sha.txt, git_info.txt and the like."""

from __future__ import annotations

import re

from bisect_parity.evidence.formats.documents import decode
from bisect_parity.evidence.formats.reader import FormatReader
from bisect_parity.evidence.formats.text_file import read_text
from bisect_parity.evidence.keys import make_record, one_line
from bisect_parity.evidence.model import Findings, Source, Trust
from bisect_parity.evidence.stamps import text_time

MOST_LINES = 40
MOST_BYTES = 65_536
_NAME = re.compile(
    r"(?i)(?:git|repo|commit)[_-]?(?:sha|commit|info|context|head|hash|rev|id)?(?:[_-]?id)?\.txt"
)
_LEADING_ID = re.compile(r"(?i)^\s*(?:commit\s+)?[0-9a-f]{7,64}\b")


def _read(path: str, data: bytes) -> Findings:
    """The first line that begins with an id is the record; times are taken from any line of the head."""
    text = decode(data[:MOST_BYTES])
    name = path.rpartition("/")[2]
    found = read_text(path, text)
    records, times = found.records, list(found.times)
    for number, line in enumerate(text.splitlines()[:MOST_LINES], 1):
        source = Source(path, number, one_line(line))
        is_led = _LEADING_ID.match(line) is not None
        is_tried = is_led or (number == 1 and not records)
        record = make_record(name, line, Trust.MACHINE, source) if is_tried else None
        if record is not None and (is_led or not record.is_id):
            records = (record,)
            break
        if not times and (time := text_time(line[:100], "header", source)) is not None:
            times.append(time)
    return Findings(records=records, times=tuple(times), branches=found.branches)


READER = FormatReader("id-file", (".txt",), lambda path, _head: _NAME.fullmatch(path.name) is not None, _read)
