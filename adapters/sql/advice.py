"""Which index would spare a lookup from reading a whole table, as far as its query tells."""

from __future__ import annotations

import re

from sqlalchemy import URL, Connection

from adapters.sql.tables import tables_read

_PART = r"""(?:"[^"]+"|`[^`]+`|\w+)"""
_NAME = rf"{_PART}(?:\.{_PART})*"
_COMPARED = rf"(?:(?P<function>\w+)\s*\(\s*(?P<inside>{_NAME})\s*\)|(?P<plain>{_NAME}))"
_ADDRESS = r"(?:\w+\s*\(\s*)?:email\b"
_BY_ADDRESS = (
    re.compile(rf"{_COMPARED}\s*(?P<how>=|\bi?like\b|\bin\s*\()\s*{_ADDRESS}", re.IGNORECASE),
    re.compile(rf"{_ADDRESS}\s*\)?\s*(?P<how>=)\s*{_COMPARED}", re.IGNORECASE),
)


class Query:
    """A query as settings write it, read just well enough to advise on."""

    def __init__(self, text: str, backend: str) -> None:
        self._text = text
        self._backend = backend
        self._tables: dict[str, str] = {}
        for table, alias in tables_read(text, backend):
            self._tables.setdefault(table, table)
            if alias:
                self._tables[alias] = table

    @property
    def tables(self) -> set[str]:
        """Name the tables that the query reads, as far as that is seen."""
        return set(self._tables.values())

    def table_of(self, name: str) -> str:
        """Answer the table behind an alias; a name that is none stays as it is."""
        return self._tables.get(name, name)

    def advice(self, table: str) -> str:
        """Say what to do so that a lookup need not read all of a table."""
        found = next((match for form in _BY_ADDRESS if (match := form.search(self._text))), None)
        if found is None:
            return f"Compare a column of {table} with :email by =, and index that column."
        compared = found["inside"] or found["plain"]
        owner, _, column = compared.rpartition(".")
        if owner and _last(self.table_of(_plain(owner))) != _last(table):
            return self._join_advice(table)
        return self._index_advice(table, _plain(column), (found["function"] or "").lower(), found["how"])

    def _index_advice(self, table: str, column: str, function: str, how: str) -> str:
        if how.lower() in {"like", "ilike"}:
            begin = f"No index serves {how.upper()}: compare lower({column}) = :email, and "
            function = "lower"
        else:
            begin = ""
        if function and self._backend in {"mysql", "mariadb"}:
            wish = f"Compare {column} = :email (a collation that ends in _ci ignores case), and "
            return f"{wish}{self._create(table, column, '')}"
        return f"{begin}{self._create(table, column, function)}"

    def _create(self, table: str, column: str, function: str) -> str:
        name = "_".join(part for part in (_last(table), function, column) if part)
        quote = URL.create(self._backend).get_dialect()().identifier_preparer.quote
        name = re.sub(r"\W+", "_", name)
        table = ".".join(map(quote, table.split(".")))
        wanted = f"{function}({quote(column)})" if function else quote(column)
        # Without CONCURRENTLY nobody could write to the table meanwhile.
        how = "CREATE INDEX CONCURRENTLY" if self._backend == "postgresql" else "CREATE INDEX"
        return f"{how} {quote(name)} ON {table} ({wanted});"

    def _join_advice(self, table: str) -> str:
        names = "|".join(
            re.escape(name) for name, meant in self._tables.items() if _last(meant) == _last(table)
        )
        side = rf'["`]?\b(?:{names})["`]?\.({_PART})'
        found = re.search(rf"{side}\s*=\s*[\w\"`]+\.|=\s*{side}", self._text) if names else None
        if found is None:
            return f"Index the columns of {table} by which the query joins it."
        return self._create(table, _plain(found[1] or found[2]), "")


def _plain(name: str) -> str:
    return name.replace('"', "").replace("`", "")


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def quoted(connection: Connection, name: str) -> str:
    """Write a table's name, with its schema's before a point, as the database reads it."""
    return ".".join(map(connection.dialect.identifier_preparer.quote, name.split(".")))
