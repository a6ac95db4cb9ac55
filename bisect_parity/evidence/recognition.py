"""Whether a folder is evidence: by names and first bytes, before it is read; by what it says, after."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from bisect_parity.evidence.formats.attributes import SUFFIXES as ATTRIBUTE_SUFFIXES
from bisect_parity.evidence.formats.fits import SUFFIXES as FITS_SUFFIXES
from bisect_parity.evidence.formats.reader import HEAD_BYTES
from bisect_parity.evidence.formats.registry import GENERAL, find_reader
from bisect_parity.evidence.formats.tables import TABLES, is_table_of_runs
from bisect_parity.evidence.keys import is_figure, is_id_key, is_time_key, names_figure
from bisect_parity.evidence.loose_ids import is_loose
from bisect_parity.evidence.model import Findings, Trust
from bisect_parity.evidence.stamps import has_clock, is_stamped_folder
from bisect_parity.evidence.walk import USUAL_ROOTS, Files, is_within

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bisect_parity.config import EvidenceSettings
    from bisect_parity.evidence.model import Bundle
    from bisect_parity.kept import FileState

RESULT_NAMES = ("benchmark_results.json", "failed/benchmark_results.json", "profile/benchmark_results.json")
JSON_SUFFIXES = frozenset({".json", ".jsonl", ".ndjson"})
MACHINE_SUFFIXES = JSON_SUFFIXES | {".yaml", ".yml", ".toml", *TABLES}
TEXT_SUFFIXES = frozenset({".log", ".out", ".err", ".txt", ".md"})
SOURCE_SUFFIXES = frozenset(
    {".py", ".pyc", ".pyi", ".c", ".h", ".cc", ".cpp", ".hpp", ".cu", ".f90", ".rs", ".go", ".java"}
    | {".so", ".o", ".a", ".png", ".jpg", ".svg", ".pdf", ".bin", ".raw", ".npy", ".npz"}
)
GENERAL_NAMES = frozenset(reader.name for reader in GENERAL)
# A folder without a stamp, in which files of general formats are looked at: what they hold decides.
_HINT = re.compile(
    r"(?i).*(?:bench|perf|result|report|output|timing|profil|measur|metric|eval|experiment|evidence|runs?(?:\b|_)"
    r"|\b(?:logs?|history)\b)"
)
# What tests compare with, wherever it is kept; nobody ran the code here for it.
_FIXTURE = re.compile(
    r"(?:.*/)?(?:fixtures?|__fixtures__|test_?data|test-data|__snapshots__|golden|mocks?)(?:/|$)"
    r"|(?:.*/)?(?:tests?|testing)/(?:.*/)?(?:data|resources?|inputs?|expected|samples?|assets|references?|files)(?:/|$)"
)
SUMMARIES = frozenset({"summary", "results", "report"})  # of one run, in Markdown
# Texts that tell of the code, or are of it.
_OF_CODE = re.compile(r"readme|cmakelists|requirements.*|licen[cs]e.*|notice|change(?:s|log)|todo")
OF_FIGURES = "metrics.json"  # at the top, as DVC's projects have it
NOTATIONS = frozenset({".yaml", ".yml", ".toml"})  # of settings above all: what they name may be wanted
NOTEBOOK = ".ipynb"
CONTENTS = frozenset({NOTEBOOK, *ATTRIBUTE_SUFFIXES, *FITS_SUFFIXES})  # nearly all of these are code and data
_JOB_FOLDER = "/.hydra/"  # a job of Hydra may keep nothing but its configuration
_DATA = re.compile(r"(?i)/(?:data|datasets?|inputs?|raw)/")  # tables there are rather read than written
_DIGEST = re.compile(rb"\"[0-9a-f]{64}\"")
_KEY = re.compile(rb"[\"']?([A-Za-z][\w .-]{1,40}?)[\"']?\s*[:=]")


def may_be_evidence(place: Files, path: str, files: Sequence[FileState], settings: EvidenceSettings) -> bool:
    """Whether a folder is worth reading: a tree may hold 100,000 files."""
    if settings.globs or is_stamped_folder(path):
        return True
    is_chosen = is_within(path, _chosen(settings))
    return any(_is_result(place, file.path, is_chosen=is_chosen) for file in files)


def is_evidence_by_name(path: str, settings: EvidenceSettings) -> bool:
    """Whether a folder is evidence whatever its files say."""
    if settings.globs:
        return any(fnmatch.fnmatch(path, glob) for glob in settings.globs)
    return is_stamped_folder(path) and is_within(path, (*_chosen(settings), *USUAL_ROOTS))


def is_evidence(bundle: Bundle, settings: EvidenceSettings) -> bool:
    """Whether a folder that was read is evidence, and not something that only looks like it."""
    if is_evidence_by_name(bundle.path, settings):
        return settings.globs != () or not _is_silent_text(bundle)
    if settings.globs:
        return False
    is_chosen = is_within(bundle.path, _chosen(settings))
    if _FIXTURE.match(bundle.path) and not is_chosen:
        return False
    says_something = any(_says_something(findings) for findings in bundle.findings)
    if is_stamped_folder(bundle.path):
        speaks_of_runs = _HINT.match(bundle.path) is not None
        return says_something or (speaks_of_runs and any(map(_figures, bundle.findings)))
    is_usual = is_chosen or _is_usual(bundle.path)
    known = any(a.format and a.format not in GENERAL_NAMES for a in bundle.artifacts)
    has_results = any(a.path.endswith(RESULT_NAMES[0]) for a in bundle.artifacts)
    if known or has_results or is_chosen:
        has_code = any(findings.frames for findings in bundle.findings)  # a profile without a clock
        return says_something or has_code or any(_JOB_FOLDER in a.path for a in bundle.artifacts)
    parts = [run for findings in bundle.findings for run in (findings, *findings.runs)]
    return any(_is_of_a_run(part, is_usual=is_usual) for part in parts) or (
        (is_usual or _HINT.match(bundle.path) is not None) and _say_together(parts, is_usual=is_usual)
    )


def _say_together(parts: Iterable[Findings], *, is_usual: bool) -> bool:
    """Whether one file says when or at which commit a program ran, and another what came out.

    That may be a text where evidence is usual; but the README of a folder of results at the top tells what
    lies there, and of no run.
    """
    by_program, told = False, False
    for part in parts:
        path = PurePosixPath(part.path)
        suffix = _suffix(path)
        is_of_folder = path.stem.lower() == "readme" and str(path.parent) in USUAL_ROOTS
        suffixes = TEXT_SUFFIXES | JSON_SUFFIXES if is_usual else JSON_SUFFIXES
        is_told = suffix in suffixes and any(metric.value is not None for metric in part.metrics)
        told |= is_told and not is_of_folder
        if suffix in JSON_SUFFIXES:
            by_program |= any(record.is_id and record.trust >= Trust.MACHINE for record in part.records)
            by_program |= any(time.origin == "field" for time in part.times)
    return by_program and told


def _is_silent_text(bundle: Bundle) -> bool:
    """Whether a file that would be a run by its own name, such as `logs/<stamp>.log`, says nothing of one."""
    is_text = PurePosixPath(bundle.path).suffix.lower() in TEXT_SUFFIXES
    is_file = [artifact.path for artifact in bundle.artifacts] == [bundle.path]
    return is_text and is_file and not any(_says_something(findings) for findings in bundle.findings)


def _is_usual(path: str) -> bool:
    """Whether results usually lie at a path: little needs to be said in a file for it to be one."""
    return is_within(path, USUAL_ROOTS) or path == OF_FIGURES


def _chosen(settings: EvidenceSettings) -> tuple[str, ...]:
    return tuple(map(posixpath.normpath, settings.roots))


def _is_result(place: Files, name: str, *, is_chosen: bool) -> bool:
    path = PurePosixPath(name)
    if path.name == RESULT_NAMES[0]:
        return True
    if path.suffix in SOURCE_SUFFIXES:
        return False
    try:
        head = place.read(name, HEAD_BYTES)
    except OSError:
        return False
    reader = find_reader(name, head)
    return reader is not None and (
        reader.name not in GENERAL_NAMES or is_chosen or _may_hold_runs(path, head)
    )


def _may_hold_runs(path: PurePosixPath, head: bytes) -> bool:
    """Whether a file of a general format, where evidence is usual, may be about a run."""
    suffix = _suffix(path)
    is_usual = _is_usual(str(path))
    if not is_usual and not _HINT.match(str(path)):
        return False
    if suffix in CONTENTS:
        return is_usual
    if is_table_of_runs(path, head):
        return is_usual or _HINT.match(str(path.with_suffix(""))) is not None
    if suffix in TABLES:
        return is_usual and _DATA.search(str(path)) is None  # its reader has looked at its columns
    keys = {found[1].decode("ascii", "replace") for found in _KEY.finditer(head)}
    names_run = any(is_id_key(key) or is_time_key(key) for key in keys)
    if suffix in TEXT_SUFFIXES:
        is_told = is_usual and (any(map(is_figure, keys)) or path.stem.lower() in SUMMARIES)
        is_log = is_usual or suffix != ".md"
        lines = head.decode("ascii", "replace").splitlines()
        return is_told or (is_log and (names_run or any(map(has_clock, lines))))
    is_told = is_usual and (any(map(is_figure, keys)) or _DIGEST.search(head) is not None)
    return suffix in MACHINE_SUFFIXES and (names_run or is_told)


def _suffix(path: PurePosixPath) -> str:
    """That of a name, in lower case; the attributes of Zarr, `.zattrs`, are JSON."""
    return ".json" if path.name == ".zattrs" else path.suffix.lower()


def _is_of_a_run(findings: Findings, *, is_usual: bool) -> bool:
    """Whether the commit or time of a run is there, and something that it measured.

    Where evidence is usual, commit and time or digests of the code are enough, and so is a figure that a
    program wrote. It is in tables, too: only those are looked at that hold runs, or the steps of one.
    """
    suffix = _suffix(PurePosixPath(findings.path))
    has_metric = any(metric.value is not None for metric in findings.metrics)
    is_table = suffix in TABLES
    if suffix in TEXT_SUFFIXES:
        is_table = any(metric.trust is Trust.MACHINE for metric in findings.metrics)
        if not is_table:
            return _is_log_of_a_run(findings, suffix, has_metric=has_metric, is_usual=is_usual)
    elif suffix not in ("", *MACHINE_SUFFIXES, *CONTENTS):
        return False
    figures = _figures(findings)
    is_measured = has_metric or any(map(names_figure, figures))
    if (is_table and has_metric) or (is_usual and is_measured and suffix not in NOTATIONS | CONTENTS):
        return True
    has_id = any(record.is_id and record.trust >= Trust.MACHINE for record in findings.records)
    clocks = (
        ("field", "header") if suffix == NOTEBOOK else ("field",)
    )  # what its cells printed is by a program
    has_time = any(time.origin in clocks for time in findings.times)
    is_named = (has_id and has_time) or bool(findings.digests)
    return ((has_id or has_time) and (has_metric or bool(figures))) or (is_usual and is_named)


def _figures(findings: Findings) -> list[str]:
    """The keys of the numbers that a program wrote, except whole ones."""
    return [item.name for item in findings.parameters if isinstance(item.value, float)]


def _is_log_of_a_run(findings: Findings, suffix: str, *, has_metric: bool, is_usual: bool) -> bool:
    """Whether a text states commit or time of a run, and a figure; in a log among evidence, either."""
    ids = (*findings.records, *(item for item in findings.mentions if is_usual and not is_loose(item)))
    has_id = any(record.is_id for record in ids)
    has_time = any(time.origin in ("header", "field") for time in findings.times)
    stem = PurePosixPath(findings.path).stem.lower()
    is_result = stem in SUMMARIES if suffix == ".md" else _OF_CODE.fullmatch(stem) is None
    if is_usual and has_metric and is_result:
        return True  # when it ran, the commit that added it tells
    if suffix == ".md":
        return is_usual and has_metric and (has_id or has_time)
    return (has_metric and (has_id or has_time)) or (is_usual and has_id and has_time)


def _says_something(findings: Findings) -> bool:
    return bool(findings.records or findings.metrics or findings.times or findings.runs)
