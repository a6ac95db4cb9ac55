"""Record a run: a command, a block of Python, or a test, with its commit and inputs, as a bundle.

    from bisect_parity.recording import record_run

    with record_run(out="reports/20251009T095913Z") as run:
        image = simulate()
        run.add_output("image.npy")

A command that is recorded waits for our imports: the modules on its way do without attrs, and what describes
a run while it runs, or after it, is imported where it is needed.

- `recorder`, `bundle_folder`: a bundle from its begin to its end.
- `run`, `child`, `streams`, `mapped`, `beside`: a command that is recorded.
- `inside`, `pytest_plugin`, `post_run`: a block of Python, a test, and a run that is over.
- `tree`, `seen_files`, `machine`, `environment`, `outputs`, `binaries`: what is recorded of each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bisect_parity.recording.inside import RecordedRun, record_run

__all__ = ["RecordedRun", "record_run"]


def __getattr__(name: str) -> Any:
    """Import what is used only when it is: the command does without, and its start counts."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from bisect_parity.recording import inside  # noqa: PLC0415 - see above

    return getattr(inside, name)
