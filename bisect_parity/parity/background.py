"""Work beside the steps of a case, on threads: each result is waited for where it is needed."""

from __future__ import annotations

import importlib
import os
import sys
import threading
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from bisect_parity.errors import CheckError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Background", "import_torch"]

ABORT_STATUS = 200
TORCH_IMPORT = "bisect_parity.parity.torch_import"

T = TypeVar("T")
_EXIT_HANDLERS: list[Any] = []


class Background(Generic[T]):
    """A call on a thread of its own; a check that ends before it is done need not wait."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._call = call
        self._results: list[T] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._results.append(self._call())
        except BaseException as error:  # noqa: BLE001 - raised again where the result is wanted
            self._error = error

    def result(self) -> T:
        """What the call returned; raises what it raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._results[0]


def import_torch() -> Background[None]:
    """Begin to import torch, which takes longer than many a candidate.

    Its result raises CheckError if torch cannot be imported, which is not the commit's fault.
    """
    _make_exit_an_abort()
    return Background(_import_torch)


def _make_exit_an_abort() -> None:
    """Let a library that ends this process end it with 200: git would read the status 1 as "bad".

    OpenBLAS and libgomp call exit(1) where they get no memory. We end with `os._exit`, which asks nobody.
    """
    if _EXIT_HANDLERS:
        return
    import ctypes  # noqa: PLC0415 - torch needs it anyway, and a check without images does not

    handler = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(_abort)
    library = ctypes.CDLL(None)
    register = getattr(library, "__cxa_atexit", None)
    if register is not None:
        register(handler, None, None)
        _EXIT_HANDLERS.append(handler)  # it must live as long as the process


def _abort(_argument: object) -> None:
    sys.stderr.write("bisect-parity: a library ended the comparison, for lack of memory perhaps\n")
    sys.stderr.flush()
    os._exit(ABORT_STATUS)


def _import_torch() -> None:
    if TORCH_IMPORT in sys.modules:
        return
    try:
        importlib.import_module(TORCH_IMPORT)
    except BaseException as error:  # a broken torch may even raise SystemExit
        raise CheckError(
            f"torch cannot be imported: {type(error).__name__}: {error}",
            "Repair the environment that bisect-parity is installed in.",
        ) from error
