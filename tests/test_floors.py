"""The floors of the house: who may import whom, and in which room a library or a process belongs."""

from __future__ import annotations

import ast
import re
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attrs import frozen

import bisect_parity
from bisect_parity.commands.main import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HOUSE = Path(bisect_parity.__file__).parent
NAME = "bisect_parity"
MOST_WITHOUT_A_MAP = 15  # modules of a room, whose docstring need not tell what each is for

# A room imports from itself and from floors below its own. Modules at the top are rooms of one module.
FLOORS = (
    {"fork_client", "program_secrets"},
    {"login_secrets"},
    {NAME, "errors", "redaction", "fork_server", "guard"},
    {"held_signals", "installed", "kept_environment", "times", "tool_folders", "wording"},
    {"command_log"},
    {
        "files",
        "forked_map",
        "journal",
        "locks",
        "processes",
        "warm_client",
        "digest",
        "schemas",
        "settings_source",
    },
    {"annex", "config", "kept", "logs"},
    {"history", "parity", "evidence"},
    {"provenance", "params", "recording"},
    {"diagnosis", "attest"},
    {"bisection", "rerun"},
    {"report"},
    {"commands"},
    {"__main__"},
    {"session_check"},
)
CLIMBS = {
    ("commands.serve", "__main__"): "the warm worker answers a check as a new process would: by the entry",
}

# Where a library may be imported. What is not named here may be imported everywhere.
LIBRARIES = {
    "torch": {"parity"},
    "git": {"history"},
    "jinja2": {"report"},
    "click": {"commands"},
    "rich": {"commands"},
    "structlog": {"commands", "logs"},
    "subprocess": {"journal"},
    "multiprocessing": set[str](),
    "pty": set[str](),
    "http": set[str](),
    "urllib.request": set[str](),
    "ssl": set[str](),
    "requests": set[str](),
}

PROCESS_CALLS = {"fork", "forkpty", "system", "popen", "posix_spawn", "posix_spawnp", "startfile"}
PROCESS_PREFIXES = ("exec", "spawn")
STARTS_PROCESSES = {
    "__main__": "the ordinary command, in the place of a session's check that no worker answers",
    "guard": "the check itself, so that its end can be judged",
    "fork_server": "a child for each request of the warm worker",
    "forked_map": "copies of this process that share pure work on many values",
    "commands.serve": "a child that ends at once, so that OpenBLAS has no threads left",
    "parity.zygote": "a child for each step that runs Python",
    "recording.child": "the recorded command, in our own process group, and what passes its last words on",
}

# Start-up time is felt: importing these modules imports, directly or not, none of the libraries.
STARTS_WITHOUT = {
    "commands.main": {"torch", "structlog", "cattrs", "git", "numpy", "rich", "jinja2"},
    "commands.bisect": {"torch", "git", "numpy", "jinja2"},
    "commands.sweep": {"torch", "git", "numpy", "jinja2"},
    "commands.isolate": {"torch", "numpy", "jinja2"},
    "commands.params": {"torch", "structlog", "cattrs", "git", "numpy", "jinja2"},
    "commands.check": {"torch", "structlog", "cattrs"},
    "commands.compare": {"torch", "structlog", "cattrs"},
    "commands.provenance": {"torch", "structlog", "rich", "jinja2"},
    "commands.record": {"torch", "structlog", "cattrs", "git", "numpy", "rich", "tomllib"},
    "commands.plain_record": {"click", "attrs", "structlog", "git", "tomllib", "tempfile", "hashlib"},
    "__main__": {"click", "torch", "attrs", "attr"},
}


@frozen
class _Import:
    """One import: of what, at which line, and whether it happens when the module is imported."""

    target: str
    line: int
    is_immediate: bool


def _module_files() -> dict[str, Path]:
    """Every module by its dotted name below the package; the package itself is NAME."""
    found = {}
    for path in sorted(HOUSE.rglob("*.py")):
        words = path.relative_to(HOUSE).with_suffix("").parts
        found[".".join(words[:-1] if words[-1] == "__init__" else words) or NAME] = path
    return found


MODULES = _module_files()


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


@cache
def _imports(module: str) -> tuple[_Import, ...]:
    return tuple(_walk_imports(_tree(module).body, is_immediate=True))


def _walk_imports(nodes: Iterable[ast.AST], *, is_immediate: bool) -> Iterator[_Import]:
    for node in nodes:
        if isinstance(node, ast.Import):
            for name in node.names:
                yield _Import(name.name, node.lineno, is_immediate)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: relative imports hide which floor is meant"
            for name in node.names:
                yield _Import(f"{node.module}.{name.name}", node.lineno, is_immediate)
        else:
            is_later = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            is_for_types = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
            inside = is_immediate and not is_later and not is_for_types
            yield from _walk_imports(ast.iter_child_nodes(node), is_immediate=inside)


