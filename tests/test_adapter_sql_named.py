"""Several queries in one source, each under its name, and what its rules make of the rows."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from time import monotonic

import pytest
from mariadb_server import mariadb_server  # noqa: F401 - a fixture
from marshmallow import ValidationError
from sqlalchemy import create_engine, text

from adapters.errors import SourceDataError, SourceUnavailable
from adapters.options import load_options
from adapters.sql import SqlSource
from adapters.sql.options import SqlOptions
from webhook_server.profile.lookup import BoundSource
from webhook_server.profile.service import ProfileService

CASEY = "casey@example.com"
ORDERS = "SELECT id, made FROM orders WHERE email = :email ORDER BY id"
MAIN = "SELECT id FROM people WHERE email = :email"
QUERIES = {
    "last_order": {"query": ORDERS, "rows": "newest", "newest_by": "made", "types": {"made": "datetime"}},
    "order": {"query": "SELECT id FROM orders WHERE email = :email ORDER BY id", "rows": "all"},
    "orders": {"query": f"{ORDERS} ; -- all of them", "rows": "count"},
    "first_order": {"query": "SELECT id FROM orders WHERE email = :email ORDER BY id"},
}
AT = datetime(2020, 1, 3, tzinfo=UTC)
TABLES = (
    "CREATE TABLE people (id INT, email VARCHAR(50))",
    "CREATE TABLE orders (id INT, email VARCHAR(50), made TIMESTAMP NULL)",
    "INSERT INTO people VALUES (3, 'casey@example.com'), (4, 'robin@example.com')",
    "INSERT INTO orders VALUES (1, 'casey@example.com', '2020-01-02 00:00:00')",
    "INSERT INTO orders VALUES (2, 'casey@example.com', '2020-01-03 00:00:00')",
    "INSERT INTO orders VALUES (3, 'casey@example.com', NULL)",
)


def filled(url):
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in TABLES:
            connection.execute(text(statement))
    engine.dispose()
    return url


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory):
    return filled(f"sqlite:///{tmp_path_factory.mktemp('named') / 'company.db'}")


@pytest.fixture(scope="module")
def postgresql(postgres_server):
    url = postgres_server.create_users(1).replace("postgresql://", "postgresql+psycopg://")
    return filled(url)


@pytest.fixture(scope="module")
def mariadb(mariadb_server):  # noqa: F811
    return filled(mariadb_server.create_users(1))


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def url(request):
    """The URL of each database in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def source(tmp_path, request):
    """A function that makes a source from options as settings give them."""

    def make(url, queries=QUERIES, **options):
        raw = {"url": url} | ({"queries": queries} if queries is not None else {}) | options
        made = SqlSource.from_options(load_options(SqlOptions, raw, tmp_path))
        request.addfinalizer(made.close)
        return made

    return make


def test_each_query_stands_under_its_name_by_its_rule(source, url):
    expected = {
        "id": 3,
        "last_order": {"id": 2, "made": AT},
        "order": [{"id": 1}, {"id": 2}, {"id": 3}],
        "orders": 3,
        "first_order": {"id": 1},
    }
    made = source(url, query=MAIN)
    assert made.lookup(CASEY) == expected
    assert made.lookup_all(CASEY) == [expected]
    alone = source(url)
    assert alone.lookup(CASEY) == {name: value for name, value in expected.items() if name != "id"}


def test_customer_without_rows_elsewhere_is_known(source, url):
    assert source(url, query=MAIN).lookup("robin@example.com") == {"id": 4, "orders": 0}


def test_address_that_no_query_knows_is_unknown(source, url):
    for made in (source(url, query=MAIN), source(url)):
        assert made.lookup("nobody@example.com") is None
        assert made.lookup_all("nobody@example.com") == []


def test_table_form_has_queries_beside_it(source, url):
    made = source(url, {"orders": QUERIES["orders"]}, table="people", email_column="email", columns=["id"])
    assert made.lookup(CASEY) == {"id": 3, "orders": 3}


def test_fields_are_told_beforehand_as_they_leave(source, url):
    made = source(url, query=MAIN)
    (outline,) = made.outlines()
    assert outline == {
        "id": None,
        "last_order": {"id": None, "made": None},
        "order": [{"id": None}] * 10,
        "orders": None,
        "first_order": {"id": None},
    }
    service = ProfileService([BoundSource("app", made)])
    given = set(service.answer(CASEY).fields)
    assert {"id", "last_order_id", "order_1_id", "order_3_id", "order_count", "orders"} <= given
    assert given <= set(service.inventory().fields)


