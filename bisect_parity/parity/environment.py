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
from bisect_parity.installed import distributions, environment_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bisect_parity.journal import Journal
    from bisect_parity.parity.case import Case

BESIDE = "beside a program"
VERSION_SECONDS = 10.0


def describe_environment(
    case: Case, journal: Journal, caller: Mapping[str, str], conversions: str = ""
) -> dict[str, Any]:
    """Versions of what a case may use: Python, packages (also of its programs), the machine, the C compiler.

    Packages are found by the names of their metadata folders: importing none keeps this below a few ms.

    Args:
        case: its variables that are let through are a part of the environment.
        journal: starts `cc --version`, where the case builds something.
        caller: the environment of this process.
        conversions: digest of the settings by which git wrote the files; empty where there are none.
    """
    packages = installed_packages(case, caller)
    programs = _programs(case, caller.get("PATH"))
    system = os.uname()
    builds = bool(case.prepare or case.reference_prepare)
    return {
        "python": sys.version.split()[0],
        "torch": next((name[6:] for name in packages if name.startswith("torch-")), None),
        "platform": f"{system.sysname} {system.machine} {_c_library()}",
        "cc": _compiler(journal, caller) if builds else None,
        "packages_sha256": packages_digest(packages),
        "programs_sha256": _sha256([_stamp(program) for program in programs]),
        "variables": {name: caller.get(name) for name in sorted(case.passed)},
        **({"git_settings_sha256": conversions} if conversions else {}),
    }


def installed_packages(case: Case, caller: Mapping[str, str]) -> list[str]:
    """NAME-VERSION of what our Python has, and then what is installed beside the programs of a case."""
    beside = sorted(environment_names(_programs(case, caller.get("PATH"))))
    return _own_packages() + [f"{name} {BESIDE}" for name in beside]


def packages_digest(packages: list[str]) -> str:
    """Identity of a list of packages, as 64 hex digits."""
    return _sha256(packages)


def environment_digest(description: Mapping[str, Any]) -> str:
    """Identity of an environment, as 64 hex digits."""
    return json_digest(description)


def _sha256(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _programs(case: Case, search_path: str | None) -> list[Path]:
    """The programs of a case that lie outside of the tree, and the Python that its scripts find."""
    names = {"python3", "python", *(command[0] for command in case.commands())}
    found = (name if Path(name).is_absolute() else shutil.which(name, path=search_path) for name in names)
    return sorted(Path(path) for path in found if path is not None)


def _stamp(program: Path) -> str:
    """What another build of a program has otherwise."""
    try:
        state = program.stat()
    except OSError:
        return f"{program}: missing"
    return f"{program}: {state.st_size} bytes of {state.st_mtime_ns}"


def _own_packages() -> list[str]:
    """NAME-VERSION of what the Python that runs us has."""
    paths = sysconfig.get_paths()
    sites = {Path(paths["purelib"]), Path(paths["platlib"]), Path(site.getusersitepackages())}
    return sorted({f"{name}-{version}" for folder in sites for name, version in distributions(folder)})


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
