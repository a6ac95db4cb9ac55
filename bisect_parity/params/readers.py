"""Which files state defaults, judged by their names, and what reads them."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

from bisect_parity.params.c_defaults import c_defaults, cpp_defaults, header_defaults
from bisect_parity.params.config_files import (
    commented_json_defaults,
    ini_defaults,
    json_defaults,
    lock_defaults,
    requirement_defaults,
    toml_defaults,
    yaml_defaults,
)
from bisect_parity.params.fortran_defaults import fixed_form_defaults, fortran_defaults, namelist_defaults
from bisect_parity.params.line_assignments import (
    cmake_defaults,
    docker_defaults,
    gin_defaults,
    julia_defaults,
    make_defaults,
    matlab_defaults,
    properties_defaults,
    r_defaults,
    shell_defaults,
)
from bisect_parity.params.model import FileDefaults
from bisect_parity.params.more_languages import (
    go_defaults,
    gromacs_defaults,
    lammps_defaults,
    nextflow_defaults,
    rust_defaults,
    snakemake_defaults,
)
from bisect_parity.params.python_defaults import cython_defaults, notebook_defaults, python_defaults

LARGEST_FILE = 2 * 2**20
_Read = Callable[[bytes], FileDefaults]
_CODE: dict[str, _Read] = {
    "py": python_defaults,
    "ipynb": notebook_defaults,
    **dict.fromkeys(("pyx", "pxd", "pxi"), cython_defaults),
    "c": c_defaults,
    "h": header_defaults,
    **dict.fromkeys(("cc", "cpp", "cxx", "hh", "hpp", "hxx", "cu", "cuh"), cpp_defaults),
    **dict.fromkeys(("f90", "f95", "f03", "f08"), fortran_defaults),
    **dict.fromkeys(("f", "for", "f77", "ftn"), fixed_form_defaults),
    "rs": rust_defaults,
    "go": go_defaults,
    "smk": snakemake_defaults,
    "nf": nextflow_defaults,
    "jl": julia_defaults,
    "r": r_defaults,
    "m": matlab_defaults,
    **dict.fromkeys(("sh", "bash", "zsh", "ksh", "slurm", "sbatch", "pbs", "job"), shell_defaults),
}
_READERS: dict[str, _Read] = {
    **_CODE,
    "toml": toml_defaults,
    **dict.fromkeys(("yaml", "yml"), yaml_defaults),
    "json": json_defaults,
    **dict.fromkeys(("jsonc", "json5"), commented_json_defaults),
    **dict.fromkeys(("ini", "cfg"), ini_defaults),
    **dict.fromkeys(("nml", "nam", "in", "inp"), namelist_defaults),
    "gin": gin_defaults,
    **dict.fromkeys(("properties", "conf", "par", "prm"), properties_defaults),
    "mk": make_defaults,
    "cmake": cmake_defaults,
    "lock": lock_defaults,
    "mdp": gromacs_defaults,
    "lammps": lammps_defaults,
    "env": shell_defaults,
}
_NAMES: dict[str, _Read] = {
    **dict.fromkeys(("makefile", "gnumakefile"), make_defaults),
    "cmakelists.txt": cmake_defaults,
    "dockerfile": docker_defaults,
    "snakefile": snakemake_defaults,
    "nextflow.config": nextflow_defaults,
}
_REQUIREMENTS = re.compile(r"(?:[\w.-]*[-_.])?(?:requirements?|constraints?)(?:[-_.][\w.-]*)?\.(?:txt|in)")
_LAMMPS = re.compile(r"in\.[\w-]+(?:\.lmp)?")
_NAMELIST = re.compile(r"namelist[._][\w.-]+")


@functools.lru_cache(maxsize=1 << 16)
def reader_of(path: str) -> _Read | None:
    """The reader of a file; None where it states no defaults."""
    name = path.rpartition("/")[2].lower()
    if _REQUIREMENTS.fullmatch(name):
        return requirement_defaults
    if _NAMELIST.fullmatch(name) and _suffix(path) not in _CODE:
        return namelist_defaults
    if _LAMMPS.fullmatch(name) and _suffix(path) not in _READERS:
        return lammps_defaults
    return _NAMES.get(name) or _READERS.get(_suffix(path))


def is_code(path: str) -> bool:
    """Whether a file is code, not configuration."""
    return _suffix(path) in _CODE


def _suffix(path: str) -> str:
    name = path.rpartition("/")[2]
    return name.rpartition(".")[2].lower() if "." in name else ""
