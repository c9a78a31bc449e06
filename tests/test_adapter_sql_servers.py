"""Sessions on real servers: they only read, end what takes too long, and move to another host."""

from __future__ import annotations

import logging
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep

import psycopg
import pytest
import servers
from mariadb_server import mariadb_server  # noqa: F401 - a fixture
from marshmallow import ValidationError
from sqlalchemy import make_url

from adapters.errors import SourceDataError, SourceError, SourceUnavailable
from adapters.options import load_options
from adapters.sql import SqlSource
from adapters.sql.fetch import CURSOR
from adapters.sql.hosts import Hosts, places_of
from adapters.sql.options import SqlOptions
from adapters.sql.session import connect_arguments
from adapters.time_limit import time_limit

QUERY = "SELECT id FROM users WHERE email = :email"
SOMEBODY = "user1@example.com"
PORT = "SELECT current_setting('port') AS port FROM users WHERE email = :email"


@pytest.fixture
def source(tmp_path, request):
    """A function that makes a source from options as settings give them."""

    def make(**options):
        made = SqlSource.from_options(load_options(SqlOptions, options, tmp_path))
        request.addfinalizer(made.close)
        return made

    return make


@pytest.fixture(scope="module")
def postgresql(postgres_server):
    return postgres_server.create_users(10)


@pytest.fixture(scope="module")
def mariadb(mariadb_server):  # noqa: F811
    return mariadb_server.create_users(10)


@pytest.fixture(scope="module")
def pair():
    """Two PostgreSQL instances with the same users, and the URL that names both."""
    with servers.postgres() as first, servers.postgres() as second:
        path = make_url(first.create_users(10)).database
        assert make_url(second.create_users(10)).database == path
        places = ",".join(f"{servers.HOST}:{server.port}" for server in (first, second))
        yield first, second, f"postgres://app:{servers.PASSWORD}@{places}/{path}"


def seconds_until_cancelled(slow, is_running):
    """The seconds after which the server has ended the statement: the fewest of three, on a busy machine."""
    taken = []
    for _ in range(3):
        slow.lookup("")  # connects anew: that is not what is measured
        began = monotonic()
        with pytest.raises(SourceUnavailable, match="did not answer in time"):
            slow.lookup(SOMEBODY)
        while is_running():
            assert monotonic() - began < 3
            sleep(0.005)
        taken.append(monotonic() - began)
    return min(taken)


@pytest.mark.timing
def test_postgresql_cancels_a_statement_that_takes_too_long(source, postgresql):
    slow = source(url=postgresql, query="SELECT pg_sleep(4 * length(:email))::text AS slept", timeout=0.3)
    asked = "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep(4 *%'"
    with closing(psycopg.connect(postgresql, autocommit=True)) as watcher:
        assert seconds_until_cancelled(slow, lambda: watcher.execute(asked).fetchall()) < 0.3 + 0.1


@pytest.mark.timing
def test_mariadb_cancels_a_statement_that_takes_too_long(source, mariadb, mariadb_server):  # noqa: F811
    slow = source(url=mariadb, query="SELECT SLEEP(4 * length(:email)) AS slept", timeout=0.3)
    asked = "SELECT 1 FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP(4 *%'"
    assert seconds_until_cancelled(slow, lambda: mariadb_server.execute(asked)) < 0.3 + 0.1


@pytest.mark.timing
@pytest.mark.parametrize("is_connected", [True, False])
def test_mariadb_that_hangs_is_waited_for_a_bounded_time(source, mariadb, mariadb_server, is_connected):  # noqa: F811
    made = source(url=mariadb, query=QUERY, timeout=0.3)
    if is_connected:
        assert made.lookup(SOMEBODY) == {"id": 1}
    with mariadb_server.paused():
        began = monotonic()
        with pytest.raises(SourceUnavailable):
            made.lookup(SOMEBODY)
        assert monotonic() - began < 2 * 0.3 + 0.5
    assert made.lookup(SOMEBODY) == {"id": 1}


@pytest.mark.parametrize(
    ("asked", "row"),
    [
        ("SELECT id FROM users WHERE email = :email::text", {"id": 1}),
        ("""SELECT '{"n":1}'::jsonb AS j FROM users -- a :comment\n WHERE email=:email""", {"j": {"n": 1}}),
        (
            "SELECT (ARRAY[1,2,3])[:2] AS a, $$:b$$ AS b FROM users WHERE email=:email",
            {"a": [1, 2], "b": ":b"},
        ),
        (
            r"SELECT E'it\'s :x' AS t, '12:30 :y' AS u FROM users WHERE :email = email",
            {"t": "it's :x", "u": "12:30 :y"},
        ),
        ("SELECT /* :y */ (ARRAY[1,2])[1\\:id] AS a FROM users WHERE email=:email", {"a": [1]}),
    ],
)
def test_colons_of_postgresql_are_no_parameters(source, postgresql, asked, row):
    assert source(url=postgresql, query=asked).lookup(SOMEBODY) == row


