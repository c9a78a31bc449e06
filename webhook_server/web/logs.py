"""Where the log goes and how a line looks: for people on a terminal, as JSON elsewhere."""

from __future__ import annotations

import logging
import os
import select
import stat
import sys
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any, TextIO

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
        logger_factory=structlog.WriteLoggerFactory(EnduringStream(sys.stderr)),  # type: ignore[arg-type]
        cache_logger_on_first_use=False,
    )


PATIENCE = 500
"""Milliseconds for which a line waits for a reader that does not keep up, where none was lost just now."""


class EnduringStream:
    """A text stream that a full disk, or a reader that went away or stopped reading, does not break.

    A line is lost, no answer. The first that can be written again is followed by how many were lost.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._room = _watched(stream)
        self.lost = 0

    def write(self, text: str) -> None:
        """Write a line, or count it as lost."""
        try:
            if self._room is not None and not self._room.poll(0 if self.lost else PATIENCE):
                self.lost += 1
                return
            self._stream.write(text)
            self._stream.flush()
            if self.lost:
                lost, self.lost = self.lost, 0
                self._stream.write(f'{{"event":"log_lines_lost","count":{lost},"level":"warning"}}\n')
                self._stream.flush()
        except (OSError, ValueError):
            self.lost += 1

    def flush(self) -> None:
        """Do nothing: each line is written at once."""


def _watched(stream: TextIO) -> select.poll | None:
    """Answer what tells whether a line of up to 4 KB (PIPE_BUF) is taken at once; None where it always is.

    A file always takes it, or fails: to ask it costs as much as to write the line.
    """
    try:
        number = stream.fileno()
        kind = os.fstat(number).st_mode
    except (OSError, ValueError):
        return None
    if stat.S_ISREG(kind) or (stat.S_ISCHR(kind) and not os.isatty(number)):
        return None
    room = select.poll()
    room.register(number, select.POLLOUT)
    return room


def _as_json(_logger: object, level: str, event: MutableMapping[str, Any]) -> str:
    """Write an event with its level and the time: one processor, since every request writes a line."""
    event["level"] = level
    event["timestamp"] = datetime.now(UTC)
    return orjson.dumps(event, default=str, option=_OPTIONS).decode()
