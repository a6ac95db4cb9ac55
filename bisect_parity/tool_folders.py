"""Folders that tools fill with packages and caches: they hold no evidence and no outputs of a run. Pure."""

from __future__ import annotations

_PACKAGES = {".venv", "venv", "node_modules", "site-packages", ".tox", ".nox", ".eggs"}


def is_tool_folder(name: str) -> bool:
    """Whether a folder of this name holds installed packages, an environment or a cache."""
    is_cache = name == "__pycache__" or (name.startswith(".") and name.endswith("_cache"))
    return is_cache or name in _PACKAGES or name.endswith(".egg-info")
