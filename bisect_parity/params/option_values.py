"""What options have that were not given: by the environment, by files of settings, else by the code. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.params.model import Unreadable, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bisect_parity.params.bind import Given
    from bisect_parity.params.code import CommitDefaults
    from bisect_parity.params.model import Default, Option, Value


def option_defaults(
    declared: Sequence[tuple[str, Default]],
    given: Mapping[str, Given],
    variables: Mapping[str, Value],
    code: CommitDefaults,
    by_file: Mapping[str, Value] | None = None,
) -> Iterator[tuple[str, Value]]:
    """The values of the options that were not given.

    Args:
        declared: options with the paths that declare them, nearest first.
        given: by the names of options.
        variables: that the run had.
        code: that declares them.
        by_file: by the names of options, what files of settings state.
    """
    named = {(item.option.destination, item.option.command) for item in given.values()}
    by_file = by_file or {}
    several: dict[str, list[tuple[str, Default, Option]]] = {}
    for path, item in declared:
        option = item.option
        if option is None or (item.is_missing and option.name not in by_file):
            continue
        if (option.destination, option.command) not in named:
            several.setdefault(option.name, []).append((path, item, option))
    for name, found in several.items():
        path, item, option = found[0]
        values = list(dict.fromkeys(shown(other.value) for _, other, _ in found))
        if len(values) > 1:
            item = evolve(item, value=Unreadable(f"declared with {' and '.join(values)}"))
        base = by_file.get(name) or code.value(item, path)
        yield name, _by_environment(base, option, variables)


def _by_environment(default: Value, option: Option, variables: Mapping[str, Value]) -> Value:
    """The default, unless the code asks an environment variable first."""
    if not option.variable:
        return default
    value = variables.get(option.variable)
    if value is not None:
        return evolve(value, note=f"from ${option.variable}")
    reason = f"by ${option.variable}, which nobody recorded; {default.text} where it is not set"
    return evolve(default, value=Unreadable(reason))
