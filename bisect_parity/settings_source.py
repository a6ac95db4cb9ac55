"""Where the settings of a repository lie, and the table in them, unchecked: `record` waits for no more."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from bisect_parity.errors import UsageError

SETTINGS_NAME = "bisect-parity.toml"
CASE_VARIABLE = "BISECT_PARITY_CASE"
PROJECT_NAME, TOOL = "pyproject.toml", "bisect-parity"


def settings_source(
    named: Path | None, state_directories: tuple[Path, ...], work_tree: Path | None
) -> Path | None:
    """The file that applies, looked up where the contract says; None where the defaults do.

    Args:
        named: the file of --config.
        state_directories: the tool's folders in the git directory and in the common git directory.
        work_tree: top of the working tree; None for commands that must not believe the tree under test.
    """
    if named is not None:
        return named
    variable = os.environ.get(CASE_VARIABLE)
    if variable:
        return Path(variable)
    places = [directory / SETTINGS_NAME for directory in state_directories]
    if work_tree is not None:
        places.append(work_tree / SETTINGS_NAME)
    for place in places:
        if place.is_file():
            return place
    if work_tree is not None and _has_table(work_tree / PROJECT_NAME):
        return work_tree / PROJECT_NAME
    return None


def settings_table(path: Path) -> dict[str, Any]:
    """The parsed settings of one file.

    Raises:
        UsageError: the file cannot be read, or is not TOML.
    """
    import tomllib  # noqa: PLC0415 - slow to import, and only needed where there are settings

    try:
        with path.open("rb") as file:
            table = tomllib.load(file)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", "Name another file.") from error
    except ValueError as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from error
    if path.name == PROJECT_NAME:
        return _own_table(table) or {}
    return table


def _own_table(project: dict[str, Any]) -> dict[str, Any] | None:
    tools = project.get("tool")
    own = tools.get(TOOL) if isinstance(tools, dict) else None
    return own if isinstance(own, dict) else None


def _has_table(path: Path) -> bool:
    try:
        if TOOL.encode() not in path.read_bytes():  # most have none, and need no parser
            return False
    except OSError:
        return False
    import tomllib  # noqa: PLC0415 - see `settings_table`

    try:
        with path.open("rb") as file:
            return _own_table(tomllib.load(file)) is not None
    except (OSError, ValueError):
        return False
