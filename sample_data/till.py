"""Where the sample company's money is taken: customers, cards, subscriptions, one period after another."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from sample_data.ledger import (
    INTENTS_SINCE,
    Card,
    Ledger,
    Payment,
    StripeCustomer,
    Subscription,
    charge,
    months_later,
    token,
)
from sample_data.people import Person
from sample_data.resources import TODAY, load

# The last digits are those of the numbers that Stripe gives out for testing.
CARDS = (
    ("Visa", "4242", "credit"),
    ("MasterCard", "4444", "credit"),
    ("Visa", "5556", "debit"),
    ("American Express", "8431", "credit"),
)
DECLINES = ("insufficient_funds", "expired_card", "generic_decline", "do_not_honor")
MONTHS = {"month": 1, "year": 12}


class Till:
    """Makes customers, subscriptions and payments, and puts them into a ledger."""

    def __init__(self, rng: Random, ledger: Ledger) -> None:
        self.rng = rng
        self.ledger = ledger
        self._plans: dict[str, Any] = {plan["name"]: plan for plan in load("catalogue.toml")["plans"]}
        self._price_ids: dict[tuple[str, str, str], str] = {}

    def price(self, plan: str, interval: str, currency: str) -> tuple[str, Decimal]:
        """Find what a plan costs: the price's id and its amount."""
        key = (plan, interval, currency)
        if key not in self._price_ids:
            self._price_ids[key] = token(self.rng, "price_1", 23)
        return self._price_ids[key], Decimal(self._plans[plan][interval][currency])

    def customer(self, person: Person, at: datetime, *, pays: bool = True) -> StripeCustomer:
        """Register somebody; one who never ``pays`` leaves no card."""
        rng = self.rng
        by_debit = bool(person.told.get("debit", person.address.country == "DE" and rng.random() < 0.4))
        typed = person.email
        if not person.told and rng.random() < 0.06:
            typed = rng.choice((person.email.upper(), person.email.title()))
        customer = StripeCustomer(
            id=person.told.get("stripe_customer") or token(rng, "cus_", 14),
            person=person,
            email=person.told.get("typed", typed),
            created=at,
            currency=person.currency,
            card=self.card(person, at) if pays and not by_debit else None,
            by_debit=by_debit,
        )
        self.ledger.customers.append(customer)
        return customer

    def card(self, person: Person, at: datetime) -> Card:
        """Issue somebody a card."""
        brand, last4, funding = self.rng.choice(CARDS)
        expires = self.rng.randint(1, 12), max(at.year, TODAY.year) + self.rng.randint(1, 4)
        exp_month, exp_year = person.told.get("card_expires", expires)
        return Card(
            id=token(self.rng, "pm_1" if at >= INTENTS_SINCE else "card_1", 23),
            name=person.told.get("card_name", person.full_name),
            brand=brand,
            last4=last4,
            exp_month=exp_month,
            exp_year=exp_year,
            fingerprint=token(self.rng, "", 16),
            funding=funding,
            country=person.address.country,
        )

    def subscribe(
        self, customer: StripeCustomer, start: datetime, until: datetime, status: str
    ) -> list[Payment]:
        """Subscribe a customer and take the money of every period that began before ``until``."""
        person = customer.person
        step = MONTHS[person.interval]
        amount = self.price(person.plan, person.interval, customer.currency)[1]
        taken: list[Payment] = []
        periods = 0
        while (begin := months_later(start, periods * step)) < until:
            what = "Subscription update" if periods else "Subscription creation"
            taken += self._take(customer, begin, amount, what)
            periods += 1
        last = months_later(start, max(periods - 1, 0) * step)
        self.record_subscription(customer, start, (last, months_later(last, step)), status)
        self.ledger.payments += taken
        return taken

    def record_subscription(
        self, customer: StripeCustomer, start: datetime, period: tuple[datetime, datetime], status: str
    ) -> None:
        """Put a subscription into the ledger, with the beginning and the end of its current period."""
        person = customer.person
        price_id, amount = self.price(person.plan, person.interval, customer.currency)
        new = start >= INTENTS_SINCE
        self.ledger.subscriptions.append(
            Subscription(
                id=token(self.rng, "sub_1", 23) if new else token(self.rng, "sub_", 14),
                customer=customer,
                plan=person.plan,
                price_id=price_id,
                interval=person.interval,
                amount=amount,
                created=start,
                period_start=period[0],
                period_end=period[1],
                status=status,
            )
        )

    def _take(self, customer: StripeCustomer, at: datetime, amount: Decimal, what: str) -> list[Payment]:
        """Take one period's money; now and then the bank refuses at first and pays a day or two later."""
        rng = self.rng
        attempts = []
        if rng.random() < 0.03 and at + timedelta(days=4) < TODAY:
            attempts.append(charge(rng, customer, at, amount, what, rng.choice(DECLINES)))
            at += timedelta(days=rng.randint(1, 3), minutes=rng.randint(1, 600))
        return [*attempts, charge(rng, customer, at, amount, what)]
