"""The options of programs that start other programs, as far as they take values. Data only."""

from __future__ import annotations

from attrs import frozen


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


@frozen
class Wrapper:
    """How the options of a wrapper are told from the program that it starts.

    Attributes:
        values: options that take the next word.
        own: words of its own before the program.
        variables: options whose value is NAME=value, or several with commas between.
        bare: options without a value; where any are named, every other long option takes the next word.
    """

    values: frozenset[str] = frozenset()
    own: int = 0
    variables: frozenset[str] = frozenset()
    bare: frozenset[str] = frozenset()

    def takes_value(self, option: str) -> bool:
        """Whether the word behind `option` is its value."""
        if option in self.values or option in self.variables:
            return True
        return bool(self.bare) and option.startswith("--") and option not in self.bare


MPI = Wrapper(
    _words(
        """
        -n -np -c -N -ppn -perhost -H -f -hosts -host -machinefile -hostfile -wdir -wd -genvlist
        -envlist -bind-to -map-by -rank-by -output-filename --np --host --hosts --hostfile --machinefile
        --npernode --map-by --bind-to --rank-by --wdir --wd --output-filename --timeout --personality
        --prefix --path --ppr
        """
    ),
    variables=_words("-x"),
)
_SRUN = Wrapper(
    _words("-n -N -p -t -c -J -A -w -x -q -o -e -i -D -m -G -C -d -a -B -M"),
    variables=_words("--export"),
    bare=_words(
        """
        --exclusive --overlap --exact --unbuffered --pty --label --overcommit --oversubscribe
        --multi-prog --no-kill --immediate --quit-on-interrupt --test-only --verbose --quiet --parsable
        --wait-all-nodes --requeue --no-requeue --hold --contiguous --disable-status --preserve-env
        --kill-on-bad-exit --use-min-nodes --spread-job
        """
    ),
)
_QSUB = Wrapper(
    _words("-N -l -q -o -e -P -A -pe -j -a -m -M -t -J -W -S -hold_jid -wd -p"), variables=_words("-v")
)
WRAPPERS: dict[str, Wrapper] = {
    "env": Wrapper(_words("-u -C --unset --chdir")),
    "nohup": Wrapper(),
    "nice": Wrapper(_words("-n")),
    "ionice": Wrapper(_words("-c -n")),
    "stdbuf": Wrapper(_words("-i -o -e")),
    "unbuffer": Wrapper(),
    "setsid": Wrapper(),
    "setarch": Wrapper(own=1),
    "chrt": Wrapper(own=1),
    "prlimit": Wrapper(),
    "sudo": Wrapper(_words("-u -g")),
    "time": Wrapper(_words("-o -f")),
    "timeout": Wrapper(_words("-k -s --signal --kill-after"), own=1),
    "taskset": Wrapper(own=1),
    "numactl": Wrapper(_words("-C -N -m -i -p")),
    "likwid-pin": Wrapper(_words("-c")),
    "likwid-perfctr": Wrapper(_words("-C -c -g -o -t -M")),
    "catchsegv": Wrapper(),
    "mpirun": MPI,
    "mpiexec": MPI,
    "mpiexec.hydra": MPI,
    "orterun": MPI,
    "srun": _SRUN,
    "sbatch": _SRUN,
    "qsub": _QSUB,
    "aprun": Wrapper(_words("-n -N -d -j -S"), variables=_words("-e")),
    "jsrun": Wrapper(_words("-n -a -c -g -r -b -d -l"), variables=_words("-E")),
    "ibrun": Wrapper(_words("-n -o")),
    "xvfb-run": Wrapper(_words("-n -s")),
    "flux": Wrapper(_words("-n -N -c -g -t"), own=1),
    "uvx": Wrapper(_words("--with --python --from -p")),
    "xargs": Wrapper(
        _words("-I -n -P -L -s -d -a -E --max-args --max-procs --replace --delimiter --arg-file")
    ),
    "parallel": Wrapper(
        _words(
            """
        -j -a -N -n -S -I -k1 -d -C --jobs -P --max-procs --joblog --results --colsep --delay --retries
        --timeout --arg-file --load --memfree --nice --workdir --wd --sshlogin --tmpdir --max-args
        --tagstring
        """
        )
    ),
}
STARTERS = _words(
    """
        mpirun mpiexec mpiexec.hydra orterun srun sbatch qsub aprun jsrun ibrun nohup numactl taskset
        chrt likwid-pin flux docker podman singularity apptainer
        """
)
RUNNERS = _words("uv poetry pipenv pdm hatch rye pixi conda mamba micromamba")
RUNNER = Wrapper(
    _words(
        """
        -n -p --name --prefix --with --python --extra --project --cwd -c -g --group --env-file --package
        -e
        """
    )
)
_DOCKER = Wrapper(
    _words(
        """
        -v -w -p -u -m -h -l -a -c --volume --workdir --publish --user --memory --hostname --label
        --gpus --name --mount --shm-size --cpus --network --net --ipc --pid --env-file --entrypoint
        --device --runtime --ulimit --platform --cpuset-cpus --security-opt --cap-add --cap-drop
        --log-driver --restart --pull --tmpfs --add-host --dns --group-add --volumes-from --memory-swap
        --cidfile --userns --cgroupns --expose --link --volume-driver --stop-signal
        """
    ),
    variables=_words("-e --env"),
)
SINGULARITY = Wrapper(
    _words(
        """
        -B -H -W -S --bind --home --pwd --cwd --workdir --overlay --app --scratch --network --mount
        --env-file
        """
    ),
    variables=_words("--env"),
)
CONTAINERS = {
    **dict.fromkeys(("docker", "docker-compose", "podman", "nerdctl"), (_DOCKER, _words("run exec"))),
    **dict.fromkeys(("singularity", "apptainer"), (SINGULARITY, _words("run exec"))),
    "kubectl": (Wrapper(_words("-n --namespace -c --container")), _words("exec")),
}
# what starts another program: options of its own, then a script, an interpreter or a path
LAUNCHERS = _words(
    """
        torchrun accelerate deepspeed nsys ncu perf valgrind strace gdb coverage kernprof memray scalene
        py-spy
        """
)
LAUNCHER_MODULES = _words(
    """
        torch.distributed.run torch.distributed.launch accelerate.commands.launch deepspeed.launcher.launch
        mpi4py cProfile profile trace pdb coverage kernprof line_profiler memory_profiler memray scalene
        """
)
TAKES_MODULE = _words(
    """
        torchrun accelerate deepspeed coverage torch.distributed.run torch.distributed.launch
        accelerate.commands.launch deepspeed.launcher.launch mpi4py cProfile pdb
        """
)
SSH = Wrapper(_words("-p -i -l -o -F -J -L -R -D -c -b -E -m -W"))
