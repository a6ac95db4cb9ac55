"""The values of an object, whatever wrote it: ids, times, metrics and parameters by their keys. Pure."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

from attrs import define, evolve

from bisect_parity.evidence.command_line import parse_commands
from bisect_parity.evidence.durations import value_durations
from bisect_parity.evidence.embedded_ids import embedded_records
from bisect_parity.evidence.formats.object_keys import (
    holds_variables,
    is_commit_time_key,
    is_environment_key,
    is_of_another,
    is_of_commit,
    is_of_figures,
    is_quoting_key,
    is_subject_key,
)
from bisect_parity.evidence.formats.place import Gathered
from bisect_parity.evidence.formats.source_digests import source_digests
from bisect_parity.evidence.keys import (
    hides_all,
    is_id_key,
    is_metric,
    is_of_period,
    is_secret,
    is_time_key,
    make_record,
    one_line,
    time_marks,
)
from bisect_parity.evidence.loose_ids import keyed_records
from bisect_parity.evidence.model import Findings, Metric, Parameter, Problem, Record, Source, Trust
from bisect_parity.evidence.numbers import is_number, nearest_float
from bisect_parity.evidence.spelled_dates import with_whole_times
from bisect_parity.evidence.stamps import keyed_time, value_time
from bisect_parity.redaction import is_public_setting, redact

MOST_VALUES = 20_000
MOST_RUNS = 20_000
DEEPEST = 64
LONGEST_VALUE = 2000
SIZE_KEYS = ("size", "detpixels", "detector_size", "npix", "pixels_per_side")
REPOSITORY_KEYS = ("git", "repo", "repository", "vcs", "code_version", "source_version", "git_version")
COMMAND_KEYS = ("command", "cmd", "command_line", "cmdline", "argv")
DESCRIBED_KEYS = ("hash", "id", "oid", "describe")  # of such an object
ADDRESS_KEYS = ("repository", "repo", "url", "remote", "repo_url", "git_url", "repository_url")
DIRTY_KEYS = (
    "dirty",
    "git_dirty",
    "is_dirty",
    "repo_dirty",
    "uncommitted_changes",
    "git_is_dirty",
    "modified",
    "has_uncommitted_changes",
    "worktree_dirty",
    "working_tree_dirty",
)
_WHOLE_ID = re.compile(  # also as `git describe` writes it
    r"(?i)(?:[\w.]+(?:-[\w.]+)*-\d+-g(?=[0-9a-f]))?[0-9a-f]{7,64}(?:[-+ (]{1,2}(?:dirty|modified)\)?)?"
)
BRANCH_KEYS = ("branch", "git_branch", "git_ref")
_ENCODER = json.JSONEncoder(default=str)


@define(slots=False, kw_only=True)
class _Found(Gathered):
    path: str
    line: int
    size: int | None
    are_figures: bool
    left: int = MOST_VALUES
    is_cut: bool = False


def collect(
    path: str,
    table: dict[str, Any],
    trust: Trust,
    label: str = "",
    line: int = 0,
    *,
    are_figures: bool = False,
) -> Findings:
    """Sort all values of a JSON object by their keys.

    Args:
        path: of the file, for the sources.
        table: the object.
        trust: who wrote it.
        label: which run of the file it is.
        line: where it begins, 0 where lines mean nothing.
        are_figures: whether its numbers are, as those of metrics.json.
    """
    size = next((table[key] for key in SIZE_KEYS if type(table.get(key)) is int), None)
    found = _Found(path=path, line=line, size=size, are_figures=are_figures)
    _walk(found, table, "", trust, is_environment=is_environment_key(path.rpartition("/")[2]), depth=0)
    cut = Problem(path, f"more than {MOST_VALUES} values or {DEEPEST} levels: the rest was not read")
    return found.findings(label=label, problems=(cut,) if found.is_cut else ())


def _walk(found: _Found, value: Any, name: str, trust: Trust, *, is_environment: bool, depth: int) -> None:
    if depth > DEEPEST:
        found.is_cut = True
        return
    value = _extended(value)
    if isinstance(value, dict):
        value = with_whole_times(value)
        already = len(found.records)
        found.digests += source_digests(value, Source(found.path, found.line, one_line(name)))
        for key, item in value.items():
            if found.left <= 0:  # there may be millions
                found.is_cut = True
                break
            if isinstance(item, dict | list) and hides_all(str(key)):
                continue
            below = f"{name}.{key}" if name else str(key)
            inside = is_environment or is_environment_key(key)
            is_quote = isinstance(item, dict | list) and is_quoting_key(str(key))
            said = Trust.PROSE if is_quote else trust
            _walk(found, item, below, said, is_environment=inside, depth=depth + 1)
        _mark_dirty(found.records, already, value)
        if name and not is_of_commit(_last_key(name)):
            _leave_to_address(found, already, value)
        return
    if isinstance(value, list):
        if _last_key(name) in COMMAND_KEYS and value and all(isinstance(word, str) for word in value):
            _take_command(found, shlex.join(value))
            return
        for index, item in enumerate(value):
            if found.left <= 0:
                found.is_cut = True
                break
            _walk(found, item, f"{name}[{index}]", trust, is_environment=is_environment, depth=depth + 1)
        return
    found.left -= 1
    _leaf(found, value, name, trust, is_environment=is_environment)


def _leaf(found: _Found, value: Any, name: str, trust: Trust, *, is_environment: bool) -> None:
    key = _last_key(name)
    is_hidden = is_secret(key) if isinstance(value, str) else hides_all(key)
    if is_hidden or (
        is_environment
        and key.isupper()
        and not (is_public_setting(key, value) or is_id_key(key))
        and holds_variables(f"{found.path.rpartition('/')[2]}.{name}")
    ):
        return
    shown = redact(value[:LONGEST_VALUE]) if isinstance(value, str) else value
    source = Source(found.path, found.line, one_line(f"{name} = {_ENCODER.encode(shown)}"))
    if key in COMMAND_KEYS and isinstance(value, str):
        _take_command(found, value)
        return
    parents = name.rpartition(".")[0]
    of_commit = is_of_commit(parents)
    is_named = is_id_key(key) or _is_whole_id(key, value) or (of_commit and key in DESCRIBED_KEYS)
    if is_named and not is_of_another(parents, key):
        record = make_record(key, value, trust, source)
        if record is not None:
            found.records.append(record)
            return
    if isinstance(value, str) and is_subject_key(parents, key):
        found.subjects.append(Parameter(name, shown, source))
        return
    if isinstance(value, str):
        found.mentions += _mentioned(key, parents, value, trust, source)
    is_own = trust is not Trust.PROSE and not is_of_another(parents, key)
    if key in BRANCH_KEYS and isinstance(value, str) and is_own:
        found.branches.append(Parameter(name, shown, source))
        return
    is_commits = is_commit_time_key(key)
    origin = "commit" if of_commit or is_commits else "field" if trust is Trust.MACHINE else "header"
    is_time = (is_commits or is_time_key(key)) and trust is not Trust.PROSE
    time = value_time(value, origin, source) if is_time else None
    if time is not None and not is_of_period(key, time):
        found.times.append(evolve(keyed_time(key, time), marks=time_marks(key)))
    elif _is_measured(key, parents, value) or (found.are_figures and is_number(value)):
        figure = None if value is None else nearest_float(value)  # NaN and infinity are kept: no parity holds
        found.metrics.append(Metric(name, figure, source, trust, found.size))
    else:
        (found.environment if is_environment else found.parameters).append(Parameter(name, shown, source))
    found.durations += value_durations(name, value, source)


def _mentioned(key: str, parents: str, value: str, trust: Trust, source: Source) -> tuple[Record, ...]:
    """Ids that a value speaks of, which may be of another project."""
    embedded = embedded_records(key, value, trust, source)
    is_told = any(record.is_id for record in embedded)
    if is_told or trust is Trust.PROSE or is_of_another(parents, key):
        return embedded
    return (*embedded, *keyed_records(key, value, trust, source))


def _is_measured(key: str, parents: str, value: Any) -> bool:
    """Whether a value is a figure by its own name, or by that of the object in which it stands."""
    if is_number(value):
        return is_metric(key) or is_of_figures(parents)
    return value is None and is_metric(key)


def _extended(value: Any) -> Any:
    """What an object of MongoDB's extended JSON stands for: `{"$date": "2025-10-09T16:17:14Z"}`."""
    while isinstance(value, dict) and len(value) == 1:
        (key, inner), *_ = value.items()
        if key not in ("$date", "$numberLong"):
            break
        value = int(inner) if isinstance(inner, str) and inner.isdecimal() and len(inner) < 20 else inner
    return value


