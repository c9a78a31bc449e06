"""Which index is advised where a lookup reads a whole table: one that can be made and serves, or none."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy.types import INTEGER, TEXT, VARCHAR

from adapters.sql import SqlSource
from adapters.sql.advice import Query
from adapters.sql.schema import Described

USERS = {"id": INTEGER(), "email": VARCHAR(200)}
KNOWN = {
    "users": Described(USERS, {"id": "PRIMARY KEY"}, frozenset({"users_email"})),
    "a.users": Described(USERS, {}, frozenset()),
    "orders": Described({"id": INTEGER(), "user_id": INTEGER(), "note": TEXT()}, {}, frozenset()),
    "emails": Described({"user_id": INTEGER(), "email": TEXT()}, {}, frozenset()),
}


def advised(url, query):
    """Answer what is found of the index of a query."""
    source = SqlSource(url.replace("postgresql:", "postgresql+psycopg:"), query=query)
    (found,) = [finding for finding in source.examine() if finding.id == "sql-index"]
    source.close()
    return found


@pytest.mark.parametrize(
    ("query", "backend", "table", "advice"),
    [
        ("SELECT 1 FROM orders WHERE :email = note", "sqlite", "orders", "orders_note ON orders (note);"),
        ("SELECT 1 FROM a.users WHERE (lower( email )=f(:email))", "sqlite", "a.users", "users_lower_email"),
        ("SELECT 1 FROM users WHERE email = :email", "sqlite", "users", "INDEX users_email_of_lookup ON"),
        ("SELECT 1 FROM users WHERE lower(email) = :email", "mysql", "users", "Compare email = :email"),
        ("SELECT 1 FROM `users` WHERE `email` IN (:email)", "mysql", "users", "ON users (email);"),
        ("SELECT 1 FROM orders WHERE note = :email", "mysql", "orders", "ON orders (note(191));"),
        ("SELECT 1 FROM users u JOIN orders o ON o.user_id = u.id", "sqlite", "orders", "orders (user_id);"),
        ("SELECT 1 FROM users u JOIN orders o ON o.user_id = u.id", "sqlite", "users", "PRIMARY KEY is"),
    ],
)  # fmt: skip
def test_advice_fits_the_query(query, backend, table, advice):
    made = Query(query, backend)
    assert advice in made.advice(table, {name: KNOWN[name] for name in made.tables})


@pytest.mark.parametrize(
    ("query", "table"),
    [
        ("SELECT 1 FROM users WHERE f(:email)", "users"),
        ("SELECT 1 FROM users WHERE email COLLATE NOCASE = :email", "users"),
        ("SELECT 1 FROM users WHERE id || email = :email", "users"),
        ("SELECT 1 FROM users WHERE :email = email || id", "users"),
        ("SELECT 1 FROM users WHERE unknown(email) = :email", "users"),
        ("SELECT 1 FROM users WHERE email = :email OR id = :email", "users"),
        ("SELECT 1 FROM users WHERE email <> 'a' -- WHERE email = :email", "users"),
        ("SELECT 1 FROM users u, orders o WHERE u.email = :email", "orders"),
        ("SELECT (SELECT 1 FROM orders WHERE user_id = users.id) FROM users WHERE email = :email", "orders"),
        ("SELECT 1 FROM users WHERE id IN (SELECT user_id FROM emails WHERE email = :email)", "users"),
        ("WITH c AS (SELECT * FROM users WHERE email = :email) SELECT 1 FROM c, orders", "orders"),
        ("SELECT 1 FROM view WHERE email = :email", "users"),
    ],
)  # fmt: skip
def test_index_that_is_not_certain_is_not_proposed(query, table):
    made = Query(query, "sqlite")
    assert made.advice(table, {name: KNOWN[name] for name in made.tables & {*KNOWN}}) == ""


POSTGRESQL = """
CREATE TABLE people (id int, email varchar(200), "E Mail" text, emails text[]);
INSERT INTO people SELECT n, 'U' || n, 'u' || n, ARRAY['u' || n] FROM generate_series(1, 20000) AS n;
CREATE TABLE orders (id int, user_id bigint);
INSERT INTO orders SELECT n, n FROM generate_series(1, 20000) AS n;
CREATE TABLE emails (user_id int, address text PRIMARY KEY);
INSERT INTO emails SELECT n, 'u' || n FROM generate_series(1, 20000) AS n;
CREATE VIEW lowered AS SELECT id, lower("E Mail") AS email FROM people;
ANALYZE
"""


@pytest.fixture(scope="module")
def people(postgres_server):
    """A database of PostgreSQL with large tables that have almost no index."""
    url = postgres_server.create_users(50)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(POSTGRESQL.encode())
    return url


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("SELECT (SELECT count(*) FROM orders WHERE user_id = e.user_id) FROM emails e WHERE {}",
         "orders (user_id)"),
        ("WITH c AS (SELECT * FROM emails WHERE {}) SELECT o.id FROM c JOIN orders o USING (user_id)",
         "orders (user_id)"),
        ("SELECT id FROM people WHERE id IN (SELECT user_id FROM emails WHERE {})", "people (id)"),
        ("SELECT id FROM lowered WHERE email = :email", 'people (lower("E Mail"))'),
        ('SELECT 1 FROM people AS "T x" WHERE email = :email AND "E Mail" <> \'") AND (\'', "people (email)"),
        ("SELECT id FROM people WHERE lower(email) IN (:email)", "people (lower(email))"),
        ("SELECT id FROM people WHERE id = :email AND email <> 'it''s'", "people (id)"),
    ],
)  # fmt: skip
def test_index_that_is_advised_for_postgresql_can_be_made_and_serves(people, query, wanted):
    query = query.replace("{}", "address = :email")
    found = advised(people, query)
    assert (found.severity, found.fix) == ("warning", f"CREATE INDEX CONCURRENTLY ON {wanted};")
    with psycopg.connect(people, autocommit=True) as connection:
        connection.execute(f"CREATE INDEX CONCURRENTLY made ON {wanted}".encode())
        connection.execute("ANALYZE")
        assert advised(people, query).message.startswith("the lookup uses an index")
        connection.execute("DROP INDEX made")


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ("SELECT id FROM people WHERE :email = ANY(emails)", "(:email = ANY (people.emails))"),
        ('SELECT id FROM people WHERE email COLLATE "C" = :email', "((people.email)::text = :email)"),
        ("SELECT id FROM people WHERE id::text = :email", "((people.id)::text = :email)"),
        ("SELECT id FROM people WHERE email = :email OR lower(email) = :email", "OR (lower("),
        ("SELECT id FROM people WHERE lower(trim(email)) = :email", "TRIM(BOTH FROM people.email)"),
    ],
)  # fmt: skip
def test_condition_that_no_index_is_sure_to_serve_is_told_by_postgresql(people, query, condition):
    found = advised(people, query)
    assert (found.severity, condition in found.fix, "CREATE INDEX" in found.fix) == ("warning", True, False)


@pytest.mark.parametrize(
    ("query", "is_there"),
    [
        ("SELECT id FROM users WHERE email = :email", True),
        ("SELECT id FROM users WHERE email LIKE :email", False),
    ],
)
def test_index_that_postgresql_goes_without_is_named(people, query, is_there):
    found = advised(people, query)
    assert (found.severity, "The index users_email_key is there" in found.fix) == ("ok", is_there)
