"""Runs a candidate that is a Python function: `python entry_point.py MODULE:FUNCTION SIZE OUT`.

It is started as a file in the environment of the tree under test: standard library only, and nothing of ours
can be imported from it. The function is called with those of the arguments `size` (a whole number) and `out`
(the path of the file to write) that it has parameters for. It writes its image itself, or returns it: what
numpy can make an array of is written as it is, to a .npy file or as raw pixels.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from pathlib import Path
from typing import Any


def main(arguments: list[str]) -> None:
    """Call the function, and write what it returns.

    Args:
        arguments: MODULE:FUNCTION, the size, and the file to write.

    Raises:
        ImportError: there is no such function.
        TypeError: it wants other arguments, or returns what is not an image.
    """
    where, size, out = arguments
    module, _, name = where.partition(":")
    function = getattr(importlib.import_module(module), name, None)
    if not callable(function):
        raise ImportError(f"{module} has no function {name}")
    given = {"size": int(size), "out": out}
    parameters = inspect.signature(function).parameters.values()
    others = [one.name for one in parameters if _is_needed(one) and one.name not in given]
    if others:
        raise TypeError(f"{where} needs {', '.join(others)}, and is called with size and out only")
    takes_all = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)
    wanted = {parameter.name for parameter in parameters}
    image = function(**{key: value for key, value in given.items() if takes_all or key in wanted})
    if image is not None:
        _write(image, Path(out))


def _is_needed(parameter: inspect.Parameter) -> bool:
    is_one = parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
    return is_one and parameter.default is parameter.empty


def _write(image: Any, out: Path) -> None:
    if out.suffix not in (".npy", ".raw"):
        raise TypeError(f"an image that is returned is written as .npy or .raw, not as {out.suffix}")
    import numpy as np  # noqa: PLC0415 - a function that writes its image itself may do without

    if hasattr(image, "detach"):  # a tensor of torch
        image = image.detach().cpu()
    array = np.asarray(image)
    if array.dtype.hasobject:
        raise TypeError(f"the function returned a {type(image).__name__}, which is not an image")
    if out.suffix == ".npy":
        np.save(out, array, allow_pickle=False)
    else:
        np.ascontiguousarray(array).tofile(out)


if __name__ == "__main__":
    del sys.path[0]  # the folder of this file: its neighbours are no modules of the tree under test
    main(sys.argv[1:])
