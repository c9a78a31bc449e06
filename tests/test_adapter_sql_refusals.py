"""What a database refuses is told by its own name, with what to do, and without a secret."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import servers
from mariadb_server import mariadb_server  # noqa: F401 - a fixture
from sqlalchemy import make_url

from adapters.database_refusals import refusal_of, where_is
from adapters.errors import SourceConfigError, SourceUnavailable
from adapters.options import load_options
from adapters.sql import SqlSource
from adapters.testing import SECRET

QUERY = "SELECT id FROM users WHERE email = :email"
SOMEBODY = "user1@example.com"


@pytest.fixture(scope="module")
def postgresql(postgres_server):
    url = make_url(postgres_server.create_users(3)).set(drivername="postgresql+psycopg")
    with psycopg.connect(postgres_server.url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE asker LOGIN PASSWORD '{servers.PASSWORD}'")
    return url


@pytest.fixture(scope="module")
def mariadb(mariadb_server):  # noqa: F811
    url = make_url(mariadb_server.create_users(3))
    mariadb_server.execute(
        f"CREATE USER reader@'%' IDENTIFIED BY '{servers.PASSWORD}'",
        f"GRANT SELECT (id) ON {url.database}.users TO reader@'%'",
    )
    place = {"host": servers.HOST, "port": mariadb_server.port, "query": {}}
    return url.set(username="reader", password=servers.PASSWORD, **place)


def told_by(url, query=QUERY, **options):
    """Answer what a lookup and the doctor say, and the doctor's fix; the three hold no password."""
    source = SqlSource(url.render_as_string(hide_password=False), query=query, **options)
    with pytest.raises(SourceUnavailable) as refusal:
        source.lookup(SOMEBODY)
    (found,) = source.check()
    source.close()
    assert found.message == str(refusal.value)
    assert servers.PASSWORD not in found.message + found.fix
    return found.message, found.fix


@pytest.mark.parametrize("server", ["postgresql", "mariadb"])
def test_door_that_stays_shut_is_told_with_the_reason(server, request):
    url = request.getfixturevalue(server)
    where = f"{servers.HOST}:{url.port}"
    message, fix = told_by(url.set(password="no-such-password"))
    assert message == f"the database {where} refuses the user {url.username!r} or the password"
    assert "%40" in fix
    message, fix = told_by(url.set(port=1))
    assert (message, fix[:18]) == (f"nothing listens at {servers.HOST}:1", "Start the database")
    message, fix = told_by(url.set(host="nohost.invalid"), timeout=5)
    assert message == f"no host of the name in nohost.invalid:{url.port} is known"


def test_database_that_is_not_there_is_told(postgresql, mariadb):
    message, fix = told_by(postgresql.set(database="nodb"))
    assert message == f"the server {servers.HOST}:{postgresql.port} has no database 'nodb'"
    assert fix.startswith("Mend the name in the url")
    message, _ = told_by(mariadb.set(database="nodb"))
    assert message.endswith("does not let the user 'reader' into the database 'nodb'")


def test_right_that_is_missing_is_told_with_the_grant(postgresql, mariadb):
    message, fix = told_by(postgresql.set(username="asker"))
    assert message == "the database refused the query: the user 'asker' may not read the table users"
    assert fix == "Let it: GRANT SELECT ON users TO asker;"
    message, fix = told_by(mariadb)
    assert message == "the database refused the query: the user 'reader' may not read the table users"
    assert fix == "Let it: GRANT SELECT ON users TO reader;"


def test_grant_quotes_a_name_that_is_a_word_of_sql(postgresql, postgres_server):
    with psycopg.connect(postgres_server.url, dbname=postgresql.database) as owners:
        owners.execute('CREATE TABLE "order" (id int, email text)')
    query = 'SELECT id FROM "order" WHERE email = :email'
    _, fix = told_by(postgresql.set(username="asker"), query=query)
    assert fix == 'Let it: GRANT SELECT ON "order" TO asker;'


@pytest.mark.parametrize("server", ["postgresql", "mariadb"])
def test_write_and_no_sql_are_no_silence(server, request, mariadb_server):  # noqa: F811
    url = request.getfixturevalue(server)
    if server == "mariadb":
        url = make_url(mariadb_server.url_of("root", url.database))
    message, fix = told_by(url, f"{QUERY} FOR UPDATE")
    assert message == "the database refused the query: it writes, and a lookup may only read"
    assert "FOR UPDATE" in fix
    message, _ = told_by(url, "SELECT id FORM users WHERE email = :email")
    assert message.endswith("no SQL that the database understands")


def test_file_that_a_query_of_mariadb_would_write_is_no_silence(mariadb, mariadb_server):  # noqa: F811
    url = make_url(mariadb_server.url_of("root", mariadb.database))
    message, fix = told_by(url, f"{QUERY} INTO OUTFILE '/no-such-folder/file'")
    assert message == "the database refused the query: it writes, and a lookup may only read"
    assert fix.startswith("Take out what changes something")


def test_socket_of_mariadb_is_told_instead_of_a_port_that_counts_for_nothing():
    url = make_url("mariadb+pymysql://reader@localhost/app?unix_socket=/run/mysqld/mysqld.sock")
    assert where_is(url) == "/run/mysqld/mysqld.sock"
    assert where_is(url.set(query={})) == "localhost:3306"


def test_columns_of_one_name_that_cannot_be_counted_are_told(mariadb, mariadb_server):  # noqa: F811
    url = make_url(mariadb_server.url_of("root", mariadb.database))
    twins = {"query": "SELECT id, id FROM users WHERE email = :email", "rows": "count"}
    assert told_by(url, None, queries={"n": twins})[0].endswith("two of its columns have one name")


