"""A Python that has the case's heavy modules imported, and is forked for each candidate.

Started as `python -m bisect_parity.parity.zygote SOCKET STATE MODULE ...`. Standard library only: a candidate
must find the modules that it would find in a new Python, and those that the case names. What this process is
like is written to the file STATE, for the check to decide whether a fork of it is as good as a new Python.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bisect_parity.fork_server import ForkServer, count_threads

if TYPE_CHECKING:
    from bisect_parity.fork_server import ForkRequest

OWN_PACKAGES = ("bisect_parity", "bisect_parity_entry")


def main(arguments: list[str]) -> None:
    """Import what is named, report how that went, and serve.

    Args:
        arguments: path of the socket, path of the state file, and modules to import.
    """
    path, state_file, *names = arguments
    given = _given_environment()
    added = {name: value for name, value in os.environ.items() if name not in given}
    here = Path.cwd().resolve()
    sys.path[:] = [place for place in sys.path if Path(place).resolve() != here]
    problem = _preload(names)
    server = ForkServer(path, lambda request: _work(request, added, preloaded, base_path))
    preloaded = frozenset(sys.modules)
    named = given.get("PYTHONPATH", "").split(os.pathsep)  # a child has its own
    base_path = tuple(place for place in sys.path if place not in named)
    state = {
        "problem": problem or _why_not_forked(),
        "modules": sorted({name.partition(".")[0] for name in preloaded} - {"__main__", *OWN_PACKAGES}),
        "environment": given,
    }
    part = Path(f"{state_file}.part")
    part.write_text(json.dumps(state), encoding="ascii")
    part.replace(state_file)
    server.serve()


def _preload(names: list[str]) -> str:
    """Import the modules; return why a fork would not be as good as a new Python, or ""."""
    import gc  # noqa: PLC0415

    gc.disable()  # walking the half-built modules costs a third of their import
    try:
        for name in names:
            importlib.import_module(name)
    except BaseException as error:  # noqa: BLE001 - whatever a broken module raises
        return f"{name} cannot be imported: {type(error).__name__}: {error}"
    finally:
        gc.enable()
    gc.freeze()  # children share these pages as long as nobody writes to them
    return ""


def _why_not_forked() -> str:
    # OpenBLAS ends its idle threads before a fork, and starts new ones where they are wanted
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    threads = count_threads()
    if threads != 1:
        return f"{threads} threads are running once the modules are imported"
    torch: Any = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        return "CUDA is initialised once the modules are imported"
    return ""


def _given_environment() -> dict[str, str]:
    """The environment that this process was started with: Python itself may add LC_CTYPE to it."""
    try:
        items = Path("/proc/self/environ").read_bytes().split(b"\0")
    except OSError:
        return dict(os.environ)
    return dict(os.fsdecode(item).split("=", 1) for item in items if b"=" in item)


def _work(
    request: ForkRequest, added: dict[str, str], preloaded: frozenset[str], base_path: tuple[str, ...]
) -> int:
    """In the child: be `python WORDS`, and report what was imported from elsewhere than the tree."""
    os.environ.update({name: value for name, value in added.items() if name not in os.environ})
    tops = request.words[0].split(os.pathsep)
    try:
        status = _run_python(request.words[1:], base_path)
    finally:
        lines = "".join(f"{name}\0{file}\n" for name, file in _strangers(tops, preloaded))
        os.write(request.report, lines.encode(errors="backslashreplace")[:4096])
    return status


def _run_python(words: list[str], base_path: tuple[str, ...]) -> int:
    """Run `-m MODULE ...`, `-c CODE ...` or `SCRIPT ...` as a new Python would."""
    main_module = types.ModuleType("__main__")
    for name in [name for name in sys.modules if name.partition(".")[0] in OWN_PACKAGES]:
        del sys.modules[name]
    sys.modules["__main__"] = main_module
    sys.dont_write_bytecode = bool(os.environ.get("PYTHONDONTWRITEBYTECODE"))
    named = [place for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place]
    first = Path.cwd() if words[0] in ("-m", "-c") else Path(words[0]).absolute().parent
    sys.path[:] = [str(first), *named, *base_path]
    sys.path_importer_cache.clear()
    importlib.invalidate_caches()
    _seed()
    try:
        if words[0] == "-m":
            sys.argv = ["-m", *words[2:]]
            import runpy  # noqa: PLC0415 - in the child alone

            runpy.run_module(words[1], run_name="__main__", alter_sys=True)
        elif words[0] == "-c":
            sys.argv = ["-c", *words[2:]]
            exec(compile(words[1], "<string>", "exec"), main_module.__dict__)  # noqa: S102 - as python -c does
        else:
            sys.argv = words
            script = Path(words[0]).absolute()
            main_module.__file__ = str(script)
            code = compile(script.read_bytes(), str(script), "exec")
            exec(code, main_module.__dict__)  # noqa: S102 - as python SCRIPT does
    except SystemExit as exit_:
        status = _exit_status(exit_.code)
    except BaseException as error:  # noqa: BLE001 - shown as Python shows it
        sys.excepthook(type(error), error, error.__traceback__)
        status = 1
    else:
        status = 0
    return _finished(status)


def _seed() -> None:
    """A new Python draws new seeds; `random` sees to that itself after a fork."""
    random: Any = sys.modules.get("numpy.random")
    if random is not None:
        random.seed()


def _exit_status(code: object) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    sys.stderr.write(f"{code}\n")
    return 1


def _finished(status: int) -> int:
    """What a Python does at its end: threads are waited for, exit functions called, output written."""
    import atexit  # noqa: PLC0415 - in the child alone
    import threading  # noqa: PLC0415 - in the child alone

    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()  # noqa: SLF001 - the interpreter's own way is closed to a forked child
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            status = status or 120  # as Python ends then
    return status


def _strangers(tops: list[str], preloaded: frozenset[str]) -> list[tuple[str, str]]:
    """Modules that the tree under test has, and that were imported from elsewhere."""
    found = []
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name in preloaded or name == "__main__" or not isinstance(file, str):
            continue
        inside = any(os.path.realpath(file).startswith(os.path.realpath(top) + os.sep) for top in tops)
        if not inside and any(_holds(top, name.partition(".")[0]) for top in tops):
            found.append((name, file))
    return found


def _holds(top: str, name: str) -> bool:
    return Path(top, f"{name}.py").is_file() or Path(top, name, "__init__.py").is_file()


if __name__ == "__main__":
    main(sys.argv[1:])
