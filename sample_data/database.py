"""The sample company's own database: accounts, plans, sign-ins, orders."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from decimal import Decimal
from pathlib import Path

from sample_data.ledger import Ledger
from sample_data.people import Person
from sample_data.resources import load, seeded, written
from sample_data.shop import Order
from sample_data.visits import Visit, visits

SCHEMA = """
CREATE TABLE plans (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    monthly_price_cents INTEGER NOT NULL,  -- US cents
    studios INTEGER NOT NULL               -- how many studios it covers
);
CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    email TEXT NOT NULL COLLATE NOCASE,    -- Casey@Example.com and casey@example.com are one person
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    company TEXT NOT NULL,
    plan_id INTEGER NOT NULL REFERENCES plans (id),
    created_at DATETIME NOT NULL,          -- every time is UTC, written YYYY-MM-DD HH:MM:SS
    current_sign_in_at DATETIME,           -- NULL: never signed in
    sign_in_count INTEGER NOT NULL DEFAULT 0,
    locale TEXT NOT NULL,
    time_zone TEXT NOT NULL
);
CREATE UNIQUE INDEX users_email ON users (email);
CREATE TABLE sign_ins (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id),
    signed_in_at DATETIME NOT NULL,
    ip_address TEXT NOT NULL,
    device TEXT NOT NULL
);
CREATE INDEX sign_ins_user ON sign_ins (user_id, signed_in_at);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    user_id INTEGER NOT NULL REFERENCES users (id),
    product TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    total_cents INTEGER NOT NULL,          -- hundredths of the order's currency
    currency TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('shipped', 'delivered', 'returned')),
    ordered_at DATETIME NOT NULL,
    stripe_payment_id TEXT NOT NULL
);
CREATE INDEX orders_user ON orders (user_id, ordered_at);
"""

Row = tuple[str | int | None, ...]


def write_database(path: Path, people: list[Person], ledger: Ledger, orders: list[Order]) -> None:
    """Write the database to a path where there is none yet."""
    rng = seeded("visits")
    plan_of = {one.customer.person.id: one.plan for one in ledger.subscriptions if one.status != "canceled"}
    visits_of = {person.id: visits(rng, person, stays=person.id in plan_of) for person in people}
    plan_ids = {plan["name"]: plan["id"] for plan in load("catalogue.toml")["plans"]}
    with closing(sqlite3.connect(path)) as connection, connection:
        # A build that fails throws the whole folder away: nothing has to survive a crash.
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.executescript(f"BEGIN; {SCHEMA}")
        _insert(connection, "plans", _plans())
        users = (
            _user(person, plan_ids[plan_of.get(person.id, "Starter")], visits_of[person.id])
            for person in people
        )
        _insert(connection, "users", users)
        _insert(connection, "sign_ins", _sign_ins(visits_of))
        _insert(connection, "orders", _orders(orders))


def _insert(connection: sqlite3.Connection, table: str, rows: Iterable[Row]) -> None:
    """Insert rows that fill every column of a table of SCHEMA."""
    columns = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
    places = ", ".join("?" * len(columns))
    connection.executemany(f"INSERT INTO {table} VALUES ({places})", rows)  # noqa: S608 - our own names


def _plans() -> Iterable[Row]:
    for plan in load("catalogue.toml")["plans"]:
        price = Decimal(plan.get("month", {}).get("usd", "0"))
        yield plan["id"], plan["name"], int(price * 100), plan["studios"]


def _user(person: Person, plan_id: int, of_person: list[Visit]) -> Row:
    return (
        person.id,
        person.email,
        person.first_name,
        person.last_name,
        person.company,
        plan_id,
        written(person.joined),
        written(of_person[-1].at) if of_person else None,
        len(of_person),
        person.locale,
        person.time_zone,
    )


def _sign_ins(visits_of: dict[int, list[Visit]]) -> Iterable[Row]:
    happened = [(visit.at, user, visit) for user, of_person in visits_of.items() for visit in of_person]
    for number, (at, user, visit) in enumerate(sorted(happened, key=lambda row: row[:2]), 1):
        yield number, user, written(at), visit.ip_address, visit.device


def _orders(orders: list[Order]) -> Iterable[Row]:
    for number, order in enumerate(orders, 1):
        yield (
            number,
            order.number,
            order.person.id,
            order.product,
            order.quantity,
            int(order.total * 100),
            order.currency,
            order.status,
            written(order.ordered_at),
            order.payment_id,
        )
