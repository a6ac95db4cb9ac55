"""Cases: how to make a reference and a candidate image, as settings say it in [case.NAME]."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

import attrs
from attrs import field, frozen

from bisect_parity.config import Settings, Thresholds, structure
from bisect_parity.errors import UsageError
from bisect_parity.parity.layout import DTYPE_BYTES, ImageSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["PLACEHOLDERS", "Case", "case_of_table", "fill", "find_case"]

PLACEHOLDERS = ("worktree", "scratch", "out", "size", "python", "repository")
VERDICTS = ("skip", "bad", "abort")
REFERENCE_VERDICTS = ("abort", "skip")
LARGEST_SIZE = 2**20
LONGEST_TIMEOUT = 1e9  # seconds, some 30 years

_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}|(?<!\$)\{([A-Za-z_]+)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_INTERPRETER = re.compile(r"(?:ba|da|z|k|fi|tc|c)?sh|python[\d.]*|perl|ruby|node|awk")
_SCRIPT_OPTION = re.compile(r"-[a-zA-Z]*[ceE]")
_PLAIN_VALUE = re.compile(r"[\w./+:@%,=~-]*", re.ASCII)


def _one_of(*choices: str) -> Callable[[Any, attrs.Attribute[str], str], None]:
    def check(_case: Any, attribute: attrs.Attribute[str], value: str) -> None:
        if value not in choices:
            raise ValueError(
                f"{attribute.name} must be {', '.join(choices[:-1])} or {choices[-1]}, not {value!r}"
            )

    return check


def _positive(_case: Any, attribute: attrs.Attribute[float | None], value: float | None) -> None:
    if value is not None and not 0 < value <= LONGEST_TIMEOUT:
        raise ValueError(f"{attribute.name} must be a number of seconds above 0, not {value!r}")


def _command(_case: Any, attribute: attrs.Attribute[tuple[str, ...]], value: tuple[str, ...]) -> None:
    if not value or not value[0]:
        raise ValueError(f"{attribute.name} must be a list of words, the program first")
    for word in value:
        if "\0" in word:
            raise ValueError(f"{attribute.name}: a word holds a NUL character")
        for _, name in _PLACEHOLDER.findall(word):
            if name and name not in PLACEHOLDERS:
                known = ", ".join(f"{{{known}}}" for known in PLACEHOLDERS)
                literal = f"write {{{{{name}}}}} for the text itself"
                raise ValueError(f"{attribute.name}: {{{name}}} is none of {known}; {literal}")


def _image_command(_case: Any, attribute: attrs.Attribute[tuple[str, ...]], value: tuple[str, ...]) -> None:
    _command(_case, attribute, value)
    if not any("{out}" in word for word in value):
        raise ValueError(f"{attribute.name} must name the file to write as {{out}}")


def _commands(_case: Any, attribute: attrs.Attribute[Any], value: tuple[tuple[str, ...], ...]) -> None:
    for command in value:
        _command(_case, attribute, command)
        if any("{out}" in word for word in command):
            raise ValueError(f"{attribute.name}: {{out}} has a meaning in reference and candidate only")


def _shape(_case: Any, _attribute: Any, value: tuple[int | str, ...]) -> None:
    for extent in value:
        if isinstance(extent, str) and extent != "{size}":
            raise ValueError(f"shape must hold whole numbers or '{{size}}', not {extent!r}")
        if isinstance(extent, int) and not 0 < extent <= LARGEST_SIZE**2:
            raise ValueError(f"shape must hold numbers above 0, not {extent}")
    if not value:
        raise ValueError("shape must not be empty")


def _variables(
    _case: Any, attribute: attrs.Attribute[Any], value: Mapping[str, str] | tuple[str, ...]
) -> None:
    for name in value:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{attribute.name}: {name!r} is not the name of a variable")
    if isinstance(value, Mapping) and any("\0" in text for text in value.values()):
        raise ValueError(f"{attribute.name}: a value holds a NUL character")


def _inside(_case: Any, attribute: attrs.Attribute[Any], value: tuple[str, ...]) -> None:
    for path in value:
        if not path or path.startswith("/") or ".." in PurePosixPath(path).parts:
            raise ValueError(f"{attribute.name}: {path!r} does not lie inside the work tree")


def _modules(_case: Any, attribute: attrs.Attribute[Any], value: tuple[str, ...]) -> None:
    for name in value:
        if not all(part.isidentifier() for part in name.split(".")):
            raise ValueError(f"{attribute.name}: {name!r} is not the name of a module")


@frozen
class Case:
    """One case: what to run, what to expect of the images, and what each failure means.

    Commands are lists of words with placeholders, and no shell is involved. Every step runs at the top of
    the work tree.

    Attributes:
        reference: makes the trusted image, in the file {out}.
        candidate: makes the image under test, in the file {out}.
        size: what {size} stands for, such as the detector's width in pixels.
        shape: of both images, in elements, slowest axis first; "{size}" is replaced; empty: [size, size].
        dtype: element type of raw images.
        byte_order: of raw images, "little" or "big".
        suffix: of the file {out}; it tells the image format, as in ".npy"; ".raw" is headerless.
        dataset: path of the dataset in an HDF5 file, or name of the array in a .npz file.
        prepare: commands that are run in this order before each check, such as a build.
        reference_at: a revision; the reference is then built and run from that commit's tree alone.
        reference_prepare: commands that build the pinned reference; `prepare` where empty.
        timeout: seconds a step may take; the others override it for their steps.
        environment: variables that are set for every step.
        passed: further variables that are let through from the caller (key `pass`).
        preload: Python modules that a session imports once, for candidates that are forked; "torch" say.
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
    """

    reference: tuple[str, ...] = field(validator=_image_command)
    candidate: tuple[str, ...] = field(validator=_image_command)
    size: int = field(default=4096, validator=[attrs.validators.gt(0), attrs.validators.le(LARGEST_SIZE)])
    shape: tuple[int | str, ...] = field(default=("{size}", "{size}"), validator=_shape)
    dtype: str = field(default="float32", validator=_one_of(*DTYPE_BYTES))
    byte_order: str = field(default="little", validator=_one_of("little", "big"))
    suffix: str = field(default=".raw", validator=attrs.validators.matches_re(r"\.[A-Za-z0-9]{1,16}"))
    dataset: str | None = None
    prepare: tuple[tuple[str, ...], ...] = field(default=(), validator=_commands)
    reference_at: str | None = None
    reference_prepare: tuple[tuple[str, ...], ...] = field(default=(), validator=_commands)
    timeout: float = field(
        default=600.0, validator=[attrs.validators.gt(0), attrs.validators.le(LONGEST_TIMEOUT)]
    )
    prepare_timeout: float | None = field(default=None, validator=_positive)
    reference_timeout: float | None = field(default=None, validator=_positive)
    candidate_timeout: float | None = field(default=None, validator=_positive)
    environment: dict[str, str] = field(factory=dict, validator=_variables)
    passed: tuple[str, ...] = field(default=(), validator=_variables)
    preload: tuple[str, ...] = field(default=(), validator=_modules)
    keep: tuple[str, ...] = field(default=(), validator=_inside)
    thresholds: Thresholds | None = None
    on_build_failure: str = field(default="skip", validator=_one_of(*VERDICTS))
    on_import_error: str = field(default="skip", validator=_one_of(*VERDICTS))
    on_candidate_crash: str = field(default="skip", validator=_one_of(*VERDICTS))
    on_timeout: str = field(default="skip", validator=_one_of(*VERDICTS))
    on_out_of_memory: str = field(default="skip", validator=_one_of(*VERDICTS))
    on_missing_output: str = field(default="skip", validator=_one_of(*VERDICTS))
    on_wrong_image: str = field(default="bad", validator=_one_of(*VERDICTS))
    on_non_finite: str = field(default="bad", validator=_one_of(*VERDICTS))
    on_degenerate: str = field(default="bad", validator=_one_of(*VERDICTS))
    on_reference_failure: str = field(default="abort", validator=_one_of(*REFERENCE_VERDICTS))
    name: str = field(default="", metadata={"internal": True})

    def at_size(self, size: int | None) -> Case:
        """The case at another size.

        Raises:
            UsageError: the size is not positive, or no command and no extent depends on it.
        """
        if size is None or size == self.size:
            return self
        words = [*self.reference, *self.candidate, *(str(extent) for extent in self.shape)]
        if not any("{size}" in word for word in words):
            raise UsageError(f"case {self.name!r} does not use {{size}}", "Leave --size out.")
        try:
            return attrs.evolve(self, size=size)
        except ValueError as error:
            raise UsageError(f"--size {size}: {error.args[0]}") from error

    def uses(self, placeholder: str) -> bool:
        """Whether a command or a variable holds {placeholder}."""
        commands = (self.reference, self.candidate, *self.prepare, *self.reference_prepare)
        words = [word for command in commands for word in command] + list(self.environment.values())
        return any(found[2] == placeholder for word in words for found in _PLACEHOLDER.finditer(word))

    def image_shape(self) -> tuple[int, ...]:
        """The shape that both images must have, slowest axis first."""
        return tuple(self.size if isinstance(extent, str) else extent for extent in self.shape)

    def image_spec(self) -> ImageSpec:
        """What both images must be."""
        order: Literal["little", "big"] = "big" if self.byte_order == "big" else "little"
        return ImageSpec(self.image_shape(), self.dtype, order, self.dataset)

    def digest(self) -> str:
        """Identity of everything in the case that can change an image or a verdict, as 64 hex digits."""
        table = {
            name: value
            for name, value in attrs.asdict(self).items()
            if name not in ("name", "keep", "preload")
        }
        return hashlib.sha256(json.dumps(table, sort_keys=True).encode()).hexdigest()


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
    if not settings.case:
        raise UsageError(f"{where}: there is no case to check", "Add a table [case.NAME].")
    if name is None and len(settings.case) > 1:
        raise UsageError(f"{where} holds several cases: {known}", "Choose one with --case NAME.")
    chosen = name if name is not None else next(iter(settings.case))
    if chosen not in settings.case:
        raise UsageError(f"{where} holds no case {chosen!r}", f"Choose one of: {known}.")
    case = case_of_table(chosen, settings.case[chosen], where)
    return case if case.thresholds is not None else attrs.evolve(case, thresholds=settings.thresholds)


def fill(command: Sequence[str], values: Mapping[str, str]) -> list[str]:
    """Replace the placeholders in the words of a command.

    A word stays one word whatever a value holds, since no shell splits it. Where the word is itself a
    script (`sh -c '... {out} ...'`), a value could be read as code: such values are refused.

    Args:
        command: the words.
        values: what each placeholder stands for; `{{name}}` gives the text `{name}`.

    Raises:
        UsageError: a value that a script would read as more than a plain word.
    """
    words: list[str] = []
    for number, word in enumerate(command):
        is_script = number > 0 and _SCRIPT_OPTION.fullmatch(command[number - 1]) is not None
        is_script = is_script and any(_INTERPRETER.fullmatch(PurePosixPath(w).name) for w in words)
        words.append(_filled(word, values, is_script))
    return words


def _filled(word: str, values: Mapping[str, str], is_script: bool) -> str:
    return _PLACEHOLDER.sub(lambda found: _replaced(found, values, is_script), word)


def _replaced(found: re.Match[str], values: Mapping[str, str], is_script: bool) -> str:
    if found[1] is not None:
        return f"{{{found[1]}}}"
    value = values[found[2]]
    if is_script and not _PLAIN_VALUE.fullmatch(value):
        raise UsageError(
            f"{{{found[2]}}} stands for {value!r}, which a script would read as code",
            f"Give it to the script as an argument: ['sh', '-c', '... \"$1\" ...', 'sh', '{{{found[2]}}}'].",
        )
    return value
