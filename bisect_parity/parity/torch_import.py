"""Importing torch once, fast: the collector of cycles costs a third of the import, and finds nothing."""

from __future__ import annotations

import gc

_was_enabled = gc.isenabled()
gc.disable()
try:
    import torch
finally:
    gc.freeze()  # torch stays loaded: later collections need not walk it
    if _was_enabled:
        gc.enable()

__all__ = ["torch"]
