"""Customers written straight into the settings: for trying things out, and for tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any, Self

from marshmallow import Schema, fields

from adapters.base import CustomerSource, Finding


class MemoryOptions(Schema):
    """The options of ``type = "memory"``."""

    customers = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(keys=fields.String()),
        required=True,
        metadata={"description": "One table of fields per e-mail address."},
    )


class MemorySource(CustomerSource):
    """A source that holds its customers in memory."""

    type = "memory"
    options = MemoryOptions
    is_local = True

    def __init__(self, customers: Mapping[str, Mapping[str, Any]]) -> None:
        self._customers = {email.strip().lower(): dict(record) for email, record in customers.items()}

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Self:
        """Make the source from its customers."""
        return cls(options["customers"])

    def lookup(self, email: str) -> Mapping[str, Any] | None:
        """Answer a copy of the customer's record."""
        record = self._customers.get(email.lower())
        return None if record is None else deepcopy(record)

    def check(self) -> Iterable[Finding]:
        """Say how many customers there are."""
        yield Finding("memory-customers", "ok", f"{len(self._customers)} customers in the settings")
