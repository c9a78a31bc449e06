"""Rows as records: by column name, with what the settings say of types and of time zones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from adapters.sql.failures import refuse_twins
from adapters.sql.fetch import Fetched
from adapters.sql.values import READERS, read_as


class RecordReader:
    """Reads rows; ``types`` are those of columns of which the database does not say what they hold."""

    def __init__(self, types: Mapping[str, str], time_zone: tzinfo) -> None:
        self.types = types
        self._readers = {column: (kind, READERS[kind]) for column, kind in types.items()}
        self._time_zone = time_zone
        self._sound: Sequence[str] = ()  # names that were found to be no twins

    def read(self, fetched: Fetched) -> list[dict[str, Any]]:
        """Answer a record for each row. Raises SourceDataError where two columns have one name."""
        keys, rows = fetched
        if keys != self._sound:
            if len(set(keys)) != len(keys):
                refuse_twins(keys)
            self._sound = keys
        return [self._record(keys, row) for row in rows]

    def _record(self, keys: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
        record = dict(zip(keys, row, strict=True))
        for column, (kind, reader) in self._readers.items():
            if record.get(column) is not None:
                record[column] = read_as(column, kind, reader, record[column])
        for column, value in record.items():
            if isinstance(value, datetime) and value.tzinfo is None:
                record[column] = value.replace(tzinfo=self._time_zone)
        return record
