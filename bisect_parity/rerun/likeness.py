"""Whether a run wrote again what it had written: to the byte, or by images and figures."""

from __future__ import annotations

import enum
import itertools
import json
import math
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from attrs import frozen

from bisect_parity.errors import BisectParityError
from bisect_parity.evidence.formats.fits import SUFFIXES as FITS_SUFFIXES
from bisect_parity.evidence.formats.registry import find_reader
from bisect_parity.evidence.formats.tables import TABLES
from bisect_parity.evidence.formats.text_file import LOGS
from bisect_parity.evidence.keys import measured
from bisect_parity.evidence.numbers import NUMBER
from bisect_parity.params.noise import tells_speed
from bisect_parity.parity.image_formats import SUFFIXES
from bisect_parity.parity.images import open_image
from bisect_parity.parity.layout import ImageError
from bisect_parity.parity.pair import compare_images
from bisect_parity.parity.verdict import CheckVerdict, judge
from bisect_parity.rerun.raw_arrays import raw_arrays
from bisect_parity.rerun.words import changed_words, without_moments
from bisect_parity.wording import counted, figure_text, first_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bisect_parity.config import Thresholds
    from bisect_parity.parity.layout import ImageSpec

_File = tuple[str, bytes]  # name and content
_Numbers = dict[str, list[float | None]]

_UNIT = r"[A-Za-z]{1,3}\b"  # right behind its number, as in 0.5s
_NUMBER = re.compile(rf"(?<![\w.])({NUMBER})(?:(?={_UNIT})|(?!\w))")
LARGEST_TEXT_BYTES = 64 * 2**20
NOTED = "notes.json"  # as what the facts that a run noted are read
BUT_FOR_TIMES = "the same but for times"
NO_NUMBERS = "other bytes, and no numbers to hold against each other"
MOST_GONE = 3  # notes that are named
LARGEST_WHOLE = 2**53  # beyond, a float64 does not hold every one
# of FITS, the figures in the header are held against each other
IMAGE_SUFFIXES = (SUFFIXES.keys() | {".img", ".map"}) - {*FITS_SUFFIXES}


class Likeness(enum.StrEnum):
    """How what a run gave again is to what it gave then."""

    IDENTICAL = "identical"  # to the byte
    EQUAL = "equal"  # other bytes, and the same figures to the last digit
    EQUIVALENT = "equivalent"  # images within the thresholds, or figures within the tolerance
    DIFFERS = "differs"
    CHANGED = "changed"  # other bytes, in which nothing was measured, or of which the old ones are gone
    MISSING = "missing"  # it was not written again
    NEW = "new"  # it was not written then


class Tolerances(NamedTuple):
    """What counts as the same.

    Attributes:
        thresholds: of images.
        figures: greatest relative difference of two figures.
    """

    thresholds: Thresholds
    figures: float


@frozen
class FileLikeness:
    """One output, then and now.

    Attributes:
        name: as it was then; of a new one, now.
        likeness: of both.
        says: what the likeness rests on; may be empty.
    """

    name: str
    likeness: Likeness
    says: str = ""


def overall(likenesses: Iterable[Likeness], *, is_recorded: bool = True) -> Likeness | None:
    """What all outputs together say; None where there is nothing to compare.

    A file in which nothing is measured counts only where nothing else does; one that is not written again
    counts only where a record says that it was this command that wrote it.

    Args:
        likenesses: of each output.
        is_recorded: whether a record says which outputs are those of the command.
    """
    found = set(likenesses) - {Likeness.NEW}
    if not is_recorded:
        found -= {Likeness.MISSING}
    if found & {Likeness.DIFFERS, Likeness.MISSING} or found == {Likeness.CHANGED}:
        return Likeness.DIFFERS
    if Likeness.CHANGED in found:
        found = found - {Likeness.CHANGED} | {Likeness.EQUAL}
    return max(found, default=None, key=list(Likeness).index)


