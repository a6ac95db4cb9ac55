"""Cases: how to make a reference and a candidate image, as settings say it in [case.NAME]."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import attrs
from attrs import field, frozen

from bisect_parity.config import Settings, Thresholds, structure
from bisect_parity.digest import json_digest
from bisect_parity.errors import UsageError
from bisect_parity.parity import case_rules as rules
from bisect_parity.parity.brought import frozen_place
from bisect_parity.parity.image_formats import is_one_image
from bisect_parity.parity.layout import COMPLEX_PARTS, DTYPE_BYTES, ImageSpec
from bisect_parity.parity.placeholders import placeholders_in

DTYPES = (*DTYPE_BYTES, *COMPLEX_PARTS)
VERDICTS = ("skip", "bad", "abort")
REFERENCE_VERDICTS = ("abort", "skip")
# code paths are a part: where some are missing, two lists of them can give one code state to unlike commits
NO_PART_OF_VERDICTS = ("name", "keep", "preload", "bring_from")
JUDGE_FIGURES = ("limit", "better")  # a figure that is known is judged by those of the day
NO_SETTINGS = (
    "Write bisect-parity.toml with `bisect-parity init`, put a [case.NAME] into it, and keep it with "
    "`bisect-parity init --freeze`; or name a file with --config."
)
ENTRY_POINT = Path(__file__).with_name("entry_point.py")


@frozen
class Case:
    """One case: what to run, what to expect of the images, and what each failure means.

    Commands are lists of words with placeholders, and no shell is involved. Every step runs at the top of
    the working tree.

    It compares the images of a reference and a candidate, or runs a test.

    Attributes:
        reference: makes the trusted image, in the file {out}.
        candidate: makes the image under test, in the file {out}; or a Python function of the tree under
            test, "package.module:function" (see `parity.entry_point`).
        test: a command whose exit status is the verdict, instead of both (see `failures.verdict_of_test`).
        failure: a regular expression: the test is bad only if it fails and what it printed matches; any other
            failure is skipped. Empty: any.
        figure: of a test that passes: a regular expression with one group, a number, whose last match counts;
            or "seconds", its run time. Empty: none.
        limit: the test is bad if its figure is beyond; None: the figure is only kept.
        better: which figures are, "lower" or "higher" ones.
        size: what {size} stands for, such as the detector's width in pixels.
        sizes: further sizes to check at, in this order, before `size`; all of them must be good.
        shape: of both images, in elements, slowest axis first; "{size}" is replaced; empty: [size, size].
        dtype: element type of raw images.
        byte_order: of raw images, "little" or "big".
        suffix: of the file {out}; it decides the image format, as in ".npy"; ".raw" is headerless.
        dataset: path of the dataset in an HDF5 file, or name of the array in a .npz file.
        reference_suffix, reference_dtype, reference_dataset: of the reference's image, where they are others.
        prepare: commands that are run in this order before each check, such as a build.
        reference_at: a revision; the reference is then built and run from that commit's tree alone.
        reference_twice: whether a reference that is not pinned is run a second time in every check.
        reference_prepare: commands that build the pinned reference; `prepare` where empty.
        timeout: seconds a step may take; the others override it for their steps.
        environment: variables that are set for every step.
        passed: further variables that are let through from the caller (key `pass`).
        preload: Python modules that a session imports once, for candidates that are forked; "torch" say.
        files: to bring along, below the user's repository or anywhere: each is copied to {scratch}/NAME.
        bring: files and folders below the top of the user's repository: each is copied to its own place in
            the tree under test, over what the commit holds there.
        code_paths: whose content can change the images, relative to the top; None: those of [code].
        roi: rectangles (first row, end row, first column, end column); pixels outside all do not count.
        mask: an image, found as `files` are; pixels where it is zero do not count.
        keep: untracked build products that may stay between checks, relative to the top.
        thresholds: of this case; None: those of [thresholds].
        on_build_failure: a `prepare` command fails.
        on_import_error: the candidate's Python cannot import a module, or parse one.
        on_candidate_crash: the candidate ends with another status than 0, or by a signal.
        on_timeout: `prepare` or the candidate does not end in time.
        on_out_of_memory: `prepare` or the candidate is ended for, or reports, lack of memory.
        on_missing_output: the candidate ends well and writes no image.
        on_wrong_image: the candidate's image is unreadable, or has another shape or dtype.
        on_non_finite: the candidate's image holds NaN or Inf.
        on_degenerate: the candidate's image is constant, or its sum is zero.
        on_reference_failure: no usable reference image could be made.
        name: from [case.NAME].
        bring_from: folder that a session keeps copies of what `bring` names in; empty: the user's own count.
    """

    reference: tuple[str, ...] = field(default=(), validator=rules.image_command)
    candidate: tuple[str, ...] | str = field(default=(), validator=rules.image_command_or_function)
    test: tuple[str, ...] = field(default=(), validator=rules.test_command)
    failure: str = field(default="", validator=rules.pattern)
    figure: str = field(default="", validator=rules.figure)
    limit: float | None = field(default=None, validator=rules.limit)
    better: str = field(default="lower", validator=rules.one_of("lower", "higher"))
    size: int = field(default=4096, validator=rules.size)
    sizes: tuple[int, ...] = field(default=(), validator=rules.further_sizes)
    shape: tuple[int | str, ...] = field(default=("{size}", "{size}"), validator=rules.extents)
    dtype: str = field(default="float32", validator=rules.one_of(*DTYPES))
    byte_order: str = field(default="little", validator=rules.one_of("little", "big"))
    suffix: str = field(default=".raw", validator=rules.suffix)
    dataset: str | None = None
    reference_suffix: str | None = field(default=None, validator=attrs.validators.optional(rules.suffix))
    reference_dtype: str | None = field(
        default=None, validator=attrs.validators.optional(rules.one_of(*DTYPES))
    )
    reference_dataset: str | None = None
    prepare: tuple[tuple[str, ...], ...] = field(default=(), validator=rules.commands)
    reference_at: str | None = None
    reference_twice: bool = False
    reference_prepare: tuple[tuple[str, ...], ...] = field(default=(), validator=rules.commands)
    timeout: float = field(default=600.0, validator=rules.seconds)
    prepare_timeout: float | None = field(default=None, validator=rules.seconds)
    reference_timeout: float | None = field(default=None, validator=rules.seconds)
    candidate_timeout: float | None = field(default=None, validator=rules.seconds)
    environment: dict[str, str] = field(factory=dict, validator=rules.variables)
    passed: tuple[str, ...] = field(default=(), validator=rules.variables)
    preload: tuple[str, ...] = field(default=(), validator=rules.module_names)
    files: tuple[str, ...] = field(default=(), validator=rules.file_names)
    bring: tuple[str, ...] = field(default=(), validator=rules.paths_inside)
    code_paths: tuple[str, ...] | None = None
    roi: tuple[tuple[int, ...], ...] = field(default=(), validator=rules.rectangles)
    mask: str | None = None
    keep: tuple[str, ...] = field(default=(), validator=rules.paths_inside)
    thresholds: Thresholds | None = None
    on_build_failure: str = field(default="skip", validator=rules.one_of(*VERDICTS))
    on_import_error: str = field(default="skip", validator=rules.one_of(*VERDICTS))
    on_candidate_crash: str = field(default="skip", validator=rules.one_of(*VERDICTS))
    on_timeout: str = field(default="skip", validator=rules.one_of(*VERDICTS))
    on_out_of_memory: str = field(default="skip", validator=rules.one_of(*VERDICTS))
    on_missing_output: str = field(default="skip", validator=rules.one_of(*VERDICTS))
    on_wrong_image: str = field(default="bad", validator=rules.one_of(*VERDICTS))
    on_non_finite: str = field(default="bad", validator=rules.one_of(*VERDICTS))
    on_degenerate: str = field(default="bad", validator=rules.one_of(*VERDICTS))
    on_reference_failure: str = field(default="abort", validator=rules.one_of(*REFERENCE_VERDICTS))
    name: str = field(default="", metadata={"internal": True})
    bring_from: str = field(default="", metadata={"internal": True})

    def __attrs_post_init__(self) -> None:
        """Refuse what is neither a comparison of two images nor a test."""
        rules.kind_of_case(self)

    def at_size(self, size: int | None) -> Case:
        """The case at another size, and at no further one; None: as it is.

        Raises:
            UsageError: the size is not positive, or no command and no extent depends on it.
        """
        if size is None:
            return self
        words = [word for command in self.steps().values() for word in command]
        words += [] if self.test else map(str, self.shape)
        if size != self.size and "size" not in placeholders_in(words):
            raise UsageError(f"case {self.name!r} does not use {{size}}", "Give no other size.")
        try:
            return attrs.evolve(self, size=size, sizes=())
        except ValueError as error:
            raise UsageError(f"--size {size}: {error.args[0]}") from error

    def judged_by(self, thresholds: Thresholds | None) -> Case:
        """The case with other thresholds; None: as it is."""
        return self if thresholds is None else attrs.evolve(self, thresholds=thresholds)

    def candidate_command(self) -> tuple[str, ...]:
        """The words of the candidate's command, also where it is a function."""
        if isinstance(self.candidate, str):
            return ("{python}", str(ENTRY_POINT), self.candidate, "{size}", "{out}")
        return self.candidate

    def steps(self) -> dict[str, tuple[str, ...]]:
        """The commands that come to a verdict, by the name of their step."""
        if self.test:
            return {"test": self.test}
        return {"reference": self.reference, "candidate": self.candidate_command()}

    def commands(self) -> tuple[tuple[str, ...], ...]:
        """All commands that a check may start."""
        return (*self.steps().values(), *self.prepare, *self.reference_prepare)

    @property
    def not_cached(self) -> str:
        """Why verdicts of the case are never kept, where something beside content can decide; or ""."""
        if self.keep:
            return "the case keeps build products between checks"
        words = [*itertools.chain(*self.commands()), *self.environment.values()]
        if "repository" in placeholders_in(words):
            return "the case reads from the user's repository"
        named = {word for command in self.commands() for word in command[1:]} - {str(ENTRY_POINT)}
        if any(map(rules.names_absolute_path, named)):
            return f"the {'test' if self.test else 'case'} names a file by its absolute path"
        return ""

    def image_shape(self) -> tuple[int, ...]:
        """The shape that both images must have, slowest axis first."""
        return tuple(self.size if isinstance(extent, str) else extent for extent in self.shape)

    def for_reference(self) -> Case:
        """The case with the format of the reference's image as that of both; "" stands for no dataset."""
        suffix = self.reference_suffix or self.suffix
        shared = None if self.reference_suffix and is_one_image(suffix) else self.dataset
        return attrs.evolve(
            self,
            suffix=suffix,
            dtype=self.reference_dtype or self.dtype,
            dataset=shared if self.reference_dataset is None else self.reference_dataset or None,
        )

    def image_spec(self) -> ImageSpec:
        """What the candidate's image must be, and the reference's but for keys of its own."""
        order: Literal["little", "big"] = "big" if self.byte_order == "big" else "little"
        return ImageSpec(self.image_shape(), self.dtype, order, self.dataset)

    def digest(self) -> str:
        """Identity of all of the case that can change an image, a figure or a verdict, as 64 hex digits.

        The limit of a figure is no part of it, but at several sizes: see `judged_again`.
        """
        left_out = {*NO_PART_OF_VERDICTS, *(() if self.sizes else JUDGE_FIGURES)}
        return json_digest(
            {name: value for name, value in attrs.asdict(self).items() if name not in left_out}
        )


