"""Defaults in notebooks and Cython files, which are Python but for some lines. Pure; nothing is executed."""

from __future__ import annotations

import json
import re
from typing import Any

from attrs import evolve

from bisect_parity.params.model import FileDefaults
from bisect_parity.params.python_defaults import python_defaults

SYNTAX_ERROR = "syntax error"  # of what is no Python, such as types of parameters

_MAGIC = re.compile(r"(?m)^[ \t]*[%!?].*$")
_TYPED = re.compile(
    rb"(?m)^([ \t]*)(?:cdef|cpdef)[ \t]+(?:(?:public|readonly|const|static|unsigned|long)[ \t]+)*"
    rb"(?:[\w.]+(?:\[[^\]\n]*\])?[ \t*]+)?(\w+[ \t]*=(?!=))"
)
_DEFINED = re.compile(rb"(?m)^([ \t]*)DEF[ \t]+(\w+[ \t]*=(?!=))")


def notebook_defaults(source: bytes) -> FileDefaults:
    """What the code cells of a notebook in Python state, as one file; never raises."""
    try:
        document: Any = json.loads(source.decode("utf-8-sig"))
    except RecursionError:
        return FileDefaults(problems=("nested too deep; not read",))
    except ValueError:
        return FileDefaults(problems=("not valid JSON; not read",))
    cells = document.get("cells") if isinstance(document, dict) else None
    texts = []
    for cell in cells if isinstance(cells, list) else ():
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            lines = cell.get("source", "")
            text = "".join(map(str, lines)) if isinstance(lines, list) else str(lines)
            if not text.startswith("%%"):  # the whole cell is of another language
                texts.append(_MAGIC.sub("", text))
    found = python_defaults("\n".join(texts).encode("utf-8", "replace"))
    items = tuple(evolve(item, line=0) for item in found.values)  # lines of cells are none of the file
    return evolve(found, values=items)


def cython_defaults(source: bytes) -> FileDefaults:
    """What a Cython file states; types and compile-time definitions are taken for plain assignments."""
    found = python_defaults(_DEFINED.sub(rb"\1\2", _TYPED.sub(rb"\1\2", source)))
    return evolve(found, problems=tuple(told for told in found.problems if SYNTAX_ERROR not in told))
