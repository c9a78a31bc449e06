"""Names of a query that the database does not know, with the nearest that it does."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress

from sqlalchemy import Engine, inspect
from sqlalchemy.exc import SQLAlchemyError

from adapters.errors import SourceError
from adapters.sql.advice import Query
from adapters.sql.nearest import nearest
from adapters.sql.schema import columns_of

_SAID = re.compile(
    r"no such (?P<sqlite>column|table): (?P<a>\S+)"
    r'|^(?P<postgresql>column|relation) "?(?P<b>[^"\s]+)"? does not exist'
    r"|Unknown (?P<mysql>column) '(?P<c>[^']+)'"
    r"|(?P<table>Table) '(?P<d>[^']+)' doesn't exist"
)
"""How SQLite, PostgreSQL, and MariaDB and MySQL say so; nothing of a row stands there."""


class MissingNames:
    """Tells of missing names; each is looked for once, however many lookups fail."""

    def __init__(self, engine: Engine, queries: Iterable[str]) -> None:
        self._engine = engine
        self._queries = list(queries)
        self._told: dict[str, str] = {}

    def told(self, error: BaseException) -> str:
        """Say which name of a query is missing and what is nearest; empty of an error of another kind."""
        said = str(getattr(getattr(error, "diag", None), "message_primary", None) or error)
        found = _SAID.search(said)
        if found is None:
            return ""
        if said not in self._told:
            kind, name = [text for text in found.groups() if text]
            what = "column" if kind.lower() == "column" else "table"
            known: list[str] = []
            with suppress(SQLAlchemyError, SourceError):
                what, name, known = self._looked_up(what, name)
            near = nearest(name.rpartition(".")[2], known) if known else ""
            told = f"there is no {what} {name!r}{near}"
            if not known:
                return told
            self._told[said] = told
        return self._told[said]

    def _looked_up(self, what: str, name: str) -> tuple[str, str, list[str]]:
        """Answer what is missing, its name, and what there is instead; of a table it may be the schema."""
        if what == "column":
            return what, name, self._columns(name)
        schema = name.rpartition(".")[0]
        looking = inspect(self._engine)
        if schema and schema not in (schemas := looking.get_schema_names()):
            return "schema", schema, schemas
        return what, name, [*looking.get_table_names(schema or None), *looking.get_view_names(schema or None)]

    def _columns(self, name: str) -> list[str]:
        owner = name.rpartition(".")[0]
        known: dict[str, None] = {}
        for written in self._queries:
            query = Query(written, self._engine.dialect.name)
            for table in [query.table_of(owner)] if owner else query.tables:
                with suppress(SQLAlchemyError):
                    known |= {str(column["name"]): None for column in columns_of(self._engine, table)}
        return list(known)
