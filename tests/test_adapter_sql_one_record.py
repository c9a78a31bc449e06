"""What fails for one customer's values costs that customer the fields, and is no outage of the database."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from mariadb_server import mariadb_server  # noqa: F401 - a fixture

from adapters.errors import SourceDataError, SourceUnavailable
from adapters.sql import SqlSource

SOMEBODY = "user1@example.com"
TWICE = "SELECT id, (SELECT 1 UNION SELECT 2) AS plan FROM users WHERE email = :email"


@pytest.fixture
def ask(request):
    """A function that makes a source and answers what its lookup raises."""

    def failure(url, query, key=SOMEBODY):
        source = SqlSource(url, query=query)
        request.addfinalizer(source.close)
        with pytest.raises((SourceDataError, SourceUnavailable)) as failed:
            source.lookup(key)
        return failed.value

    return failure


@pytest.fixture
def sqlite(tmp_path):
    path = tmp_path / "users.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE users (id INTEGER, email TEXT, data TEXT)")
        connection.execute("INSERT INTO users VALUES (?, ?, '{broken')", (2**63 - 1, SOMEBODY))
        connection.execute("CREATE VIRTUAL TABLE words USING fts5(email)")
    return f"sqlite:///{path}"


@pytest.mark.parametrize("server", ["postgres_server", "mariadb_server"])
def test_subselect_of_several_rows_is_told_and_is_no_outage(ask, request, server):
    error = ask(request.getfixturevalue(server).create_users(3), TWICE)
    assert isinstance(error, SourceDataError)
    assert str(error) == "a subselect of the query finds more than one row for this customer"
    assert "LIMIT 1" in error.fix


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("SELECT CAST(1 AS UNSIGNED) - id - 1 AS left_over FROM users WHERE email = :email", SOMEBODY),
        ("SELECT 1e308 * 10 * id AS amount FROM users WHERE email = :email", SOMEBODY),
        ("SELECT id FROM users WHERE email REGEXP :email", "(user1@example.com"),
    ],
)
def test_value_that_mariadb_cannot_compute_with_is_no_outage(ask, mariadb_server, query, key):  # noqa: F811
    error = ask(mariadb_server.create_users(3), query, key)
    assert isinstance(error, SourceDataError)
    assert str(error).startswith("the query met a value that it cannot compute with")


def test_statement_that_is_wrong_for_everybody_stays_an_outage_on_mariadb(ask, mariadb_server):  # noqa: F811
    query = "SELECT (SELECT 1, 2) AS twice FROM users WHERE email = :email"
    assert isinstance(ask(mariadb_server.create_users(3), query), SourceUnavailable)


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("SELECT data ->> 'plan' AS plan FROM users WHERE email = :email", SOMEBODY),
        ("SELECT abs(-id - 1) AS id FROM users WHERE email = :email", SOMEBODY),
        ("SELECT email FROM words WHERE words MATCH :email", 'a"b*@example.com'),
    ],
)
def test_value_that_sqlite_cannot_compute_with_is_no_outage(ask, sqlite, query, key):
    error = ask(sqlite, query, key)
    assert isinstance(error, SourceDataError)
    assert str(error) == "the query met a value that it cannot compute with"
    assert "a row or the address" in error.fix


def test_failed_cast_of_a_query_is_not_told_as_the_looked_up_key(ask, postgres_server):
    url = postgres_server.create_users(3)
    error = ask(url, "SELECT CAST(concat('x', id) AS integer) AS plan FROM users WHERE email = :email")
    assert isinstance(error, SourceDataError)
    assert str(error) == "the query cannot turn a value of the row into another type"
    error = ask(url, "SELECT id FROM users WHERE id = CAST(:email AS integer)")
    assert "is lookup_by the right field?" in str(error)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("email = ? OR email = :email", "parameters beside :email, as ? and $1, have no value"),
        ("email = $1 OR email = :email", "parameters beside :email, as ? and $1, have no value"),
        ("email = :email; SELECT 2", "it is more than one statement"),
        ("sum(id) > 0 AND email = :email", "misuse of aggregate"),
    ],
)
def test_query_that_is_wrong_for_everybody_is_told_as_refused_by_sqlite(ask, sqlite, written, told):
    error = ask(sqlite, f"SELECT id FROM users WHERE {written}")  # noqa: S608 - of this test
    assert isinstance(error, SourceUnavailable)
    assert f"refused the query: {told}" in str(error)


def test_file_that_is_no_database_is_told_as_that(ask, tmp_path):
    text = tmp_path / "notes.db"
    text.write_text("no database, and longer than the header of one\n" * 100)
    error = ask(f"sqlite:///{text}", "SELECT id FROM users WHERE email = :email")
    assert str(error) == f"the file {text} is no SQLite database, or an encrypted one"
    assert "url" in error.fix
    error = ask(f"sqlite:///{tmp_path}", "SELECT id FROM users WHERE email = :email")
    assert str(error) == f"{tmp_path} is a folder, and no database file"
