"""Importing torch once, fast: the collector of cycles costs a third of the import, and finds nothing.

The import raises CheckError where torch cannot be imported, which is not the fault of any commit.
"""

from __future__ import annotations

import gc

from bisect_parity.errors import CheckError

_was_enabled = gc.isenabled()
gc.disable()
try:
    import torch
except KeyboardInterrupt:
    raise
except BaseException as error:  # a broken torch may even raise SystemExit
    raise CheckError(
        f"torch cannot be imported: {type(error).__name__}: {error}",
        "Repair the environment that bisect-parity is installed in.",
    ) from error
finally:
    gc.freeze()  # torch stays loaded: later collections need not walk it
    if _was_enabled:
        gc.enable()

__all__ = ["torch"]
