"""The source: exports on disk in, one customer's fields out."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Self

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from adapters.base import CustomerSource, Finding
from adapters.errors import SourceConfigError, SourceError
from adapters.exports import files
from adapters.exports.index import Generation, Index, found_files
from adapters.exports.repeats import RepeatedRows
from adapters.options import FilePattern
from adapters.stripe_export.compile import Compilation
from adapters.stripe_export.fields import FIELDS

KINDS = ("customers", "payments", "subscriptions")
WARN_AFTER_DAYS = 35
"""An export a month, and a few days of grace."""
DAY = 86_400
SHOWN = 3
"""How many of the rows set aside a finding names."""


class StripeExportOptions(Schema):
    """The options of ``type = "stripe_export"``; at least one of the three."""

    json_schema: ClassVar = {"anyOf": [{"required": [kind]} for kind in KINDS]}

    payments = FilePattern(metadata={"description": "Exports of payments: a path or a glob pattern."})
    customers = FilePattern(metadata={"description": "Exports of customers: a path or a glob pattern."})
    subscriptions = FilePattern(
        metadata={"description": "Exports of subscriptions: a path or a glob pattern."}
    )
    warn_after_days = fields.Integer(
        strict=True,
        load_default=WARN_AFTER_DAYS,
        validate=validate.Range(min=1, max=3650),
        metadata={
            "description": "Days after which an export is told to be old: log and doctor "
            f"(default {WARN_AFTER_DAYS})."
        },
    )

    @validates_schema
    def _something(self, data: dict[str, Any], **_: object) -> None:
        if not data.keys() & set(KINDS):
            raise ValidationError("Missing: at least one of payments, customers, subscriptions.", "payments")


class StripeExportSource(CustomerSource):
    """A source that reads what Stripe's dashboard exports."""

    type = "stripe_export"
    options = StripeExportOptions
    is_local = True

    def __init__(
        self,
        payments: str = "",
        customers: str = "",
        subscriptions: str = "",
        *,
        warn_after_days: int = WARN_AFTER_DAYS,
    ) -> None:
        given = {"customers": customers, "payments": payments, "subscriptions": subscriptions}
        self._patterns = {kind: pattern for kind, pattern in given.items() if pattern}
        if not self._patterns:
            raise SourceConfigError("at least one of payments, customers, subscriptions is needed")
        self._warn_after_days = warn_after_days
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
        yield from self._old_exports()
        yield from _repeated(generation.repeated)
        if generation.set_aside:
            yield Finding(
                "export-set-aside", "warning", _describe(generation), "Look at these lines of the export."
            )

    def examine(self) -> Iterable[Finding]:
        """Say the same, and how old the newest export of each kind is."""
        yield from self.check()
        days = [f"{kind} {_in_days(days)}" for kind, days in self._days().items()]
        if days:
            yield Finding("export-age", "ok", f"last written: {', '.join(days)}")

    def _old_exports(self) -> Iterable[Finding]:
        limit = self._warn_after_days
        for kind, days in self._days().items():
            if days >= limit:
                told = f"the newest export of {kind} is {days} days old (warn_after_days is {limit})"
                yield Finding("export-old", "warning", told, f"Export {kind} again from Stripe's dashboard.")

    def _days(self) -> dict[str, int]:
        now = time.time()
        found = {kind: files.find(pattern) for kind, pattern in self._patterns.items()}
        return {kind: int(files.age(paths, now) / DAY) for kind, paths in found.items() if paths}

    def _compile(self) -> Generation:
        found = found_files(self._patterns)
        compilation = Compilation()
        compilation.add_customers(found.get("customers", []))
        compilation.add_payments(found.get("payments", []))
        compilation.add_subscriptions(found.get("subscriptions", []))
        return compilation.generation()


def _in_days(days: int) -> str:
    return "today" if days == 0 else f"{days} {'day' if days == 1 else 'days'} ago"


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
