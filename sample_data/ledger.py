"""What the payment processor knows: customers, subscriptions, payments, and their ids."""

from __future__ import annotations

import calendar
import string
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from random import Random
from zlib import crc32

from sample_data.people import Person

ALPHABET = string.ascii_letters + string.digits
# Stripe's strong authentication brought PaymentIntents: what was paid before has none.
INTENTS_SINCE = datetime(2019, 9, 14)  # noqa: DTZ001


@dataclass(frozen=True)
class Card:
    """A card as an export shows it: never its number."""

    id: str
    name: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    fingerprint: str
    funding: str
    country: str


@dataclass(frozen=True)
class StripeCustomer:
    """A customer at the processor; ``card`` is None for one who pays by direct debit or not at all."""

    id: str
    person: Person
    email: str
    """The address as it was typed at the till, which need not be the account's spelling."""
    created: datetime
    currency: str
    card: Card | None
    by_debit: bool = False

    @property
    def invoice_prefix(self) -> str:
        """Begin this customer's invoice numbers, as in ``4F1C09AB-0007``."""
        return f"{crc32(self.id.encode()):08X}"


@dataclass(frozen=True)
class Subscription:
    """A plan that a customer took, with the period it is in."""

    id: str
    customer: StripeCustomer
    plan: str
    price_id: str
    interval: str
    amount: Decimal
    created: datetime
    period_start: datetime
    period_end: datetime
    status: str


@dataclass(frozen=True)
class Dispute:
    """A payment that its payer contests at the bank."""

    at: datetime
    evidence_due: datetime
    reason: str
    status: str


@dataclass
class Payment:
    """One attempt to take money; ``declined`` holds the bank's reason where it failed.

    ``customer`` is None for somebody who paid by a link without becoming a customer.
    """

    id: str
    at: datetime
    amount: Decimal
    currency: str
    description: str
    payer: Person
    customer: StripeCustomer | None
    card: Card | None
    intent: str = ""
    invoice: str = ""
    invoice_number: str = ""
    declined: str = ""
    refunded: Decimal = Decimal(0)
    refunded_at: datetime | None = None
    dispute: Dispute | None = None

    @property
    def status(self) -> str:
        """Say how it ended, in the dashboard's words; refunded in part is still paid."""
        if self.declined:
            return "Failed"
        return "Refunded" if self.refunded == self.amount else "Paid"


@dataclass
class Ledger:
    """Everything at the processor, in no particular order."""

    customers: list[StripeCustomer] = field(default_factory=list)
    subscriptions: list[Subscription] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)


def token(rng: Random, prefix: str, length: int = 24) -> str:
    """Make an id of the processor's shape, such as ``cus_`` and fourteen letters and digits."""
    return prefix + "".join(rng.choices(ALPHABET, k=length))


def months_later(start: datetime, months: int) -> datetime:
    """Find the same day some months later; the 31st becomes the last day of a shorter month."""
    year, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + year, month + 1
    return start.replace(year=year, month=month, day=min(start.day, calendar.monthrange(year, month)[1]))


def charge(
    rng: Random, customer: StripeCustomer, at: datetime, amount: Decimal, description: str, declined: str = ""
) -> Payment:
    """Take money from a customer: a card's charge is ``ch_…``, a direct debit's ``py_…``."""
    return Payment(
        id=token(rng, "py_3" if customer.by_debit else "ch_3" if at >= INTENTS_SINCE else "ch_1", 23),
        at=at,
        amount=amount,
        currency=customer.currency,
        description=description,
        payer=customer.person,
        customer=customer,
        card=customer.card,
        intent=token(rng, "pi_3", 23) if at >= INTENTS_SINCE else "",
        declined=declined,
    )
