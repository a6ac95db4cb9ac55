"""Commit ids in text by where they stand: after a label, as output of git, quoted as JSON. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import define

from bisect_parity.evidence.keys import SOME_ID, is_id_key, make_record
from bisect_parity.evidence.model import Record, Source, Trust

LOG_HEADER = 6  # lines of `git log` from an id to its date, those of a merge and of --format=fuller included
FARTHEST_OUTPUT = 4  # lines from a question (a heading, `git rev-parse HEAD`) to its answer
_FREEZE = re.compile(r"^-e git\+\S{1,2000}?@([0-9a-f]{7,64})#egg=")
_ASKED_HERE = re.compile(
    r"git\s+rev-parse\s+(?:--short(?:=\d+)?\s+)?HEAD\s*(?:#|->|=>|:)[\s#>=:-]*([0-9a-f]{7,64})\b"
)
_IS_AT = re.compile(r"^[\s#*>-]*HEAD (?:is now|detached) at ([0-9a-f]{7,64})\b")
_CERTAIN = (
    (_FREEZE, "pip freeze", Trust.MACHINE),
    (_ASKED_HERE, "git rev-parse HEAD", Trust.HEADER),
    (_IS_AT, "HEAD is at", Trust.HEADER),
)
_BARE = re.compile(r"^\s*(?:#\s*)?(?:->\s*)?[`'\"]?([0-9a-f]{40})[`'\"]?\s*$")
_ANSWER = re.compile(
    r"^\s*(?:#\s*)?(?:->\s*)?[`'\"]?(?:\S{1,100}-g)?([0-9a-f]{7,40})(?:-dirty)?[`'\"]?"
    r"(?:\s+(?!\s*\S+$)\S.*|\s*)$"
)
_ASKS = re.compile(
    r"^[\s#$>*`+]*git\s+(?:-C\s+\S+\s+)?"
    r"(?:rev-parse\s+(?:--short(?:=\d+)?\s+)?HEAD|log\s+(?=.*(?:-1|-n\s?1)\b)[-\w=%:'\" ]+"
    r"|show\s+(?=.*(?:-s|--no-patch)\b)[-\w=%:'\" ]+|describe(?:\s+--?[\w=-]+)*)\s*$"
)
_HEADING = re.compile(r"^[\s#>*\-_`]*(?P<key>[A-Za-z][A-Za-z _-]{0,30}?)\s*(?:\([^)]*\))?[\s*_`]*:?[\s*_`]*$")
_LOG_COMMIT = re.compile(r"^commit ([0-9a-f]{40})(?: \([^)]*\))?$")
_OTHER_COMMIT = re.compile(r"\bgit\s+(?:show|log|diff|cherry-pick|blame|revert|reflog)\b")
_JSON_PAIR = re.compile(
    r'"([A-Za-z][\w .-]{0,40})"\s*(?::|=>)\s*(?:"([^"\n]{0,400})"|([-+]?\d[\d.eE+-]{0,40}))'
)


def json_pairs(line: str) -> Iterator[tuple[str, str, bool]]:
    """Keys and values of JSON that is quoted in a line, and whether each value is a string."""
    for found in _JSON_PAIR.finditer(line):
        yield found[1], found[3] if found[2] is None else found[2], found[2] is not None


@define
class RecordFinder:
    """Goes through a text line by line, and remembers whether an id was asked for."""

    _open_until: int = 0
    _foreign_until: int = 0
    _logged: bool = False
    _commit_until: int = 0

    def is_of_commit(self, number: int) -> bool:
        """Whether a line is in the header of a commit that `git log` printed: its date is the commit's."""
        return number <= self._commit_until

    def at(self, number: int, line: str, source: Source) -> Record | None:
        """The id that a line holds without a label of its own, or None."""
        found = self._found(number, line) if SOME_ID.search(line) is not None else None
        of_git = "git" in line
        if (of_git and _ASKS.match(line)) or self._is_heading(line):
            self._open_until = number + FARTHEST_OUTPUT
        elif of_git and _OTHER_COMMIT.search(line):
            self._foreign_until, self._open_until = number + FARTHEST_OUTPUT, 0
        if found is None:
            return None
        text, key, trust = found
        self._open_until = 0
        return Record(text, key, trust, True, source)

    def quoted(self, line: str, source: Source) -> list[Record]:
        """The ids that are quoted as JSON in a line."""
        made = [
            make_record(key, value, Trust.HEADER, source)
            for key, value, is_text in json_pairs(line)
            if is_text and is_id_key(key)
        ]
        return [record for record in made if record is not None]

    def _found(self, number: int, line: str) -> tuple[str, str, Trust] | None:
        for pattern, key, trust in _CERTAIN:
            if (certain := pattern.search(line)) is not None:
                return certain[1], key, trust
        logged = _LOG_COMMIT.match(line)
        if logged is not None:
            self._commit_until = number + LOG_HEADER
        if logged is not None and not self._logged and number > self._foreign_until:
            self._logged = True
            return logged[1], "git log", Trust.HEADER
        if number <= self._open_until and (answer := _ANSWER.match(line)) is not None:
            return answer[1], "git rev-parse HEAD", Trust.HEADER
        if number > self._foreign_until and (bare := _BARE.match(line)) is not None:
            return bare[1], "a line of its own", Trust.HEADER
        return None

    def _is_heading(self, line: str) -> bool:
        heading = _HEADING.match(line)
        return heading is not None and is_id_key(heading["key"].strip())
