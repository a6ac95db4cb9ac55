"""`bisect-parity compare`: the parity metrics and the verdict of two image files."""

from __future__ import annotations

import itertools
import math
import re
from typing import TYPE_CHECKING, Any, Literal

import attrs
import click

from bisect_parity.commands.options import common_options
from bisect_parity.commands.printing import write_json
from bisect_parity.commands.threshold_options import NamedThresholds, threshold_options
from bisect_parity.commands.value_completion import files
from bisect_parity.config import Thresholds
from bisect_parity.files import printable
from bisect_parity.parity.images import ImageSpec, parse_location
from bisect_parity.parity.layout import COMPLEX_PARTS, DTYPE_BYTES, Fault, ImageError
from bisect_parity.parity.model import Scope
from bisect_parity.parity.own_checkout import git_folders
from bisect_parity.parity.pair import compare_images, open_as
from bisect_parity.parity.verdict import CheckVerdict, Comparison, judge, judge_error
from bisect_parity.wording import did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.commands.invocation import Invocation
    from bisect_parity.parity.images import Image
    from bisect_parity.parity.layout import Rectangle, Role
    from bisect_parity.parity.model import TileMap

STATUSES = {CheckVerdict.GOOD: 0, CheckVerdict.BAD: 1, CheckVerdict.SKIP: 3, CheckVerdict.ABORT: 3}
MOST_NAMES = 2000  # of a folder
MAP_LEVELS = " .:-=+*#%@"
_REGION = re.compile(r"(\d+):(\d+),(\d+):(\d+)")


def _shape(text: str) -> tuple[int, ...]:
    words = re.split(r"[x,]", text.strip("()[] "))
    if not all(word.strip().isdecimal() and int(word) for word in words):
        raise click.BadParameter(f"{text!r} is not a shape; write it as 4096x4096")
    return tuple(int(word) for word in words)


def _dtypes(text: str) -> tuple[str, str]:
    words = text.split(",")
    for word in words:
        if word not in (known := (*DTYPE_BYTES, *COMPLEX_PARTS)):
            raise click.BadParameter(f"{word!r} is not a pixel type; known: {', '.join(known)}")
    if len(words) > 2:
        raise click.BadParameter("give one pixel type, or two: reference,candidate")
    return words[0], words[-1]


def _region(text: str) -> Rectangle:
    found = _REGION.fullmatch(text.replace(" ", ""))
    if not found:
        raise click.BadParameter(f"{text!r} is not a region; write it as 0:512,1024:2048 (rows, columns)")
    top, bottom, left, right = (int(number) for number in found.groups())
    return top, bottom, left, right


@click.command(
    "compare",
    short_help="Compare two image files.",
    epilog="Exit status: 0 good, 1 bad, 2 usage, 3 an image cannot be used.",
)
@click.argument("reference", metavar="REFERENCE", shell_complete=files)
@click.argument("candidate", metavar="CANDIDATE", shell_complete=files)
@click.option(
    "--shape", type=_shape, metavar="ROWSxCOLUMNS", help="Shape of both images, slowest axis first."
)
@click.option(
    "--dtype", "dtypes", type=_dtypes, metavar="TYPE[,TYPE]", help="Pixel type of both, or of each."
)
@click.option(
    "--byte-order",
    type=click.Choice(["little", "big"]),
    default="little",
    show_default=True,
    help="Byte order of raw files.",
)
@threshold_options
@click.option(
    "--roi",
    type=_region,
    multiple=True,
    metavar="R0:R1,C0:C1",
    help="Count only pixels in this region (rows, columns, ends not included); may be repeated.",
)
@click.option(
    "--mask", metavar="FILE", shell_complete=files, help="Count only pixels where this image is not zero."
)
@click.option(
    "--full", is_flag=True, help="Also the greatest difference, where it is, and the matching digits."
)
@click.option("--tiles", is_flag=True, help="Also a map of the differences, in 64 x 64 tiles.")
@common_options
def command(
    call: Invocation,
    reference: str,
    candidate: str,
    shape: tuple[int, ...] | None,
    dtypes: tuple[str, str] | None,
    byte_order: Literal["little", "big"],
    thresholds: NamedThresholds,
    roi: tuple[Rectangle, ...],
    mask: str | None,
    full: bool,
    tiles: bool,
) -> int:
    """Compare two image files, CANDIDATE with REFERENCE.

    Good means: the correlation is at least 0.999, and the sums agree within 0.5 %. Other thresholds come from
    the options, or from the settings of the repository.

    Formats: .npy, .npz, .pt, .safetensors, FITS, tables of numbers as text, and raw pixels as they are; TIFF,
    HDF5 and detector formats (SMV, CBF, EDF, MRC) where their packages are installed. Name one image of
    several as FILE::NAME, such as run.h5::/entry/data. A raw file without --shape must hold a square; without
    --dtype it is read as float32.
    """
    limits = _limits(call, thresholds)
    reference_dtype, candidate_dtype = dtypes or (None, None)

    def opened(role: Role, name: str, dtype: str | None) -> Image:
        path, dataset = parse_location(name)
        return open_as(role, path, ImageSpec(shape, dtype, byte_order, dataset))

    images: dict[str, Image] = {}
    try:
        images["reference"] = opened("reference", reference, reference_dtype)
        images["candidate"] = opened("candidate", candidate, candidate_dtype)
        if mask is not None:
            images["mask"] = opened("mask", mask, None)
        for note in (note for image in images.values() for note in image.notes):
            if not call.quiet:
                click.echo(f"bisect-parity: {printable(note)}", err=True)
        moments = compare_images(**images, scope=Scope(roi, extremes=full, tiles=tiles, digits=full))
        comparison = judge(moments, limits)
    except ImageError as error:
        if error.fault is Fault.MISSING and not error.remedy:
            named = {"reference": reference, "candidate": candidate}.get(error.role or "", mask)
            raise ImageError(error.fault, error.message, _near(named or ""), error.role) from error
        if error.fault not in (Fault.SHAPE, Fault.DTYPE) or error.role == "mask":
            raise
        comparison = judge_error(error)
    related = [] if roi or mask or len(images) < 2 else _relations(comparison, limits, images)
    if call.as_json:
        write_json(_document(comparison, limits, images) | {"relations": related})
    else:
        click.echo(printable("\n".join([_text(comparison, images), *([""] if related else []), *related])))
    return STATUSES[comparison.verdict]


