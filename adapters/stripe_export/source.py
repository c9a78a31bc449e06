"""The source: exports on disk in, one customer's fields out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Self

from marshmallow import ValidationError, fields, validate, validates_schema

from adapters.errors import SourceConfigError
from adapters.exports.numbers import spelled
from adapters.exports.options import WARN_AFTER_DAYS, IndexOptions
from adapters.exports.source import ExportSource
from adapters.options import ExportFiles, StrictBoolean
from adapters.stripe_export.fields import FIELDS, add_links, drop_ids

OPTIONS = ("payments", "customers", "subscriptions", "invoices", "files")
KEYS = ("email", "customer_id")
COMPILER = "adapters.stripe_export.compile:compile_exports"


_WRONG_KEY = {
    False: 'Its customers are found by addresses: for customer ids, give it key = "customer_id".',
    True: "Its customers are found by their ids, and are looked up by an address: give it lookup_by.",
}


class StripeExportOptions(IndexOptions):
    """The options of ``type = "stripe_export"``; at least one of the first five."""

    json_schema: ClassVar = {"anyOf": [{"required": [option]} for option in OPTIONS]}

    payments = ExportFiles(
        metadata={"description": "Exports of payments (charges): a path, a glob pattern or a folder."}
    )
    customers = ExportFiles(
        metadata={"description": "Exports of customers: a path, a glob pattern or a folder."}
    )
    subscriptions = ExportFiles(
        metadata={"description": "Exports of subscriptions: a path, a glob pattern or a folder."}
    )
    invoices = ExportFiles(
        metadata={"description": "Exports of invoices: a path, a glob pattern or a folder."}
    )
    files = ExportFiles(
        metadata={
            "description": "Exports of any of these kinds together, each told by its header: a path, a glob "
            "pattern or a folder."
        }
    )
    links = StrictBoolean(
        load_default=False,
        metadata={"description": "Add links to the dashboard (default false)."},
    )
    test_mode = StrictBoolean(
        load_default=False,
        metadata={
            "description": "The exports were made in Stripe's test mode: its payments count, live ones are "
            "set aside, and links lead to test mode (default false)."
        },
    )

    key = fields.String(
        load_default="email",
        validate=validate.OneOf(KEYS),
        metadata={
            "description": "What customers are found by: email, or customer_id, which wants lookup_by "
            "(default email)."
        },
    )

    @validates_schema
    def _something(self, data: dict[str, Any], **_: object) -> None:
        if not data.keys() & set(OPTIONS):
            raise ValidationError(f"Missing: at least one of {', '.join(OPTIONS)}.", "payments")


class StripeExportSource(ExportSource):
    """A source that reads what Stripe's dashboard exports."""

    type = "stripe_export"
    options = StripeExportOptions

    def __init__(
        self,
        payments: str = "",
        customers: str = "",
        subscriptions: str = "",
        invoices: str = "",
        files: str = "",
        *,
        links: bool = False,
        test_mode: bool = False,
        key: str = "email",
        warn_after_days: int = WARN_AFTER_DAYS,
        **index: Any,
    ) -> None:
        given = zip(OPTIONS, (payments, customers, subscriptions, invoices, files), strict=True)
        patterns = {option: pattern for option, pattern in given if pattern}
        if not patterns:
            raise SourceConfigError(f"at least one of {', '.join(OPTIONS)} is needed")
        options: dict[str, Any] = {"test_mode": test_mode}
        if key != KEYS[0]:
            options["key"] = key
        super().__init__(COMPILER, patterns, options, warn_after_days, index)
        self._links, self._test_mode, self._by_id = links, test_mode, key != KEYS[0]

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Self:
        """Make the source from the patterns; files are read on the first lookup."""
        return cls(**options)

    def lookup(self, email: str) -> Mapping[str, Any] | None:
        """Answer the fields of one address, or with ``key`` of one customer id (see fields.FIELDS)."""
        record = self._index.first(spelled(email))
        if record is None:
            return None
        if self._links:
            add_links(record, test_mode=self._test_mode)
        drop_ids(record)
        return record

    def doubt_of_key(self, lookup_by: str) -> str:
        """Say that a key and what it is looked up by do not go together."""
        return "" if self._by_id == bool(lookup_by) else _WRONG_KEY[self._by_id]

    def field_names(self) -> Iterable[str]:
        """Name every field that exports can give (see fields.FIELDS), and the metadata that is known."""
        return [*FIELDS, *self._index.known_metadata()]
