"""Which index would spare a lookup from reading a whole table, as far as its query tells."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sqlalchemy import URL, Connection
from sqlalchemy.types import LargeBinary, Text

from adapters.sql.schema import Described
from adapters.sql.tables import tables_read
from adapters.sql.tokens import MYSQL, Token, tokens_of

_PART = r"""(?:"[^"]+"|`[^`]+`|\w+)"""
_NAME = rf"{_PART}(?:\.{_PART})*"
_COMPARED = rf"(?:(?P<function>lower|upper|trim)\s*\(\s*(?P<inside>{_NAME})\s*\)|(?P<plain>{_NAME}))"
_ADDRESS = r"(?:\w+\s*\(\s*)?:email\b"
_BEGIN = r"\b(?:where|and|on)\b[\s(]*"
_BY_ADDRESS = (
    re.compile(rf"{_BEGIN}{_COMPARED}\s*(?P<how>=|\bi?like\b|\bin\s*\()\s*{_ADDRESS}", re.IGNORECASE),
    re.compile(
        rf"{_BEGIN}{_ADDRESS}\s*\)?\s*(?P<how>=)\s*{_COMPARED}(?=\s*(?:[);]|$|\b(?:and|group|order|limit)\b))",
        re.IGNORECASE,
    ),
)

KEY_LETTERS = 191
"""Letters of a long text that any index of MariaDB and MySQL takes, of four bytes each."""

LONGEST_KEY = 768
"""Letters of a text that an index of InnoDB takes whole."""

LONGEST_CONDITION = 300
"""Letters of a condition that are shown."""


class Query:
    """A query as settings write it, read just well enough to advise on."""

    def __init__(self, text: str, backend: str) -> None:
        self.text = text
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

    def advice(self, table: str, known: Mapping[str, Described]) -> str:
        """Say what to do so that a lookup need not read all of a table; nothing where that is not certain.

        ``known`` is what the database tells of the query's tables, by name.
        """
        # Beside OR one index is not enough, and an index serves one order (COLLATE) alone.
        if table not in known or self._has_word("OR", "COLLATE"):
            return ""
        written = self._written()
        if found := _by_address(written):
            owner, _, column = (found["inside"] or found["plain"]).rpartition(".")
            if self._is_of(table, _plain(owner), _plain(column), known):
                how, function = found["how"], (found["function"] or "").lower()
                return self._index_advice(known[table], table, _plain(column), function, how)
        return self._join_advice(table, known, written)

    def column_of_address(self, known: Mapping[str, Described]) -> tuple[str, str, str] | None:
        """Answer the table and the column that the address is compared with, and how that is written.

        None where that is not certain, or where the query says itself how letters compare; ``known`` as for
        advice().
        """
        found = None if self._has_word("COLLATE", "BINARY") else _by_address(self._written())
        if found is None:
            return None
        shown = found["inside"] or found["plain"]
        owner, _, column = shown.rpartition(".")
        tables = [name for name in known if self._is_of(name, _plain(owner), _plain(column), known)]
        return (tables[0], _plain(column), shown) if tables else None

    def _tokens(self) -> list[Token]:
        return [token for token in tokens_of(self.text, self._backend) if token.kind != "comment"]

    def _has_word(self, *words: str) -> bool:
        return any(token.is_word(*words) for token in self._tokens())

    def _written(self) -> str:
        return " ".join(token.text for token in self._tokens()).replace(" . ", ".")

    def _is_of(self, table: str, owner: str, column: str, known: Mapping[str, Described]) -> bool:
        if owner:
            return _last(self.table_of(owner)) == _last(table) and column in known[table].columns
        return [name for name, told in known.items() if column in told.columns] == [table]

    def _index_advice(self, told: Described, table: str, column: str, function: str, how: str) -> str:
        begin = ""
        if how.lower() in {"like", "ilike"}:
            begin, function = (
                f"No index serves {how.upper()}: compare lower({column}) = :email, and ",
                "lower",
            )
        if function and self._backend in MYSQL:
            begin = f"Compare {column} = :email (a collation that ends in _ci ignores case)"
            if column in told.leading:
                return f"{begin}: the index {told.leading[column]} serves that."
            begin, function = f"{begin}, and ", ""
        return f"{begin}{self._create(told, table, column, function)}"

    def _create(self, told: Described, table: str, column: str, function: str) -> str:
        if not function and column in told.leading:
            return already_there(told.leading[column])
        name = re.sub(r"\W+", "_", "_".join(part for part in (_last(table), function, column) if part))
        if name in told.indexes:
            name = f"{name}_of_lookup"
        quote = URL.create(self._backend).get_dialect()().identifier_preparer.quote
        table = ".".join(map(quote, table.split(".")))
        wanted = f"{function}({quote(column)})" if function else quote(column)
        kind = told.columns[column]
        is_long = isinstance(kind, Text | LargeBinary) or (getattr(kind, "length", 0) or 0) > LONGEST_KEY
        if self._backend in MYSQL and is_long:
            wanted += f"({KEY_LETTERS})"
        return f"CREATE INDEX {quote(name)} ON {table} ({wanted});"

    def _join_advice(self, table: str, known: Mapping[str, Described], written: str) -> str:
        names = "|".join(
            re.escape(name) for name, meant in self._tables.items() if _last(meant) == _last(table)
        )
        side = rf'["`]?\b(?:{names})["`]?\.({_PART})'
        found = re.search(rf"{side}\s*=\s*[\w\"`]+\.|=\s*{side}", written) if names else None
        column = _plain(found[1] or found[2]) if found else ""
        return self._create(known[table], table, column, "") if column in known[table].columns else ""


def _by_address(written: str) -> re.Match[str] | None:
    return next((found for form in _BY_ADDRESS if (found := form.search(written))), None)


def already_there(index: str) -> str:
    """Say of an index that fits what may keep a plan from it."""
    few = "For few rows that is right"
    many = "for many see that types and collations on both sides of = agree, and run ANALYZE"
    return f"The index {index} is there, and the plan goes without it. {few}; {many}."


def uncertain(table: str, conditions: Sequence[str]) -> str:
    """Say what to look at where no index is known to serve."""
    condition = conditions[0][:LONGEST_CONDITION] if conditions else ""
    told = f"No index is sure to serve {condition}" if condition else "Which index would serve is not certain"
    by = "by =, with :email or with a column that is found first"
    return f"{told}. Compare a column of {table} {by}, and index it; beside OR, each side needs one."


def _plain(name: str) -> str:
    return name.replace('"', "").replace("`", "")


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def quoted(connection: Connection, name: str) -> str:
    """Write a table's name, with its schema's before a point, as the database reads it."""
    return ".".join(map(connection.dialect.identifier_preparer.quote, name.split(".")))