def _relations(comparison: Comparison, limits: Thresholds, images: dict[str, Image]) -> list[str]:
    """How a bad candidate is related to the reference, in words."""
    from bisect_parity.parity.relation import relation_lines  # noqa: PLC0415 - as torch

    return relation_lines(comparison, limits, images["reference"], images["candidate"])


def _near(named: str) -> str:
    """What may have been meant by the name of an image that is not there."""
    path, _ = parse_location(named)
    folder = path.parent
    if path.exists():
        return "Let the program write it first."
    if not folder.is_dir():
        return f"There is no folder {folder} either. Paths are relative to the folder that you are in."
    names = sorted(file.name for file in itertools.islice(folder.iterdir(), MOST_NAMES) if file.is_file())
    return did_you_mean(path.name, names, f"files of {folder.absolute()}")


def _document(comparison: Comparison, limits: Thresholds, images: dict[str, Image]) -> dict[str, Any]:
    """The documented JSON form of a comparison."""
    described = {
        role: {"path": str(image.path), "description": image.description, "notes": list(image.notes)}
        for role, image in images.items()
    }
    return {
        "schema": "bisect-parity/comparison",
        "version": 1,
        **comparison.to_json(),
        "thresholds": attrs.asdict(limits),
        "images": {"reference": None, "candidate": None} | described,
    }


def _limits(call: Invocation, named: NamedThresholds) -> Thresholds:
    """The thresholds that count; settings that cannot matter are not read."""
    if None not in attrs.astuple(named):
        return named.over(Thresholds())
    return named.over(call.settings(*_places(call.directory)).thresholds)


def _places(start: Path) -> tuple[tuple[Path, ...], Path | None]:
    """The tool's folders in the git directory, and the top of the working tree, without starting git."""
    here = start.absolute()
    for top in (here, *here.parents):
        git_directory = top / ".git"
        if git_directory.exists():
            places = (git_directory,) if git_directory.is_dir() else git_folders(top) or ()
            return tuple(place / "bisect-parity" for place in places), top
    return (), None


def _text(comparison: Comparison, images: dict[str, Image]) -> str:
    lines = [f"{comparison.verdict.value}: {comparison.reason}"]
    lines += ["", *(f"{role:10} {image.path}: {image.description}" for role, image in images.items())]
    moments = comparison.moments
    if moments is None:
        return "\n".join(lines)
    reference, candidate = moments.reference, moments.candidate
    rows = [("", "reference", "candidate")]
    rows += [
        (name, _value(getattr(reference, name)), _value(getattr(candidate, name)))
        for name in ("sum", "mean", "norm", "deviation")
    ]
    rows.append(("NaN or infinite", str(reference.non_finite), str(candidate.non_finite)))
    lines.append("")
    lines += [f"{name:17} {left:>24} {right:>24}".rstrip() for name, left, right in rows]
    lines.append("")
    pairs = [
        ("correlation", _value(moments.correlation)),
        ("1 - correlation", _value(moments.one_minus_correlation)),
        ("sum ratio", _value(moments.sum_ratio)),
        ("rms difference", _value(moments.rmse)),
        ("pixels counted", str(moments.count)),
    ]
    if moments.max_abs_difference is not None:
        at = list(moments.max_abs_difference_at or ())
        pairs.append(("max |difference|", f"{_value(moments.max_abs_difference)} at {at}"))
    if moments.digits is not None:
        digits = moments.digits
        shared = "1 pixel differs" if digits.differing == 1 else f"{digits.differing} pixels differ"
        if digits.least is not None and digits.mean is not None:
            shared += f"; matching digits there: least {digits.least:.1f}, mean {digits.mean:.1f}"
        pairs.append(("differing", shared))
    lines += [f"{name:17} {value}" for name, value in pairs]
    if moments.tiles is not None:
        lines += ["", *_map_lines(moments.tiles)]
    return "\n".join(lines)


def _value(value: float | None) -> str:
    return "none" if value is None else repr(value)


def _map_lines(tiles: TileMap) -> list[str]:
    """The root mean square differences as characters, a factor of 10 a level below the greatest."""
    greatest = max((value for row in tiles.rms_difference for value in row if value is not None), default=0.0)
    height, width = tiles.tile_shape
    title = (
        f"rms difference by tiles of {height} x {width} pixels; @ is {greatest:.3g}, the level below a tenth"
    )
    return [
        title,
        *("|" + "".join(_level(value, greatest) for value in row) + "|" for row in tiles.rms_difference),
    ]


def _level(value: float | None, greatest: float) -> str:
    if value is None:
        return "?"
    if value <= 0:
        return MAP_LEVELS[0]
    below = math.floor(math.log10(greatest / value))
    return MAP_LEVELS[max(1, len(MAP_LEVELS) - 1 - below)]