def test_colons_in_texts_and_comments_of_mariadb_are_no_parameters(source, mariadb):
    asked = r"""SELECT 'it\'s :x' AS t, ":y" AS `:u` # :z
        FROM users WHERE email = :email"""
    assert source(url=mariadb, query=asked).lookup(SOMEBODY) == {"t": "it's :x", ":u": ":y"}


def test_postgresql_session_only_reads(source, postgresql):
    changing = (
        "WITH x AS (INSERT INTO users VALUES (99, :email, now(), 'free') RETURNING id) SELECT id FROM x"
    )
    with pytest.raises(SourceUnavailable, match="refused the query: it writes, and a lookup may only read"):
        source(url=postgresql, query=changing).lookup("new@example.com")
    assert source(url=postgresql, query=QUERY).lookup("new@example.com") is None


def test_mariadb_session_only_reads(source, mariadb, mariadb_server):  # noqa: F811
    database = make_url(mariadb).database
    mariadb_server.execute(f"CREATE SEQUENCE {database}.numbers")
    changing = "SELECT nextval(numbers) AS n FROM users WHERE email = :email"
    with pytest.raises(SourceUnavailable, match="refused the query: it writes, and a lookup may only read"):
        source(url=mariadb, query=changing).lookup(SOMEBODY)
    assert mariadb_server.execute(f"SELECT next_not_cached_value FROM {database}.numbers") == ((1,),)  # noqa: S608


def test_settings_that_a_server_lacks_cost_only_themselves(source, mariadb, monkeypatch):
    from adapters.sql import session

    monkeypatch.setattr(session, "TIME_LIMIT", "no_such_variable = {milliseconds}")
    asked = "SELECT @@tx_read_only AS reading, @@time_zone AS zone FROM users WHERE email = :email"
    assert source(url=mariadb, query=asked).lookup(SOMEBODY) == {"reading": 1, "zone": "+00:00"}


def test_pool_logs_no_value_of_a_statement_that_fails(source, postgresql, caplog):
    caplog.set_level(logging.DEBUG, logger="sqlalchemy")
    failing = source(url=postgresql, query="SELECT CAST(:email AS text)::int AS id FROM users LIMIT 1")
    with pytest.raises(SourceDataError):
        failing.lookup("canary@example.com")
    assert "Invalidate connection" in caplog.text
    assert "canary" not in caplog.text


@pytest.mark.parametrize("kind", ["integer", "numeric", "uuid", "date", "timestamptz", "boolean", "text"])
def test_doctor_looks_at_lookups_by_columns_of_every_kind(source, postgresql, kind):
    keyed = "SELECT CAST(NULL AS KIND) AS key, relname AS id FROM pg_class"
    query = f"SELECT id FROM ({keyed}) AS found WHERE key = :email"  # noqa: S608
    made = source(url=postgresql, query=query.replace("KIND", kind))
    told = {finding.id: finding for finding in made.examine()}
    assert told["sql-rights"].severity in {"ok", "warning"}
    assert told["sql-index"].severity == "ok"
    assert not [each.message for each in told.values() if "cannot be looked at" in each.message]


@pytest.mark.parametrize("server", ["postgresql", "mariadb"])
def test_doctor_tells_of_a_session_that_did_not_take_its_settings(source, server, request, monkeypatch):
    url = request.getfixturevalue(server)
    made = source(url=url, query=QUERY)
    assert "sql-session" not in {finding.id for finding in made.examine()}
    from adapters.sql import engine

    monkeypatch.setattr(engine, "connect_arguments", lambda *_: {})
    monkeypatch.setattr(engine, "limit_sessions", lambda *_: None)
    (found,) = [finding for finding in source(url=url, query=QUERY).examine() if finding.id == "sql-session"]
    assert found.severity == "warning"
    assert found.message.endswith("a statement may run for ever, it may write")


