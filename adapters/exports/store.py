"""Where the generations of an index are read from: a file, or a database that replicas share."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from adapters.exports.files import Signature
from adapters.exports.generation import Generation
from adapters.exports.job import Job
from adapters.exports.records import RecordReader
from adapters.exports.sqlite_index import SqliteIndex


class Store(Protocol):
    """What serves the newest generation."""

    @property
    def is_there(self) -> bool:
        """Tell whether there is a generation to be looked up in."""

    def look(self) -> Generation | None:
        """Find the newest generation; answer it where it is another than before, else None."""

    def is_of(self, signature: Signature) -> bool:
        """Tell whether the generation was made of these files, or of newer ones of another machine."""

    def is_of_newer(self, signature: Signature) -> bool:
        """Tell whether the generation was made of newer files of another machine."""

    def get(self, email: str) -> tuple[RecordReader, str] | None:
        """Answer what is kept of an address, and what reads it. Raises SourceUnavailable."""

    def renew(self) -> None:
        """Leave connections to the process that was forked."""

    def close(self) -> None:
        """Give back what is open."""


def open_store(job: Job) -> Store:
    """Make the store of a job; it opens nothing yet."""
    if not job.url:
        return SqliteIndex(job.place)
    # Most have no shared index, and need not wait for what speaks to databases.
    module = import_module("adapters.exports.database_index")
    return cast("Store", module.DatabaseIndex(job.url, job.key, job.place))
