"""What a shell needs to repeat a command: input for printf, and changes of the environment. Pure."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bisect_parity.redaction import REDACTED, is_secret_name

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["environment_changes", "printf_escaped"]


def printf_escaped(data: bytes) -> str:
    """`data` as the argument of `printf %b`."""
    safe = set(range(0x20, 0x7F)) - {0x5C}
    return "".join(chr(byte) if byte in safe else f"\\0{byte:03o}" for byte in data)


def environment_changes(env: Mapping[str, str] | None) -> list[str]:
    """The `env ...` words that change our environment into `env`; secrets are redacted."""
    if env is None:
        return []
    removed = sorted(set(os.environ) - set(env))
    changed = sorted(name for name, value in env.items() if os.environ.get(name) != value)
    words = [word for name in removed for word in ("-u", name)]
    if len(removed) > len(env):
        changed, words = sorted(env), ["-i"]  # shorter to begin with nothing
    words += [f"{name}={REDACTED if is_secret_name(name) else env[name]}" for name in changed]
    return ["env", *words] if words else []
