"""Keeps URLs' queries out of the servers' own logs: the helpdesk's holds a token and an address.

Servers log request lines, some always and some only when a line is malformed, a worker hangs or an access
log is turned on.
"""

from __future__ import annotations

import logging
import re
import traceback
from typing import Any

import structlog

WITHHELD = "?…"
LOGGERS = ("_granian", "granian.access", "gunicorn.access", "gunicorn.error", "waitress", "werkzeug")

_QUERY = re.compile(r"\?|%(?:25)*3f|api_?token|api%(?:25)*5ftoken|email(?:=|%(?:25)*3d)", re.IGNORECASE)
"""Where a query begins, also one that was encoded, how often ever, or lost its question mark on the way."""

_END = re.compile(
    r" HTTP/\d(?:\.\d)?[^\w\s%?&=]{0,4}(?:\x1b\[0m)?[\"']?(?: \d{3})?(?: (?:\d+|-))?(?: [\d.]+(?:ms)?)?\s*$"
)
"""What may follow a request line in a log line and tells nothing: protocol, status, size, time."""

_ECHO = re.compile(r"(\bcode \d{3}, message [^(]*\().*")
"""What Python's own HTTP server says of a line that is no request: it ends with a part of the line."""


def without_queries(text: str) -> str:
    """Cut each line at the first query in it, but for the protocol, status and size at its end.

    >>> without_queries('"GET /profile?email=casey@example.com&api_token=secret HTTP/1.1" 200 17')
    '"GET /profile?… HTTP/1.1" 200 17'
    """
    return "\n".join(_cut(line) for line in text.split("\n"))


def _cut(line: str) -> str:
    line = _ECHO.sub(r"\1…)", line)
    query = _QUERY.search(line)
    if query is None:
        return line
    end = _END.search(line, query.start())
    return line[: query.start()] + WITHHELD + (end[0] if end else "")


class QueryFilter(logging.Filter):
    """Takes queries, and the texts of exceptions, out of every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record in place; let it through."""
        try:
            text = record.getMessage()
        except Exception:  # noqa: BLE001 - whatever a server's author did to the arguments
            text = str(record.msg)
        record.msg, record.args = without_queries(text), ()
        if record.exc_info:
            record.exc_text, record.exc_info = told_without_text(record.exc_info), None
        elif record.exc_text:
            record.exc_text = without_queries(record.exc_text)
        return True


def told_without_text(error: Any) -> str:
    """Write an exception's kind and where it was raised, without its text, which may hold anything."""
    kind, _, trace = error if isinstance(error, tuple) else (None, None, None)
    if kind is None:
        return ""
    return "".join(["Traceback (most recent call last):\n", *traceback.format_tb(trace), kind.__name__])


FILTER = QueryFilter()


OWN_ENDS = ("Unexpected exit from worker", "Killing worker")
"""What granian says of every worker's end, also of one that was told to; the kit tells of the others."""


class StructuredHandler(logging.Handler):
    """Writes a server's own records as lines of the kit's log."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        if str(record.msg).startswith(OWN_ENDS):
            return
        FILTER.filter(record)
        message = f"{record.msg}\n{record.exc_text}" if record.exc_text else str(record.msg)
        structlog.get_logger("custom_profile").log(
            record.levelno, "server", logger=record.name, message=message
        )


GRANIAN_LOGGING: dict[str, Any] = {
    "formatters": {},
    "handlers": {"structured": {"class": "webhook_server.web.log_filter.StructuredHandler"}},
    "loggers": {
        name: {"handlers": ["structured"], "level": "INFO", "propagate": False}
        for name in ("_granian", "granian.access")
    },
}
"""What ``custom-profile serve`` tells granian of logging."""


def install() -> None:
    """Put the filter on the loggers of every server that the kit is run by; again does nothing."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        for place in (logger, *logger.handlers):
            if FILTER not in place.filters:
                # First, so that no other filter sees what is withheld.
                place.filters.insert(0, FILTER)
