"""Messages for the user: structured, on standard error, without control characters from evidence."""

from __future__ import annotations

import sys
from typing import Any

from bisect_parity.files import printable

_chosen = {"quiet": False, "verbose": False, "as_json": False}


def configure(*, quiet: bool, verbose: bool, as_json: bool) -> None:
    """Choose what `logger` sends to standard error, and whether as lines to read or as JSON."""
    _chosen.update(quiet=quiet, verbose=verbose, as_json=as_json)


def logger() -> Any:
    """The logger of structlog, as chosen; most commands log nothing, and do without its import."""
    import logging  # noqa: PLC0415 - as the next

    import structlog  # noqa: PLC0415 - it takes as long to import as numpy

    level = logging.WARNING if _chosen["quiet"] else logging.DEBUG if _chosen["verbose"] else logging.INFO
    renderer: Any = structlog.processors.JSONRenderer() if _chosen["as_json"] else _render_line
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    return structlog.get_logger()


def _render_line(_logger: object, _method: str, event: dict[str, Any]) -> str:
    level, _, message = event.pop("level"), event.pop("timestamp"), str(event.pop("event"))
    details = "".join(f" {name}={value}" for name, value in event.items())
    prefix = "" if level in ("info", "debug") else f"{level}: "
    return printable(f"{prefix}{message}{details}")
