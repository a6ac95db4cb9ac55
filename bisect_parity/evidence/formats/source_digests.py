"""Digests of source files that programs write down: what code a run used, by its content. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bisect_parity.evidence.model import Source, SourceDigest

# Digests of 40 digits are left out: they may be git's, of a header and the content.
ALGORITHMS = {32: "md5", 64: "sha256", 128: "sha512"}
FILE_KEYS = ("path", "file", "filename", "name")
SHORTEST, LONGEST = 32, 135  # of a digest, with the name of its algorithm
LONGEST_PATH = 400
_CODE = re.compile(
    r"(?i)[\w./\\ +-]*\.(?:pyx?|c|cc|cpp|cxx|h|hpp|cuh?|f|f\d\d|jl|rs|go|java|m|r|sh|js|ts|zig|ipynb)"
)
_HEX = re.compile(r"(?i)(?:(?:md5|sha256|sha512):)?([0-9a-f]+)")


def source_digests(table: Mapping[Any, Any], source: Source) -> Iterator[SourceDigest]:
    """The digests of code in an object: `{file: digest}`, or one file with its `sha256`."""
    for key, value in table.items():
        if not isinstance(value, str) or not SHORTEST <= len(value) <= LONGEST:  # nearly all values
            continue
        found = _HEX.fullmatch(value)
        algorithm = ALGORITHMS.get(len(found[1])) if found is not None else None
        if found is None or algorithm is None:
            continue
        if is_code(key):
            yield SourceDigest(key, algorithm, found[1].lower(), source)
        elif str(key).lower().replace("-", "") == algorithm:
            file = next((table[name] for name in FILE_KEYS if is_code(table.get(name))), None)
            if file is not None:
                yield SourceDigest(file, algorithm, found[1].lower(), source)


def is_code(name: Any) -> bool:
    """Whether a value is the path of a file of code."""
    return isinstance(name, str) and len(name) <= LONGEST_PATH and _CODE.fullmatch(name) is not None
