"""The options that calls in Python programs declare: argparse, optparse, absl, click and docopt. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.params.click_options import click_parameter
from bisect_parity.params.literals import number
from bisect_parity.params.model import Default, Expression, Option, Scalar, Unreadable
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

    from bisect_parity.params.python_expansion import Called
    from bisect_parity.params.syntax import Scopes

_NO_ARGUMENT = frozenset({"help", "version"})
_SWITCHES: dict[str, tuple[Scalar, Scalar]] = {"store_true": (True, False), "store_false": (False, True)}
_NO_WORD = frozenset({"store_const", "append_const", "count"})
_ARITHMETIC = re.compile(r"[\w\s()+*/%-]*")  # `2 * width`, and a name alone
_NAME = re.compile(r"[A-Za-z_]\w*")
_HELP_IMPORTED = re.compile(rb"(?m)^[ \t]*(?:import|from)[ \t]+docopt\b")
_HELP_TEXT = re.compile(r"(?s)(\"\"\"|\'\'\')(.*?)\1")
_HELP_OPTION = re.compile(
    r"(?m)^[ \t]+(-[^\n]*?)(?:[ \t]{2,}([^\n]*(?:\n(?![ \t]*-|[ \t]*\n)[ \t]+[^\n]*)*))?$"
)
_HELP_FLAG = re.compile(r"(--?[A-Za-z0-9][\w-]*)(?:[ =](<[^<>]+>|[A-Z][A-Z0-9_-]*))?")
_HELP_DEFAULT = re.compile(r"(?i)\[default:([^\]]{0,1000})\]")


def call_options(calls: Iterable[Called], scopes: Scopes) -> list[Default]:
    """The options that calls such as `parser.add_argument(...)` declare, in their order.

    An option of a subparser belongs to its subcommand, as far as one variable tells which parser that is.
    """
    commands: dict[tuple[str, str], str] = {}  # (scope, variable) -> subcommand
    found: list[tuple[str, Default]] = []
    for called in calls:
        call = called.node
        function = call.child_by_field_name("function")
        method = last_name(function)
        receiver = function.child_by_field_name("object") if function is not None else None
        scope, variable = scopes.around(called.site), node_text(receiver) if receiver is not None else ""
        command = commands.get((scope, variable), "")
        if receiver is not None and receiver.type == "call" and last_name(receiver) == "add_parser":
            command = "".join(strings(call_arguments(receiver)[0][:1]))
        if method == "set_defaults":
            _set_defaults(found, scope, call, command)
            continue
        items: Iterable[Default] = ()
        if method.startswith("DEFINE_"):
            items = _absl_flag(call, method.removeprefix("DEFINE_"))
        elif method in {"add_argument", "add_option", "add", "add_arg"}:  # the last two are ConfigArgParse's
            items = _argument(call, command)
        elif method in {"option", "argument"}:
            items = click_parameter(call, method)
        elif made := _variable_assigned(call):
            names = strings(call_arguments(call)[0][:1]) if method == "add_parser" else []
            commands[scope, made] = " ".join(word for word in (command, *names) if word)
        found += [(scope, _of_caller(evolve(item, line=called.line), called)) for item in items]
    return [item for _, item in found]


def _of_caller(item: Default, called: Called) -> Default:
    """A default that a helper is given by a caller who is not known, told as such."""
    text = item.value.text if isinstance(item.value, Expression) else ""
    if (
        called.open_names
        and _ARITHMETIC.fullmatch(text)
        and not called.open_names.isdisjoint(_NAME.findall(text))
    ):
        return evolve(item, value=Unreadable(f"{text}, which its caller gives"))
    return item


def hydra_configuration(decorators: Iterable[Node]) -> tuple[str, str] | None:
    """The folder and the name that `@hydra.main(config_path=..., config_name=...)` states."""
    for call in decorator_calls(decorators):
        keywords = call_arguments(call)[1] if last_name(call) == "main" else {}
        stated = ([keywords[key]] if key in keywords else [] for key in ("config_path", "config_name"))
        folder, name = ("".join(strings(nodes)) for nodes in stated)
        if name:
            return folder, name
    return None


def _argument(call: Node, command: str) -> Iterator[Default]:
    positional, keywords = call_arguments(call)
    flags = tuple(strings(positional))
    named = {name: node_value(node) for name, node in keywords.items() if name not in {"help", "default"}}
    action = named.get("action", "store")
    action_name = action if isinstance(action, str) else ""
    is_boolean = isinstance(action, Expression) and action.text.endswith("BooleanOptionalAction")
    destination = named.get("dest")
    if not isinstance(destination, str):
        if not flags:
            return
        destination = destination_of(next((flag for flag in flags if flag.startswith("--")), flags[0]))
    if action_name in _NO_ARGUMENT:
        return
    is_flag = bool(flags) and flags[0].startswith("-")
    switched, without = _SWITCHES.get(action_name, (named.get("const", True), None))
    given = default_of(
        keywords.get("default"), without, is_missing=not is_flag or named.get("required") is True
    )
    own_variable = named.get("env_var")
    option = Option(
        flags=flags if is_flag else (),
        destination=destination,
        arity=0 if action_name in {*_SWITCHES, *_NO_WORD} or is_boolean else arity(named.get("nargs", 1)),
        negative_flags=tuple(f"--no-{flag[2:]}" for flag in flags if flag.startswith("--"))
        if is_boolean
        else (),
        is_repeated=action_name in {"append", "extend", "append_const", "count"},
        type_name=type_of(named.get("type")),
        switched=switched,
        variable=own_variable if isinstance(own_variable, str) else given.variable,
        command=command,
    )
    value = _converted(given.value, option.type_name)
    yield Default(option.name, value, node_line(call), option, given.is_missing)


def _converted(value: Scalar, type_name: str) -> Scalar:
    """A default as argparse makes it: text is given to the option's type, other values stay as they are."""
    found = number(value) if isinstance(value, str) and type_name in {"int", "float"} else None
    return value if found is None else found