def test_server_of_the_wrong_kind_and_one_without_tls_are_told(postgresql):
    message, _ = told_by(postgresql.update_query_dict({"target_session_attrs": "standby"}))
    assert message.endswith("is not of the kind that target_session_attrs asks for")
    message, _ = told_by(postgresql.update_query_dict({"sslmode": "require"}))
    assert message.startswith("no connection with TLS")


@pytest.mark.parametrize(
    ("scheme", "option", "told"),
    [
        ("postgresql", "sslmod=require", r"the option 'sslmod', .* does not know; did you mean 'sslmode'\?"),
        ("postgresql", "p-4=x", "the option of a name that is none, which the driver does not know"),
        ("postgresql", "target_session_attrs=bogus", "target_session_attrs must be one of any, read-write, "),
        ("postgresql", "sslmode=s3cr3t-canary", "sslmode must be one of disable, allow, "),
        ("postgresql", "connect_timeout=x", "connect_timeout must be a whole number"),
        ("mysql+pymysql", "charst=utf8mb4", r"the option 'charst', .*; did you mean 'charset'\?"),
        ("mysql+pymysql", "charset=utf88", r"charset is none that the driver knows; did you mean utf8mb4\?"),
        (
            "mysql+pymysql",
            "read_timeout=s3cr3t-canary",
            r"an option of the url, after the \?, must be a number",
        ),
    ],
)
def test_option_of_a_url_that_the_driver_does_not_take_is_told_before_it_connects(scheme, option, told):
    with pytest.raises(SourceConfigError, match=told) as refusal:
        SqlSource(f"{scheme}://app@127.0.0.1:1/app?{option}", query=QUERY)
    assert SECRET not in str(refusal.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://app@db1,db2:5433/app?target_session_attrs=prefer-standby&sslmode=verify-full",
        "postgresql://app@/app?host=/run/postgresql&connect_timeout=3&application_name=x&keepalives=1",
        "postgresql://app@db/app?options=-csearch_path%3Dx&gssencmode=disable&autocommit=true",
        "mysql+pymysql://app@db1,db2/app?charset=utf8mb4&ssl_ca=/ca.pem&read_timeout=3&init_command=SELECT+1",
        "mysql+pymysql://app@/app?unix_socket=/run/mysqld.sock",
    ],
)
def test_options_that_a_driver_takes_are_taken(url):
    options = load_options(SqlSource.options, {"url": url, "query": QUERY}, Path())
    SqlSource.from_options(options).close()


def test_table_that_changes_costs_no_lookup(postgresql):
    plain = postgresql.set(drivername="postgresql").render_as_string(hide_password=False)
    source = SqlSource(
        postgresql.render_as_string(hide_password=False), query="SELECT * FROM users WHERE email = :email"
    )
    for _ in range(8):
        source.lookup(SOMEBODY)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("ALTER TABLE users ADD COLUMN added text")
    assert "added" in source.lookup(SOMEBODY)
    source.close()


def test_file_of_a_url_that_cannot_be_read_is_told(mariadb, tmp_path):
    message, fix = told_by(mariadb.update_query_dict({"ssl_ca": str(tmp_path / "none.pem")}))
    assert message == "a file that the url names for TLS cannot be read: No such file or directory"
    assert fix == "Mend ssl_ca, ssl_cert or ssl_key in the url, or let the server's user read them."


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELECT writefile('x', id) AS a FROM users WHERE email = :email", "no such function: writefile"),
        ("SELECT load_extension('x') AS a FROM users WHERE email = :email", "not authorized"),
        (
            "WITH x AS (SELECT 1) UPDATE users SET id = 4 WHERE email = :email",
            "it writes, and a lookup may only read",
        ),
    ],
)
def test_sqlite_that_refuses_has_answered(tmp_path, query, told):
    with closing(sqlite3.connect(tmp_path / "users.db")) as connection, connection:
        connection.execute("CREATE TABLE users (id INTEGER, email TEXT)")
        connection.execute("INSERT INTO users VALUES (1, ?)", (SOMEBODY,))
    source = SqlSource(f"sqlite:///{tmp_path / 'users.db'}", query=query)
    with pytest.raises(SourceUnavailable) as refusal:
        source.lookup(SOMEBODY)
    assert str(refusal.value) == f"the database file {tmp_path / 'users.db'} refused the query: {told}"
    source.close()


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("mariadb+pymysql://app@localhost/app?unix_socket=/run/db.sock", "/run/db.sock"),
        ("postgresql://app@/app?host=/run/postgresql", "/run/postgresql"),
        ("mariadb+pymysql://app@db1/app", "db1:3306"),
    ],
)
def test_place_of_a_database_is_its_socket_where_it_has_one(url, where):
    assert where_is(make_url(url)) == where


@pytest.mark.parametrize(
    ("scheme", "usual"),
    [("postgresql+asyncpg", "postgresql+psycopg"), ("mysql+aiomysql", "mysql+pymysql")],
)
def test_driver_of_async_programs_is_refused_and_not_to_be_installed(scheme, usual):
    with pytest.raises(SourceConfigError) as refusal:
        SqlSource(f"{scheme}://app@db1/app", query=QUERY)
    assert str(refusal.value) == f"{scheme}:// is for async programs alone: write {usual}://"


def test_database_that_pgbouncer_does_not_know_is_told_as_that():
    # Its own words, as it writes them where it knows its users (auth_type = trust and others but any).
    said = 'connection to server at "127.0.0.1", port 6432 failed: FATAL:  no such database: app'
    url = make_url("postgresql+psycopg://reader@127.0.0.1:6432/app")
    refusal = refusal_of(psycopg.OperationalError(said), url, where_is(url))
    assert refusal.message == "the server 127.0.0.1:6432 has no database 'app'"
