"""YAML of unknown origin, within limits; `documents` imports this where there is some. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import yaml

from bisect_parity.evidence.formats.documents import DocumentError
from bisect_parity.evidence.keys import is_id_key

MOST_YAML_BYTES = 4 << 20
MOST_YAML_VALUES = 200_000
MOST_INTEGER_BITS = 4096
DEEPEST_YAML = 100
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TEXT = "tag:yaml.org,2002:str"
_DIGITS = re.compile(r"\d{7,40}")
_PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "seq", "map", "timestamp")
)


def read_yaml(data: bytes) -> Any:
    """Parse one YAML document; see `documents.load_yaml`."""
    if len(data) > MOST_YAML_BYTES:
        raise DocumentError(f"YAML of {len(data)} bytes is not read: the limit is {MOST_YAML_BYTES}")
    try:
        _check_events(data)
        loader = _LOADER(data)
        try:
            node = loader.get_single_node()
            if node is None:
                raise DocumentError("the file is empty")
            _check_expansion(node)
            _keep_ids(node)
            return _plain(loader.construct_document(node))
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        where = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise DocumentError(f"not valid YAML{where}: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise DocumentError(f"not valid YAML: {' '.join(str(error).split())[:200]}") from error
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        if isinstance(error, DocumentError):
            raise
        raise DocumentError(f"not valid YAML: {error}") from error


def _check_events(data: bytes) -> None:
    """Refuse depth and tags before nodes are made: libyaml's composer overruns the stack on deep nesting."""
    depth = 0
    for count, event in enumerate(yaml.parse(data, Loader=_LOADER)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST_YAML:
            raise DocumentError("YAML is nested too deeply")
        if count > 2 * MOST_YAML_VALUES:
            raise DocumentError(f"YAML of more than {MOST_YAML_VALUES} values is not read")
        tag = getattr(event, "tag", None)
        if tag is not None and tag not in _PLAIN_TAGS and tag != "!":
            raise DocumentError(f"YAML tag {str(tag)[:80]!r} is refused")


def _check_expansion(root: yaml.Node) -> None:
    """Refuse cycles, and aliases that stand for more values than can be looked at."""
    count = 0
    path: list[int] = []
    waiting: list[tuple[yaml.Node, int]] = [(root, 0)]
    while waiting:
        node, depth = waiting.pop()
        del path[depth:]
        if id(node) in path:
            raise DocumentError("YAML refers to itself")
        path.append(id(node))
        count += 1
        if count > MOST_YAML_VALUES or len(path) > DEEPEST_YAML * 2:
            raise DocumentError(f"YAML of more than {MOST_YAML_VALUES} values, its aliases followed")
        waiting += [(child, depth + 1) for child in _children(node)]


def _keep_ids(root: yaml.Node) -> None:
    """Leave commit ids as text: one of digits only would become a number, octal where it begins with 0."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if _DIGITS.fullmatch(str(value.value)) and is_id_key(str(key.value)):
                    value.tag = _TEXT
        waiting += _children(node)


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.SequenceNode):
        yield from node.value
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield value


def _plain(value: Any) -> Any:
    """The value in JSON's types; keys and dates become text."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int) and value.bit_length() > MOST_INTEGER_BITS:
        raise DocumentError("an integer of thousands of digits")
    return repr(value) if isinstance(value, bytes) else value
