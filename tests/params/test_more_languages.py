"""Rust, Go, LAMMPS, GROMACS, Snakemake, Nextflow, options of C++ libraries, CUDA: literals only."""

from __future__ import annotations

import pytest

from bisect_parity.params.model import Expression
from bisect_parity.params.readers import reader_of

RUST = """pub const N: usize = 64; // points
static mut SCALE: f32 = 2.5_f32;
const M: usize = N * 2;
const NAME: &str = "a // b";
struct Args {
    /// size
    #[arg(short, long, default_value_t = 128)]
    grid_size: usize,
    #[arg(long = "kind", default_value = "cg")]
    solver: String,
    #[arg(long)]
    fast: bool,
    other: u32,
}
"""
GO = """package main
const N = 64
const (
    Tol = 1e-8 // relative
    Name string = "x"
)
var scale float64 = 2.5
var size = flag.Int("size", 128, "size of grid")
func main() {
    flag.Float64Var(&dt, "dt", 0.01, "step")
    pflag.BoolP("fast", "f", true, "quick")
    steps := 10
}
"""
LAMMPS = """# LJ
units lj
variable T equal 3.0
timestep 0.005 # small
pair_style lj/cut 2.5
pair_coeff 1 1 1.0 1.0 &
  2.5
fix 1 all nve
print "done"
run 250
run 500
"""
MDP = """; options
integrator = md
dt         = 0.002   ; ps
tc-grps    = Protein Non-Protein
"""
SNAKEFILE = """N = 10
SAMPLES = ["a", "b"]
rule sim:
    input: "a.txt"
    params:
        n=100,
        tol=1e-6,
        name=lambda w: w.x
    threads: 4
    resources:
        mem_mb=4000
    shell: "python sim.py --n={params.n}"
X = 3
"""
NEXTFLOW = """params.n = 10
params { tol = 1e-6; }
process {
  cpus = 4
  withName: FIT { memory = '4 GB' }
  time = computed()
}
last = true
"""
CPP = """#include <gflags/gflags.h>
DEFINE_int32(grid, 64, "size, of (the) grid");
DEFINE_string(solver, "cg", "solver"
    " of linear systems");
ABSL_FLAG(int, iters, 100, "iterations");
constexpr double kAlpha = 0.5;
constexpr int kBlock{32};
int main(int argc, char** argv) {
  desc.add_options()
    ("help", "help")
    ("nx", po::value<int>()->default_value(128), "points")
    ("dt,d", po::value<double>(&dt)->default_value(1e-3), "step");
  o.add_options()("y,ny", "points", cxxopts::value<int>()->default_value("12"));
}
"""
CUDA = """__constant__ float c_dt = 0.01f;
__device__ const double eps = 1e-9;
__global__ void __launch_bounds__(256) f(float* __restrict__ x) { const int n = 3; }
"""


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        (
            "src/main.rs",
            RUST,
            {"N": 64, "SCALE": 2.5, "M": "N * 2", "NAME": "a // b", "--grid-size": 128, "--kind": "cg"},
        ),
        (
            "main.go",
            GO,
            {"N": 64, "Tol": 1e-8, "Name": "x", "scale": 2.5, "-size": 128, "-dt": 0.01, "-fast": True},
        ),
        (
            "in.melt",
            LAMMPS,
            {
                "units": "lj",
                "variable T": "3.0",
                "timestep": "0.005",
                "pair_style": "lj/cut 2.5",
                "pair_coeff 1 1": "1.0 1.0 2.5",
                "fix 1": "all nve",
                "run": "250",
                "run#2": "500",
            },
        ),
        ("md.mdp", MDP, {"integrator": "md", "dt": "0.002", "tc_grps": "Protein Non-Protein"}),
        (
            "workflow/Snakefile",
            SNAKEFILE,
            {
                "N": 10,
                "SAMPLES": "['a', 'b']",
                "sim.params.n": 100,
                "sim.params.tol": 1e-6,
                "sim.threads": 4,
                "sim.resources.mem_mb": 4000,
                "X": 3,
            },
        ),
        (
            "nextflow.config",
            NEXTFLOW,
            {
                "params.n": 10,
                "params.tol": 1e-6,
                "process.cpus": 4,
                "process.withName: FIT.memory": "4 GB",
                "last": True,
            },
        ),
        (
            "main.cpp",
            CPP,
            {
                "--grid": 64,
                "--solver": "cg",
                "--iters": 100,
                "kAlpha": 0.5,
                "kBlock": 32,
                "--nx": 128,
                "--dt": 1e-3,
                "--ny": "12",
            },
        ),
        ("k.cu", CUDA, {"c_dt": 0.01, "eps": 1e-9, "f.n": 3}),
        ("run.env", "A=1\nexport B='x y'\n", {"A": "1", "B": "x y"}),
        (".env", "A=1\n", {"A": "1"}),
        ("in.notes", "some words of prose\nrun it twice\n", {}),
    ],
)
def test_what_is_stated_is_read_and_nothing_else(path: str, source: str, expected: dict[str, object]) -> None:
    read = reader_of(path)
    assert read is not None
    found = read(source.encode())
    assert found.problems == ()
    assert {
        item.name: item.value.text if isinstance(item.value, Expression) else item.value
        for item in found.values
    } == expected


@pytest.mark.parametrize("path", ["a.rs", "a.go", "in.x", "a.mdp", "Snakefile", "a.nf", "a.cu"])
def test_binary_and_endless_files_are_notes(path: str) -> None:
    read = reader_of(path)
    assert read is not None
    assert read(b"\0\1").problems
    assert read(b"const A: u8 = " + b"x" * 100_000 + b"\n{" * 2000) is not None


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("a.rs", "const A: i32 = {}x"),
        ("a.rs", "#[arg(default_value_t = 1)]\na: {}="),
        ("a.go", 'flag.Int("a", {}x'),
        ("a.nf", "a = b{}x"),
        ("Snakefile", "a = b{}x"),
        ("a.jl", "a = b{}x"),
        ("a.r", "a <- b{}x"),
        ("a.m", "a = b{}x"),
        ("a.cc", 'DEFINE_int32(x, {}"'),
        ("a.cc", '("aa", po::value<int>()->default_value({}"'),
        ("in.x", "units a\nfix a\nrun a\n{}\n"),
    ],
)
def test_very_long_blanks_take_no_time_that_grows_with_their_cube(path: str, source: str) -> None:
    read = reader_of(path)
    assert read is not None
    assert read(source.format(" " * 3900).encode()).values[3:] == ()  # would take hours
