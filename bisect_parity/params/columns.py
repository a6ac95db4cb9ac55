"""Runs and commits as the columns of a parameter diff. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bisect_parity.params.cells import Column
from bisect_parity.params.command_values import option_defaults, program_label, program_labels
from bisect_parity.params.effective import (
    builders_of,
    kept_settings,
    listed_variables,
    programs_of,
    run_values,
)
from bisect_parity.params.model import code_name, option_name
from bisect_parity.params.programs import declared_options, hydra_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bisect_parity.evidence.model import Bundle
    from bisect_parity.params.code import CommitDefaults
    from bisect_parity.params.model import Value


def run_column(
    bundles: Sequence[Bundle],
    result_path: str,
    code: CommitDefaults | None,
    programs: Iterable[str] | None = None,
) -> Column:
    """A run: its effective parameters and its environment, and on demand what else its code states.

    Args:
        bundles: copies of the run.
        result_path: the file whose parameters are the run's.
        code: of the commit that made it, where that is known.
        programs: that any column ran: their options are listed as parameters, and all else that the code
            states as what files state; None leaves that out, with other result files.
    """
    own = programs_of(bundles)
    values = run_values(bundles, result_path, code, everything=programs is not None)
    if code is not None and programs is not None:
        values |= _stated(code, [*programs, *own])
    lists, settings = listed_variables(bundles), kept_settings(bundles)
    labels = program_labels(own, code) | builders_of(bundles)
    return Column(values, labels, has_code=code is not None, lists=lists, settings=settings)


def commit_column(code: CommitDefaults, programs: Iterable[str] = ()) -> Column:
    """A commit: the defaults that its code gives to the options of programs, and all else that it states."""
    values: dict[str, tuple[Value, ...]] = {}
    known = tuple(programs)
    for program in known:
        path = code.path_of(program)
        if path is not None:
            label = program_label(program, path, code)
            found = option_defaults(declared_options(path, code.files), {}, {}, code)
            values |= {option_name(label, name): (value,) for name, value in found}
            configured = hydra_values(path, code.files)
            values |= {
                option_name(label, name): (code.value(item, file),)
                for name, (file, item) in configured.items()
            }
    return Column(values | _stated(code, known), program_labels(known, code), has_code=True, is_commit=True)


def _stated(code: CommitDefaults, programs: Iterable[str]) -> dict[str, tuple[Value, ...]]:
    """What the files state, except the options of the programs."""
    declared: set[tuple[str, str]] = set()
    for program in dict.fromkeys(programs):
        path = code.path_of(program)
        if path is not None:
            declared.update((file, item.name) for file, item in declared_options(path, code.files))
    return {
        code_name(path, item.name): (code.value(item, path),)
        for path, content in code.files.items()
        for item in content.values
        if not item.is_missing and (path, item.name) not in declared
    }