def _last_key(name: str) -> str:
    return name.rpartition(".")[2]


def _is_whole_id(key: str, value: Any) -> bool:
    """Whether `"git": "<id>"` stands there; other texts under such a key name versions or addresses."""
    return key in REPOSITORY_KEYS and isinstance(value, str) and _WHOLE_ID.fullmatch(value) is not None


def _take_command(found: _Found, text: str) -> None:
    for command in parse_commands(text, found.path):
        found.commands.append(evolve(command, source=evolve(command.source, line=found.line)))


def _mark_dirty(records: list[Record], already: int, table: dict[str, Any]) -> None:
    """Give the ids that were found in `table` what its flag says of the working tree."""
    flag = next((table[key] for key in DIRTY_KEYS if isinstance(table.get(key), bool)), None)
    for index in range(already, len(records)):
        if flag is not None and records[index].dirty is None:
            records[index] = evolve(records[index], dirty=flag)


def _leave_to_address(found: _Found, already: int, table: dict[str, Any]) -> None:
    """The ids that were found in `table` may be of another repository if an address stands beside them."""
    values = (table.get(key) for key in ADDRESS_KEYS)
    has_address = any(isinstance(v, str) and ("://" in v or v.startswith("git@")) for v in values)
    if has_address:
        found.mentions += found.records[already:]
        del found.records[already:]
