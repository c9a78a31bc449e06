"""The customers that everything is measured on: invented, the same in every run, told by their number."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

PLANS = ("Starter", "Solo", "Studio", "Guild")
COLUMNS = ("id", "email", "created_at", "current_sign_in_at", "sign_in_count", "plan", "company")
ANSWERED = tuple(name for name in COLUMNS if name != "email")
"""The columns that an answer holds; the helpdesk knows the address itself."""

QUERY = "SELECT " + ", ".join(ANSWERED) + " FROM users WHERE email = :email"
FIRST = datetime(2013, 6, 16, 12, 36, 36)  # noqa: DTZ001 - written without a zone; every time here is UTC

Row = tuple[int, str, str, str, int, str, str]


def email_of(number: int) -> str:
    """Answer the address of a customer, who is counted from 1."""
    return f"user{number}@example.com"


def row_of(number: int) -> Row:
    """Make a customer's row of the table ``users``, in the order of COLUMNS; times are UTC."""
    created = FIRST + timedelta(minutes=number)
    signed_in = created + timedelta(days=number % 400, seconds=number % 86_400)
    company = f"Studio {number % 5_000}"
    return (
        number,
        email_of(number),
        created.isoformat(" "),
        signed_in.isoformat(" "),
        number % 500,
        PLANS[number % len(PLANS)],
        company,
    )


def answer_of(number: int) -> dict[str, Any]:
    """Answer the profile that every subject has to give for a customer, as the helpdesk's page writes it."""
    told = dict(zip(COLUMNS, row_of(number), strict=True))
    for name in ("created_at", "current_sign_in_at"):
        told[name] = f"{told[name]} Z"
    return {name: told[name] for name in ANSWERED}


def some_emails(seed: int, count: int, users: int, step: int = 1) -> list[str]:
    """Choose addresses at random among every ``step``-th user, the same for the same seed."""
    random = Random(seed)
    return [email_of(step * random.randint(1, users // step)) for _ in range(count)]
