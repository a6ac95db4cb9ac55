"""The environment that a verdict was made in: what could change an image although no code changed."""

from __future__ import annotations

import hashlib
import os
import shutil
import site
import sys
import sysconfig
from typing import TYPE_CHECKING, Any

from bisect_parity.digest import json_digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bisect_parity.journal import Journal
    from bisect_parity.parity.case import Case

__all__ = ["describe_environment", "environment_digest"]

VERSION_SECONDS = 10.0


def describe_environment(case: Case, journal: Journal, caller: Mapping[str, str]) -> dict[str, Any]:
    """Versions of what a case may use: Python, its packages, the machine, the C compiler.

    Packages are found by the names of their metadata folders: importing none keeps this below a few ms.

    Args:
        case: its variables that are let through are a part of the environment.
        journal: starts `cc --version`, where the case builds something.
        caller: the environment of this process.
    """
    packages = _packages()
    system = os.uname()
    builds = bool(case.prepare or case.reference_prepare)
    return {
        "python": sys.version.split()[0],
        "torch": next((name[6:] for name in packages if name.startswith("torch-")), None),
        "platform": f"{system.sysname} {system.machine} {_c_library()}",
        "cc": _compiler(journal, caller) if builds else None,
        "packages_sha256": hashlib.sha256("\n".join(packages).encode()).hexdigest(),
        "variables": {name: caller.get(name) for name in sorted(case.passed)},
    }


def environment_digest(description: Mapping[str, Any]) -> str:
    """Identity of an environment, as 64 hex digits."""
    return json_digest(description)


def _packages() -> list[str]:
    """NAME-VERSION of every installed package, sorted."""
    paths = sysconfig.get_paths()
    names = set()
    for folder in {paths["purelib"], paths["platlib"], site.getusersitepackages()}:
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
