"""What can go wrong in a data source, grouped by what the caller should do.

::

    SourceError
     +-- SourceConfigError     fix the settings: raised while the server starts
     +-- SourceUnavailable     try again later: the database, file or service did not answer
     +-- SourceDataError       fix the data: something answered, but not in a form that can be read

Not finding a customer is no error: a source answers ``None``.

A message never holds a password, a token, a URL with credentials, or a customer's data: it may be
logged and shown.
"""

from __future__ import annotations


class SourceError(Exception):
    """Base of everything a source raises on purpose; ``fix`` says what to do, where that is known."""

    def __init__(self, message: str = "", *, fix: str = "") -> None:
        super().__init__(message)
        self.fix = fix


class SourceConfigError(SourceError):
    """Raise when the settings cannot work, whatever the data source does."""


class SourceUnavailable(SourceError):  # noqa: N818 - it names a state, as in HTTP 503
    """Raise when the data source does not answer: unreachable, locked, refusing, too slow."""


class SourceDataError(SourceError):
    """Raise when the data source answers something that cannot be read as a record."""


def place_of(error: BaseException) -> str:
    """Name where an error was raised; its text may hold a customer's data."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "an unknown place"
    return f"{trace.tb_frame.f_globals.get('__name__', '?')}, line {trace.tb_lineno}"
