"""Further queries of a source, each under its name, and what becomes of their rows."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Literal, Self, get_args

from sqlalchemy import Engine, TextClause, text

from adapters.base import Unreadable
from adapters.errors import SourceDataError
from adapters.sql.failures import refuse_twins
from adapters.sql.fetch import Fetched
from adapters.sql.inspection import Asked
from adapters.sql.nearest import nearest
from adapters.sql.records import RecordReader
from adapters.sql.tokens import for_sqlalchemy

Rows = Literal["first", "newest", "all", "count"]
ROWS: tuple[str, ...] = get_args(Rows)

MOST_ROWS = 1000
"""Rows of one query that are read; where there are more, what takes all of them to know is left out."""

OUTLINED = 10
"""Rows that an outline stands for: as many of a list as a profile shows."""

_END = re.compile(r";\s*(?:--[^\n]*\s*|/\*.*?\*/\s*)*\Z", re.DOTALL)
"""A semicolon, where nothing but comments follows it."""


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """One query, and which of its rows stand under its name; ``newest_by`` is a column of it."""

    name: str
    query: str
    rows: Rows
    newest_by: str
    reader: RecordReader

    @classmethod
    def from_options(cls, name: str, options: Mapping[str, Any], time_zone: tzinfo) -> Self:
        """Make it from the options that its schema has loaded."""
        reader = RecordReader(options.get("types", {}), time_zone)
        return cls(name, options["query"], options.get("rows", "first"), options.get("newest_by", ""), reader)

    def statement(self, engine: Engine) -> TextClause:
        """Make the statement that is asked: to count, the database need not send the rows."""
        asked = for_sqlalchemy(self.query, engine.dialect.name)
        if self.rows == "count":
            # On a line of its own, because a comment may end the query.
            asked = f"SELECT count(*) AS found FROM (\n{_END.sub('', asked)}\n) counted"  # noqa: S608
        return text(asked)

    @property
    def most(self) -> int:
        """How many rows are read: where several are taken, one more, so that it can be told of."""
        return 1 if self.rows in {"first", "count"} else MOST_ROWS + 1

    def asked(self, engine: Engine) -> Asked:
        """Answer what is to be looked into."""
        return Asked(lambda: self.statement(engine), self.query, self.name)

    def fields(self, fetched: Fetched) -> dict[str, Any]:
        """Answer what stands in the record for the rows; nothing where there are none.

        Raises SourceDataError where ``newest_by`` cannot tell.
        """
        records = self.reader.read(fetched)
        if self.rows == "count":
            return {self.name: records[0]["found"]}
        if self.rows == "first" or not records:
            return {self.name: records[0]} if records else {}
        if len(records) > MOST_ROWS:
            return {self.name: self._of_too_many(records)}
        return {self.name: self._newest(records) if self.rows == "newest" else records}

    def _of_too_many(self, records: Sequence[dict[str, Any]]) -> Any:
        """Answer what is true of more rows than are read: neither their number nor the newest."""
        many = f"there are more than {MOST_ROWS:,} rows"
        if self.rows == "newest":
            choose = f"ORDER BY {self.newest_by} DESC LIMIT 1"
            return Unreadable(f"{many}, too many to find the newest: let the query choose: {choose}")
        shown = {str(number): record for number, record in enumerate(records[:OUTLINED], 1)}
        counted = Unreadable(f'{many}, which are not counted: see rows = "count"')
        return shown | {"count": counted}

    def outline(self, columns: Mapping[str, Any]) -> dict[str, Any]:
        """Answer the same without values: ``columns`` stands for a row."""
        if self.rows == "count":
            return {self.name: None}
        return {self.name: [columns] * OUTLINED if self.rows == "all" else columns}

    def check_names(self, columns: Sequence[str], others: Collection[str]) -> None:
        """Raise SourceDataError where its columns cannot be told apart, or ``newest_by`` is none of them.

        Or where it is called as one of ``others``, the columns of the query whose row is the customer.
        """
        refuse_twins(columns)
        if self.name in others:
            raise SourceDataError(f"a column and a query are both called {self.name!r}: name them apart")
        if self.newest_by and self.newest_by not in columns:
            near = nearest(self.newest_by, columns)
            problem = f"the query {self.name!r} gives no column {self.newest_by!r}{near}"
            raise SourceDataError(f"{problem} (see its newest_by)")

    def _newest(self, records: Sequence[dict[str, Any]]) -> dict[str, Any]:
        by = self.newest_by
        told = [record for record in records if not isinstance(record[by], Unreadable | None)]
        try:
            # max() answers the first of equals.
            return max(told, key=lambda record: record[by], default=records[0])
        except TypeError:
            problem = f"the query {self.name!r} gives values of several types in {by!r}: see its types"
            raise SourceDataError(problem) from None


def joined(
    records: list[dict[str, Any]] | None, found: Iterable[tuple[NamedQuery, Fetched]]
) -> list[dict[str, Any]]:
    """Put what the queries found into each record; without any (None), into one of their own.

    That is none where no query has found a row.
    """
    asked = list(found)
    if records is None:
        made = {name: value for query, fetched in asked for name, value in query.fields(fetched).items()}
        return [made] if any(made.values()) else []
    for record in records:
        for query, fetched in asked:
            record.update(query.fields(fetched))
    return records
