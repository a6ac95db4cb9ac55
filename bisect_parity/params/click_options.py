"""The options of click and typer commands, from decorators and signatures. Pure; nothing is executed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bisect_parity.params.model import Default, Option
from bisect_parity.params.python_calls import (
    TYPES,
    arity,
    call_arguments,
    decorator_calls,
    default_of,
    destination_of,
    last_name,
    node_value,
    strings,
    type_of,
)
from bisect_parity.params.syntax import node_line, node_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tree_sitter import Node


def decorator_options(decorators: Iterable[Node]) -> Iterator[Default]:
    """The options that click's decorators declare."""
    for call in decorator_calls(decorators):
        kind = last_name(call.child_by_field_name("function"))
        if kind in {"option", "argument"}:
            yield from click_parameter(call, kind)


def click_parameter(call: Node, kind: str) -> Iterator[Default]:
    """The option or argument that a call of click's `option` or `argument` declares."""
    positional, keywords = call_arguments(call)
    words = strings(positional)
    if not words:
        return
    named = {name: node_value(node) for name, node in keywords.items() if name not in {"help", "default"}}
    pairs = [word.split("/") for word in words if word.startswith("-")]
    flags = tuple(pair[0].strip() for pair in pairs)
    negative = tuple(pair[1].strip() for pair in pairs if len(pair) > 1)
    name = next((word for word in words if not word.startswith("-")), None)
    dashed = max(flags, key=lambda flag: len(flag) - len(flag.lstrip("-")), default="")
    destination = (name or destination_of(dashed)).lower()
    given = default_of(keywords.get("default"), None)
    is_switch = bool(negative) or named.get("is_flag") is True or named.get("count") is True
    is_switch = is_switch or (isinstance(given.value, bool) and "type" not in named and bool(flags))
    is_counted = named.get("count") is True
    value = given.value
    if is_switch and value is None and not negative:
        value = 0 if is_counted else False
    is_required = named.get("required") is True or (kind == "argument" and "default" not in keywords)
    variable = named.get("envvar")
    option = Option(
        flags,
        destination,
        0 if is_switch else arity(named.get("nargs", 1)),
        negative,
        is_repeated=named.get("multiple") is True or is_counted,
        type_name=type_of(named.get("type")),
        switched=named.get("flag_value", True),
        variable=variable if isinstance(variable, str) else given.variable,
    )
    yield Default(option.name, value, node_line(call), option, is_required)


def parameter_option(name: str, marker: Node | None, default: Node | None, type_name: str) -> Default | None:
    """The option that a parameter of a typer command is.

    Args:
        name: of the parameter.
        marker: the call `typer.Option(...)` or `typer.Argument(...)`, as default or in `Annotated`.
        default: the default that stands beside an `Annotated` marker, or without one.
        type_name: last name of the annotation.
    """
    flags: tuple[str, ...] = ()
    variable = ""
    is_argument = default is None and marker is None
    if marker is not None:
        positional, keywords = call_arguments(marker)
        is_argument = last_name(marker) == "Argument"
        words = strings(positional)
        flags = tuple(word for text in words if text.startswith("-") for word in text.split("/")[:1])
        if default is None:
            first = [node for node in positional[:1] if not "".join(strings([node])).startswith("-")]
            default = keywords.get("default") or next(iter(first), None)
        variable = next(iter(strings([keywords["envvar"]])), "") if "envvar" in keywords else ""
    is_missing = default is None or node_text(default) == "..."
    value = None if default is None or is_missing else node_value(default)
    dashed = f"--{name.strip('_').replace('_', '-')}"
    is_switch = type_name == "bool" or isinstance(value, bool)
    if is_argument:
        option = Option(
            (), name, None if type_name in {"list", "List"} else 1, type_name=TYPES.get(type_name, "")
        )
    else:
        negative = (f"--no-{dashed[2:]}",) if is_switch and not flags else ()
        option = Option(
            flags or (dashed,),
            name,
            0 if is_switch else 1,
            negative,
            is_repeated=type_name in {"list", "List"},
            type_name=TYPES.get(type_name, ""),
            variable=variable,
        )
    return Default(option.name, value, 0, option, is_missing)
