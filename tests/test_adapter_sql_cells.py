"""A cell that cannot be read costs its field, and not its row: on SQLite, and on a real PostgreSQL."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from adapters.base import Unreadable
from adapters.errors import SourceDataError
from adapters.sql import SqlSource
from adapters.sql.source import MOST_RECORDS
from webhook_server.profile.changes import Change
from webhook_server.profile.formats import Formatter
from webhook_server.profile.lookup import BoundSource
from webhook_server.profile.merge import Shaper
from webhook_server.profile.records import RecordRule
from webhook_server.profile.service import ProfileService

CASEY = "casey@example.com"
NO_DATETIME = Unreadable("the column 'created_at' holds a value that is no datetime")


@pytest.fixture
def cells(tmp_path, request):
    """A function that makes sources of a file whose one row holds such values, by column and type."""

    def make(**columns):
        path = tmp_path / "users.db"
        connection = sqlite3.connect(path)
        declared = "".join(f", {name} {kind}" for name, (kind, _) in columns.items())
        connection.execute(f"CREATE TABLE users (id INTEGER, email TEXT{declared})")
        given = [value for _, value in columns.values()]
        places = ", ?" * len(given)
        connection.execute(f"INSERT INTO users VALUES (3, ?{places})", [CASEY, *given])  # noqa: S608 - names of this test's own
        connection.commit()
        connection.close()
        return lambda **options: closed(request, SqlSource(f"sqlite:///{path}", **options))

    return make


def closed(request, source):
    request.addfinalizer(source.close)
    return source


def table(*columns):
    return {"table": "users", "email_column": "email", "columns": ["id", *columns]}


def query(*columns, **types):
    return {"query": f"SELECT {', '.join(['id', *columns])} FROM users WHERE email = :email", "types": types}  # noqa: S608 - names of this test's own


@pytest.mark.parametrize("form", [table("created_at"), query("created_at", created_at="datetime")])
@pytest.mark.parametrize("value", ["n/a", "", "2013-13-01"])
def test_value_that_is_no_date_costs_its_field_and_is_not_told(cells, form, value):
    assert cells(created_at=("DATETIME", value))(**form).lookup(CASEY) == {"id": 3, "created_at": NO_DATETIME}


def test_number_where_the_table_says_a_time_costs_its_field(cells):
    made = cells(created_at=("DATETIME", 1577934245))(**table("created_at"))
    assert made.lookup(CASEY) == {"id": 3, "created_at": NO_DATETIME}
    assert made.lookup_all(CASEY) == [{"id": 3, "created_at": NO_DATETIME}]


@pytest.mark.parametrize("form", [table("active"), query("active", active="boolean")])
@pytest.mark.parametrize(
    ("value", "read"),
    [
        (1, True),
        (0, False),
        (2, True),
        (0.5, True),
        ("t", True),
        ("f", False),
        ("Yes", True),
        ("false", False),
        (None, None),
    ],
)
def test_boolean_is_read_from_numbers_and_words(cells, form, value, read):
    assert cells(active=("BOOLEAN", value))(**form).lookup(CASEY) == {"id": 3, "active": read}


@pytest.mark.parametrize("form", [table("active"), query("active", active="boolean")])
def test_word_that_is_no_boolean_costs_its_field(cells, form):
    found = cells(active=("BOOLEAN", "perhaps"))(**form).lookup(CASEY)
    assert found == {"id": 3, "active": Unreadable("the column 'active' holds a value that is no boolean")}


@pytest.mark.parametrize("form", [table("city", "note"), query("city", "note", city="text", note="text")])
def test_text_that_is_no_utf8_costs_its_field_and_the_connection_stays_as_it_was(cells, form):
    made = cells(city=("TEXT", "Köln"), note=("TEXT", "x"))(**form)
    path = made._url.database
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE users SET note = CAST(x'636166e9' AS TEXT)")
    connection.close()
    unread = Unreadable("the column 'note' holds a value that is no text in UTF-8")
    for _ in range(2):
        assert made.lookup(CASEY) == {"id": 3, "city": "Köln", "note": unread}
        assert made.lookup_all(CASEY) == [{"id": 3, "city": "Köln", "note": unread}]
        assert made.lookup("nobody@example.com") is None


@pytest.mark.parametrize("rule", [RecordRule(), RecordRule("numbered", name="a"), RecordRule("merge")])
def test_field_that_cannot_be_read_is_reported_and_the_others_leave(cells, rule):
    made = cells(created_at=("DATETIME", "n/a"), city=("TEXT", "Oslo"))(**table("created_at", "city"))
    service = ProfileService([BoundSource("app", made, records=rule)], shaper=Shaper(Formatter()))
    answer = service.answer(CASEY)
    start = "a_1_" if rule.rule == "numbered" else ""
    assert {name: answer.fields[name] for name in (f"{start}id", f"{start}city")} == {
        f"{start}id": 3,
        f"{start}city": "Oslo",
    }
    assert f"{start}created_at" not in answer.fields
    assert Change("dropped", "app", f"{start}created_at", NO_DATETIME.reason) in answer.changes


def test_newest_is_right_among_a_thousand_rows_and_one_more_is_told(tmp_path, request):
    path = tmp_path / "accounts.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE accounts (id INTEGER, email TEXT)")
    connection.executemany("INSERT INTO accounts VALUES (?, ?)", [(n, CASEY) for n in range(1, 1001)])
    connection.commit()
    asked = "SELECT id FROM accounts WHERE email = :email ORDER BY id"
    source = closed(request, SqlSource(f"sqlite:///{path}", query=asked))
    newest = ProfileService([BoundSource("app", source, records=RecordRule("newest", by="id"))])
    numbered = ProfileService([BoundSource("app", source, records=RecordRule("numbered"))])
    assert newest.answer(CASEY).fields == {"id": 1000}
    assert numbered.answer(CASEY).fields["app_count"] == 1000
    assert not [change for change in newest.answer(CASEY).changes if change.kind == "dropped"]
    connection.execute("INSERT INTO accounts VALUES (1001, ?)", [CASEY])
    connection.commit()
    connection.close()
    for service in (newest, numbered):
        told = [change.reason for change in service.answer(CASEY).changes if change.kind == "dropped"]
        assert told == ["of more than 1000 records further ones are neither taken nor counted"]


POSTGRESQL = {
    "at": ("timestamptz", "2020-01-02 03:04:05+02", datetime(2020, 1, 2, 1, 4, 5, tzinfo=UTC)),
    "naive": ("timestamp", "2020-01-02 03:04:05", datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)),
    "day": ("date", "2020-01-02", date(2020, 1, 2)),
    "total": ("numeric(10,2)", "12.50", Decimal("12.50")),
    "share": ("float8", "1.5", 1.5),
    "price": ("money", "5", "$5.00"),
    "last_ip": ("inet", "1.2.3.4", "1.2.3.4"),
    "net": ("cidr", "1.2.3.0/24", "1.2.3.0/24"),
    "ips": ("inet[]", "{1.2.3.4,::1}", ["1.2.3.4", "::1"]),
    "card": ("macaddr", "08:00:2b:01:02:03", "08:00:2b:01:02:03"),
    "trial": ("interval", "1 year 2 mons 3 days 04:00", "1 year 2 mons 3 days 04:00:00"),
    "ages": ("interval", "10000 years", "10000 years"),
    "seats": ("int4range", "[1,5)", "[1,5)"),
    "term": ("daterange", "[2020-01-01,infinity)", "[2020-01-01,infinity)"),
    "terms": ("int4multirange", "{[1,3),[5,7)}", "{[1,3),[5,7)}"),
    "flags": ("bit(3)", "101", "101"),
    "tags": ("text[]", "{a,b}", ["a", "b"]),
    "mood": ("mood", "ok", "ok"),
    "data": ("jsonb", '{"a": [1]}', {"a": [1]}),
}
"""Columns of many types: each with a value, and what is answered for it."""

UNREADABLE = {
    "at": ("timestamptz", "infinity"),
    "naive": ("timestamp", "-infinity"),
    "born": ("date", "0044-03-15 BC"),
    "days": ("date[]", "{2020-01-01,infinity}"),
    "huge": ("jsonb", '{"n": ' + "9" * 5000 + "}"),
}
"""Columns that hold what Python cannot."""


@pytest.fixture(scope="module")
def database(postgres_server):
    """A PostgreSQL with a table of values that can be read, and one of values that cannot."""
    import psycopg

    url = postgres_server.create_users(1)
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TYPE mood AS ENUM ('ok', 'bad')")
        for name, columns in (("good", POSTGRESQL), ("bad", UNREADABLE | {"id": ("int", "3")})):
            declared = "".join(f", {column} {kind}" for column, (kind, *_) in columns.items())
            connection.execute(f"CREATE TABLE {name} (email text{declared})".encode())
            given = ", ".join(f"%s::{kind}" for kind, *_ in columns.values())
            values = [value for _, value, *_ in columns.values()]
            for _ in range(2):
                connection.execute(f"INSERT INTO {name} VALUES (%s, {given})".encode(), [CASEY, *values])  # noqa: S608 - names of this test's own
    return url


def both_forms(url, name, columns, request):
    asked = f"SELECT {', '.join(columns)} FROM {name} WHERE email = :email"  # noqa: S608 - names of this test's own
    yield closed(request, SqlSource(url, query=asked))
    yield closed(request, SqlSource(url, table=name, email_column="email", columns=columns))


def test_types_of_postgresql_are_answered_alike_in_both_forms(database, request):
    for source in both_forms(database, "good", list(POSTGRESQL), request):
        expected = {column: read for column, (_, _, read) in POSTGRESQL.items()}
        assert source.lookup(CASEY) == expected
        assert source.lookup_all(CASEY) == [expected, expected]


def test_cells_of_postgresql_that_python_cannot_hold_cost_their_fields(database, request):
    for source in both_forms(database, "bad", ["id", *UNREADABLE], request):
        record = source.lookup(CASEY)
        assert record["id"] == 3
        kinds = {column: kind for column, (kind, _) in UNREADABLE.items()}
        for column, kind in kinds.items():
            said = f"the column '{column}' holds a {kind} that Python cannot read"
            assert record[column].reason.startswith(said)
            assert "infinity" not in record[column].reason
        assert source.lookup_all(CASEY) == [record, record]


def test_cell_that_python_cannot_hold_is_no_text_either(database, request):
    asked = "SELECT born FROM bad WHERE email = :email"
    source = closed(request, SqlSource(database, query=asked, types={"born": "text"}))
    assert "holds a date that Python cannot read" in source.lookup(CASEY)["born"].reason


def test_rows_that_are_read_cell_by_cell_are_bounded_too(database, request):
    asked = "SELECT 'infinity'::date AS born FROM generate_series(1, 1200) WHERE :email <> ''"
    source = closed(request, SqlSource(database, query=asked))
    assert len(source.lookup_all(CASEY)) == MOST_RECORDS


def test_every_value_of_postgresql_leaves(database, request):
    for source in both_forms(database, "good", list(POSTGRESQL), request):
        answer = ProfileService([BoundSource("app", source)]).answer(CASEY)
        assert "dropped" not in {change.kind for change in answer.changes}
        assert answer.fields["last_ip"] == "1.2.3.4"
        assert answer.fields["trial"] == "1 year 2 mons 3 days 04:00:00"


def test_key_that_its_column_cannot_hold_is_told(database, request):
    source = closed(request, SqlSource(database, query="SELECT id FROM bad WHERE id = :email"))
    with pytest.raises(SourceDataError, match="what is looked up is no value of the column's type"):
        source.lookup(CASEY)


def test_key_that_the_table_forms_column_cannot_hold_is_told(cells):
    made = cells(born=("DATE", "2020-01-01"))(table="users", email_column="born", columns=["id"])
    with pytest.raises(SourceDataError, match="what is looked up is no value of the column's type"):
        made.lookup(CASEY)


def test_query_that_changes_rows_is_refused_by_the_server(database, request):
    changing = "WITH x AS (SELECT 1) UPDATE bad SET id = 3 WHERE email = :email"
    source = closed(request, SqlSource(database, query=changing))
    with pytest.raises(Exception, match="it writes, and a lookup may only read"):
        source.lookup(CASEY)
