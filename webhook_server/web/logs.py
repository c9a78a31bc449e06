"""Where the log goes and how a line looks: for people on a terminal, as JSON elsewhere."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog

_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z


def configure_logging() -> None:
    """Log to standard error."""
    people = sys.stderr.isatty()
    processors: list[Any] = [_as_json]
    if people:
        stamped = structlog.processors.TimeStamper(fmt="iso", utc=True)
        processors = [structlog.processors.add_log_level, stamped, structlog.dev.ConsoleRenderer()]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _as_json(_logger: object, level: str, event: MutableMapping[str, Any]) -> str:
    """Write an event with its level and the time: one processor, since every request writes a line."""
    event["level"] = level
    event["timestamp"] = datetime.now(UTC)
    return orjson.dumps(event, default=str, option=_OPTIONS).decode()
