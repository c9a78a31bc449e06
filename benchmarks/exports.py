"""Stripe exports of the size of a small company, with every column that the dashboard gives."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from random import Random
from string import ascii_letters, digits
from typing import Any

from benchmarks.customers import email_of, row_of
from sample_data.resources import load

CHARGE = {"Currency": "usd", "Captured": "true", "Mode": "Live", "Status": "Paid", "Amount Refunded": "0.00"}
_SIGNS = ascii_letters + digits


def stripe_exports(folder: Path, users: int, step: int) -> Path:
    """Answer the folder of payments.csv and customers.csv of every ``step``-th user, made where missing."""
    place = folder / f"exports-{users}-{step}"
    if place.exists():
        return place
    beside = place.with_suffix(".new")
    beside.mkdir(parents=True, exist_ok=True)
    columns = load("stripe_columns.toml")
    numbers = range(step, users + 1, step)
    _write(beside / "customers.csv", columns["customers"], map(_customer, numbers))
    _write(beside / "payments.csv", columns["payments"], map(_payment, numbers))
    beside.rename(place)
    return place


def answer_of(number: int) -> dict[str, Any]:
    """Answer what the kit has to say of a user from the exports, before that of the database."""
    created = row_of(number)[2]
    return {
        "stripe_customer_token": _customer_id(number),
        "first_charge_created_at": f"{created} Z",
        "last_charge_amount": f"${_amount(number)}",
    }


def _write(path: Path, header: list[str], rows: Iterable[Mapping[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _customer_id(number: int) -> str:
    return _id("cus", number, 14)


def _id(kind: str, number: int, signs: int) -> str:
    """Make an id as Stripe's are: letters and digits at random, the same ones for the same number."""
    return f"{kind}_{''.join(Random(f'{kind} {number}').choices(_SIGNS, k=signs))}"


def _amount(number: int) -> str:
    return f"{10 + number % 900}.50"


def _customer(number: int) -> dict[str, str]:
    _, email, created, *_, company = row_of(number)
    return {
        "id": _customer_id(number),
        "Description": company,
        "Email": email,
        "Name": f"User {number}",
        "Created (UTC)": created,
        "Delinquent": "false",
        "Currency": "usd",
        "Total Spend": _amount(number),
        "Payment Count": "1",
        "user_id (metadata)": str(number),
    }


def _payment(number: int) -> dict[str, str]:
    return CHARGE | {
        "id": _id("ch", number, 24),
        "Created date (UTC)": row_of(number)[2],
        "Amount": _amount(number),
        "Description": "A month of Studio",
        "PaymentIntent ID": _id("pi", number, 24),
        "Payment Source Type": "card",
        "Card Brand": "Visa",
        "Card Last4": "4242",
        "Customer ID": _customer_id(number),
        "Customer Email": email_of(number),
        "Invoice ID": f"in_{number:024d}",
    }
