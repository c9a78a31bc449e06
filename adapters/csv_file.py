"""Customers in any CSV file with a column of addresses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

from marshmallow import fields, validate

from adapters.errors import SourceConfigError
from adapters.exports.numbers import spelled
from adapters.exports.options import WARN_AFTER_DAYS, IndexOptions
from adapters.exports.source import ExportSource
from adapters.options import ExportFiles

TYPES = ("boolean", "date", "datetime", "integer", "number", "text")
ROWS = ("first", "last")
COMPILER = "adapters.exports.any_csv:compile_rows"


class CsvOptions(IndexOptions):
    """The options of ``type = "csv"``."""

    file = ExportFiles(
        required=True, metadata={"description": "The files: a path, a glob pattern or a folder."}
    )
    email_column = fields.String(
        required=True,
        validate=validate.Length(min=1),
        metadata={"description": "The column that holds the address."},
    )
    columns = fields.List(
        fields.String(),
        validate=validate.Length(min=1),
        metadata={"description": "The columns that agents may see (default: all)."},
    )
    types = fields.Dict(
        keys=fields.String(),
        values=fields.String(validate=validate.OneOf(TYPES)),
        load_default=dict,
        metadata={"description": f"What columns hold: {', '.join(TYPES)} (default text)."},
    )
    row = fields.String(
        load_default="first",
        validate=validate.OneOf(ROWS),
        metadata={
            "description": "Which row of an address comes first, first or last in the newest file (default "
            "first); records says what becomes of the others."
        },
    )


class CsvSource(ExportSource):
    """A source that reads CSV files."""

    type = "csv"
    options = CsvOptions

    def __init__(
        self,
        file: str,
        email_column: str,
        columns: Sequence[str] = (),
        *,
        types: Mapping[str, str] | None = None,
        row: str = "first",
        warn_after_days: int = WARN_AFTER_DAYS,
        **index: Any,
    ) -> None:
        options = {
            "email_column": email_column,
            "columns": list(columns),
            "types": dict(types or {}),
            "row": row,
        }
        listed = {name.strip().casefold() for name in columns}
        if unlisted := [name for name in types or {} if columns and name.strip().casefold() not in listed]:
            raise SourceConfigError(f"types: {unlisted[0]!r} is none of columns: {', '.join(columns)}")
        super().__init__(COMPILER, {"file": file}, options, warn_after_days, index)
        self._columns = columns

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Self:
        """Make the source from its options; files are read on the first lookup."""
        return cls(**options)

    def lookup(self, email: str) -> Mapping[str, Any] | None:
        """Answer the first row of an address, by the names of the columns."""
        return self._index.first(spelled(email))

    def lookup_all(self, email: str) -> Sequence[Mapping[str, Any]]:
        """Answer all rows of an address, MOST_ROWS of the compiler at most."""
        return self._index.all(spelled(email))

    def field_names(self) -> Iterable[str]:
        """Name the columns: those of the settings, else those of the files."""
        return self._columns or [name for name, _ in self._index.current().fields]
