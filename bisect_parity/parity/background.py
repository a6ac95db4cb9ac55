"""Work beside the steps of a case, on threads: each result is waited for where it is needed."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from types import ModuleType

TORCH_IMPORT = "bisect_parity.parity.torch_import"

T = TypeVar("T")


class BackgroundTask(Generic[T]):
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

    def result(self, seconds: float | None = None) -> T:
        """What the call returned; raises what it raised.

        Raises:
            TimeoutError: it has not returned within `seconds`; it goes on, and is not waited for.
        """
        self._thread.join(seconds)
        if self._thread.is_alive():
            raise TimeoutError(f"not done within {seconds:.0f} s")
        if self._error is not None:
            raise self._error
        return self._results[0]


def import_torch() -> BackgroundTask[ModuleType]:
    """Begin to import torch, which takes longer than many a candidate.

    Its result raises CheckError if torch cannot be imported, which is not the commit's fault.
    """
    return BackgroundTask(lambda: importlib.import_module(TORCH_IMPORT))
