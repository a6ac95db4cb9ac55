"""What starts a program is told from the program, and what it sets belongs to the program's environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bisect_parity.evidence.command_line import parse_commands

if TYPE_CHECKING:
    from bisect_parity.evidence.model import Command


def only(line: str) -> Command:
    (command,) = parse_commands(f"{line}\n", "commands.txt")
    return command


@pytest.mark.parametrize(
    ("line", "program", "options"),
    [
        ("srun --ntasks 16 --cpu-bind cores --overlap ./heat --nx 4", "./heat", {"--nx": "4"}),
        ("mpirun -np 4 --map-by core --mca btl self,vader lmp -in in.x", "lmp", {"-in": "in.x"}),
        ("mpirun -np 4 -x LD_LIBRARY_PATH --bind-to core lmp -in in.x", "lmp", {"-in": "in.x"}),
        ("sbatch --array=0-9 job.sh --fast 1", "job.sh", {"--fast": "1"}),
        ("sbatch --wrap='python run.py --n 1'", "run.py", {"--n": "1"}),
        ("ssh -p 22 node17 'cd sim && ./heat --nx 7'", "./heat", {"--nx": "7"}),
        ("flux run -n 4 ./heat --nx 10", "./heat", {"--nx": "10"}),
        ("setarch x86_64 -R ./heat --nx 12", "./heat", {"--nx": "12"}),
        ("chrt -f 99 ./heat --nx 11", "./heat", {"--nx": "11"}),
        ("uvx --from x heat --nx 14", "heat", {"--nx": "14"}),
        ("ls | xargs -P 4 -I{} ./sim --seed {} --n 5", "./sim", {"--seed": "{}", "--n": "5"}),
        ("parallel -j 4 ./sim --seed {} ::: 1 2 3", "./sim", {"--seed": "{}"}),
        ("parallel 'python run.py --lr {1} > {1}.txt' ::: 0.1 0.01", "run.py", {"--lr": "{1}"}),
        ("docker run --rm -v /d:/d lab/fsl:6 bet in.nii -f 0.5", "bet", {"-f": "0.5"}),
        ("docker run --rm --entrypoint python lab/x run.py --n 3", "run.py", {"--n": "3"}),
        ("docker run --rm lab/heat:2 --nx 3", "lab/heat:2", {"--nx": "3"}),
        ("docker exec -it box mpirun -n 2 ./heat --nx 3", "./heat", {"--nx": "3"}),
        ("singularity run --bind /d:/d sim.sif --nx 3", "sim.sif", {"--nx": "3"}),
        ("torchrun --nproc-per-node 2 -m pkg.train --lr 1", "pkg.train", {"--lr": "1"}),
        ("python -m torch.distributed.run --standalone -m pkg.train --lr 1", "pkg.train", {"--lr": "1"}),
        ("mpiexec -n 4 python -m mpi4py prog.py --z 1", "prog.py", {"--z": "1"}),
        ("python -m cProfile -o out.prof prog.py --z 1", "prog.py", {"--z": "1"}),
        ("python3 -u -m deepspeed.launcher.launch --master_port=1 train.py --z 1", "train.py", {"--z": "1"}),
        ("eval './heat --nx 6'", "./heat", {"--nx": "6"}),
        ("docker-compose run --rm app python run.py --n 5", "run.py", {"--n": "5"}),
        ("kubectl exec -it pod -- python run.py --n 7", "run.py", {"--n": "7"}),
        ("likwid-perfctr -C 0-3 -g MEM ./heat --nx 16", "./heat", {"--nx": "16"}),
        ("time (./heat --nx 21)", "./heat", {"--nx": "21"}),
        ("julia --project=. -t 4 sim.jl --n 3", "sim.jl", {"--n": "3"}),
        ("Rscript fit.R --k 2", "fit.R", {"--k": "2"}),
    ],
)
def test_the_program_behind_a_wrapper_is_what_computes(
    line: str, program: str, options: dict[str, Any]
) -> None:
    assert (only(line).program, only(line).options) == (program, options)


@pytest.mark.parametrize(
    ("line", "environment"),
    [
        ("docker run --rm -e N=4 --env M=5 image python run.py", {"N": "4", "M": "5"}),
        ("apptainer exec --env N=4,M=5 x.sif python run.py", {"N": "4", "M": "5"}),
        ("srun --export=ALL,N=4 python run.py", {"N": "4"}),
        ("qsub -v N=4,M=5 job.pbs", {"N": "4", "M": "5"}),
        ("mpirun -x N=4 -genv M 5 python run.py", {"N": "4", "M": "5"}),
        ("N=4 bash -c 'M=5 python run.py'", {"N": "4", "M": "5"}),
    ],
)
def test_what_a_wrapper_sets_is_part_of_the_environment(line: str, environment: dict[str, str]) -> None:
    assert dict(only(line).environment) == environment


def test_what_is_set_for_shell_text_does_not_hold_after_it() -> None:
    first, second = parse_commands("N=4 sh -c 'python a.py'\npython b.py\n", "commands.txt")
    assert dict(first.environment) == {"N": "4"}
    assert second.environment == ()


def test_programs_that_are_started_together_are_told_apart() -> None:
    commands = parse_commands("mpirun -n 1 ./ocean --dt 1 : -n 2 ./ice --dt 2\n", "commands.txt")
    assert [(item.program, item.options) for item in commands] == [
        ("./ocean", {"--dt": "1"}),
        ("./ice", {"--dt": "2"}),
    ]


@pytest.mark.parametrize(
    "line", ["ls | xargs rm -f", "docker build -t lab/x .", "ssh node17", "tmux attach -t a"]
)
def test_wrappers_of_nothing_that_computes_are_left_out(line: str) -> None:
    assert parse_commands(f"{line}\n", "commands.txt") == ()