def _set_defaults(defaults: list[tuple[str, Default]], scope: str, call: Node, command: str) -> None:
    """Put the defaults that `parser.set_defaults(...)` states instead of earlier ones."""
    for name, node in call_arguments(call)[1].items():
        value, line = node_value(node), node_line(node)
        known = False
        for at, (place, item) in enumerate(defaults):
            option = item.option
            if (
                place == scope
                and option is not None
                and (option.destination, option.command) == (name, command)
            ):
                defaults[at] = (place, evolve(item, value=value, line=line, is_missing=False))
                known = True
        if not known:
            option = Option((), name, 0, command=command)
            defaults.append((scope, Default(option.name, value, line, option)))


def _absl_flag(call: Node, kind: str) -> Iterator[Default]:
    positional, keywords = call_arguments(call)
    named = [keywords["name"]] if "name" in keywords else positional[:1]
    name = next(iter(strings(named)), None)
    rest = positional if "name" in keywords else positional[1:]
    default = keywords.get("default") or next(iter(rest), None)
    if name is None:
        return
    is_switch = kind in {"bool", "boolean"}
    option = Option(
        (f"--{name}",),
        name,
        0 if is_switch else 1,
        (f"--no{name}",) if is_switch else (),
        is_repeated=kind.startswith("multi"),
        type_name=TYPES.get(kind, ""),
    )
    yield Default(option.name, None if default is None else node_value(default), node_line(call), option)


def _variable_assigned(call: Node) -> str:
    """The variable that a call's result is assigned to; empty for none."""
    parent = call.parent
    left = parent.child_by_field_name("left") if parent is not None and parent.type == "assignment" else None
    return "" if left is None else node_text(left)


def docopt_options(source: bytes) -> Iterator[Default]:
    """The options in the text that a program gives to docopt; none for other programs."""
    if not _HELP_IMPORTED.search(source):
        return
    text = source.decode("utf-8", "replace")
    line, place = 1, 0
    for quoted in _HELP_TEXT.finditer(text):
        if "usage:" not in quoted[2].lower():
            continue
        for found in _HELP_OPTION.finditer(quoted[2]):
            line += text.count("\n", place, quoted.start(2) + found.start(1))
            place = quoted.start(2) + found.start(1)
            stated = _HELP_FLAG.findall(found[1])
            flags = tuple(flag for flag, _ in stated)
            if not flags or {"-h", "--help", "--version"} & set(flags):
                continue
            has_word = any(word for _, word in stated)
            given = _HELP_DEFAULT.search(found[2] or "")
            default = given[1].strip() if given is not None else None
            value = (number(default) or default) if default is not None else None if has_word else False
            option = Option(flags, destination_of(max(flags, key=len)), 1 if has_word else 0)
            yield Default(option.name, value, line, option)