def test_pooler_that_takes_no_settings_is_connected_to_without(postgresql):
    """As PgBouncer refuses them: what it says is in the error."""
    options = {"options": "-c statement_timeout=1000"}
    from adapters.sql.session import without_settings

    refusal = psycopg.OperationalError("FATAL:  unsupported startup parameter: options")
    assert without_settings(refusal, options)
    assert options == {}
    assert not without_settings(refusal, options)
    assert not without_settings(psycopg.OperationalError("no route"), {"options": "x"})


def test_connection_to_postgresql_keeps_its_cursor_but_no_heap_of_rows(source, postgresql):
    def kept(made):
        with closing(made._engine.raw_connection()) as connection:
            return connection.info.get(CURSOR)

    made = source(url=postgresql, query=QUERY)
    assert made.lookup(SOMEBODY) == {"id": 1}
    cursor = kept(made)
    assert cursor is not None
    assert made.lookup("user2@example.com") == {"id": 2}
    assert kept(made) is cursor
    many = source(url=postgresql, query="SELECT generate_series(1, 1000) AS row, :email AS email")
    assert many.lookup(SOMEBODY) == {"row": 1, "email": SOMEBODY}
    assert kept(many) is None


def test_connections_that_were_ended_are_replaced_unseen(source, mariadb, mariadb_server):  # noqa: F811
    made = source(url=mariadb, query="SELECT connection_id() AS id FROM users WHERE email = :email")
    first = made.lookup(SOMEBODY)["id"]
    mariadb_server.execute(f"KILL CONNECTION {first}")
    assert made.lookup(SOMEBODY)["id"] != first


def test_own_options_of_the_url_stand(source, postgresql):
    url = f"{postgresql}?options=-c%20statement_timeout%3D777"
    settings = "current_setting('statement_timeout') AS t, current_setting('transaction_read_only') AS r"
    asked = f"SELECT {settings} WHERE :email <> ''"
    assert source(url=url, query=asked).lookup(SOMEBODY) == {"t": "777ms", "r": "on"}


@pytest.mark.parametrize(("wanted", "asked"), [("read-write", "primary"), ("read-only", "standby")])
def test_role_of_a_server_is_asked_for_as_its_sessions_never_write(wanted, asked):
    url = make_url(f"postgresql+psycopg://app@db/app?target_session_attrs={wanted}")
    assert connect_arguments(url, 1)["target_session_attrs"] == asked


def test_primary_is_found_though_sessions_only_read(source, postgresql):
    url = f"{postgresql}?target_session_attrs=read-write"
    assert source(url=url, query=QUERY).lookup(SOMEBODY) == {"id": 1}


def test_url_of_two_hosts_moves_to_the_one_that_lives(source, pair):
    first, second, url = pair
    made = source(url=url, query=PORT)
    assert made.lookup(SOMEBODY) == {"port": str(first.port)}
    with first.stopped():
        assert made.lookup(SOMEBODY) == {"port": str(second.port)}
    # It stays with the one that works, until that one fails.
    assert made.lookup(SOMEBODY) == {"port": str(second.port)}
    with second.stopped():
        assert made.lookup(SOMEBODY) == {"port": str(first.port)}
    with first.stopped(), second.stopped(), pytest.raises(SourceUnavailable) as outage:
        made.lookup(SOMEBODY)
    assert f"{servers.HOST}:{first.port}, {servers.HOST}:{second.port}" in str(outage.value)
    assert servers.PASSWORD not in str(outage.value)
    assert made.lookup(SOMEBODY)


@pytest.mark.timing
def test_host_that_hangs_costs_one_lookup_and_then_its_share_of_the_time(source, pair):
    first, second, url = pair
    made = source(url=url, query=PORT, timeout=2)
    assert made.lookup(SOMEBODY) == {"port": str(first.port)}
    with first.paused():
        with pytest.raises(SourceUnavailable, match="did not answer in time"):
            made.lookup(SOMEBODY)
        began = monotonic()
        assert made.lookup(SOMEBODY) == {"port": str(second.port)}
        assert monotonic() - began < 1.8
        began = monotonic()
        assert made.lookup(SOMEBODY) == {"port": str(second.port)}
        assert monotonic() - began < 0.9


def test_host_that_hangs_keeps_nobody_from_the_other_however_many_ask(source, pair):
    first, second, url = pair
    made = source(url=url, query=PORT, timeout=6)
    assert made.lookup(SOMEBODY) == {"port": str(first.port)}
    made.close()  # so that all of them connect anew
    with first.paused(), ThreadPoolExecutor(8) as threads:
        found = list(threads.map(made.lookup, [SOMEBODY] * 8))
    assert found == [{"port": str(second.port)}] * 8


