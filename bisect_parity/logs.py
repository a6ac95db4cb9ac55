"""Messages for the user: structured, on standard error, without control characters from evidence."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

from bisect_parity.files import printable

__all__ = ["configure"]


def configure(*, quiet: bool, verbose: bool, as_json: bool) -> None:
    """Send structlog's events to standard error, as lines to read or as JSON."""
    level = logging.WARNING if quiet else logging.DEBUG if verbose else logging.INFO
    renderer: Any = structlog.processors.JSONRenderer() if as_json else _render_line
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


def _render_line(_logger: object, _method: str, event: dict[str, Any]) -> str:
    level, _, message = event.pop("level"), event.pop("timestamp"), str(event.pop("event"))
    details = "".join(f" {name}={value}" for name, value in event.items())
    prefix = "" if level in ("info", "debug") else f"{level}: "
    return printable(f"{prefix}{message}{details}")