def content_likeness(then: Path, now: Path, tolerances: Tolerances) -> tuple[Likeness, str]:
    """How two files with other bytes are alike, and by what.

    Args:
        then, now: regular files.
        tolerances: what counts as the same.
    """
    is_image = then.suffix.lower() in IMAGE_SUFFIXES
    spec = None if is_image else raw_arrays(then, now)
    if is_image or spec is not None:
        return _image_likeness(then, now, tolerances.thresholds, spec)
    files = [(path.name, data) for path in (then, now) if (data := _content(path)) is not None]
    if len(files) < 2:
        return Likeness.CHANGED, NO_NUMBERS
    return _told_likeness(files[0], files[1], tolerances)


def told_numbers(path: Path) -> tuple[_Numbers, _Numbers]:
    """The figures in a file by name, and the numbers in its lines by their words."""
    file = path.name, _content(path) or b""
    return _figures(file), _line_numbers(file)


def printed_likeness(
    then: Path, printed: Iterable[tuple[_Numbers, _Numbers]], tolerances: Tolerances
) -> tuple[Likeness, str] | None:
    """How a file is to what a command prints now: by figures of one name, else by lines of the same words.

    Args:
        then: what a run left behind, such as a log that somebody kept; what else it holds does not count.
        printed: what `told_numbers` reads of each stream of the command.
        tolerances: what counts as the same.

    Returns:
        None where nothing in it was printed.
    """
    old = told_numbers(then)
    for young in printed:
        for before, after in zip(old, young, strict=True):
            shared = [(name, before[name], after[name]) for name in before if name in after]
            pairs = [(name, a, b) for name, *both in shared for a, b in zip(*both, strict=False)]
            if pairs:
                likeness, says = _figures_likeness(pairs, tolerances)
                return likeness, f"as printed: {says}"
    return None


def _line_numbers(file: _File) -> _Numbers:
    """The numbers in each line of a text, by its words; lines that tell times or speed are left out."""
    found: _Numbers = {}
    for line in (_text(file[1]) or "").split("\n"):
        words, numbers = _numbers(line)
        name = " ".join(words).strip()
        if any(map(str.isalpha, name)) and not tells_speed(name[-40:]):
            found.setdefault(name, []).extend(numbers)
    return found


def noted_likeness(
    then: Mapping[str, Any], now: Mapping[str, Any], tolerances: Tolerances
) -> tuple[Likeness, str]:
    """How the facts that a run noted from inside are alike, as if in a JSON file; new ones do not count."""
    gone = [name for name in then if name not in now]
    if gone:
        told = (Likeness.DIFFERS, f"not noted: {first_of(gone, MOST_GONE)}")
        return (Likeness.MISSING, "") if len(gone) == len(then) else told
    now = {name: now[name] for name in then}
    if then == now:
        return Likeness.IDENTICAL, ""
    old, young = ((NOTED, json.dumps(notes).encode()) for notes in (then, now))
    return _told_likeness(old, young, tolerances)


def _content(path: Path) -> bytes | None:
    """A file; None where it is too large, or cannot be read."""
    try:
        return path.read_bytes() if path.stat().st_size <= LARGEST_TEXT_BYTES else None
    except OSError:
        return None


def _told_likeness(then: _File, now: _File, tolerances: Tolerances) -> tuple[Likeness, str]:
    """By the lines of logs, the figures of both files, the words of JSON documents, and numbers in texts."""
    suffix = PurePosixPath(then[0]).suffix.lower()
    texts = [_text(data) for _, data in (then, now)]
    # processes at once write into a log in any order
    lines = [None if text is None else sorted(text.split("\n")) for text in texts if suffix in LOGS]
    if lines and lines[0] == lines[1] is not None:
        is_in_order = texts[0] == texts[1]
        return Likeness.EQUAL, BUT_FOR_TIMES if is_in_order else "the same lines in another order"
    pairs = _figure_pairs(then, now)
    by_figures = _figures_likeness(pairs, tolerances) if pairs else None
    if suffix == ".json" and (by_figures is None or by_figures[0] is not Likeness.DIFFERS):
        words = changed_words(then[1], now[1])
        if words:
            return Likeness.DIFFERS, words
    if by_figures is not None and suffix in TABLES:  # where numbers have no name beside them
        return by_figures
    by_text = _text_likeness(texts, tolerances)
    if by_figures is None or by_text[0] is Likeness.CHANGED:
        return by_figures or by_text
    return max(by_figures, by_text, key=lambda one: list(Likeness).index(one[0]))


