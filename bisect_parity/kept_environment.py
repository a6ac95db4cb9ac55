"""Libraries that set environment variables when they are imported: what we start must not inherit these."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator


@contextlib.contextmanager
def kept_environment(**meanwhile: str) -> Iterator[None]:
    """Take back the variables that are set within, by us (`meanwhile`, where they are not set) or others."""
    before = set(os.environ)
    for name in meanwhile.keys() - before:
        os.environ[name] = meanwhile[name]
    try:
        yield
    finally:
        for name in set(os.environ) - before:
            del os.environ[name]