def _own(target: str) -> str | None:
    """The module of ours that an import names; None for a library."""
    if target.partition(".")[0] != NAME:
        return None
    words = target.split(".")[1:]
    while words and ".".join(words) not in MODULES:
        words.pop()
    return ".".join(words) or NAME


def _room(module: str) -> str:
    return module.partition(".")[0]


def _floor(module: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if _room(module) in rooms)


def test_every_module_has_a_floor() -> None:
    rooms = set().union(*FLOORS)
    assert {_room(module) for module in MODULES} - rooms == set()


def test_a_room_imports_only_from_floors_below_its_own() -> None:
    climbs = [
        f"{module}:{found.line} imports {own}"
        for module in MODULES
        for found in _imports(module)
        if (own := _own(found.target)) is not None
        and _room(own) != _room(module)
        and _floor(own) >= _floor(module)
        and (module, own) not in CLIMBS
    ]
    assert climbs == []


def test_a_library_is_imported_only_in_its_room() -> None:
    astray = [
        f"{module}:{found.line} imports {found.target}"
        for module in MODULES
        for found in _imports(module)
        for library, rooms in LIBRARIES.items()
        if f"{found.target}.".startswith(f"{library}.") and _room(module) not in rooms
    ]
    assert astray == []


def test_a_process_is_started_only_by_the_journal_and_the_forks_that_are_named() -> None:
    calls = [
        f"{module}:{line} uses os.{name}"
        for module in MODULES
        if module not in STARTS_PROCESSES
        for name, line in _names_of_os(module)
        if name in PROCESS_CALLS or name.startswith(PROCESS_PREFIXES)
    ]
    assert calls == []


@pytest.mark.parametrize("module", STARTS_WITHOUT)
def test_a_start_leaves_out_what_it_does_not_need(module: str) -> None:
    reasons = _imported_at_start(module)
    slow = {library: reasons[library] for library in STARTS_WITHOUT[module] if library in reasons}
    assert slow == {}, f"{module} imports these when it starts, because of the modules named"


def test_the_entry_is_standard_library_only() -> None:
    entry = HOUSE.parent / f"{NAME}_entry.py"
    found = _walk_imports(ast.parse(entry.read_text(encoding="utf-8")).body, is_immediate=True)
    tops = {one.target.partition(".")[0] for one in found if one.is_immediate}
    assert tops <= set(sys.stdlib_module_names)


def test_exceptions_are_needed() -> None:
    used = {(module, _own(found.target)) for module in MODULES for found in _imports(module)}
    assert CLIMBS.keys() <= used
    assert STARTS_PROCESSES.keys() <= MODULES.keys()
    assert STARTS_WITHOUT.keys() <= MODULES.keys()


def _names_of_os(module: str) -> Iterator[tuple[str, int]]:
    """What a module uses of `os`, and at which line."""
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
            yield node.attr, node.lineno
    for found in _imports(module):
        if found.target.startswith("os."):
            yield found.target.removeprefix("os."), found.line


def _imported_at_start(module: str) -> dict[str, str]:
    """The libraries that importing `module` imports, by our module that does so."""
    reasons: dict[str, str] = {}
    waiting, seen = [module], {module}
    while waiting:
        current = waiting.pop()
        for found in _imports(current):
            if not found.is_immediate:
                continue
            own = _own(found.target)
            if own is None:
                reasons.setdefault(found.target.partition(".")[0], current)
                continue
            parents = (own.rsplit(".", cut)[0] for cut in range(own.count(".") + 1))
            for each in parents:
                if each not in seen:
                    seen.add(each)
                    waiting.append(each)
    return reasons


@pytest.mark.parametrize("room", sorted(path.parent.name for path in HOUSE.glob("*/__init__.py")))
def test_a_room_of_many_modules_tells_in_its_docstring_what_each_is_for(room: str) -> None:
    modules = {path.stem for path in (HOUSE / room).glob("*.py")} - {"__init__"}
    if len(modules) <= MOST_WITHOUT_A_MAP:
        return
    text = ast.get_docstring(ast.parse((HOUSE / room / "__init__.py").read_text())) or ""
    named = set(re.findall(r"`(\w+)/?`", text))
    folders = {path.name for path in (HOUSE / room).iterdir() if path.is_dir()}
    unnamed = modules - named - (set(COMMANDS) | {"main"} if room == "commands" else set())
    assert (sorted(unnamed), sorted(named - modules - folders - set(COMMANDS))) == ([], [])
