"""Columns of every type in SQLite and MariaDB, by a query and by a table: the values, and what leaves."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from mariadb_server import mariadb_server  # noqa: F401 - a fixture
from sqlalchemy import make_url

from adapters.base import Unreadable
from adapters.sql import SqlSource
from webhook_server.profile.lookup import BoundSource
from webhook_server.profile.service import ProfileService

CASEY = "casey@example.com"
BERLIN = ZoneInfo("Europe/Berlin")
TYPES = {"data": "json", "vip": "boolean"}

ARRAYS = {
    "moods": ("mood[]", "'{sad,NULL,\"so so\"}'", ["sad", None, "so so"]),
    "grid": ("mood[]", "'[0:1][1:2]={{sad,ok},{ok,sad}}'", [["sad", "ok"], ["ok", "sad"]]),
    "none": ("mood[]", "'{}'", []),
    "unknown": ("mood[]", "NULL", None),
    "seats": ("seat[]", "'{1,2}'", [1, 2]),
    "rows_of_seats": ("front_seat[]", "'{3}'", [3]),
    "calm": ("calm_mood[]", "'{ok}'", ["ok"]),
    "places": ("place[]", "ARRAY[ROW('A, B', 12)::place]", ['("A, B",12)']),
    "mood": ("mood", "'ok'", "ok"),
}
"""Arrays of types that a PostgreSQL database made itself, as MARIADB has its columns."""

MARIADB = {
    "total": ("decimal(10,2)", "12.50", Decimal("12.50")),
    "share": ("double", "1e-12", 1e-12),
    "big": ("bigint unsigned", "18446744073709551615", 18446744073709551615),
    "vip": ("tinyint(1)", "1", True),
    "flag": ("bit(1)", "b'1'", 1),
    "flags": ("bit(12)", "b'100000000001'", 2049),
    "mood": ("enum('ok','bad')", "'ok'", "ok"),
    "tags": ("set('x','y')", "'x,y'", "x,y"),
    "key_": ("uuid", "'123e4567-e89b-12d3-a456-426614174000'", "123e4567-e89b-12d3-a456-426614174000"),
    "last_ip": ("inet6", "'::1'", "::1"),
    "data": ("json", """'{"a": [1]}'""", {"a": [1]}),
    "spent": ("time(1)", "'-30:05:06.5'", "-30:05:06.5"),
    "opens": ("time", "'09:30:00'", "09:30:00"),
    "day": ("date", "'2020-01-02'", date(2020, 1, 2)),
    "naive": ("datetime", "'2020-07-02 03:04:05'", datetime(2020, 7, 2, 3, 4, 5, tzinfo=BERLIN)),
    "at": ("timestamp", "'2020-07-02 03:04:05'", datetime(2020, 7, 2, 3, 4, 5, tzinfo=UTC)),
    "no_day": ("date", "'0000-00-00'", None),
    "no_time": ("datetime", "'0000-00-00 00:00:00'", None),
    "founded": ("year", "2020", 2020),
    "photo": ("blob", "'x'", b"x"),
}
"""Columns of many types: each with a value as it is written, and what is answered for it."""


def closed(request, source):
    request.addfinalizer(source.close)
    return source


def both_forms(url, columns, request):
    asked = f"SELECT {', '.join(columns)} FROM many WHERE email = :email"  # noqa: S608 - names of this test's own
    types = {name: kind for name, kind in TYPES.items() if name in columns}
    options = {"types": types, "time_zone": BERLIN}
    yield closed(request, SqlSource(url, query=asked, **options))
    yield closed(request, SqlSource(url, table="many", email_column="email", columns=columns, **options))


@pytest.fixture(scope="module")
def mariadb(mariadb_server):  # noqa: F811
    url = mariadb_server.create_users(1)
    name = make_url(url).database
    declared = "".join(f", {name} {kind}" for name, (kind, *_) in MARIADB.items())
    given = ", ".join(value for _, value, _ in MARIADB.values())
    mariadb_server.execute(
        "SET time_zone = '+00:00'",
        "SET sql_mode = ''",
        f"CREATE TABLE {name}.many (email varchar(100){declared})",
        f"INSERT INTO {name}.many VALUES ('{CASEY}', {given})",  # noqa: S608 - constants
    )
    return url


def test_types_of_mariadb_are_answered_alike_in_both_forms(mariadb, request):
    expected = {name: value for name, (_, _, value) in MARIADB.items()}
    for source in both_forms(mariadb, list(MARIADB), request):
        record = source.lookup(CASEY)
        assert record == expected
        assert {name: type(value) for name, value in record.items()} == {
            name: type(value) for name, value in expected.items()
        }
        assert source.lookup_all(CASEY) == [expected]


def test_every_value_of_mariadb_leaves_but_bytes(mariadb, request):
    for source in both_forms(mariadb, list(MARIADB), request):
        answer = ProfileService([BoundSource("app", source)]).answer(CASEY)
        assert {change.key for change in answer.changes if change.kind == "dropped"} == {"photo"}


@pytest.fixture
def sqlite(tmp_path):
    path = tmp_path / "many.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE many (email TEXT, data JSON, total NUMERIC(10,2), vip BOOLEAN)")
    with connection:
        rows = [
            (CASEY, '{"a": [1]}', 12.5, 1),
            ("odd@example.com", "{", 12.5, 0),
            ("deep@example.com", "[" * 100_000, 12.5, None),
        ]
        connection.executemany("INSERT INTO many VALUES (?, ?, ?, ?)", rows)
    connection.close()
    return f"sqlite:///{path}"


def test_json_of_sqlite_is_read_in_both_forms(sqlite, request):
    for source in both_forms(sqlite, ["data", "vip"], request):
        assert source.lookup(CASEY) == {"data": {"a": [1]}, "vip": True}


@pytest.mark.parametrize("local", ["odd", "deep"])
def test_text_that_is_no_json_costs_its_field(sqlite, request, local):
    for source in both_forms(sqlite, ["data", "total"], request):
        record = source.lookup(f"{local}@example.com")
        assert record["data"] == Unreadable("the column 'data' holds a value that is no json")
        assert record["total"] == Decimal("12.5")


@pytest.fixture(scope="module")
def postgresql(postgres_server):
    import psycopg

    url = postgres_server.create_users(1)
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE many (email text, photo bytea, vip boolean, data jsonb)")
    return url


def test_arrays_of_types_of_its_own_are_lists_in_both_forms(postgres_server, request):
    import psycopg

    url = postgres_server.create_users(1)
    declared = "".join(f", {name} {kind}" for name, (kind, *_) in ARRAYS.items())
    given = ", ".join(value for _, value, _ in ARRAYS.values())
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TYPE mood AS ENUM ('sad', 'ok', 'so so')")
        connection.execute("CREATE TYPE place AS (street text, number int)")
        connection.execute("CREATE DOMAIN seat AS int CHECK (value > 0)")
        connection.execute("CREATE DOMAIN front_seat AS seat CHECK (value < 9)")
        connection.execute("CREATE DOMAIN calm_mood AS mood")
        connection.execute(f"CREATE TABLE many (email text{declared})")
        connection.execute(f"INSERT INTO many VALUES ('{CASEY}', {given})")  # noqa: S608 - constants
    expected = {name: value for name, (_, _, value) in ARRAYS.items()}
    for source in both_forms(url, list(ARRAYS), request):
        assert source.lookup(CASEY) == expected
        assert source.lookup_all(CASEY) == [expected]
        assert source.lookup("nobody@example.com") is None


def test_array_that_python_cannot_hold_is_told_as_one(postgres_server, request):
    import psycopg

    url = postgres_server.create_users(1)
    with psycopg.connect(url) as connection:
        connection.execute("CREATE DOMAIN moment AS timestamptz")
        connection.execute("CREATE TABLE many (email text, moments moment[])")
        connection.execute("INSERT INTO many VALUES (%s, '{2024-01-02 03:04:05+02,infinity}')", [CASEY])
    reason = (
        "the column 'moments' holds an array that Python cannot read; cast it to text in a query to see it"
    )
    for source in both_forms(url, ["moments"], request):
        assert source.lookup(CASEY) == {"moments": Unreadable(reason)}


def test_arrays_are_told_by_the_columns_that_a_query_gives_now(postgres_server, request):
    import psycopg

    url = postgres_server.create_users(1)
    source = closed(request, SqlSource(url, query="SELECT * FROM many WHERE email = :email"))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TYPE mood AS ENUM ('sad', 'ok')")
        connection.execute("CREATE TABLE many (email text, moods mood[], note text)")
        connection.execute("INSERT INTO many VALUES (%s, '{ok}', '{ok}')", [CASEY])
        assert source.lookup(CASEY) == {"email": CASEY, "moods": ["ok"], "note": "{ok}"}
        connection.execute("ALTER TABLE many DROP moods")
        connection.execute("ALTER TABLE many ADD moods mood[] DEFAULT '{sad}'")
    assert source.lookup(CASEY) == {"email": CASEY, "note": "{ok}", "moods": ["sad"]}


def test_outline_tells_bytes_and_booleans(postgresql, mariadb, request):
    for source in both_forms(postgresql, ["photo", "vip", "data"], request):
        assert list(source.outlines()) == [{"photo": b"", "vip": True, "data": None}]
    for source in both_forms(mariadb, ["photo", "vip", "data", "mood", "last_ip"], request):
        expected = {"photo": b"", "vip": True, "data": None, "mood": None, "last_ip": None}
        assert list(source.outlines()) == [expected]


def test_bytes_are_no_field_that_agents_see(postgresql, request):
    for source in both_forms(postgresql, ["photo", "vip"], request):
        inventory = ProfileService([BoundSource("app", source)]).inventory()
        assert set(inventory.fields) == {"vip"}
        assert [change.key for change in inventory.changes] == ["photo"]


def test_outline_of_sqlites_table_tells_booleans(sqlite, request):
    table = SqlSource(sqlite, table="many", email_column="email", columns=["vip", "data"])
    assert list(closed(request, table).outlines()) == [{"vip": True, "data": None}]
