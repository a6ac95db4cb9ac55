"""Small results in the notation of many tools, written for these tests: the first of a pair is the path."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bisect_parity.evidence.formats.registry import find_reader
from tests.evidence.formats.tools import FIRST, SECOND, assert_sound

if TYPE_CHECKING:
    from bisect_parity.evidence.model import Findings

__all__ = ["SAMPLES", "environment", "figures", "found_in", "parameters", "read_sample"]

START = "2025-10-09 16:17:14"  # local, in all of them
DAY = "Thu Oct  9"

SAMPLES: dict[str, tuple[str, str]] = {
    "criterion": (
        "benches/criterion/heat/step 64/new/estimates.json",
        json.dumps(
            {
                "mean": {
                    "confidence_interval": {
                        "confidence_level": 0.95,
                        "lower_bound": 81.0,
                        "upper_bound": 83.0,
                    },
                    "point_estimate": 82.5,
                    "standard_error": 0.5,
                },
                "slope": None,
            }
        ),
    ),
    "pyperf": (
        "benchmarks/suite.json",
        json.dumps(
            {
                "benchmarks": [
                    {
                        "metadata": {"name": "heat"},
                        "runs": [
                            {
                                "metadata": {"date": f"{START}.250000"},
                                "values": [0.25, 0.75],
                                "warmups": [[1, 2.0]],
                            },
                            {"metadata": {"date": "2025-10-09 16:18:00.500000"}, "values": [0.5]},
                        ],
                    }
                ],
                "metadata": {
                    "commit_id": FIRST,
                    "commit_branch": "main",
                    "commit_date": "2025-10-09T13:00:00+00:00",
                    "cpu_count": 8,
                    "python_version": "3.12.1 (64-bit) revision 2305ca5",
                    "unit": "second",
                },
            }
        ),
    ),
    "lm-eval": (
        "results/model/results_2025-10-09T16-17-14.250000.json",
        json.dumps(
            {
                "results": {"arc": {"alias": "arc", "acc,none": 0.25, "acc_stderr,none": "N/A"}},
                "config": {"model": "hf", "device": "cuda:0", "batch_size": 16},
                "n-shot": {"arc": 5},
                "git_hash": FIRST[:8],
                "date": 1760019434.25,
                "pretty_env_info": "PyTorch version: 2.1.2\nIs CUDA available: True\n[pip3] numpy==1.26.0",
                "lm_eval_version": "0.4.3",
                "upper_git_hash": None,
                "task_hashes": {"arc": "0" * 64},
            }
        ),
    ),
    "lighteval": (
        "results/model/results_2025-10-09T16-17-14.250000.json",
        json.dumps(
            {
                "config_general": {"lighteval_sha": SECOND, "start_time": 12.5, "model_name": "tiny"},
                "results": {"all": {"acc": 0.5}},
            }
        ),
    ),
    "huggingface-trainer": (
        "out/checkpoint-20/trainer_state.json",
        json.dumps(
            {
                "best_metric": None,
                "global_step": 20,
                "is_world_process_zero": True,
                "log_history": [
                    {"epoch": 1.0, "learning_rate": 0.1, "loss": 0.75, "step": 10},
                    {"epoch": 2.0, "learning_rate": 0.05, "loss": 0.5, "step": 20},
                    {"epoch": 2.0, "eval_loss": 0.625, "step": 20},
                ],
                "max_steps": 20,
                "trial_params": None,
            }
        ),
    ),
    "gromacs": (
        "runs/md/md.log",
        (
            "                      :-) GROMACS - gmx mdrun, 2021.4 (-:\n\n"
            f"GROMACS version:    2021.4-dev\nGIT SHA1 hash:      {FIRST}\nPrecision:          mixed\n"
            f"Started mdrun on rank 0 {DAY} 16:17:14 2025\n"
            "       Time:     8000.000      500.000     1600.0\nPerformance:       86.400        0.278\n"
            f"Finished mdrun on rank 0 {DAY} 16:25:34 2025\n"
        ),
    ),
    "lammps": (
        "runs/lj/log.lammps",
        (
            "LAMMPS (29 Sep 2021 - Update 2)\nLoop time of 1.5 on 4 procs for 100 steps with 32000 atoms\n"
            "Performance: 28288.0 tau/day, 65.5 timesteps/s\n"
        ),
    ),
    "quantum-espresso": (
        "runs/si/si.scf.out",
        (
            "\n     Program PWSCF v.6.4.1 starts on  9Oct2025 at 16:17:14 \n"
            "!    total energy              =     -15.5 Ry\n!    total energy              =     -15.75 Ry\n"
            "   This run was terminated on:  16:18: 4   9Oct2025\n"
        ),
    ),
    "openfoam": (
        "runs/cavity/log.simpleFoam",
        (
            "Build  : 2.4.0-f0842aea0e77\nExec   : simpleFoam\n"
            "Date   : Oct 09 2025\nTime   : 16:17:14\nnProcs : 4\n"
            "smoothSolver:  Solving for Ux, Initial residual = 1, Final residual = 0.5, No Iterations 2\n"
            "ExecutionTime = 0.25 s  ClockTime = 0 s\n"
        ),
    ),
    "hpl": (
        "results/HPL.out",
        (
            "HPLinpack 2.3  --  High-Performance Linpack benchmark  --   December 2, 2018\n"
            "WR11C2R4       20000   192     2     2              22.12             2.4e+02\n"
            f"HPL_pdgesv() start time {DAY} 16:17:14 2025\nHPL_pdgesv() end time   {DAY} 16:17:36 2025\n"
            "||Ax-b||_oo/(eps*(||A||_oo*||x||_oo+||b||_oo)*N)=   3.1e-03 ...... PASSED\n"
        ),
    ),
    "stream": (
        "results/stream.txt",
        "STREAM version $Revision: 5.10 $\nCopy:           22345.5     0.0073     0.0071     0.0077\n",
    ),
}


def read_sample(name: str) -> Findings:
    """What the registry's reader finds in a sample."""
    path, text = SAMPLES[name]
    return found_in(path, text, "lm-eval" if name == "lighteval" else name)


def found_in(path: str, text: str, tool: str) -> Findings:
    """What the registry's reader, which must be that of `tool`, finds in a text."""
    reader = find_reader(path, text.encode()[:4096])
    assert reader is not None
    assert reader.name == tool
    found = reader.read(path, text.encode())
    assert_sound(found, path)
    return found


def figures(found: Findings) -> dict[str, float | None]:
    """The figures by name."""
    return {metric.name: metric.value for metric in found.metrics}


def parameters(found: Findings) -> dict[str, object]:
    """The parameters by name."""
    return {item.name: item.value for item in found.parameters}


def environment(found: Findings) -> dict[str, object]:
    """The facts of host and software by name."""
    return {item.name: item.value for item in found.environment}
