"""Where a run ran: host, processor, memory, zone, and the interpreter and packages that it used."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import Any

from bisect_parity.installed import distributions, package_folders, text_of

_MODEL = re.compile(r"^model name\s*:\s*(.+)$", re.MULTILINE)
_MEMORY = re.compile(r"^MemTotal:\s*(\d+) kB", re.MULTILINE)
_ASSIGNED = r"(?m)^{}\b[^=\n]*=\s*'([^'\n]+)'"
_GPU = re.compile(r"^Model:\s*(.+)$", re.MULTILINE)


def machine_facts() -> dict[str, Any]:
    """Host, processor, memory, graphics and time zone, as far as files say."""
    system = os.uname()
    memory = _MEMORY.search(text_of("/proc/meminfo"))
    model = _MODEL.search(text_of("/proc/cpuinfo"))
    affinity = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    return {
        "host": system.nodename,
        "system": f"{system.sysname} {system.release}",
        "distribution": _distribution(),
        "architecture": system.machine,
        "cpu": model[1] if model else None,
        "cpus": os.cpu_count(),
        "cpus_allowed": len(affinity),
        "cpu_limit": text_of("/sys/fs/cgroup/cpu.max").strip() or None,
        "memory_bytes": int(memory[1]) * 1024 if memory else None,
        "gpus": [found[1] for path in _graphics() if (found := _GPU.search(text_of(path)))],
        "gpu_driver": text_of("/proc/driver/nvidia/version").partition("\n")[0] or None,
        "zone": {
            "name": _zone_name(),
            "abbreviation": time.strftime("%Z"),
            "utc_offset_seconds": time.localtime().tm_gmtoff,
        },
    }


def _distribution() -> str | None:
    found = re.search(r'(?m)^PRETTY_NAME="?([^"\n]+)', text_of("/etc/os-release"))
    return found[1] if found else None


def _graphics() -> list[Path]:
    return sorted(Path("/proc/driver/nvidia/gpus").glob("*/information"))


def _zone_name() -> str | None:
    if os.environ.get("TZ"):
        return os.environ["TZ"]
    try:
        target = os.readlink("/etc/localtime")  # noqa: PTH115 - the text of the link is wanted
    except OSError:
        return text_of("/etc/timezone").strip() or None
    return target.partition("/zoneinfo/")[2] or None


def python_facts(python: Path | None, how: str) -> dict[str, Any]:
    """An interpreter and its packages, read from its folders: it is not started.

    Args:
        python: its executable, as it was called; None where no interpreter is known.
        how: why this one.
    """
    if python is None:
        return {"executable": None, "how": how, "version": None, "packages": {}, "torch": None}
    site, version = _site_packages(python)
    packages = dict(sorted(distributions(site))) if site else {}
    return {
        "executable": str(python),
        "how": how,
        "version": version,
        "packages": packages,
        "torch": _torch(site) if site else None,
    }


def _site_packages(python: Path) -> tuple[Path | None, str | None]:
    """The folder of an interpreter's packages, and its version."""
    settings = text_of(python.parent.parent / "pyvenv.cfg")
    prefix = python.parent.parent if settings else python.resolve().parent.parent
    found = re.search(r"(?m)^version(?:_info)?\s*=\s*(\d+\.\d+(?:\.\d+)?)", settings)
    version = found[1] if found else _base_version(python)
    wanted = ".".join(version.split(".")[:2]) if version else ""
    folders = sorted(prefix.glob(f"lib/python{wanted or '3*'}/site-packages"))
    folders += sorted(prefix.glob("lib/python3/dist-packages")) + sorted(
        prefix.glob(f"local/lib/python{wanted}/dist-packages")
    )
    return (folders[0] if folders else None), version


def _base_version(python: Path) -> str | None:
    real = python.resolve()
    header = next(iter(real.parent.parent.glob(f"include/{real.name}*/patchlevel.h")), None)
    found = re.search(r'(?m)^#define PY_VERSION\s+"([^"]+)"', text_of(header)) if header else None
    if found:
        return found[1]
    short = re.fullmatch(r"python(\d+\.\d+)\w*", real.name)
    return short[1] if short else None


def _torch(site: Path) -> dict[str, str | None] | None:
    """What torch says of itself in its version.py."""
    texts = (text_of(folder / "torch" / "version.py") for folder in package_folders(site))
    text = next(filter(None, texts), "")
    if not text:
        return None
    words = {
        key: re.search(_ASSIGNED.format(key), text) for key in ("__version__", "git_version", "cuda", "hip")
    }
    values = {key: found[1] if found else None for key, found in words.items()}
    return {
        "version": values["__version__"],
        "git_version": values["git_version"],
        "cuda": values["cuda"],
        "hip": values["hip"],
    }
