"""Somebody else is never found because a collation takes one letter for another."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import psycopg
import pytest
from mariadb_server import mariadb_server  # noqa: F401 - a fixture
from sqlalchemy import make_url

from adapters.errors import SourceDataError, SourceUnavailable
from adapters.sql import SqlSource

COLLATIONS = (
    "utf8mb4_general_ci",
    "utf8mb4_unicode_ci",
    "utf8mb4_bin",
    "utf8mb3_general_ci",
    "latin1_swedish_ci",
)
EXAMINED = (*COLLATIONS, "utf8mb4_uca1400_ai_cs")
"""And one that tells capitals from small letters, but no accents."""
SOMEBODY_ELSE = (
    "c\u00e1sey@example.com",
    "\u24d2asey@example.com",
    "\uff43asey@example.com",
    "casey@example.com\u200b",
    "casey@example.com\x01",
    "stra\u00dfe@example.com",
    "\u65e5\u672c@example.com",
    "\N{PILE OF POO}@example.com",
)


QUERY = "SELECT id, name FROM users WHERE email = :email"


@pytest.fixture(scope="module")
def mariadb(mariadb_server):  # noqa: F811
    """The URL of a database with one table of the same people for each collation, called as that is."""
    url = mariadb_server.create_users(1)
    name = make_url(url).database
    for collation in EXAMINED:
        table = f"{name}.{collation}"
        kind = f"varchar(100) CHARACTER SET {collation.partition('_')[0]} COLLATE {collation}"
        mariadb_server.execute(
            f"CREATE TABLE {table} (id int, email {kind}, KEY (email))",
            f"INSERT INTO {table} VALUES (1, 'casey@example.com'), (2, 'Upper@Example.com'),"  # noqa: S608
            " (3, 'strasse@example.com'), (4, 'j\u00f6rg@example.com')",
        )
    return url


@pytest.fixture
def source(request):
    """A function that makes a source, which is closed at the end."""

    def make(url, **options):
        made = SqlSource(url, **options)
        request.addfinalizer(made.close)
        return made

    return make


@pytest.mark.parametrize("collation", COLLATIONS)
def test_table_form_finds_nobody_by_letters_that_a_collation_takes_for_others(source, mariadb, collation):
    made = source(mariadb, table=collation, email_column="email", columns=["id"])
    assert made.lookup("casey@example.com") == {"id": 1}
    assert made.lookup("j\u00f6rg@example.com") == {"id": 4}
    assert [made.lookup(email) for email in SOMEBODY_ELSE] == [None] * len(SOMEBODY_ELSE)
    assert [made.lookup_all(email) for email in SOMEBODY_ELSE] == [[]] * len(SOMEBODY_ELSE)


@pytest.mark.parametrize("kind", ["varbinary(100)", "tinyblob", "blob"])
def test_table_form_finds_by_a_column_of_bytes_on_mariadb(source, mariadb_server, kind):  # noqa: F811
    url = mariadb_server.create_users(1)
    table = f"{make_url(url).database}.people"
    mariadb_server.execute(
        f"CREATE TABLE {table} (id int, email {kind}, KEY (email(50)))",
        f"INSERT INTO {table} VALUES (1, 'casey@example.com'), (4, 'j\u00f6rg@example.com'), (5, NULL)",  # noqa: S608
    )
    made = source(url, table="people", email_column="email", columns=["id"])
    assert made.lookup("casey@example.com") == {"id": 1}
    assert made.lookup("j\u00f6rg@example.com") == {"id": 4}
    assert [made.lookup(email) for email in SOMEBODY_ELSE] == [None] * len(SOMEBODY_ELSE)
    assert {finding.id: finding.severity for finding in made.examine()}["sql-index"] == "ok"


def test_table_form_finds_by_a_column_of_bytes_elsewhere(source, postgres_server, tmp_path):
    url = postgres_server.create_users(1)
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE people (id int, email bytea)")
        connection.execute("INSERT INTO people VALUES (4, convert_to('j\u00f6rg@example.com', 'UTF8'))")
    file = tmp_path / "people.db"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE people (id int, email blob)")
        connection.execute("INSERT INTO people VALUES (4, 'j\u00f6rg@example.com')")
    for place in (url, f"sqlite:///{file}"):
        made = source(place, table="people", email_column="email", columns=["id"])
        assert made.lookup("j\u00f6rg@example.com") == {"id": 4}
        assert made.lookup("jorg@example.com") is None


def test_table_form_ignores_case_where_the_collation_does(source, mariadb):
    made = source(mariadb, table="utf8mb4_general_ci", email_column="email", columns=["id"])
    assert made.lookup("upper@example.com") == made.lookup("Upper@Example.com") == {"id": 2}
    exact = source(mariadb, table="utf8mb4_bin", email_column="email", columns=["id"])
    assert exact.lookup("upper@example.com") is None
    assert exact.lookup("Upper@Example.com") == {"id": 2}


def test_table_form_uses_the_index_and_finds_by_a_number(source, mariadb):
    made = source(mariadb, table="utf8mb4_general_ci", email_column="email", columns=["id"])
    told = {finding.id: finding.message for finding in made.examine()}
    assert told["sql-index"] == "the lookup uses an index: email"
    assert "sql-collation" not in told
    by_number = source(mariadb, table="utf8mb4_general_ci", email_column="id", columns=["email"])
    assert by_number.lookup("4") == {"email": "j\u00f6rg@example.com"}


@pytest.mark.parametrize("collation", ["utf8mb3_general_ci", "latin1_swedish_ci"])
def test_address_that_a_column_cannot_hold_is_nobodys(source, mariadb, collation):
    made = source(mariadb, query=f"SELECT id FROM {collation} WHERE email = :email")  # noqa: S608
    assert made.lookup("casey@example.com") == {"id": 1}
    assert made.lookup("\N{PILE OF POO}@example.com") is None
    assert made.lookup_all("\N{PILE OF POO}@example.com") == []


def test_query_that_compares_two_collations_is_told_and_makes_nobody_of_no_customer(source, mariadb):
    joined = "SELECT a.id FROM utf8mb4_general_ci a JOIN utf8mb4_unicode_ci b ON a.email = b.email"
    made = source(mariadb, query=f"{joined} WHERE a.email = :email")
    with pytest.raises(
        SourceUnavailable, match="refused the query: it compares texts of collations"
    ) as refusal:
        made.lookup("casey@example.com")
    assert "COLLATE" in refusal.value.fix


@pytest.mark.parametrize("collation", EXAMINED)
def test_doctor_tells_of_a_query_by_which_somebody_else_may_be_found(source, mariadb, collation):
    made = source(mariadb, query=f"SELECT p.id FROM {collation} p WHERE p.email = :email")  # noqa: S608
    found = [finding for finding in made.examine() if finding.id == "sql-collation"]
    if collation == "utf8mb4_bin":
        assert not found
        return
    assert found[0].severity == "warning"
    assert f"{collation}, takes letters with accents for those without" in found[0].message
    charset = collation.partition("_")[0]
    exactly = f"p.email = :email AND lower(p.email) COLLATE {charset}_bin = :email"
    assert exactly in found[0].fix
    mended = source(mariadb, query=f"SELECT p.id FROM {collation} p WHERE {exactly}")  # noqa: S608
    assert mended.lookup("casey@example.com") == {"id": 1}
    assert [mended.lookup(email) for email in SOMEBODY_ELSE] == [None] * len(SOMEBODY_ELSE)
    assert not [finding for finding in mended.examine() if finding.id == "sql-collation"]


def test_doctor_tells_of_a_query_on_a_view_to_a_role_that_may_read_no_more(source, mariadb, mariadb_server):  # noqa: F811
    name = make_url(mariadb).database
    mariadb_server.execute("CREATE USER views_alone@'%' IDENTIFIED BY 's3cr3t-canary'")
    reader = mariadb_server.url_of("views_alone:s3cr3t-canary", name)
    for view, collation in (("folding", "utf8mb4_general_ci"), ("exact", "utf8mb4_bin")):
        mariadb_server.execute(
            f"CREATE VIEW {name}.{view} AS SELECT id, email AS mail FROM {name}.{collation}"  # noqa: S608
        )
        mariadb_server.execute(f"GRANT SELECT ON {name}.{view} TO views_alone@'%'")
        made = source(reader, query=f"SELECT id FROM {view} v WHERE v.mail = :email")  # noqa: S608
        found = [finding.message for finding in made.examine() if finding.id == "sql-collation"]
        expected = (
            "the collation of folding.mail, utf8mb4_general_ci, takes letters with accents for those without"
        )
        assert [message.partition(":")[0] for message in found] == [expected] * (view == "folding")


@pytest.mark.parametrize(("encoding", "kept"), [("LATIN1", "J\u00f6rg"), ("SQL_ASCII", "J\u00f6rg \u65e5")])
def test_postgresql_of_another_encoding_is_read(source, postgres_server, encoding, kept):
    name = f"kept_in_{encoding.lower()}"
    with psycopg.connect(postgres_server.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0 LOCALE 'C'")
    url = make_url(postgres_server.url).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True, client_encoding="utf8") as connection:
        connection.execute("CREATE TABLE users (id int, email text, name text)")
        connection.execute("INSERT INTO users VALUES (1, 'casey@example.com', %s)", [kept])
        if encoding == "SQL_ASCII":
            connection.execute(r"INSERT INTO users VALUES (2, 'old@example.com', E'J\366rg')")
    for form in ({"query": QUERY}, {"table": "users", "email_column": "email", "columns": ["id", "name"]}):
        made = source(url, **form)
        assert made.lookup("casey@example.com") == {"id": 1, "name": kept}
        assert made.lookup("\u65e5\u672c@example.com") is None
        assert "error" not in {finding.severity for finding in made.examine()}
        if encoding == "SQL_ASCII":
            with pytest.raises(SourceDataError):
                made.lookup("old@example.com")
