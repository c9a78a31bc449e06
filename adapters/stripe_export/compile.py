"""Makes one record per address out of payments, customers and subscriptions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from adapters.exports.index import Generation
from adapters.exports.reader import SetAside, open_export
from adapters.exports.repeats import RepeatedRows, Repeats
from adapters.stripe_export import columns
from adapters.stripe_export.fields import CustomerFields
from adapters.stripe_export.rows import (
    Customer,
    Payment,
    Skip,
    Subscription,
    read_customer,
    read_payment,
    read_subscription,
)

Item = TypeVar("Item", Payment, Customer, Subscription)
NO_ADDRESS = "it has no address, and no other row tells the address of its customer id"


class Compilation:
    """One reading of all the files; ``generation()`` is its result.

    A row without an address waits until all files are read: another row, of any kind, may tell the
    address of its customer id. Of rows with the same id the first that is read stands, so the newest file
    comes first.
    """

    def __init__(self) -> None:
        self._by_email: dict[str, CustomerFields] = {}
        self._email_of: dict[str, str] = {}
        self._waiting: list[tuple[SetAside, str, Callable[[CustomerFields], None]]] = []
        self._set_aside: list[SetAside] = []
        self._rows = 0
        self._repeated = RepeatedRows()

    def add_customers(self, paths: Sequence[Path]) -> None:
        """Read exports of customers, newest file first."""
        self._add("customers", paths, read_customer, CustomerFields.add_customer)

    def add_payments(self, paths: Sequence[Path]) -> None:
        """Read exports of payments (charges), newest file first."""
        self._add("payments", paths, read_payment, CustomerFields.add_payment)

    def add_subscriptions(self, paths: Sequence[Path]) -> None:
        """Read exports of subscriptions, newest file first."""
        self._add("subscriptions", paths, read_subscription, CustomerFields.add_subscription)

    def generation(self) -> Generation:
        """Answer what all the files together say."""
        for row, customer_id, add in self._waiting:
            email = self._email_of.get(customer_id)
            if email is None:
                self._set_aside.append(row)
            else:
                add(self._fields(email))
        self._waiting.clear()
        records = {email: fields.record() for email, fields in self._by_email.items()}
        return Generation(records, self._rows, tuple(self._set_aside), self._repeated)

    def _add(
        self,
        kind: str,
        paths: Sequence[Path],
        read: Callable[[Mapping[str, str]], Item],
        add: Callable[[CustomerFields, Item], None],
    ) -> None:
        repeats = Repeats()
        for number, path in enumerate(paths):
            export = open_export(path)
            names = columns.resolve(kind, export)
            for row in export.rows():
                self._rows += 1
                cells = {ours: row.cells[theirs] for ours, theirs in names.items()}
                try:
                    item = read(cells)
                except Skip as skip:
                    export.put_aside(row.line, str(skip))
                    continue
                self._note_address(item)
                # Only rows that could be read come so far: a newer one that could not replaces nothing.
                if not repeats.has(cells.get("id", "").strip(), number):
                    self._give(SetAside(path.name, row.line, NO_ADDRESS), item, add)
            self._set_aside += export.set_aside
        self._repeated += repeats.rows

    def _note_address(self, item: Payment | Customer | Subscription) -> None:
        if item.email and item.customer_id:
            self._email_of.setdefault(item.customer_id, item.email)

    def _give(self, row: SetAside, item: Item, add: Callable[[CustomerFields, Item], None]) -> None:
        if item.email:
            add(self._fields(item.email), item)
        else:
            self._waiting.append((row, item.customer_id, lambda fields: add(fields, item)))

    def _fields(self, email: str) -> CustomerFields:
        if email not in self._by_email:
            self._by_email[email] = CustomerFields()
        return self._by_email[email]
