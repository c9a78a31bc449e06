"""The three files that Stripe's dashboard exports today: payments, customers, subscriptions, newest first."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

from sample_data.ledger import Card, Ledger, Payment, StripeCustomer, Subscription
from sample_data.people import Address
from sample_data.resources import load, written

CENT = Decimal("0.01")
# What the dashboard says of each payment, for whoever sold something.
SELLER_MESSAGES = {
    "": "Payment complete.",
    "incorrect_cvc": "The bank returned the decline code `incorrect_cvc`.",
    "expired_card": "The bank returned the decline code `expired_card`.",
    "insufficient_funds": "The bank returned the decline code `insufficient_funds`.",
    "do_not_honor": "The bank returned the decline code `do_not_honor`.",
    "generic_decline": "The bank did not return any further details with this decline.",
}


def write_exports(ledger: Ledger, folder: Path) -> None:
    """Write ``payments.csv``, ``customers.csv`` and ``subscriptions.csv`` into a folder that exists."""
    columns = load("stripe_columns.toml")
    rates = {currency: Decimal(rate) for currency, rate in load("catalogue.toml")["rates"].items()}
    payments = sorted(ledger.payments, key=lambda one: (one.at, one.id), reverse=True)
    _write(
        folder / "payments.csv", columns["payments"], (_payment(one, rates[one.currency]) for one in payments)
    )
    paid: defaultdict[str, list[Payment]] = defaultdict(list)
    for payment in ledger.payments:
        if payment.customer and not payment.declined:
            paid[payment.customer.id].append(payment)
    taken = {one.customer.id: one for one in ledger.subscriptions}
    customers = sorted(ledger.customers, key=lambda one: (one.created, one.id), reverse=True)
    rows = (_customer(one, paid[one.id], taken.get(one.id)) for one in customers)
    _write(folder / "customers.csv", columns["customers"], rows)
    subscriptions = sorted(ledger.subscriptions, key=lambda one: (one.created, one.id), reverse=True)
    _write(folder / "subscriptions.csv", columns["subscriptions"], map(_subscription, subscriptions))


def _write(path: Path, header: list[str], rows: Iterable[Mapping[str, str]]) -> None:
    """Write a file; a column that a row says nothing of stays empty, a column of no header is an error."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _amount(amount: Decimal, currency: str) -> str:
    """Write major units as the dashboard does: two decimals, and none for the yen."""
    return str(amount.quantize(Decimal(1) if currency == "jpy" else CENT))


def _yes(value: object) -> str:
    return "true" if value else "false"


def _payment(payment: Payment, rate: Decimal) -> dict[str, str]:
    """Make one row of the payments."""
    converted = (payment.amount * rate).quantize(CENT)
    share = Decimal("0.029") if payment.currency == "usd" else Decimal("0.039")
    fee = Decimal(0) if payment.declined else converted * share + Decimal("0.30")
    customer = payment.customer
    return {
        "id": payment.id,
        "Created date (UTC)": written(payment.at),
        "Amount": _amount(payment.amount, payment.currency),
        "Amount Refunded": _amount(payment.refunded, payment.currency),
        "Currency": payment.currency,
        "Captured": _yes(not payment.declined),
        "Converted Amount": str(converted),
        "Converted Amount Refunded": str((payment.refunded * rate).quantize(CENT)),
        "Converted Currency": "usd",
        "Description": payment.description,
        "Fee": str(fee.quantize(CENT)),
        "Is Link": _yes(not customer),
        "Mode": "Live",
        "PaymentIntent ID": payment.intent,
        "Payment Source Type": "card" if payment.card else "sepa_debit",
        "Refunded date (UTC)": written(payment.refunded_at),
        "Statement Descriptor": "KILNWRIGHT",
        "Status": payment.status,
        "Seller Message": SELLER_MESSAGES[payment.declined],
        "Taxes On Fee": "0.00",
        "Customer ID": customer.id if customer else "",
        "Customer Description": payment.payer.company if customer else "",
        "Customer Email": customer.email if customer else payment.payer.email,
        "Invoice ID": payment.invoice,
        "Invoice Number": payment.invoice_number,
        **_card(payment.card, payment.payer.address, payment.declined),
        **_dispute(payment),
    }


