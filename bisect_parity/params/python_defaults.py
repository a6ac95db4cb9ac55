"""Defaults that Python code gives its parameters, read from its syntax tree; nothing is executed.

Read are `add_argument` and `set_defaults` of argparse, the fields of dataclasses and attrs classes, and
module constants in capitals.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections import deque
from typing import TYPE_CHECKING

from attrs import Factory, frozen

from bisect_parity.redaction import REDACTED, is_secret_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bisect_parity.history.repository import Repository

__all__ = ["Defaults", "defaults_at", "python_defaults"]

LARGEST_SOURCE = 2 * 2**20
MOST_FILES = 2000
LONGEST_VALUE = 200
_CONSTANT = re.compile(r"_?[A-Z][A-Z0-9_]*")
_CLASS_MAKERS = frozenset({"dataclass", "define", "frozen", "mutable", "attrs", "s"})
_FIELD_MAKERS = frozenset({"field", "ib", "attrib", "Factory"})
_ACTION_DEFAULTS = {"store_true": "False", "store_false": "True"}
_NO_ARGUMENT = frozenset({"help", "version"})
_PASSED_OVER = re.compile(
    r"(?:.*/)?(?:tests?|docs?|plans?|examples?|\.venv|venv|site-packages|node_modules"
    r"|[^/]*20\d{6}[T-]\d{6}Z?[^/]*)/.*|reports/.*"
)


@frozen
class Defaults:
    """The defaults of some code.

    Attributes:
        values: name -> the value as Python writes it; names are `args.DEST`, `Class.field` and `CONSTANT`.
        problems: what could not be read.
    """

    values: dict[str, str] = Factory(dict)
    problems: tuple[str, ...] = ()


def python_defaults(source: bytes) -> Defaults:
    """The defaults that a Python file states; never raises.

    A name that is given several values (two parsers, say) has them numbered: `args.size`, `args.size#2`.
    """
    if len(source) > LARGEST_SOURCE:
        return Defaults(problems=(f"{len(source)} bytes: larger than the {LARGEST_SOURCE} that are read",))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes in code that is only read
            found = list(_module_defaults(ast.parse(source)))
    except SyntaxError as error:
        return Defaults(problems=(_syntax_problem(source, error),))
    except (ValueError, RecursionError, MemoryError) as error:
        return Defaults(problems=(f"not readable as Python: {type(error).__name__}",))
    values: dict[str, str] = {}
    for name, value in found:
        shown = REDACTED if is_secret_name(name) else value
        free, count = name, 1
        while values.get(free, shown) != shown:
            count += 1
            free = f"{name}#{count}"
        values[free] = shown
    return Defaults(values)


def defaults_at(
    repository: Repository, commits: Sequence[str], paths: Sequence[str], programs: Iterable[str] = ()
) -> list[Defaults]:
    """The defaults of the code at some commits; a file version that several commits have is parsed once.

    Args:
        repository: the history.
        commits: full ids.
        paths: code paths; empty means all Python files but tests, documentation and evidence.
        programs: scripts that were run, which are read wherever they lie.

    Returns:
        one item a commit, in order; names are `PATH: NAME`.

    Raises:
        RepositoryError: git cannot read a commit.
    """
    wanted = frozenset(program.removeprefix("./") for program in programs)
    trees = [_python_files(repository, commit, paths, wanted) for commit in commits]
    blobs = sorted({blob for tree in trees for blob in tree.values()})
    parsed = {}
    for blob, answer in zip(blobs, repository.objects(blobs), strict=True):
        missing = Defaults(problems=("its content is not in this repository",))
        parsed[blob] = missing if answer is None else python_defaults(answer[2])
    return [_joined(tree, parsed) for tree in trees]


def _joined(tree: dict[str, str], parsed: dict[str, Defaults]) -> Defaults:
    values: dict[str, str] = {}
    problems = []
    for path, blob in tree.items():
        values |= {f"{path}: {name}": value for name, value in parsed[blob].values.items()}
        problems += [f"{path}: {problem}" for problem in parsed[blob].problems]
    if len(tree) == MOST_FILES:
        problems.append(f"only the first {MOST_FILES} Python files were read")
    return Defaults(values, tuple(problems))


def _python_files(
    repository: Repository, commit: str, paths: Sequence[str], programs: frozenset[str]
) -> dict[str, str]:
    """Path -> blob id of the regular Python files to read."""
    listing = repository.git("ls-tree", "-r", "-z", "--full-tree", "--end-of-options", commit)
    folders = tuple(f"{path.strip('/')}/" for path in paths)
    found: dict[str, str] = {}
    for entry in listing.decode("utf-8", "surrogateescape").split("\0"):
        about, _, path = entry.partition("\t")
        words = about.split(" ")
        if not path.endswith(".py") or len(words) != 3 or words[0] not in {"100644", "100755"}:
            continue
        is_code = path.startswith(folders) or path in paths if folders else not _PASSED_OVER.fullmatch(path)
        if is_code or path in programs:
            found[path] = words[2]
            if len(found) == MOST_FILES:
                break
    return found


def _syntax_problem(source: bytes, error: SyntaxError) -> str:
    line = error.lineno or 0
    lines = source.splitlines()
    text = lines[line - 1] if 0 < line <= len(lines) else b""
    is_old = re.search(rb"^\s*(?:print|exec)\s+[^(=\s]|except\s+\w+\s*,\s*\w+|raise\s+\w+\s*,", text)
    kind = "Python 2" if is_old else "not valid Python"
    return f"line {line}: {kind}; its defaults were not read"


def _module_defaults(module: ast.Module) -> Iterator[tuple[str, str]]:
    for statement in module.body:
        yield from _constants(statement)
    yield from _class_fields(module, "")
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == "add_argument":
                yield from _argument(node)
            elif node.func.attr == "set_defaults":
                yield from ((f"args.{k.arg}", _text(k.value)) for k in node.keywords if k.arg is not None)


def _constants(statement: ast.stmt) -> Iterator[tuple[str, str]]:
    targets: list[ast.expr]
    if isinstance(statement, ast.Assign):
        targets, value = statement.targets, statement.value
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        targets, value = [statement.target], statement.value
    else:
        return
    for target in targets:
        if isinstance(target, ast.Name) and _CONSTANT.fullmatch(target.id):
            yield target.id, _text(value)


def _class_fields(node: ast.AST, prefix: str) -> Iterator[tuple[str, str]]:
    """Fields of the classes below `node`, with the names of the classes and functions around them."""
    waiting = deque((child, prefix) for child in ast.iter_child_nodes(node))
    while waiting:
        child, outer = waiting.popleft()
        inner = outer
        if isinstance(child, ast.ClassDef):
            inner = f"{outer}{child.name}."
            if any(_last_name(decorator) in _CLASS_MAKERS for decorator in child.decorator_list):
                yield from _fields(child, inner)
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            inner = f"{outer}{child.name}."
        elif not isinstance(child, ast.stmt):
            continue
        waiting.extend((below, inner) for below in ast.iter_child_nodes(child))


def _fields(node: ast.ClassDef, prefix: str) -> Iterator[tuple[str, str]]:
    target: ast.expr
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign):
            target, value = statement.target, statement.value
        elif isinstance(statement, ast.Assign) and _last_name(statement.value) in _FIELD_MAKERS:
            target, value = statement.targets[0], statement.value
        else:
            continue
        default = _field_default(value)
        if isinstance(target, ast.Name) and default is not None:
            yield f"{prefix}{target.id}", default


def _field_default(value: ast.expr | None) -> str | None:
    if value is None or not isinstance(value, ast.Call) or _last_name(value) not in _FIELD_MAKERS:
        return None if value is None else _text(value)
    for keyword in value.keywords:
        if keyword.arg == "default":
            return _text(keyword.value)
        if keyword.arg in {"default_factory", "factory"}:
            return f"{_text(keyword.value)}()"
    return f"{_text(value.args[0])}()" if value.args and _last_name(value) == "Factory" else None


def _argument(call: ast.Call) -> Iterator[tuple[str, str]]:
    flags = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    keywords = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg is not None}
    action = keywords.get("action")
    action_name = action.value if isinstance(action, ast.Constant) else None
    destination = keywords.get("dest")
    if isinstance(destination, ast.Constant) and isinstance(destination.value, str):
        name = destination.value
    elif flags:
        name = _destination(flags)
    else:
        return
    if action_name in _NO_ARGUMENT:
        return
    if "default" in keywords:
        yield f"args.{name}", _text(keywords["default"])
    elif flags and flags[0].startswith("-"):
        yield f"args.{name}", _ACTION_DEFAULTS.get(str(action_name), "None")


def _destination(flags: Sequence[str]) -> str:
    """The name that argparse derives: the first long flag, else the first, dashes to underscores."""
    long = next((flag for flag in flags if flag.startswith("--")), flags[0])
    return long.lstrip("-").replace("-", "_")


def _last_name(node: ast.expr) -> str:
    while isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _text(node: ast.expr) -> str:
    text = ast.unparse(node)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 3] + "..."
