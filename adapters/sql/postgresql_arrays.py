"""Arrays of types that a PostgreSQL database has made itself, as enums: psycopg leaves them as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Any

from adapters.sql.cells import beyond_python

TEXT_ARRAY = 1009
"""The number of ``text[]`` in PostgreSQL's catalogue, which never changes."""

AS_TEXT = 0
"""The format in which psycopg's cursors ask for values (libpq has two)."""

_OF_ITS_OWN = """
    WITH RECURSIVE made_of AS (
        SELECT kind.oid AS of_array, element.oid, element.typbasetype, element.typarray
        FROM pg_type kind JOIN pg_type element ON element.oid = kind.typelem
        WHERE kind.oid = ANY(%s) AND kind.typcategory = 'A'
        UNION ALL
        SELECT made_of.of_array, base.oid, base.typbasetype, base.typarray
        FROM made_of JOIN pg_type base ON base.oid = made_of.typbasetype
    )
    SELECT of_array, typarray FROM made_of WHERE typbasetype = 0
"""
"""Which of some types are arrays, and the array of what their elements are made of, through domains."""


def array_readers(cursor: Any) -> Iterator[tuple[int, Callable[[Any], Any]]]:
    """Answer the places of such columns in what a cursor holds, each with what reads its text.

    Asks the database once where it holds columns of a type that the driver does not know.
    """
    known = cursor.adapters.types
    kinds: Sequence[int] = [column.type_code for column in cursor.description or ()]
    unknown = {kind for kind in kinds if known.get(kind) is None}
    if not unknown:
        return
    with cursor.connection.cursor() as asking:
        arrays = dict(asking.execute(_OF_ITS_OWN, [list(unknown)]).fetchall())
    transformer = import_module("psycopg.adapt").Transformer(cursor.connection)
    for place, kind in enumerate(kinds):
        if kind in arrays:
            usual = arrays[kind]
            loader = transformer.get_loader(usual if usual and known.get(usual) else TEXT_ARRAY, AS_TEXT)
            yield place, _reader(loader.load, cursor.description[place].name)


def _reader(load: Callable[[bytes], Any], column: str) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return load(value.encode())
        except Exception:  # noqa: BLE001 - a loader may raise whatever it likes, and tells the value
            return beyond_python(column, "an array")

    return read
