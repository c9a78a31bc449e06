"""What a statement's columns hold, told without a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Boolean, PoolProxiedConnection
from sqlalchemy.engine.interfaces import DBAPIModule
from sqlalchemy.types import TypeEngine, _Binary

from adapters.sql.fetch import LookupStatement
from adapters.sql.records import RecordReader

POSTGRESQL = {16: True, 17: b""}
"""The numbers of ``bool`` and ``bytea`` in PostgreSQL's catalogue, which never change."""

MYSQL_BYTES = {249, 250, 251, 252, 253, 254}
"""PyMySQL's numbers for texts and bytes of every length; a character set tells them apart."""

MYSQL_BINARY = 63
"""The character set of what is no text."""


class Outline:
    """Asks what a statement's columns hold: True stands for a boolean, ``b""`` for bytes, None for others."""

    def __init__(self, statement: LookupStatement, reader: RecordReader) -> None:
        self._statement = statement
        self._types = reader.types

    @property
    def dbapi(self) -> DBAPIModule:
        """The driver, by whose errors a failure is told."""
        return self._statement.dbapi

    def is_disconnect(self, error: Any, connection: PoolProxiedConnection) -> bool:
        """Tell whether an error means that the connection is gone."""
        return self._statement.is_disconnect(error, connection)

    def fetch(self, connection: PoolProxiedConnection, email: str | None, most: int) -> list[tuple[str, Any]]:
        """Answer each column's name and what stands for its value; no row is read, whatever ``most`` is."""
        cursor = connection.cursor()
        try:
            self._statement.execute(cursor, email)
            description = cursor.description or ()
            kinds: Sequence[TypeEngine[Any] | None] = self._statement.types or (None,) * len(description)
            codes = self._codes(cursor, [column[1] for column in description])
            return [
                (name, True if self._types.get(name) == "boolean" else _of_type(kind, code))
                for (name, *_), kind, code in zip(description, kinds, codes, strict=True)
            ]
        finally:
            cursor.close()

    def _codes(self, cursor: Any, codes: list[Any]) -> list[Any]:
        """Answer what the driver's own codes stand for."""
        driver = self._statement.driver
        if driver == "psycopg":
            return [POSTGRESQL.get(code) for code in codes]
        if driver == "pymysql":
            described = getattr(getattr(cursor, "_result", None), "fields", ())
            sets = [getattr(column, "charsetnr", None) for column in described] or [None] * len(codes)
            is_bytes = [
                code in MYSQL_BYTES and of == MYSQL_BINARY for code, of in zip(codes, sets, strict=True)
            ]
            return [b"" if found else None for found in is_bytes]
        return [None] * len(codes)


def _of_type(kind: TypeEngine[Any] | None, code: Any) -> Any:
    if isinstance(kind, Boolean):
        return True
    return b"" if isinstance(kind, _Binary) else code
