"""The things in a box that the sample company sells beside its plans, and who bought them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from sample_data.ledger import INTENTS_SINCE, Ledger, Payment, StripeCustomer, charge, token
from sample_data.people import Person, make_strangers
from sample_data.resources import TODAY, load, seeded
from sample_data.till import Till

GUESTS, BY_LINK = 8, 4
DELIVERY = timedelta(days=5)


@dataclass(frozen=True)
class Order:
    """One order; ``total`` is in major units and ``payment_id`` names the charge that paid it."""

    number: str
    person: Person
    product: str
    quantity: int
    total: Decimal
    currency: str
    status: str
    ordered_at: datetime
    payment_id: str


def sell(ledger: Ledger) -> list[Order]:
    """Let customers and guests order, write what they paid into the ledger, and answer the accounts' orders.

    Some guests become customers at the processor; others pay by a link and leave only an address.
    """
    shop = _Shop(seeded("shop"))
    baskets = [basket for customer in list(ledger.customers) for basket in shop.baskets(customer)]
    till = Till(shop.rng, ledger)
    guests = make_strangers(GUESTS, "guests")
    baskets.extend((guest.joined, till.customer(guest, guest.joined)) for guest in guests)
    orders = []
    for number, (at, customer) in enumerate(sorted(baskets, key=lambda one: (one[0], one[1].id)), 10_021):
        order, payment = shop.order(f"KW-{number}", customer, at)
        ledger.payments.append(payment)
        orders.append(order)
    ledger.payments += [shop.link_payment(till, payer) for payer in make_strangers(BY_LINK, "links")]
    return [order for order in orders if order.person.id]


class _Shop:
    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.products: list[dict[str, Any]] = load("catalogue.toml")["products"]

    def baskets(self, customer: StripeCustomer) -> list[tuple[datetime, StripeCustomer]]:
        """Decide how often somebody orders, and when; whose charges are told and who has no card never do."""
        if not customer.card or customer.currency == "jpy" or "charges" in customer.person.told:
            return []
        times = self.rng.choices((0, 1, 2, 4), (50, 30, 15, 5))[0]
        span = (TODAY - customer.created).total_seconds()
        return [
            (customer.created + timedelta(seconds=int(self.rng.random() * span)), customer)
            for _ in range(times)
        ]

    def order(self, number: str, customer: StripeCustomer, at: datetime) -> tuple[Order, Payment]:
        """Sell something for the customer's own currency; a few parcels come back."""
        product, quantity, total = self._choose(customer.currency)
        payment = charge(self.rng, customer, at, total, f"Order {number}: {quantity} x {product}")
        status = "delivered" if at + DELIVERY < TODAY else "shipped"
        if status == "delivered" and self.rng.random() < 0.04:
            status = "returned"
            payment.refunded, payment.refunded_at = total, min(at + 3 * DELIVERY, TODAY)
        order = Order(
            number, customer.person, product, quantity, total, customer.currency, status, at, payment.id
        )
        return order, payment

    def link_payment(self, till: Till, payer: Person) -> Payment:
        """Take money by a payment link: the processor makes no customer of whoever pays so."""
        product, quantity, total = self._choose(payer.currency)
        at = max(payer.joined, INTENTS_SINCE)
        return Payment(
            id=token(self.rng, "ch_3", 23),
            at=at,
            amount=total,
            currency=payer.currency,
            description=f"{quantity} x {product}",
            payer=payer,
            customer=None,
            card=till.card(payer, at),
            intent=token(self.rng, "pi_3", 23),
        )

    def _choose(self, currency: str) -> tuple[str, int, Decimal]:
        product = self.rng.choice(self.products)
        quantity = self.rng.choices((1, 2, 3), (75, 18, 7))[0]
        return product["name"], quantity, Decimal(product["price"][currency]) * quantity