def _card(card: Card | None, address: Address, declined: str = "") -> dict[str, str]:
    """Make the card's columns, which payments and customers share."""
    if card is None:
        return {}
    return {
        "Card ID": card.id,
        "Card Name": card.name,
        "Card Address Line1": address.line1,
        "Card Address City": address.city,
        "Card Address State": address.state,
        "Card Address Country": address.country,
        "Card Address Zip": address.zip,
        "Card AVS Line1 Status": "pass",
        "Card AVS Zip Status": "pass",
        "Card Brand": card.brand,
        "Card CVC Status": "fail" if declined == "incorrect_cvc" else "pass",
        "Card Exp Month": str(card.exp_month),
        "Card Exp Year": str(card.exp_year),
        "Card Fingerprint": card.fingerprint,
        "Card Funding": card.funding,
        "Card Issue Country": card.country,
        "Card Last4": card.last4,
    }


def _dispute(payment: Payment) -> dict[str, str]:
    if payment.dispute is None:
        return {}
    return {
        "Disputed Amount": _amount(payment.amount, payment.currency),
        "Dispute Date (UTC)": written(payment.dispute.at),
        "Dispute Evidence Due (UTC)": written(payment.dispute.evidence_due),
        "Dispute Reason": payment.dispute.reason,
        "Dispute Status": payment.dispute.status,
    }


def _metadata(customer: StripeCustomer) -> dict[str, str]:
    """Make the columns that the company itself wrote at the processor; a guest has no account to name."""
    return {
        "user_id (metadata)": str(customer.person.id or ""),
        "team (metadata)": customer.person.region,
    }


def _customer(customer: StripeCustomer, paid: list[Payment], taken: Subscription | None) -> dict[str, str]:
    """Make one row of the customers; totals are in the customer's own currency, what went back taken off."""
    refunded = sum((one.refunded for one in paid), Decimal(0))
    lost = sum((one.amount for one in paid if one.dispute and one.dispute.status == "lost"), Decimal(0))
    spend = sum((one.amount for one in paid), Decimal(0)) - refunded - lost
    runs = taken is not None and taken.status != "canceled"
    return {
        "id": customer.id,
        "Description": customer.person.company,
        "Email": customer.email,
        "Name": customer.person.full_name,
        "Created (UTC)": written(customer.created),
        "Delinquent": _yes(taken and taken.status == "past_due"),
        "Plan": taken.price_id if taken and runs else "",
        "Status": taken.status if taken and runs else "",
        "Cancel At Period End": _yes(False) if runs else "",
        "Account Balance": _amount(Decimal(0), customer.currency),
        "Currency": customer.currency,
        "Total Spend": _amount(spend, customer.currency),
        "Payment Count": str(len(paid)),
        "Average Order": _amount(spend / max(len(paid), 1), customer.currency),
        "Refunded Volume": _amount(refunded, customer.currency),
        "Dispute Losses": _amount(lost, customer.currency),
        **_card(customer.card, customer.person.address),
        **_metadata(customer),
    }


def _subscription(taken: Subscription) -> dict[str, str]:
    """Make one row of the subscriptions."""
    customer = taken.customer
    return {
        "id": taken.id,
        "Customer ID": customer.id,
        "Customer Description": customer.person.company,
        "Customer Email": customer.email,
        "Plan": taken.price_id,
        "Quantity": "1",
        "Currency": customer.currency,
        "Interval": taken.interval,
        "Amount": _amount(taken.amount, customer.currency),
        "Status": taken.status,
        "Created (UTC)": written(taken.created),
        "Start Date (UTC)": written(taken.created),
        "Current Period Start (UTC)": written(taken.period_start),
        "Current Period End (UTC)": written(taken.period_end),
        "Customer Name": customer.person.full_name,
        **_metadata(customer),
    }
