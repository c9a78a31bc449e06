"""The fields of one customer, computed while rows come by in any order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from adapters.base import Money
from adapters.stripe_export.rows import Customer, Payment, Subscription

FIELDS: Mapping[str, str] = {
    "customer_id": "Stripe's id: of the last charge, else of the newest customer (`Customer ID`, `id`)",
    "customer_created_at": "when that customer was made (customers: `Created (UTC)`)",
    "delinquent": "whether the last invoice is unpaid (customers: `Delinquent`)",
    "first_charge_created_at": "time of the first successful live charge (payments: `Created date (UTC)`)",
    "first_charge_amount": "its amount (payments: `Amount`, `Currency`)",
    "last_charge_created_at": "time of the last one",
    "last_charge_amount": "its amount",
    "charge_count": "how many successful live charges there are",
    "charge_total": "their sum less refunds, one amount a currency (payments: `Amount`, `Amount Refunded`)",
    "refund_total": "what was given back, one amount a currency; absent where nothing was",
    "failed_charge_count": "payments that were tried and did not go through",
    "dispute_count": "payments with a `Dispute Status`; absent where there is none",
    "plan": "the plan of the newest subscription, a running one before an ended one (`Plan`)",
    "subscription_status": "its `Status`",
    "subscription_count": "how many subscriptions there are",
    "current_period_end": "when its paid period ends (`Current Period End (UTC)`)",
}
"""Every field that the source may answer, and the columns it comes from."""

RUNNING = {"active", "trialing", "past_due"}
_NEVER = datetime.min.replace(tzinfo=UTC)


class CustomerFields:
    """Gathers the rows of one address and answers its record."""

    __slots__ = ("_charged", "_charges", "_customer", "_disputes", "_failed", "_first", "_last", "_refunded",
                 "_subscription", "_subscriptions")  # fmt: skip

    def __init__(self) -> None:
        self._customer: Customer | None = None
        self._first: Payment | None = None
        self._last: Payment | None = None
        self._charges = self._failed = self._disputes = self._subscriptions = 0
        self._charged: dict[str, Decimal] = {}
        self._refunded: dict[str, Decimal] = {}
        self._subscription: Subscription | None = None

    def add_customer(self, customer: Customer) -> None:
        """Take in a customer; the newest of an address stands for it."""
        if self._customer is None or (customer.created or _NEVER) > (self._customer.created or _NEVER):
            self._customer = customer

    def add_payment(self, payment: Payment) -> None:
        """Take in a payment, in any order."""
        self._disputes += payment.disputed
        if not payment.charged:
            self._failed += 1
            return
        self._charges += 1
        if self._first is None or payment.created < self._first.created:
            self._first = payment
        if self._last is None or payment.created > self._last.created:
            self._last = payment
        currency = payment.amount.currency
        net = payment.amount.amount - payment.refunded.amount
        self._charged[currency] = self._charged.get(currency, Decimal(0)) + net
        if payment.refunded.amount:
            self._refunded[currency] = self._refunded.get(currency, Decimal(0)) + payment.refunded.amount

    def add_subscription(self, subscription: Subscription) -> None:
        """Take in a subscription; a running one goes before an ended one, then the newest."""
        self._subscriptions += 1
        if self._subscription is None or _rank(subscription) > _rank(self._subscription):
            self._subscription = subscription

    def record(self) -> dict[str, Any]:
        """Answer the fields that there is something to say of."""
        found = self._of_customer() | self._of_payments() | self._of_subscription()
        return {name: found[name] for name in FIELDS if found.get(name) is not None}

    def _of_customer(self) -> dict[str, Any]:
        ids = (
            self._last and self._last.customer_id,
            self._customer and self._customer.customer_id,
            self._subscription and self._subscription.customer_id,
        )
        found: dict[str, Any] = {"customer_id": next((known for known in ids if known), None)}
        if self._customer is not None:
            found["customer_created_at"] = self._customer.created
            found["delinquent"] = self._customer.delinquent
        return found

    def _of_payments(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "failed_charge_count": self._failed or None,
            "dispute_count": self._disputes or None,
            "charge_count": self._charges if self._charges or self._failed else None,
        }
        if self._first is not None and self._last is not None:
            found |= {
                "first_charge_created_at": self._first.created,
                "first_charge_amount": self._first.amount,
                "last_charge_created_at": self._last.created,
                "last_charge_amount": self._last.amount,
                "charge_total": _amounts(self._charged),
                "refund_total": _amounts(self._refunded),
            }
        return found

    def _of_subscription(self) -> dict[str, Any]:
        newest = self._subscription
        if newest is None:
            return {}
        return {
            "plan": newest.plan or None,
            "subscription_status": newest.status or None,
            "subscription_count": self._subscriptions,
            "current_period_end": newest.current_period_end,
        }


def _rank(subscription: Subscription) -> tuple[bool, datetime]:
    return subscription.status in RUNNING, subscription.created or _NEVER


def _amounts(by_currency: Mapping[str, Decimal]) -> Money | list[Money] | None:
    amounts = [Money(amount, currency) for currency, amount in sorted(by_currency.items())]
    return amounts[0] if len(amounts) == 1 else amounts or None