def test_broken_query_is_an_error_of_the_check_and_named_where_it_is_slow(source, url):
    broken = source(url, {"orders": {"query": "SELECT x FROM nowhere WHERE email = :email"}}, query=MAIN)
    assert [finding.severity for finding in broken.check()] == ["error"]
    with pytest.raises(SourceUnavailable):
        broken.lookup(CASEY)
    told = [finding.message for finding in source(url, query=MAIN).examine() if finding.id == "sql-index"]
    assert any(message.startswith("last_order: the lookup reads all of") for message in told)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("SELECT idd FROM people WHERE email = :email", "no column 'idd'; did you mean 'id'?"),
        ("SELECT id FROM people WHERE emial = :email", "no column 'emial'; did you mean 'email'?"),
        (
            "SELECT o.mde FROM people p, orders o WHERE o.email = :email",
            "no column 'o.mde'; did you mean 'made'?",
        ),
        (
            "SELECT id, emial FROM people WHERE lower(email) = :email",
            "no column 'emial'; did you mean 'email'?",
        ),
        (
            "SELECT p.id, p.emial FROM people p JOIN orders o ON o.email = p.email WHERE p.email = :email",
            "no column 'p.emial'; did you mean 'email'?",
        ),
        ("SELECT xyz FROM people WHERE email = :email", "no column 'xyz'; it has email, id"),
        ("SELECT id FROM peeple WHERE email = :email", "did you mean 'people'?"),
    ],
)
def test_name_that_the_database_does_not_know_is_told_with_the_nearest(source, url, asked, told):
    made = source(url, {"other": {"query": asked}}, timeout=10)
    for _ in range(2):
        with pytest.raises(SourceUnavailable) as refusal:
            made.lookup(CASEY)
        assert str(refusal.value).startswith("the database refused the query: there is no ")
        assert str(refusal.value).endswith(told)


SLOW = {
    "postgresql": "SELECT pg_sleep(0.2)::text AS slept, id FROM people WHERE email = :email",
    "mariadb": "SELECT sleep(0.2) AS slept, id FROM people WHERE email = :email",
}


@pytest.mark.timing
@pytest.mark.parametrize("server", SLOW)
def test_named_queries_end_within_one_timeout_together(source, server, request):
    url = request.getfixturevalue(server)
    slow = source(
        url, {f"q{number}": {"query": SLOW[server]} for number in range(6)}, timeout=0.5, query=MAIN
    )
    assert slow.lookup("nobody@example.com") is None
    began = monotonic()
    with pytest.raises(SourceUnavailable, match="did not answer in time"):
        slow.lookup(CASEY)
    assert monotonic() - began < 0.5 + 0.15


@pytest.mark.timing
def test_limit_of_mariadb_is_whole_again_after_a_slow_lookup(source, mariadb):
    limit = "SELECT @@max_statement_time AS limited, id FROM people WHERE email = :email"
    queries = {"a": {"query": SLOW["mariadb"]}, "b": {"query": limit}}
    made = source(mariadb, queries, timeout=1, query=limit)
    for _ in range(2):
        record = made.lookup(CASEY)
        assert record["limited"] == 1
        assert 0.5 < record["b"]["limited"] < 0.85


def test_nearest_name_in_a_table_of_unknown_types_is_told_without_a_warning(source, mariadb, mariadb_server):  # noqa: F811
    engine = create_engine(mariadb)
    with engine.begin() as connection:
        connection.execute(text("CREATE OR REPLACE TABLE visits (email VARCHAR(50), ip inet6)"))
    engine.dispose()
    made = source(mariadb, query="SELECT i FROM visits WHERE emial = :email", timeout=10, queries=None)
    with pytest.raises(SourceUnavailable, match=r"no column '(i|emial)'; "):
        made.lookup(CASEY)


def refused_everywhere(made, told):
    """See that the doctor, the list of fields and a lookup all say the same."""
    assert [(finding.severity, finding.message) for finding in made.examine()] == [("error", told)]
    for ask in (made.outlines, lambda: made.lookup(CASEY)):
        with pytest.raises(SourceDataError) as refusal:
            ask()
        assert str(refusal.value) == told


def test_query_that_is_called_like_a_column_is_told(source, sqlite):
    refused_everywhere(
        source(sqlite, {"id": {"query": MAIN}}, query=MAIN),
        "a column and a query are both called 'id': name them apart",
    )


def test_newest_by_a_column_that_is_not_there_is_told(source, url):
    queries = {"last": {"query": ORDERS, "rows": "newest", "newest_by": "mode"}}
    told = "the query 'last' gives no column 'mode'; did you mean 'made'? (see its newest_by)"
    refused_everywhere(source(url, queries), told)
    refused_everywhere(source(url, queries, query=MAIN), told)