def test_mariadbs_url_of_two_hosts_moves_too(source, mariadb, mariadb_server, free_port):  # noqa: F811
    database = make_url(mariadb).database
    mariadb_server.execute(
        "CREATE OR REPLACE USER reader@'127.0.0.1' IDENTIFIED BY 'secret'",
        f"GRANT SELECT ON {database}.* TO reader@'127.0.0.1'",
    )
    url = f"mariadb+pymysql://reader:secret@127.0.0.1:{free_port},127.0.0.1:{mariadb_server.port}/{database}"
    assert source(url=url, query=QUERY).lookup(SOMEBODY) == {"id": 1}


@pytest.mark.parametrize(
    ("written", "places"),
    [
        ("postgres://a:b@h1,h2:5433/d", [("h1", None), ("h2", 5433)]),
        ("postgres://h1,h2", [("h1", None), ("h2", None)]),
        ("postgres://a:p,w@h1/d", []),
        ("postgres://a:p%2Cw@[::1]:1,[::2]:2/d?sslmode=require", [("::1", 1), ("::2", 2)]),
        ("postgres:///d?host=h1,h2&port=1,2", [("h1", 1), ("h2", 2)]),
        ("postgres:///d?host=h1,h2&port=7", [("h1", 7), ("h2", 7)]),
        ("postgres:///d?host=h1:1&host=h2:2", [("h1", 1), ("h2", 2)]),
        ("postgres://h1:5432/d?options=a,b", []),
    ],
)
def test_hosts_of_a_url_are_read_as_libpq_writes_them(tmp_path, written, places):
    options = load_options(SqlOptions, {"url": written, "query": QUERY}, tmp_path)
    assert list(places_of(make_url(options["url"]))) == places


def test_port_that_is_no_number_is_refused_without_the_password(tmp_path):
    with pytest.raises(ValidationError) as refusal:
        load_options(SqlOptions, {"url": "postgres://a:secret@h1:x,h2/d", "query": QUERY}, tmp_path)
    assert "Not a database URL" in str(refusal.value)
    assert "secret" not in str(refusal.value)


def test_every_host_gets_its_share_of_the_time():
    shares = []

    def connect(host, _port, seconds):
        shares.append((host, round(seconds, 1)))
        raise SourceUnavailable(host)

    hosts = Hosts([("a", None), ("b", None), ("c", None)], timeout=5)
    with time_limit(3), pytest.raises(SourceUnavailable, match="c"):
        hosts.connect(connect, OSError)
    assert shares == [("a", 1.0), ("b", 1.5), ("c", 3.0)]


def test_documented_comparison_takes_no_accent_for_none_on_mariadb(mariadb, mariadb_server):  # noqa: F811
    page = (Path(__file__).parent.parent / "docs/adapters/sql.md").read_text("utf-8")
    (exactly,) = re.findall(r"`(email = :email AND .*?)`", page)
    name = make_url(mariadb).database
    mariadb_server.execute(
        f"CREATE TABLE {name}.people (id int, email varchar(100), KEY (email)) CHARACTER SET utf8mb4",
        f"INSERT INTO {name}.people VALUES (3, 'Casey@example.com')",  # noqa: S608 - constants
    )
    found = []
    for condition in ("email = :email", exactly):
        source = SqlSource(mariadb, query=f"SELECT id FROM people WHERE {condition}")  # noqa: S608 - the page's
        found.append([source.lookup(email) for email in ("casey@example.com", "c\u00e1sey@example.com")])
        source.close()
    assert found == [[{"id": 3}, {"id": 3}], [{"id": 3}, None]]


def test_schema_that_is_not_there_is_told_with_the_nearest(source, postgres_server):
    url = postgres_server.create_users(1)
    made = source(url=url, table="Public.users", email_column="email", columns=["id"])
    with pytest.raises(SourceDataError, match=r"^there is no schema 'Public'; did you mean 'public'\?$"):
        made.lookup("casey@example.com")


def test_schema_that_a_query_misspells_is_told_with_the_nearest(source, postgres_server, mariadb):
    url = postgres_server.create_users(1)
    database = make_url(mariadb).database
    for of, schema, near in ((url, "publik", "public"), (mariadb, f"{database}s", database)):
        made = source(url=of, query=f"SELECT id FROM {schema}.users WHERE email = :email")  # noqa: S608
        with pytest.raises(SourceError) as refused:
            made.lookup("casey@example.com")
        assert f"there is no schema {schema!r}; did you mean {near!r}?" in str(refused.value)
