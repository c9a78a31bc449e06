"""Rows of which the driver cannot read a cell: the other cells are read all the same.

A driver raises for the whole row. So such rows are read a second time, cell by cell, and lookups of good
rows pay nothing for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from adapters.base import Unreadable

Row = Sequence[Any]

NO_UTF8 = "Could not decode to UTF-8"
"""How sqlite3 begins to say so; the error has no code, and the rest of its message holds the value."""

_NO_TEXT = object()


def unreadable(column: str, kind: str) -> Unreadable:
    """Say of a column that it holds a value that is not of its kind."""
    return Unreadable(f"the column {column!r} holds a value that is no {kind}")


def beyond_python(column: str, what: str) -> Unreadable:
    """Say of a column that it holds what it should, and that Python has no such value."""
    reason = f"the column {column!r} holds {what} that Python cannot read"
    return Unreadable(f"{reason}; cast it to text in a query to see it")


def read_anew(cursor: Any, error: Exception, execute: Callable[[], object], most: int) -> list[Row]:
    """Read the rows on which a cursor failed, with Unreadable in the place of each cell at fault.

    ``execute`` lets the cursor run its statement once more. Raises ``error`` where it is no matter of cells.
    """
    if getattr(cursor, "pgresult", None) is not None and cursor.pgresult.nfields:
        return _read_cells(cursor, most)
    if str(error).startswith(NO_UTF8):
        return _read_any_text(cursor, execute, most)
    raise error


def _read_cells(cursor: Any, most: int) -> list[Row]:
    """Read what psycopg's cursor holds."""
    result = cursor.pgresult
    transformer = import_module("psycopg.adapt").Transformer(cursor)
    places = range(result.nfields)
    loaders = [transformer.get_loader(result.ftype(place), result.fformat(place)) for place in places]

    def read(row: int, place: int) -> Any:
        data = result.get_value(row, place)
        try:
            return None if data is None else loaders[place].load(data)
        except Exception:  # noqa: BLE001 - a loader may raise whatever it likes, and tells the value
            column = cursor.description[place]
            return beyond_python(column.name, f"a {column.type_display}")

    return [[read(row, place) for place in places] for row in range(min(most, result.ntuples))]


def _read_any_text(cursor: Any, execute: Callable[[], object], most: int) -> list[Row]:
    """Read the rows of a cursor of sqlite3, whatever bytes their texts are."""
    connection = cursor.connection
    usual, connection.text_factory = connection.text_factory, _text
    try:
        execute()
        names = [column[0] for column in cursor.description]
        rows = cursor.fetchmany(most)
    finally:
        connection.text_factory = usual
    return [
        [
            unreadable(name, "text in UTF-8") if value is _NO_TEXT else value
            for name, value in zip(names, row, strict=True)
        ]
        for row in rows
    ]


def _text(data: bytes) -> Any:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return _NO_TEXT
