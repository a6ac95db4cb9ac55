"""Imports torch beside the steps of a case: it takes longer than many a candidate."""

from __future__ import annotations

import importlib
import sys
import threading

from bisect_parity.errors import CheckError

__all__ = ["EarlyImport"]

MODULE = "bisect_parity.parity.torch_import"


class EarlyImport:
    """The import of torch on a thread of its own; a check that ends before it is done need not wait."""

    def __init__(self) -> None:
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None
        if MODULE not in sys.modules:
            self._thread = threading.Thread(target=self._import, name="import torch", daemon=True)
            self._thread.start()

    def _import(self) -> None:
        try:
            importlib.import_module(MODULE)
        except BaseException as error:  # noqa: BLE001 - a broken torch may even raise SystemExit
            self._error = error

    def wait(self) -> None:
        """Wait until torch is there.

        Raises:
            CheckError: it cannot be imported, which is not the commit's fault.
        """
        if self._thread is not None:
            self._thread.join()
        if self._error is not None:
            raise CheckError(
                f"torch cannot be imported: {type(self._error).__name__}: {self._error}",
                "Repair the environment that bisect-parity is installed in.",
            ) from self._error
