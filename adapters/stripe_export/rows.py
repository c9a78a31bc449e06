"""What a row of each kind of export says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from adapters.base import Money
from adapters.stripe_export.cells import AmbiguousAmountError, read_amount, read_time, read_yes

CHARGED = {"paid", "succeeded", "refunded", "partially refunded", "partially_refunded", "disputed"}
"""Statuses of payments that went through, whatever happened to the money later."""

NOT_CHARGED = {
    *("failed", "canceled", "cancelled", "incomplete", "pending", "processing", "uncaptured", "blocked"),
    *("expired", "requires_payment_method", "requires_action", "requires_confirmation", "requires_capture"),
}
"""Statuses of payments that did not, or not yet."""

Value = TypeVar("Value")


class Skip(Exception):  # noqa: N818 - a row that is left out is no error of the program
    """Raise to set a row aside; the text says why and holds no value of a customer."""


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment: successful, live and captured (``charged``), or one that was only tried."""

    email: str
    customer_id: str
    created: datetime
    amount: Money
    refunded: Money
    charged: bool
    disputed: bool


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer of Stripe's; several may share an address."""

    email: str
    customer_id: str
    created: datetime | None
    delinquent: bool | None


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription and the time its paid period ends."""

    email: str
    customer_id: str
    plan: str
    status: str
    created: datetime | None
    current_period_end: datetime | None


def read_payment(cells: Mapping[str, str]) -> Payment:
    """Read a payment; raise Skip where its time, amount or status cannot be read, or it is a test."""
    if cells.get("mode", "").strip().lower() == "test":
        raise Skip("it is a payment in test mode")
    status = cells["status"].strip().lower()
    if status not in CHARGED | NOT_CHARGED:
        raise Skip("its status is not known")
    currency = cells["currency"].strip().upper()
    if len(currency) != 3:
        raise Skip("its currency is no ISO 4217 code")
    refunded = cells.get("amount_refunded", "").strip() or "0"
    read_money = partial(read_amount, currency=currency)
    return Payment(
        email=_address(cells.get("customer_email", "")),
        customer_id=cells.get("customer_id", "").strip(),
        created=_read(read_time, cells["created"], "created"),
        amount=Money(_read(read_money, cells["amount"], "amount"), currency),
        refunded=Money(_read(read_money, refunded, "amount refunded"), currency),
        charged=status in CHARGED and read_yes(cells.get("captured", "") or "true"),
        disputed=bool(cells.get("dispute_status", "").strip()),
    )


def read_customer(cells: Mapping[str, str]) -> Customer:
    """Read a customer; raise Skip where the time cannot be read."""
    delinquent = cells.get("delinquent", "").strip()
    return Customer(
        email=_address(cells["email"]),
        customer_id=cells["id"].strip(),
        created=_time_if_any(cells.get("created", ""), "created"),
        delinquent=read_yes(delinquent) if delinquent else None,
    )


def read_subscription(cells: Mapping[str, str]) -> Subscription:
    """Read a subscription; raise Skip where a time cannot be read."""
    return Subscription(
        email=_address(cells.get("customer_email", "")),
        customer_id=cells.get("customer_id", "").strip(),
        plan=cells.get("plan", "").strip(),
        status=cells["status"].strip().lower(),
        created=_time_if_any(cells.get("created", ""), "created"),
        current_period_end=_time_if_any(cells.get("current_period_end", ""), "current period end"),
    )


def _address(cell: str) -> str:
    return cell.strip().lower()


def _time_if_any(cell: str, column: str) -> datetime | None:
    return _read(read_time, cell, column) if cell.strip() else None


def _read(reader: Callable[[str], Value], cell: str, column: str) -> Value:
    try:
        return reader(cell)
    except AmbiguousAmountError as error:
        raise Skip(f"its {column} may mean two things: {error}") from None
    except ValueError:
        raise Skip(f"its {column} cannot be read") from None
