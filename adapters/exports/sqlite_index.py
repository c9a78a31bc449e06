"""A generation in an SQLite file of its own: written once, aside, and then only read."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import local
from urllib.parse import quote

from adapters.errors import SourceUnavailable
from adapters.exports.files import Signature
from adapters.exports.generation import Generation
from adapters.exports.job import INDEX
from adapters.exports.numbers import Record, number_of
from adapters.exports.places import is_own
from adapters.exports.records import RecordReader
from adapters.process import process

NAME = INDEX
CACHE_KIB = 64
"""Of the file, for each thread's connection: the upper pages of the tree. A server may have 64 threads, and
more makes no lookup faster."""
TOGETHER = 200
"""Rows of one statement."""

Identity = tuple[int, int, int]
"""Device, inode and time of change of a file: others for every generation."""

_TABLES = """
    PRAGMA page_size = 8192;
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA cache_size = -16384;
    CREATE TABLE records (number INTEGER PRIMARY KEY, email TEXT NOT NULL, record TEXT NOT NULL);
    CREATE TABLE generation (fields TEXT NOT NULL, told TEXT NOT NULL);
"""


_FIND = "SELECT email, record FROM records WHERE number = ?"


def write_records(path: Path, chunks: Iterable[Sequence[Record]]) -> int:
    """Write a new file with the records, which come in order of their numbers; answer how many.

    Of two addresses with one number the second takes the next that is free.

    Raises SourceUnavailable where the disk is full or the file cannot be written.
    """
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    os.close(descriptor)
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.executescript(_TABLES)
        connection.execute("BEGIN")
        last, written = -1, 0
        for chunk in chunks:
            last = _insert(connection, chunk, last)
            written += len(chunk)
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise SourceUnavailable(f"the index cannot be written to {path.parent.parent}: {error}") from None
    finally:
        connection.close()
    return written


def _insert(connection: sqlite3.Connection, chunk: Sequence[Record], last: int) -> int:
    """Insert records, and answer the last number that was taken."""
    # Many rows to a statement take half the time of many statements.
    for start in range(0, len(chunk), TOGETHER):
        cells: list[object] = []
        for number, email, record in chunk[start : start + TOGETHER]:
            last = max(number, last + 1)
            cells += (last, email, record)
        values = ", ".join(["(?, ?, ?)"] * (len(cells) // 3))
        connection.execute(f"INSERT INTO records VALUES {values}", cells)  # noqa: S608 - placeholders
    return last


def finish(path: Path, generation: Generation, target: Path) -> None:
    """Put what is known of a generation beside its records, and the file in its place, all or nothing.

    Raises SourceUnavailable where that cannot be done.
    """
    try:
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            row = (json.dumps(list(generation.fields)), generation.as_json())
            connection.execute("INSERT INTO generation VALUES (?, ?)", row)
        finally:
            connection.close()
        _sync(path)
        path.replace(target)
        _sync(target.parent)
    except (sqlite3.Error, OSError) as error:
        raise SourceUnavailable(f"the index cannot be written to {target.parent}: {error}") from None


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class _Opened:
    """One thread's connection to one generation."""

    __slots__ = ("connection", "identity", "process", "reader")

    def __init__(self, path: Path, identity: Identity) -> None:
        # The file is never changed where it stands, so SQLite need not lock it or look for changes.
        uri = f"file:{quote(str(path))}?mode=ro&immutable=1"
        self.connection = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None)
        self.connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        self.identity = identity
        self.process = process()
        (fields,) = self.connection.execute("SELECT fields FROM generation").fetchone()
        self.reader = RecordReader(json.loads(fields))

    def record(self, email: str) -> str | None:
        """Answer what is kept of an address. Raises sqlite3.Error and UnicodeEncodeError."""
        number = number_of(email)
        while True:
            found = self.connection.execute(_FIND, (number,)).fetchone()
            if found is None or found[0] == email:
                return None if found is None else found[1]
            number += 1


class SqliteIndex:
    """The newest generation of one source, looked up on a connection that each thread keeps.

    A thread's answers are each of one whole generation: with a new one it opens a new connection.
    """

    def __init__(self, place: Path) -> None:
        self._place = place
        self._path = place / NAME
        self._mine = local()
        self._identity: Identity | None = None
        self._damaged: Identity | None = None
        self._signature: Signature = ()

    def look(self) -> Generation | None:
        """Find the newest generation; answer it where it is another than before, else None."""
        identity = self._on_disk()
        if identity is None or identity == self._identity:
            self._identity = identity
            return None
        try:
            connection = sqlite3.connect(f"file:{quote(str(self._path))}?mode=ro&immutable=1", uri=True)
            try:
                generation = _told(connection)
            finally:
                connection.close()
        except (sqlite3.Error, ValueError, KeyError, TypeError):
            # No index of ours, or one that was damaged: as good as none, and built anew.
            self._damaged, self._identity = identity, None
            return None
        self._identity = identity
        self._signature = generation.signature
        return generation

    def is_of(self, signature: Signature) -> bool:
        """Tell whether the generation was made of these files."""
        return self.is_there and self._signature == signature

    def is_of_newer(self, _signature: Signature) -> bool:
        """Tell that there is no other machine."""
        return False

    def renew(self) -> None:
        """Do nothing: a connection knows its process."""

    @property
    def is_there(self) -> bool:
        """Tell whether there is a generation to be looked up in."""
        return self._identity is not None

    def get(self, email: str) -> tuple[RecordReader, str] | None:
        """Answer what is kept of an address, and what reads it. Raises SourceUnavailable."""
        opened: _Opened | None = getattr(self._mine, "opened", None)
        try:
            if opened is None or opened.identity != self._identity or opened.process != process():
                opened = self._open()
            record = opened.record(email)
        except UnicodeEncodeError:  # no file holds half of a surrogate pair
            return None
        except sqlite3.Error as error:
            self._drop()
            # As good as none from here on: the next look has it built anew.
            self._damaged, self._identity = self._identity, None
            raise SourceUnavailable(f"the index cannot be read and is built anew: {error}") from None
        return None if record is None else (opened.reader, record)

    def _drop(self) -> None:
        opened: _Opened | None = getattr(self._mine, "opened", None)
        self._mine.opened = None
        if opened is not None:
            opened.connection.close()

    def _open(self) -> _Opened:
        self._drop()
        opened = _Opened(self._path, self._on_disk() or (0, 0, 0))
        self._mine.opened = opened
        self._identity = opened.identity
        return opened

    def _on_disk(self) -> Identity | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        identity = (found.st_dev, found.st_ino, found.st_mtime_ns)
        return identity if identity != self._damaged and is_own(self._place) else None

    def close(self) -> None:
        """Close this thread's connection; those of others close when they end."""
        self._drop()
        self._identity = None


def _told(connection: sqlite3.Connection) -> Generation:
    row = connection.execute("SELECT told FROM generation").fetchone()
    return Generation.from_json(row[0])
