"""What runs show by leaving it out: an option of a command, a variable of a list, a key of settings. Pure."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from bisect_parity.evidence.formats.source_digests import is_code
from bisect_parity.params.command_values import is_run, program_labels
from bisect_parity.params.effective import builders_of, kept_settings, listed_variables, name_of_list
from bisect_parity.params.environment import MODULE
from bisect_parity.params.model import name_parts
from bisect_parity.params.renames import COMMON_VALUES, is_renamed
from bisect_parity.redaction import is_public_variable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.diagnosis.attributes import Attribute
    from bisect_parity.evidence.model import Bundle
    from bisect_parity.params.code import CommitDefaults

MOST_RENAMED = 60
NOT_GIVEN = "not given"  # as a diff of parameters says
NOT_LISTED = "not listed"
NOT_KEPT = "none that is kept"  # of a variable that is read only where its value is a switch
GIVEN_OR_NOT = " (given or not)"


@frozen
class Stated:
    """What the evidence of a run states as a whole.

    Attributes:
        programs: what those are called that its commands ran.
        lists: names of its files that list variables.
        files: its files of settings, as names of these begin with them.
        has_code: whether its options are named, and completed by defaults, as its code declares them.
    """

    programs: frozenset[str]
    lists: frozenset[str]
    files: frozenset[str]
    has_code: bool

    @classmethod
    def of(cls, bundles: Sequence[Bundle], code: CommitDefaults | None) -> Stated:
        """What copies of one run state; `code` is that of its commit."""
        found = [findings for bundle in bundles for findings in bundle.findings]
        ran = {command.program for findings in found for command in findings.commands if is_run(command)}
        lists, files = listed_variables(bundles), kept_settings(bundles)
        programs = program_labels(ran, code) | builders_of(bundles)
        return cls(programs, lists, files, code is not None)


def with_omissions(attribute: Attribute, stated: Sequence[Stated]) -> list[Attribute]:
    """An attribute with the runs that leave it out; beside numbers in order, as an attribute of its own."""
    is_variable, own = attribute.name.startswith("$"), name_parts(attribute.name)[1]
    if is_variable or attribute.name.startswith(MODULE) or (attribute.is_untracked and is_code(own)):
        files = {name_of_list(source.path) for source in attribute.sources if source is not None}
        known = [not files.isdisjoint(run.lists) for run in stated]
        word = NOT_KEPT if is_variable and not is_public_variable(own[1:]) else NOT_LISTED
    elif any(name_parts(attribute.name)[0] in run.files for run in stated):
        known, word = [name_parts(attribute.name)[0] in run.files for run in stated], NOT_LISTED
    else:
        owner, word = name_parts(attribute.name)[0], NOT_GIVEN
        runs = zip(attribute.values, stated, strict=True)
        by_code = any(run.has_code for value, run in runs if value is not None)  # names and defaults are its
        known = [owner in run.programs and run.has_code == by_code for run in stated]
    pairs = zip(attribute.values, known, strict=True)
    values = tuple(word if value is None and is_known else value for value, is_known in pairs)
    if values == attribute.values:
        return [attribute]
    if len({number for number in attribute.numbers() or () if number is not None}) <= 2:  # no order to test
        return [evolve(attribute, values=values)]
    given = tuple(value and (value if value == word else "given") for value in values)
    return [attribute, evolve(attribute, name=attribute.name + GIVEN_OR_NOT, values=given)]


def with_renames(attributes: Sequence[Attribute]) -> list[Attribute]:
    """The attributes; of two options of like names, one that follows the other with a telling value is it."""
    found = list(attributes)
    partial = [a for a in found if name_parts(a.name)[1].startswith("-") and None in a.values]
    for pair in itertools.combinations(partial[:MOST_RENAMED], 2):
        if not all(attribute in found for attribute in pair):
            continue
        first, last = sorted(pair, key=_given_at)
        (owner, old), (other_owner, new) = name_parts(first.name), name_parts(last.name)
        is_one = owner == other_owner and _given_at(first)[-1] < _given_at(last)[0]
        is_shared = not {*first.values} & {*last.values} <= {None, *COMMON_VALUES}
        if is_one and is_shared and is_renamed(old, new):
            found.remove(last)
            found[found.index(first)] = evolve(
                first,
                name=f"{first.name}, later {new}",
                kind=max((first.kind, last.kind), key=lambda kind: kind == "parameters"),
                values=tuple(a or b for a, b in zip(first.values, last.values, strict=True)),
                sources=tuple(a or b for a, b in zip(first.sources, last.sources, strict=True)),
            )
    return found


def _given_at(attribute: Attribute) -> list[int]:
    return [at for at, value in enumerate(attribute.values) if value is not None]


def without_echoes(attributes: Sequence[Attribute]) -> list[Attribute]:
    """The attributes but for what another file says of more runs, as Hydra's configuration says overrides."""
    alike: dict[tuple[str, str], list[Attribute]] = {}
    for attribute in attributes:
        own = name_parts(attribute.name)[1]  # an option of one program is none of another
        alike.setdefault((attribute.kind, attribute.name if own.startswith("-") else own), []).append(
            attribute
        )
    return [a for group in alike.values() for a in group if not any(_is_echo(a, other) for other in group)]


def _is_echo(attribute: Attribute, other: Attribute) -> bool:
    pairs = zip(attribute.values, other.values, strict=True)
    return attribute.values != other.values and all(own is None or own == there for own, there in pairs)
