"""PgBouncer in transaction pooling mode before PostgreSQL: the next lookup comes to another session."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep

import psycopg
import pytest
from pgbouncer_server import pgbouncer
from servers import HOST, PASSWORD
from sqlalchemy import make_url

from adapters.errors import SourceUnavailable
from adapters.sql import SqlSource

ROLE = "reader_behind_a_pooler"
"""What the doctor's fix is tried on: a role that the server limits, whoever connects as it."""


@pytest.fixture(scope="module")
def database(postgres_server):
    url = make_url(postgres_server.create_users(50))
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'".encode())
        connection.execute(f"GRANT SELECT, UPDATE ON users TO {ROLE}".encode())
        connection.execute(f"ALTER ROLE {ROLE} SET statement_timeout = '300ms'".encode())
        connection.execute(f"ALTER ROLE {ROLE} SET default_transaction_read_only = on".encode())
    return url


@pytest.fixture(params=["", "ignore_startup_parameters = options"], ids=["refuses", "ignores"])
def pooler(request, database):
    """One that refuses the settings of a session, and one that takes no notice of them."""
    where = f"host={HOST} port={database.port} dbname={database.database} password={PASSWORD}"
    with pgbouncer({"own": f"{where} user=app", "limited": f"{where} user={ROLE}"}, request.param) as server:
        yield server


@pytest.fixture
def source(request):
    def make(url, query, **options):
        made = SqlSource(url.replace("postgresql:", "postgresql+psycopg:"), query=query, **options)
        request.addfinalizer(made.close)
        return made

    return make


@pytest.mark.parametrize("name", ["own", "limited"])
def test_no_lookup_fails_or_meets_what_another_session_prepared(source, pooler, name):
    by_id = source(pooler.url_of(name), "SELECT id FROM users WHERE email = :email", timeout=10)
    by_plan = source(pooler.url_of(name), "SELECT plan FROM users WHERE email = :email", timeout=10)
    asked = [(number, made) for number in range(1, 51) for made in (by_id, by_plan)] * 3

    def ask(number, made):
        try:
            return made.lookup(f"user{number}@example.com")
        except SourceUnavailable as error:
            return {"failed": str(error)}

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda one: ask(*one), asked))
    keys = Counter(key for record in found for key in record)
    assert keys == {"id": 150, "plan": 150}
    assert all(
        record["id"] == number for (number, made), record in zip(asked, found, strict=True) if made is by_id
    )


def test_doctor_says_what_to_set_and_that_holds(source, pooler, database):
    query = "SELECT id FROM users WHERE email = :email"
    (told,) = [found for found in source(pooler.url, query).examine() if found.id == "sql-session"]
    assert "a statement may run for ever, it may write" in told.message
    assert "SET statement_timeout" in told.fix
    assert "SET default_transaction_read_only" in told.fix
    limited = pooler.url_of("limited")
    assert not [found for found in source(limited, query).examine() if found.id == "sql-session"]
    changing = "WITH x AS (UPDATE users SET plan = 'x' WHERE email = :email RETURNING id) SELECT id FROM x"
    with pytest.raises(SourceUnavailable, match="it writes, and a lookup may only read"):
        source(limited, changing).lookup("user1@example.com")
    slow = source(limited, "SELECT pg_sleep(20 + length(:email))::text AS slept", timeout=0.5)
    with pytest.raises(SourceUnavailable, match="did not answer in time"):
        slow.lookup("user1@example.com")
    began = monotonic()
    running = "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep(20 +%'"
    with psycopg.connect(database.render_as_string(hide_password=False), autocommit=True) as watcher:
        while watcher.execute(running).fetchall():
            assert monotonic() - began < 10, "the statement goes on"
            sleep(0.02)
