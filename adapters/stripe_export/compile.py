"""Makes one record per address out of payments, customers and subscriptions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from adapters.exports.index import Generation
from adapters.exports.reader import ExportFile, SetAside, open_export
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
    address of its customer id.
    """

    def __init__(self) -> None:
        self._by_email: dict[str, CustomerFields] = {}
        self._email_of: dict[str, str] = {}
        self._waiting: list[tuple[SetAside, str, Callable[[CustomerFields], None]]] = []
        self._set_aside: list[SetAside] = []
        self._rows = 0

    def add_customers(self, paths: Sequence[Path]) -> None:
        """Read exports of customers."""
        for export, line, customer in self._each("customers", paths, read_customer):
            self._give(
                export, line, customer.email, customer.id, _adding(CustomerFields.add_customer, customer)
            )

    def add_payments(self, paths: Sequence[Path]) -> None:
        """Read exports of payments (charges)."""
        for export, line, payment in self._each("payments", paths, read_payment):
            add = _adding(CustomerFields.add_payment, payment)
            self._give(export, line, payment.email, payment.customer_id, add)

    def add_subscriptions(self, paths: Sequence[Path]) -> None:
        """Read exports of subscriptions."""
        for export, line, subscription in self._each("subscriptions", paths, read_subscription):
            add = _adding(CustomerFields.add_subscription, subscription)
            self._give(export, line, subscription.email, subscription.customer_id, add)

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
        return Generation(records, self._rows, tuple(self._set_aside))

    def _each(
        self, kind: str, paths: Sequence[Path], read: Callable[[Mapping[str, str]], Item]
    ) -> Iterator[tuple[ExportFile, int, Item]]:
        for path in paths:
            export = open_export(path)
            names = columns.resolve(kind, export)
            for row in export.rows():
                self._rows += 1
                cells = {ours: row.cells[theirs] for ours, theirs in names.items()}
                try:
                    yield export, row.line, read(cells)
                except Skip as skip:
                    export.put_aside(row.line, str(skip))
            self._set_aside += export.set_aside

    def _give(
        self,
        export: ExportFile,
        line: int,
        email: str,
        customer_id: str,
        add: Callable[[CustomerFields], None],
    ) -> None:
        if email:
            if customer_id:
                self._email_of.setdefault(customer_id, email)
            add(self._fields(email))
        else:
            self._waiting.append((SetAside(export.path.name, line, NO_ADDRESS), customer_id, add))

    def _fields(self, email: str) -> CustomerFields:
        if email not in self._by_email:
            self._by_email[email] = CustomerFields()
        return self._by_email[email]


def _adding(add: Callable[[CustomerFields, Item], None], item: Item) -> Callable[[CustomerFields], None]:
    return lambda fields: add(fields, item)
