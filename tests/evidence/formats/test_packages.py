"""Lists of installed packages, in the formats of pip, conda and torch."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.evidence.formats.packages import READER
from bisect_parity.evidence.formats.registry import find_reader

FREEZE = (
    "numpy==1.26.4\nscikit_learn==1.5.0 ; python_version > '3.8'\ntorch @ https://x.example/torch-2.1.0.whl\n"
    "-e git+ssh://git@example.org/lab/tool.git@855ddd0d59f3a90fb8a0ff40717c44fa7531f3ac#egg=tool\n"
)
PIP_LIST = "Package    Version\n---------- -------\nnumpy      1.26.4\ntorch      2.1.0+cu118\nscipy      1\n"
CONDA_LIST = (
    "# packages in environment at /opt/conda:\n#\n# Name                    Version                   Build\n"
    "numpy                     1.26.4          py311h64a7726_0    conda-forge\npip  23.1  pypi_0  pypi\n"
)
CONDA_EXPORT = (
    "name: lab\nchannels:\n  - conda-forge\ndependencies:\n  - numpy=1.26.4=py311h64a7726_0\n"
    "  - python=3.11\n  - pip:\n      - torch==2.1.0\n"
)
COLLECT_ENV = """Collecting environment information...
PyTorch version: 2.1.0+cu118
Is debug build: False
CUDA used to build PyTorch: 11.8
ROCM used to build PyTorch: N/A

OS: Ubuntu 22.04.3 LTS (x86_64)
GCC version: (Ubuntu 11.4.0) 11.4.0
Clang version: Could not collect

Python version: 3.11.5 (main, Sep 11 2023) [GCC 11.2.0] (64-bit runtime)
Is CUDA available: True
CUDA runtime version: 11.8.89
GPU models and configuration: GPU 0: NVIDIA A100
Nvidia driver version: 525.105

CPU:
Architecture:                       x86_64
Model name:                         AMD EPYC 7763
BogoMIPS:                           4899.99

Versions of relevant libraries:
[pip3] numpy==1.26.4
[conda] torch                     2.1.0                    pypi_0    pypi
"""


def told(text: str, path: str = "r/freeze.txt") -> dict[str, str]:
    assert READER.claims(PurePosixPath(path), text.encode()[:4096])
    return {item.name: item.value for item in READER.read(path, text.encode()).environment}


def test_a_pip_freeze_has_versions_and_the_commit_of_editable_packages() -> None:
    assert told(FREEZE) == {
        "package numpy": "1.26.4",
        "package scikit-learn": "1.5.0",
        "package torch": "torch-2.1.0.whl",
        "package tool": "855ddd0d59f3a90fb8a0ff40717c44fa7531f3ac",
    }
    found = READER.read("r/freeze.txt", FREEZE.encode())
    assert [record.text for record in found.records] == ["855ddd0d59f3a90fb8a0ff40717c44fa7531f3ac"]
    assert found.environment[0].source.line == 1


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (
            "r/pip_list.txt",
            PIP_LIST,
            {"package numpy": "1.26.4", "package torch": "2.1.0+cu118", "package scipy": "1"},
        ),
        ("r/conda.txt", CONDA_LIST, {"package numpy": "1.26.4", "package pip": "23.1"}),
        (
            "r/environment.yml",
            CONDA_EXPORT,
            {"package numpy": "1.26.4", "package python": "3.11", "package torch": "2.1.0"},
        ),
    ],
)
def test_lists_of_pip_and_conda_are_read(path: str, text: str, expected: dict[str, str]) -> None:
    assert told(text, path) == expected


def test_the_report_of_torch_is_read_without_what_it_could_not_tell() -> None:
    assert told(COLLECT_ENV, "r/torch_env.txt") == {
        "PyTorch version": "2.1.0+cu118",
        "Is debug build": "False",
        "CUDA used to build PyTorch": "11.8",
        "OS": "Ubuntu 22.04.3 LTS (x86_64)",
        "GCC version": "(Ubuntu 11.4.0) 11.4.0",
        "Python version": "3.11.5 (main, Sep 11 2023) [GCC 11.2.0] (64-bit runtime)",
        "Is CUDA available": "True",
        "nvcc version": "11.8.89",
        "GPU models and configuration": "NVIDIA A100",
        "Nvidia driver version": "525.105",
        "CPU model": "AMD EPYC 7763",
        "package numpy": "1.26.4",
        "package torch": "2.1.0",
    }


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("r/notes.txt", "A note.\nnumpy==1.26.4 was installed.\nThat is all.\n"),
        ("r/run.yml", "a: 1\ndependencies: none\n"),
        ("r/results.csv", "numpy==1\nscipy==2\ntorch==3\n"),
        ("r/commands.txt", "python a.py\npython b.py --n 1\nmake\n"),
    ],
)
def test_other_files_are_left_to_others(path: str, text: str) -> None:
    assert not READER.claims(PurePosixPath(path), text.encode())


def test_the_registry_asks_it() -> None:
    assert find_reader(PurePosixPath("r/freeze.txt"), FREEZE.encode()) is READER


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_complaint(data: bytes) -> None:
    READER.claims(PurePosixPath("r/freeze.txt"), data)
    READER.read("r/freeze.txt", data)


@pytest.mark.parametrize(
    "text",
    [
        "rmse 0.5\ncorrelation 0.9998\nseconds 12.5\n",
        "rmse = 0.5\ncorrelation = 0.9998\nsize = 256\n",
        3 * "2025-10-09 09:59:13,250 INFO begin\n",
    ],
)
def test_figures_and_logs_are_no_packages(text: str) -> None:
    assert not READER.claims(PurePosixPath("job.out"), text.encode())
