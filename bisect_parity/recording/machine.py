"""Where a run ran: host, processor, memory, zone, and the interpreter and packages that it used."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["machine_facts", "python_facts"]

_MODEL = re.compile(r"^model name\s*:\s*(.+)$", re.MULTILINE)
_MEMORY = re.compile(r"^MemTotal:\s*(\d+) kB", re.MULTILINE)
_DISTRIBUTION = re.compile(r"([A-Za-z0-9][\w.]*?)-([^-]+)\.(?:dist-info|egg-info)")
_ASSIGNED = r"(?m)^{}\b[^=\n]*=\s*'([^'\n]+)'"
_GPU = re.compile(r"^Model:\s*(.+)$", re.MULTILINE)


def machine_facts() -> dict[str, Any]:
    """Host, processor, memory, graphics and time zone, as far as files say."""
    system = os.uname()
    memory = _MEMORY.search(_text("/proc/meminfo"))
    model = _MODEL.search(_text("/proc/cpuinfo"))
    affinity = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    return {
        "host": system.nodename,
        "system": f"{system.sysname} {system.release}",
        "distribution": _distribution(),
        "architecture": system.machine,
        "cpu": model[1] if model else None,
        "cpus": os.cpu_count(),
        "cpus_allowed": len(affinity),
        "cpu_limit": _text("/sys/fs/cgroup/cpu.max").strip() or None,
        "memory_bytes": int(memory[1]) * 1024 if memory else None,
        "gpus": [found[1] for path in _graphics() if (found := _GPU.search(_text(path)))],
        "gpu_driver": _text("/proc/driver/nvidia/version").partition("\n")[0] or None,
        "zone": {
            "name": _zone_name(),
            "abbreviation": time.strftime("%Z"),
            "utc_offset_seconds": time.localtime().tm_gmtoff,
        },
    }


def _text(path: str | Path) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _distribution() -> str | None:
    found = re.search(r'(?m)^PRETTY_NAME="?([^"\n]+)', _text("/etc/os-release"))
    return found[1] if found else None


def _graphics() -> list[Path]:
    return sorted(Path("/proc/driver/nvidia/gpus").glob("*/information"))


def _zone_name() -> str | None:
    if os.environ.get("TZ"):
        return os.environ["TZ"]
    try:
        target = os.readlink("/etc/localtime")  # noqa: PTH115 - the text of the link is wanted
    except OSError:
        return _text("/etc/timezone").strip() or None
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
    packages = dict(sorted(_packages(site))) if site else {}
    return {
        "executable": str(python),
        "how": how,
        "version": version,
        "packages": packages,
        "torch": _torch(site) if site else None,
    }


def _site_packages(python: Path) -> tuple[Path | None, str | None]:
    """The folder of an interpreter's packages, and its version."""
    settings = _text(python.parent.parent / "pyvenv.cfg")
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
    found = re.search(r'(?m)^#define PY_VERSION\s+"([^"]+)"', _text(header)) if header else None
    if found:
        return found[1]
    short = re.fullmatch(r"python(\d+\.\d+)\w*", real.name)
    return short[1] if short else None


def _packages(site: Path) -> Iterator[tuple[str, str]]:
    """Names and versions of all packages."""
    for folder in reversed(_folders(site)):
        for path in folder.iterdir():
            found = _DISTRIBUTION.fullmatch(path.name)
            if found is not None:
                yield found[1], found[2]


def _folders(site: Path) -> list[Path]:
    """A folder of packages, and those that its `.pth` files add."""
    lines = (line.strip() for file in site.glob("*.pth") for line in _text(file).splitlines())
    added = (site / line for line in lines if line and not line.startswith(("import", "#")))
    return [site, *filter(Path.is_dir, added)]


def _torch(site: Path) -> dict[str, str | None] | None:
    """What torch says of itself in its version.py."""
    texts = (_text(folder / "torch" / "version.py") for folder in _folders(site))
    text = next(filter(None, texts), "")
    if not text:
        return None
    words = {
        key: re.search(_ASSIGNED.format(key), text) for key in ("__version__", "git_version", "cuda", "hip")
    }
    told = {key: found[1] if found else None for key, found in words.items()}
    return {
        "version": told["__version__"],
        "git_version": told["git_version"],
        "cuda": told["cuda"],
        "hip": told["hip"],
    }
