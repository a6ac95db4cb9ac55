"""The environment of a run: values of an allow-list, switches, and names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bisect_parity.redaction import is_public_setting, is_public_variable

KEPT_VARIABLES = frozenset(
    {
        "PATH",
        "PYTHONPATH",
        "PYTHONHOME",
        "VIRTUAL_ENV",
        "CONDA_PREFIX",
        "LD_LIBRARY_PATH",
        "LD_PRELOAD",
        "SHELL",
    }
    | {"PYTHONHASHSEED", "PYTHONOPTIMIZE", "PYTHONNOUSERSITE", "HOSTNAME", "TMPDIR", "MALLOC_ARENA_MAX"}
)


def environment_facts(environment: Mapping[str, str], redact: Callable[[str], str]) -> dict[str, Any]:
    """The variables of an allow-list, and those that hold a switch; of all others, the names alone."""
    kept = {name for name, value in environment.items() if is_kept(name) or is_public_setting(name, value)}
    return {
        "variables": {name: redact(environment[name]) for name in sorted(kept)},
        "names_only": sorted(environment.keys() - kept),
    }


def is_kept(name: str) -> bool:
    """Whether a variable is kept with its value, whatever that is."""
    return name in KEPT_VARIABLES or is_public_variable(name)
