"""The environment that a verdict was made in: what could change an image although no code changed."""

from __future__ import annotations

import hashlib
import os
import shutil
import site
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bisect_parity.digest import json_digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bisect_parity.journal import Journal
    from bisect_parity.parity.case import Case

__all__ = ["describe_environment", "environment_digest"]

VERSION_SECONDS = 10.0


def describe_environment(case: Case, journal: Journal, caller: Mapping[str, str]) -> dict[str, Any]:
    """Versions of what a case may use: Python, packages (also of its test), the machine, the C compiler.

    Packages are found by the names of their metadata folders: importing none keeps this below a few ms.

    Args:
        case: its variables that are let through are a part of the environment.
        journal: starts `cc --version`, where the case builds something.
        caller: the environment of this process.
    """
    paths = sysconfig.get_paths()
    packages = _packages(paths["purelib"], paths["platlib"], site.getusersitepackages())
    own = [f"{name} of the test" for name in _packages(*_folders_of(case.test[0]))] if case.test else []
    system = os.uname()
    builds = bool(case.prepare or case.reference_prepare)
    return {
        "python": sys.version.split()[0],
        "torch": next((name[6:] for name in packages if name.startswith("torch-")), None),
        "platform": f"{system.sysname} {system.machine} {_c_library()}",
        "cc": _compiler(journal, caller) if builds else None,
        "packages_sha256": hashlib.sha256("\n".join([*packages, *own]).encode()).hexdigest(),
        "variables": {name: caller.get(name) for name in sorted(case.passed)},
    }


def environment_digest(description: Mapping[str, Any]) -> str:
    """Identity of an environment, as 64 hex digits."""
    return json_digest(description)


def _folders_of(program: str) -> list[str]:
    """Where the packages of an environment lie that a program belongs to, if it is named by its path."""
    top = Path(program).parent.parent
    return [str(folder) for folder in top.glob("lib/python*/site-packages")] if top.is_absolute() else []


def _packages(*folders: str) -> list[str]:
    """NAME-VERSION of every package that is installed in some folders, sorted."""
    names = set()
    for folder in set(folders):
        try:
            with os.scandir(folder) as entries:
                names |= {e.name[: -len(".dist-info")] for e in entries if e.name.endswith(".dist-info")}
        except OSError:
            continue
    return sorted(names)


def _c_library() -> str:
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or "unknown libc"
    except (OSError, ValueError):
        return "unknown libc"


def _compiler(journal: Journal, caller: Mapping[str, str]) -> str | None:
    """The first line of `cc --version`; None where there is no compiler."""
    if shutil.which("cc", path=caller.get("PATH")) is None:
        return None
    try:
        done = journal.run(["cc", "--version"], timeout=VERSION_SECONDS)
    except OSError:
        return None
    return done.stdout.decode("ascii", "backslashreplace").partition("\n")[0] or None