def case_of_table(name: str, table: Mapping[str, Any], where: str) -> Case:
    """Make the case of one table [case.NAME].

    Args:
        name: of the case.
        table: as it was parsed.
        where: the file, for messages.

    Raises:
        UsageError: an unknown key, a wrong value, or a missing command.
    """
    place = f"{where}: [case.{name}]"
    if "passed" in table:
        raise UsageError(f"{place}: unknown key 'passed'", "Did you mean 'pass'?")
    # `pass` is a word of Python, and no attribute can be called so
    renamed = {"passed" if key == "pass" else key: value for key, value in table.items()}
    return attrs.evolve(structure(Case, renamed, place), name=name)


def find_case(settings: Settings, name: str | None) -> Case:
    """The case that was asked for, or the only one there is.

    Args:
        settings: with the tables [case.NAME].
        name: of --case; None where it was left out.

    Raises:
        UsageError: there is no case, not this one, or more than one to choose from; or it is not valid.
    """
    where = str(settings.source) if settings.source is not None else "the settings"
    known = ", ".join(sorted(settings.case))
    if not settings.case and settings.source is None:
        raise UsageError(
            "there is no case to check: the git directory holds no settings",
            NO_SETTINGS,
        )
    if not settings.case:
        raise UsageError(f"{where}: there is no case to check", "Add a table [case.NAME].")
    if name is None and len(settings.case) > 1:
        raise UsageError(f"{where} holds several cases: {known}", "Choose one with --case NAME.")
    chosen = name if name is not None else next(iter(settings.case))
    if chosen not in settings.case:
        raise UsageError(f"{where} holds no case {chosen!r}", f"Choose one of: {known}.")
    case = case_of_table(chosen, settings.case[chosen], where)
    if case.bring and settings.source is not None and (frozen := frozen_place(settings.source)).is_dir():
        case = attrs.evolve(case, bring_from=str(frozen))
    return attrs.evolve(
        case,
        thresholds=settings.thresholds if case.thresholds is None else case.thresholds,
        code_paths=settings.code.paths if case.code_paths is None else case.code_paths,
    )