def _figures_likeness(
    pairs: Sequence[tuple[str, float | None, float | None]], tolerances: Tolerances
) -> tuple[Likeness, str]:
    distances = ((_distance(a, b), name, a, b) for name, a, b in pairs)
    off = sorted(distances, reverse=True, key=lambda one: one[0])
    distance, name, a, b = off[0]
    if distance == 0:
        return Likeness.EQUAL, f"{counted(len(pairs), 'figure')} equal to the last digit"
    worst = f"{name} {_shown(a)} then, {_shown(b)} now"
    if distance <= tolerances.figures:
        return Likeness.EQUIVALENT, f"{counted(len(pairs), 'figure')} within {tolerances.figures:g}: {worst}"
    others = sum(one[0] > tolerances.figures for one in off) - 1
    return Likeness.DIFFERS, worst + (f", and {counted(others, 'other figure')}" if others else "")


def _shown(figure: float | None) -> str:
    """A figure to the last digit; a whole number as one, since texts seldom write 1957.0."""
    if figure is None:
        return "none"
    is_whole = figure.is_integer() and abs(figure) <= LARGEST_WHOLE
    return str(int(figure)) if is_whole else figure_text(figure)


def _text_likeness(texts: Sequence[str | None], tolerances: Tolerances) -> tuple[Likeness, str]:
    """By all numbers in two texts, except times and what says how fast a run was."""
    before, after = (None if text is None else _numbers(text) for text in texts)
    if before is None or after is None or before[0] != after[0]:
        return Likeness.CHANGED, NO_NUMBERS
    words = (part.strip(" \t\n\"':=,{[(") or "a number" for part in before[0])
    pairs = zip(words, before[1], after[1], strict=False)
    figures = [(name[-40:], a, b) for name, a, b in pairs if not tells_speed(name[-40:])]
    return _figures_likeness(figures, tolerances) if figures else (Likeness.EQUAL, BUT_FOR_TIMES)


def _text(data: bytes) -> str | None:
    """A text without dates, durations and addresses; None where it is none.

    What a bar of progress draws over itself are lines, too.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return without_moments(text.replace("\r\n", "\n").replace("\r", "\n"))


def _numbers(text: str) -> tuple[list[str], list[float]]:
    """The text before each number in a text, and the numbers."""
    *parts, last = _NUMBER.split(text)
    between = [" ".join(part.split()) for part in (*parts[::2], last)]
    return between, [float(number) for number in parts[1::2]]


def _image_likeness(
    then: Path, now: Path, thresholds: Thresholds, spec: ImageSpec | None = None
) -> tuple[Likeness, str]:
    try:
        comparison = judge(compare_images(open_image(then, spec), open_image(now, spec)), thresholds)
    except ImageError as error:
        return Likeness.DIFFERS, error.message
    likeness = Likeness.EQUIVALENT if comparison.verdict is CheckVerdict.GOOD else Likeness.DIFFERS
    as_raw = f"as {spec.dtype}: " if spec else ""
    return likeness, as_raw + comparison.reason


def _figure_pairs(then: _File, now: _File) -> list[tuple[str, float | None, float | None]]:
    """Figures of both files by name; what only one of them has is None in the other."""
    before, after = _figures(then), _figures(now)
    return [
        (name, a, b)
        for name in dict.fromkeys([*before, *after])
        for a, b in itertools.zip_longest(before.get(name, []), after.get(name, []))
    ]


def _figures(file: _File) -> _Numbers:
    """The figures in a file, except those of its speed: these are never the same."""
    try:
        reader = find_reader(*file)
    except BisectParityError:  # of another package, which is no reader
        return {}
    findings = reader.read(*file) if reader is not None and file[1] else None
    found: _Numbers = {}
    for name, value in () if findings is None else measured(findings):
        if not tells_speed(name):
            found.setdefault(name, []).append(value)
    return found


def _distance(a: float | None, b: float | None) -> float:
    """The relative difference of two figures; infinite where only one of them is a number."""
    if a == b or (a is not None and b is not None and math.isnan(a) and math.isnan(b)):
        return 0.0
    if a is None or b is None or not (math.isfinite(a) and math.isfinite(b)):
        return math.inf
    return abs(a - b) / max(abs(a), abs(b))
