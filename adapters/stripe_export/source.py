"""The source: exports on disk in, one customer's fields out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

from marshmallow import Schema, ValidationError, validates_schema

from adapters.base import CustomerSource, Finding
from adapters.errors import SourceConfigError, SourceError
from adapters.exports.index import Generation, Index, found_files
from adapters.exports.repeats import RepeatedRows
from adapters.options import FilePattern
from adapters.stripe_export.compile import Compilation
from adapters.stripe_export.fields import FIELDS

KINDS = ("customers", "payments", "subscriptions")
SHOWN = 3
"""How many of the rows set aside a finding names."""


class StripeExportOptions(Schema):
    """The options of ``type = "stripe_export"``; at least one of the three."""

    payments = FilePattern(metadata={"description": "Exports of payments: a path or a glob pattern."})
    customers = FilePattern(metadata={"description": "Exports of customers: a path or a glob pattern."})
    subscriptions = FilePattern(
        metadata={"description": "Exports of subscriptions: a path or a glob pattern."}
    )

    @validates_schema
    def _something(self, data: dict[str, Any], **_: object) -> None:
        if not data:
            raise ValidationError("Missing: at least one of payments, customers, subscriptions.", "payments")


class StripeExportSource(CustomerSource):
    """A source that reads what Stripe's dashboard exports."""

    type = "stripe_export"
    options = StripeExportOptions
    is_local = True

    def __init__(self, payments: str = "", customers: str = "", subscriptions: str = "") -> None:
        given = {"customers": customers, "payments": payments, "subscriptions": subscriptions}
        self._patterns = {kind: pattern for kind, pattern in given.items() if pattern}
        if not self._patterns:
            raise SourceConfigError("at least one of payments, customers, subscriptions is needed")
        self._index = Index(list(self._patterns.values()), self._compile)

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Self:
        """Make the source from the patterns; files are read on the first lookup."""
        return cls(**options)

    def lookup(self, email: str) -> Mapping[str, Any] | None:
        """Answer the fields of one address (see fields.FIELDS)."""
        record = self._index.get(email.lower())
        if record is None:
            return None
        # Lists are the only values that a receiver could change.
        return {name: list(value) if isinstance(value, list) else value for name, value in record.items()}

    def field_names(self) -> Iterable[str]:
        """Name every field that exports can give (see fields.FIELDS)."""
        return FIELDS

    def check(self) -> Iterable[Finding]:
        """Say what was read, what was set aside, and whether the files can be read at all."""
        try:
            generation = self._index.current()
        except SourceError as error:
            yield Finding("export-read", "error", str(error), "Export the file again, or correct its path.")
            return
        if self._index.problem is not None:
            yield Finding("export-stale", "error", f"an older export is served: {self._index.problem}")
        yield Finding("export-read", "ok", f"{generation.rows} rows, {len(generation.records)} addresses")
        yield from _repeated(generation.repeated)
        if generation.set_aside:
            yield Finding(
                "export-set-aside", "warning", _describe(generation), "Look at these lines of the export."
            )

    def _compile(self) -> Generation:
        found = found_files(self._patterns)
        compilation = Compilation()
        compilation.add_customers(found.get("customers", []))
        compilation.add_payments(found.get("payments", []))
        compilation.add_subscriptions(found.get("subscriptions", []))
        return compilation.generation()


def _repeated(rows: RepeatedRows) -> Iterable[Finding]:
    if rows.across_files:
        count = f"{rows.across_files} {'row is' if rows.across_files == 1 else 'rows are'}"
        yield Finding("export-overlap", "ok", f"{count} also in a newer file, whose row stands")
    if rows.within_a_file:
        count = f"{rows.within_a_file} {'row repeats' if rows.within_a_file == 1 else 'rows repeat'}"
        problem = f"{count} the id of a row above in the same file; the first of them stands"
        yield Finding("export-repeated", "warning", problem, "Export the file again, as Stripe gives it.")


def _describe(generation: Generation) -> str:
    first = "; ".join(f"{row.file} line {row.line}: {row.reason}" for row in generation.set_aside[:SHOWN])
    return f"{len(generation.set_aside)} rows were set aside: {first}"