@pytest.mark.parametrize(
    "form", [{"query": MAIN}, {"table": "people", "email_column": "email", "columns": ["id"]}]
)
def test_types_of_a_column_that_is_not_there_are_told(source, url, form):
    queries = {"last": {"query": ORDERS, "types": {"mode": "datetime", "id": "text"}}}
    made = source(url=url, queries=queries, types={"idd": "text"}, **form)
    found = [finding for finding in made.check() if finding.id == "sql-types"]
    assert {finding.severity for finding in found} == {"warning"}
    assert [finding.message for finding in found] == [
        "types says what 'idd' is, and no such column is read; did you mean 'id'?",
        "types of the query 'last' says what 'mode' is, and no such column is read; did you mean 'made'?",
    ]
    assert made.lookup(CASEY)["last"]["id"] == "1"


def test_newest_by_values_that_cannot_be_compared_is_told(source, sqlite):
    mixed = "SELECT 1 AS at WHERE :email <> '' UNION ALL SELECT 'x'"
    queries = {"last": {"query": mixed, "rows": "newest", "newest_by": "at"}}
    with pytest.raises(SourceDataError, match="values of several types in 'at': see its types"):
        source(sqlite, queries).lookup(CASEY)


@pytest.fixture
def of_many_rows(tmp_path, source):
    """A function that makes a source of a database in which Casey has so many orders, the last the newest."""

    def make(count):
        path = tmp_path / f"{count}.db"
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE orders (id INTEGER, email TEXT)")
        connection.executemany("INSERT INTO orders VALUES (?, ?)", [(n, CASEY) for n in range(1, count + 1)])
        connection.commit()
        connection.close()
        asked = "SELECT id FROM orders WHERE email = :email ORDER BY id"
        queries = {"order": {"query": asked, "rows": "all"}, "orders": {"query": asked, "rows": "count"}}
        queries["last"] = {"query": asked, "rows": "newest", "newest_by": "id"}
        return ProfileService([BoundSource("app", source(f"sqlite:///{path}", queries))])

    return make


def test_thousand_rows_are_all_looked_at(of_many_rows):
    fields = of_many_rows(1000).answer(CASEY).fields
    assert fields["order_1_id"] == 1
    assert (fields["order_count"], fields["orders"], fields["last_id"]) == (1000, 1000, 1000)


def test_what_more_than_a_thousand_rows_would_tell_wrongly_is_left_out(of_many_rows):
    answer = of_many_rows(1002).answer(CASEY)
    assert answer.fields["orders"] == 1002
    assert [answer.fields[f"order_{number}_id"] for number in range(1, 11)] == [*range(1, 11)]
    assert not {"order_count", "order_11_id", "last", "last_id"} & answer.fields.keys()
    told = {change.key: change.reason for change in answer.changes if change.kind == "dropped"}
    assert told["order_count"].startswith("there are more than 1,000 rows, which are not counted: see rows")
    assert told["last"].endswith("let the query choose: ORDER BY id DESC LIMIT 1")


@pytest.mark.parametrize(
    ("queries", "message"),
    [
        ({}, "Shorter than minimum length 1"),
        ({"Orders": {"query": ORDERS}}, "Use lower-case letters"),
        ({"orders": {}}, "Missing data"),
        ({"orders": {"query": "DELETE FROM x WHERE :email"}}, "It must begin with SELECT or WITH"),
        ({"orders": {"query": ORDERS, "rows": "last"}}, "Must be one of: first, newest, all, count"),
        ({"orders": {"query": ORDERS, "rows": "newest"}}, "go together"),
        ({"orders": {"query": ORDERS, "newest_by": "id"}}, "go together"),
        ({"orders": {"query": ORDERS, "qeury": 1}}, "Unknown field"),
    ],
)
def test_queries_that_cannot_work_are_refused_with_a_reason(tmp_path, queries, message):
    with pytest.raises(ValidationError) as refusal:
        load_options(SqlOptions, {"url": "sqlite:///a.db", "queries": queries}, tmp_path)
    assert message in str(refusal.value.messages["queries"])


def test_types_of_a_count_are_refused(tmp_path):
    counted = {"query": ORDERS, "rows": "count", "types": {"id": "text"}}
    with pytest.raises(ValidationError, match="no effect where rows are counted"):
        load_options(SqlOptions, {"url": "sqlite:///a.db", "queries": {"orders": counted}}, tmp_path)


def test_types_without_a_query_of_their_own_are_refused(tmp_path):
    raw = {"url": "sqlite:///a.db", "queries": QUERIES, "types": {"id": "text"}}
    with pytest.raises(ValidationError, match="Give them to each of the queries"):
        load_options(SqlOptions, raw, tmp_path)
