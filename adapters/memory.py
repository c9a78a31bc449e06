"""Customers written straight into the settings: for trying things out, and for tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from typing import Any, Self

from marshmallow import Schema, ValidationError, fields, validates_schema

from adapters.base import CustomerSource, Finding


class OneOrSeveral(fields.Field[list[dict[str, Any]]]):
    """A table, or a list of tables; always loaded as a list."""

    default_error_messages = {"tables": "Give a table of fields, or a list of such tables."}  # noqa: RUF012

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> list[dict[str, Any]]:
        tables = value if isinstance(value, list) else [value]
        if not tables or not all(isinstance(table, dict) for table in tables):
            raise self.make_error("tables")
        return tables


class MemoryOptions(Schema):
    """The options of ``type = "memory"``."""

    customers = fields.Dict(
        keys=fields.String(),
        values=OneOrSeveral(metadata={"json_schema": {"type": ["object", "array"], "minItems": 1}}),
        required=True,
        metadata={"description": "For each e-mail address a table of fields, or a list of them."},
    )

    @validates_schema
    def _one_spelling(self, data: Mapping[str, Any], **_: object) -> None:
        seen: dict[str, str] = {}
        for email in data.get("customers", {}):
            if (other := seen.setdefault(_spelled(email), email)) != email:
                problem = f"{other!r} and {email!r} are one address: put both tables in a list."
                raise ValidationError(problem, "customers")


class MemorySource(CustomerSource):
    """A source that holds its customers in memory."""

    type = "memory"
    options = MemoryOptions
    is_local = True
    keeps_time = True

    def __init__(self, customers: Mapping[str, Mapping[str, Any] | list[dict[str, Any]]]) -> None:
        self._customers: dict[str, list[dict[str, Any]]] = {
            _spelled(email): list(records) if isinstance(records, list) else [dict(records)]
            for email, records in customers.items()
        }

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Self:
        """Make the source from its customers."""
        return cls(options["customers"])

    def lookup(self, email: str) -> Mapping[str, Any] | None:
        """Answer a copy of the customer's first record."""
        records = self._customers.get(_spelled(email))
        return None if records is None else deepcopy(records[0])

    def lookup_all(self, email: str) -> Sequence[Mapping[str, Any]]:
        """Answer copies of all the customer's records."""
        return deepcopy(self._customers.get(_spelled(email), []))

    def field_names(self) -> Iterable[str]:
        """Name the fields of all customers together."""
        return dict.fromkeys(
            name for records in self._customers.values() for record in records for name in record
        )

    def outlines(self) -> Iterable[Mapping[str, Any]]:
        """Answer the records of all customers, without their values."""
        return [_outline(record) for records in self._customers.values() for record in records]

    def check(self) -> Iterable[Finding]:
        """Say how many customers there are."""
        yield Finding("memory-customers", "ok", f"{len(self._customers)} customers in the settings")


def _spelled(key: str) -> str:
    """Write an address in lower case; what has no @ is another source's answer, in which case counts."""
    key = key.strip()
    return key.lower() if "@" in key else key


def _outline(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _outline(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_outline(item) for item in value]
    return True if isinstance(value, bool) else None
