"""How the sample company's customers pay for their plans, each according to their story."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from random import Random
from typing import cast

from sample_data.ledger import Dispute, Ledger, Payment, charge, months_later, token
from sample_data.people import Person
from sample_data.resources import TODAY, seeded
from sample_data.till import MONTHS, Till


def bill(people: list[Person]) -> Ledger:
    """Let everybody pay, from the day on which they subscribed until today."""
    till = Till(seeded("billing"), Ledger())
    for person in people:
        STORIES[person.story](till, person)
    for payment in till.ledger.payments:
        # Those whose story is told in people.toml have the mishaps of their story and no others.
        if not payment.payer.told and not payment.declined:
            _mishap(till.rng, payment)
    return till.ledger


def number_invoices(ledger: Ledger, rng: Random) -> None:
    """Give every subscription's payment its invoice; a refused attempt and the next share one."""

    def owner(payment: Payment) -> str:
        return payment.customer.id if payment.customer else ""

    of_plans = [payment for payment in ledger.payments if payment.description.startswith("Subscription")]
    for _, group in groupby(sorted(of_plans, key=lambda one: (owner(one), one.at)), key=owner):
        number, invoice, amount = 0, "", None
        for payment in group:
            if payment.amount != amount or not invoice:
                number, invoice = number + 1, token(rng, "in_1", 23)
            payment.invoice = invoice
            payment.invoice_number = f"{payment.customer and payment.customer.invoice_prefix}-{number:04}"
            amount, invoice = (payment.amount, invoice) if payment.declined else (None, "")


def _subscribed(till: Till, person: Person) -> datetime:
    """Choose the moment at which somebody subscribed: within forty days of joining, before today."""
    if told := person.told.get("subscribed"):
        return cast("datetime", told)
    wait = timedelta(days=till.rng.randint(0, 40), minutes=till.rng.randint(3, 1_400))
    return min(person.joined + wait, max(person.joined, TODAY - timedelta(days=1)))


def _none(till: Till, person: Person) -> None:
    """Stay on the free plan, unknown to the payment processor."""


def _customer_only(till: Till, person: Person) -> None:
    """Register at the till and never pay."""
    till.customer(person, _subscribed(till, person), pays=False)


def _active(till: Till, person: Person, status: str = "active") -> list[Payment]:
    """Subscribe and stay."""
    start = _subscribed(till, person)
    return till.subscribe(till.customer(person, start), start, TODAY, status)


def _ended(till: Till, person: Person) -> None:
    """Subscribe, and cancel after a while; who joined too lately for that stays."""
    start = _subscribed(till, person)
    step = MONTHS[person.interval]
    longest = (TODAY - start).days // (31 * step)
    if longest == 0:
        till.subscribe(till.customer(person, start), start, TODAY, "active")
        return
    end = months_later(start, step * till.rng.randint(1, min(longest, 18 if step == 1 else 4)))
    till.subscribe(till.customer(person, start), start, end, "canceled")


def _past_due(till: Till, person: Person) -> None:
    """Pay by the month until the card was refused, a few days ago."""
    months = min(18, (TODAY - person.joined).days // 31)
    if months == 0:
        _active(till, person)
        return
    ago = timedelta(days=till.rng.randint(2, 9), hours=7)
    start = person.told.get("subscribed", months_later(TODAY, -months) - ago)
    payer = replace(person, interval="month")
    last = till.subscribe(till.customer(payer, start), start, TODAY, "past_due")[-1]
    last.declined = till.rng.choice(("insufficient_funds", "expired_card"))


def _trialing(till: Till, person: Person) -> None:
    """Try a plan for thirty days, which are not over."""
    ago = timedelta(days=till.rng.randint(2, 25), minutes=till.rng.randint(3, 900))
    start = person.told.get("subscribed", max(person.joined, TODAY - ago))
    till.record_subscription(
        till.customer(person, start), start, (start, start + timedelta(days=30)), "trialing"
    )


def _refunded(till: Till, person: Person) -> None:
    """Pay, and get all of the last payment back."""
    _refund(_active(till, person, "canceled")[-1], Decimal(1), days=2)


def _partly_refunded(till: Till, person: Person) -> None:
    """Pay, and get a part of the last payment back."""
    _refund(_active(till, person)[-1], Decimal("0.4"), days=3)


def _disputed(till: Till, person: Person) -> None:
    """Contest the last payment at the bank."""
    payment = _active(till, person)[-1]
    at = payment.at + timedelta(days=3, hours=5)
    payment.dispute = Dispute(at, at + timedelta(days=9), "fraudulent", "needs_response")


def _twice(till: Till, person: Person) -> None:
    """Cancel, and come back three years later as a second customer with the same address."""
    start = _subscribed(till, person)
    back = months_later(start, 36)
    till.subscribe(till.customer(person, start), start, months_later(start, 14), "canceled")
    till.subscribe(till.customer(person, back), back, TODAY, "active")


def _told(till: Till, person: Person) -> None:
    """Pay exactly what ``people.toml`` says."""
    told = person.told
    customer = till.customer(person, told["charges"][0]["at"] - timedelta(minutes=2))
    for number, row in enumerate(told["charges"]):
        what = "Subscription update" if number else "Subscription creation"
        amount = Decimal(row["amount"])
        till.ledger.payments.append(
            charge(till.rng, customer, row["at"], amount, what, row.get("declined", ""))
        )
    last = told["charges"][-1]["at"]
    till.record_subscription(customer, told["subscribed"], (last, months_later(last, 1)), "canceled")


STORIES: dict[str, Callable[[Till, Person], object]] = {
    "none": _none,
    "customer_only": _customer_only,
    "active": _active,
    "ended": _ended,
    "past_due": _past_due,
    "trialing": _trialing,
    "refunded": _refunded,
    "partly_refunded": _partly_refunded,
    "disputed": _disputed,
    "twice": _twice,
    "told": _told,
}
"""How somebody pays, under the names that ``people.toml`` uses."""


def _refund(payment: Payment, part: Decimal, *, days: int) -> None:
    payment.refunded = (payment.amount * part).quantize(payment.amount)
    payment.refunded_at = min(payment.at + timedelta(days=days, minutes=47), TODAY)


def _mishap(rng: Random, payment: Payment) -> None:
    """Send some payments back, in full or in part, and let a few be contested."""
    luck = rng.random()
    if luck < 0.010:
        _refund(payment, Decimal(1), days=rng.randint(0, 9))
    elif luck < 0.020:
        _refund(payment, rng.choice((Decimal("0.25"), Decimal("0.5"))), days=rng.randint(0, 20))
    elif luck < 0.025 and payment.at + timedelta(days=90) < TODAY:
        at = payment.at + timedelta(days=rng.randint(3, 60), minutes=rng.randint(1, 1_400))
        reason = rng.choice(("fraudulent", "product_not_received", "subscription_canceled"))
        payment.dispute = Dispute(at, at + timedelta(days=9), reason, rng.choice(("won", "lost")))
