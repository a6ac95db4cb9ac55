"""Where a run ran: host, processor, memory, zone, and the interpreter and packages that it used."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import Any

from bisect_parity.installed import distributions, package_folders, text_of

_MODEL = r"^model name\s*:\s*(.+)$"
_MEMORY = r"^MemTotal:\s*(\d+) kB"
_DISTRIBUTION = r'^PRETTY_NAME="?([^"\n]+)'
_ASSIGNED = r"^{}\b[^=\n]*=\s*'([^'\n]+)'"
_GPUS = Path("/proc/driver/nvidia/gpus")
_GPU = r"^Model:\s*(.+)$"


def machine_facts() -> dict[str, Any]:
    """Host, processor, memory, graphics and time zone, as far as files say."""
    system = os.uname()
    memory = _group(_MEMORY, text_of("/proc/meminfo"))
    affinity = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    return {
        "host": system.nodename,
        "system": f"{system.sysname} {system.release}",
        "distribution": _group(_DISTRIBUTION, text_of("/etc/os-release")),
        "architecture": system.machine,
        "cpu": _group(_MODEL, text_of("/proc/cpuinfo")),
        "cpus": os.cpu_count(),
        "cpus_allowed": len(affinity),
        "cpu_limit": text_of("/sys/fs/cgroup/cpu.max").strip() or None,
        "memory_bytes": int(memory) * 1024 if memory else None,
        "gpus": [
            name for path in sorted(_GPUS.glob("*/information")) if (name := _group(_GPU, text_of(path)))
        ],
        "gpu_driver": text_of("/proc/driver/nvidia/version").partition("\n")[0] or None,
        "zone": {
            "name": _zone_name(),
            "abbreviation": time.strftime("%Z"),
            "utc_offset_seconds": time.localtime().tm_gmtoff,
        },
    }


def _group(pattern: str, text: str) -> str | None:
    found = re.search(pattern, text, re.MULTILINE)
    return found[1] if found else None


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
    version = _group(r"^version(?:_info)?\s*=\s*(\d+\.\d+(?:\.\d+)?)", settings) or _base_version(python)
    wanted = ".".join(version.split(".")[:2]) if version else ""
    folders = sorted(prefix.glob(f"lib/python{wanted or '3*'}/site-packages"))
    folders += sorted(prefix.glob("lib/python3/dist-packages")) + sorted(
        prefix.glob(f"local/lib/python{wanted}/dist-packages")
    )
    return (folders[0] if folders else None), version


def _base_version(python: Path) -> str | None:
    real = python.resolve()
    header = next(iter(real.parent.parent.glob(f"include/{real.name}*/patchlevel.h")), None)
    stated = _group(r'^#define PY_VERSION\s+"([^"]+)"', text_of(header)) if header else None
    return stated or _group(r"\Apython(\d+\.\d+)\w*\Z", real.name)


def _torch(site: Path) -> dict[str, str | None] | None:
    """What torch says of itself in its version.py."""
    texts = (text_of(folder / "torch" / "version.py") for folder in package_folders(site))
    text = next(filter(None, texts), "")
    if not text:
        return None
    names = ("__version__", "git_version", "cuda", "hip")
    return {name.strip("_"): _group(_ASSIGNED.format(name), text) for name in names}
