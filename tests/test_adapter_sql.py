"""The sql adapter: its two forms, its types, and what it says when something is wrong."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from time import monotonic, sleep
from zoneinfo import ZoneInfo

import pytest
from marshmallow import ValidationError

from adapters.errors import SourceConfigError, SourceDataError, SourceUnavailable
from adapters.options import load_options
from adapters.sql import SqlSource
from adapters.sql.options import SqlOptions
from adapters.sql.source import LOOK_AGAIN
from adapters.time_limit import time_limit

QUERY = "SELECT id, created_at FROM users WHERE email = :email"


@pytest.fixture
def database(tmp_path):
    connection = sqlite3.connect(tmp_path / "users.db")
    connection.executescript(
        """
        CREATE TABLE users (id INTEGER, email TEXT, created_at DATETIME, born TEXT, paid TEXT, active TEXT);
        INSERT INTO users VALUES (3, 'casey@example.com', '2013-06-16 12:36:36', '1990-01-02', '12.50', '1');
        INSERT INTO users VALUES (4, 'odd@example.com', 'yesterday', NULL, NULL, NULL);
        INSERT INTO users VALUES (5, 'zone@example.com', '2013-06-16T12:36:36+02:00', NULL, NULL, NULL);
        """
    )
    connection.close()
    return tmp_path / "users.db"


@pytest.fixture
def source(database, request):
    """A function that makes a source of the database and closes it after the test."""

    def make(**options):
        made = SqlSource.from_options(
            load_options(SqlOptions, {"url": "sqlite:///users.db"} | options, database.parent)
        )
        request.addfinalizer(made.close)
        return made

    return make


def test_query_reads_the_types_that_settings_name(source):
    types = {"created_at": "datetime", "born": "date", "paid": "number", "active": "boolean"}
    query = "SELECT created_at, born, paid, active FROM users WHERE email = :email"
    assert source(query=query, types=types).lookup("casey@example.com") == {
        "created_at": datetime(2013, 6, 16, 12, 36, 36, tzinfo=UTC),
        "born": date(1990, 1, 2),
        "paid": Decimal("12.50"),
        "active": True,
    }


def test_time_without_a_zone_is_in_the_zone_of_the_settings(source):
    made = source(query=QUERY, types={"created_at": "datetime"}, time_zone="Europe/Berlin")
    assert made.lookup("casey@example.com")["created_at"].utcoffset().total_seconds() == 7200
    assert made.lookup("zone@example.com")["created_at"].tzinfo != ZoneInfo("Europe/Berlin")


def test_table_form_takes_types_from_the_database(source):
    made = source(table="users", email_column="email", columns=["id", "created_at"])
    assert made.lookup("casey@example.com") == {
        "id": 3,
        "created_at": datetime(2013, 6, 16, 12, 36, 36, tzinfo=UTC),
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"table": "user"}, "there is no table 'user'; did you mean 'users'?"),
        ({"columns": ["ID"]}, "the table 'users' has no column 'ID'; did you mean 'id'?"),
        (
            {"columns": ["creatd_at"]},
            "the table 'users' has no column 'creatd_at'; did you mean 'created_at'?",
        ),
        (
            {"email_column": "mail", "columns": ["id", "creatd_at"]},
            "no column 'mail'; did you mean 'email'? It has no column 'creatd_at'; did you mean 'creat",
        ),
        (
            {"columns": ["zzz", "creatd_at"]},
            "id, paid. It has no column 'creatd_at'; did you mean 'created_at'?",
        ),
        ({"email_column": "mail"}, "the table 'users' has no column 'mail'; did you mean 'email'?"),
        ({"columns": ["id; DROP TABLE users"]}, "the table 'users' has no column 'id; DROP TABLE users'"),
    ],
)
def test_name_that_is_not_in_the_schema_is_told_with_the_nearest(source, options, message):
    form = {"table": "users", "email_column": "email", "columns": ["id"]}
    with pytest.raises(SourceDataError) as error:
        source(**form | options).lookup("casey@example.com")
    assert message in str(error.value)


def test_two_columns_of_one_name_are_refused(source):
    query = "SELECT id, created_at AS id FROM users WHERE email = :email"
    with pytest.raises(SourceDataError, match="more than one column named id; name them apart with AS"):
        source(query=query).lookup("casey@example.com")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELECT id FORM users WHERE email = :email", 'near "users": syntax error'),
        ("SELECT writefile('x', :email) FROM users", "no such function: writefile"),
        ("SELECT load_extension(:email)", "not authorized"),
    ],
)
def test_query_that_sqlite_cannot_run_is_told_as_refused(source, query, told):
    refusing = source(query=query)
    with pytest.raises(SourceUnavailable) as refusal:
        refusing.lookup("casey@example.com")
    assert str(refusal.value).endswith(f"users.db refused the query: {told}")
    (finding,) = refusing.check()
    assert finding.fix.startswith("Try it in the database's own client")


def test_option_of_sqlites_url_that_does_nothing_is_told(database):
    with pytest.raises(SourceConfigError, match=r"the url has the option 'mode', and none .*: leave it out"):
        SqlSource(f"sqlite:///{database}?mode=rw", query=QUERY)


def test_absent_database_is_told_and_not_made(source, database):
    database.unlink()
    with pytest.raises(SourceUnavailable, match=r"the database file .*users\.db does not exist; create it"):
        source(query=QUERY).lookup("casey@example.com")
    assert not database.exists()


def test_replaced_database_is_read_anew_and_a_moved_one_is_missed(source, database, tmp_path):
    made = source(query=QUERY)
    assert made.lookup("casey@example.com")["id"] == 3
    copy = tmp_path / "new.db"
    shutil.copy(database, copy)
    connection = sqlite3.connect(copy)
    with connection:
        connection.execute("UPDATE users SET id = 7 WHERE id = 3")
    connection.close()
    copy.replace(database)
    sleep(LOOK_AGAIN)
    assert made.lookup("casey@example.com")["id"] == 7
    database.rename(tmp_path / "moved.db")
    sleep(LOOK_AGAIN)
    with pytest.raises(SourceUnavailable, match="does not exist"):
        made.lookup("casey@example.com")


def test_file_that_is_no_database_is_told(source, database):
    database.write_text("not a database, but long enough to be read as one" * 20)
    with pytest.raises(SourceUnavailable, match="is no SQLite database, or an encrypted one"):
        source(query=QUERY).lookup("casey@example.com")


def test_locked_database_is_unavailable_after_the_timeout(source, database):
    writer = sqlite3.connect(database, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    made = source(query=QUERY, timeout=0.1)
    with pytest.raises(SourceUnavailable, match="database is locked"):
        made.lookup("casey@example.com")
    writer.execute("ROLLBACK")
    writer.close()
    assert made.lookup("casey@example.com")["id"] == 3


def test_database_is_opened_read_only(source, database):
    told = r"users\.db refused the query: it writes, and a lookup may only read"
    with pytest.raises(SourceUnavailable, match=told) as refusal:
        source(query="WITH x AS (SELECT 1) INSERT INTO users (email) VALUES (:email) RETURNING id").lookup(
            "x@example.com"
        )
    assert refusal.value.fix.startswith("Take out what changes something: INSERT")


@pytest.mark.parametrize(
    ("options", "key", "message"),
    [
        ({}, "query", "Missing: a SELECT with :email in it"),
        ({"query": "SELECT 1"}, "query", "It must have :email in it"),
        (
            {"query": "SELECT 1 WHERE :emial"},
            "query",
            "It has :emial, but only :email is known here; write ",
        ),
        ({"query": "SELECT 1 -- :email"}, "query", "Its :email stands in a text or a comment"),
        ({"query": "SELECT 1 WHERE e = ':email'"}, "query", "Its :email stands in a text or a comment"),
        ({"query": QUERY, "table": "users"}, "query", "Give either query or table"),
        ({"table": "users"}, "columns", "Missing: it goes with table."),
        ({"query": QUERY, "types": {"id": "int"}}, "types", "Must be one of: boolean, date, datetime"),
        ({"query": QUERY, "time_zone": "Mars"}, "time_zone", "No such time zone."),
        ({"query": QUERY, "url": "not a url"}, "url", "Not a database URL."),
        ({"query": QUERY, "url": "postgresql://app:pa:ss@[::host/db"}, "url", "Not a database URL."),
    ],
)
def test_options_that_cannot_work_are_refused_with_a_reason(tmp_path, options, key, message):
    with pytest.raises(ValidationError) as refusal:
        load_options(SqlOptions, {"url": "sqlite:///users.db"} | options, tmp_path)
    assert message in str(refusal.value.messages[key])
    assert "pa:ss" not in str(refusal.value.messages)


@pytest.mark.timing
def test_statement_that_takes_too_long_is_interrupted(source):
    slow = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1e9) "
        "SELECT max(i) AS m FROM n, users WHERE email = :email"
    )
    made = source(query=slow, timeout=0.2)
    started = monotonic()
    with pytest.raises(SourceUnavailable, match="did not answer in time; does the lookup use an index"):
        made.lookup("casey@example.com")
    assert monotonic() - started < 0.2 + 0.1


@pytest.mark.timing
def test_wait_for_a_lock_ends_when_the_caller_leaves(source, database):
    writer = sqlite3.connect(database, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    made = source(query=QUERY, timeout=10)
    started = monotonic()
    with time_limit(0.2), pytest.raises(SourceUnavailable, match="database is locked"):
        made.lookup("casey@example.com")
    assert monotonic() - started < 1
    writer.execute("ROLLBACK")
    writer.close()
    assert made.lookup("casey@example.com")["id"] == 3


def test_mysql_without_a_driver_says_which_to_write():
    told = r"write mysql\+pymysql:// and pip install 'custom-profile-kit\[mysql\]'"
    with pytest.raises(SourceConfigError, match=told):
        SqlSource("mysql://app:pw@db/app", query=QUERY)


@pytest.mark.parametrize(("url", "near"), [("mysql2://u:pw@h/db", "mysql"), ("nosuch://u:pw@h/db", "")])
def test_unknown_dialect_is_told_without_the_password(url, near):
    with pytest.raises(SourceConfigError, match=f"SQLAlchemy knows no database .*{near}") as error:
        SqlSource(url, query=QUERY)
    assert "pw" not in str(error.value)


def test_several_rows_are_answered_where_they_are_asked_for(source):
    rows = source(query="SELECT id FROM users WHERE email <> :email ORDER BY id").lookup_all("x")
    assert rows == [{"id": 3}, {"id": 4}, {"id": 5}]


def test_database_in_memory_is_refused():
    with pytest.raises(SourceConfigError, match='in memory is empty: name a file, or use type = "memory"'):
        SqlSource("sqlite://", query=QUERY)


def test_missing_driver_is_told_with_the_command():
    with pytest.raises(
        SourceConfigError, match=r"the driver for oracle \(oracledb\) is not installed: pip install"
    ):
        SqlSource("oracle+oracledb://app@db/app", query=QUERY)


@pytest.mark.parametrize(
    ("module", "driver", "package"),
    [
        ("MySQLdb", "mysql+mysqldb", "mysqlclient"),
        ("mysql", "mysql+mysqlconnector", "mysql-connector-python"),
    ],
)
def test_missing_driver_is_told_by_the_name_of_its_package(module, driver, package, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SourceConfigError, match=rf"\({module}\) is not installed: pip install {package}$"):
        SqlSource(f"{driver}://app@db/app", query=QUERY)


def test_driver_of_sqlite_that_would_do_nothing_is_told(database):
    with pytest.raises(
        SourceConfigError, match=r"^sqlite\+pysqlcipher:// has no effect: .*; write sqlite://$"
    ):
        SqlSource(f"sqlite+pysqlcipher://:pw@/{database}", query=QUERY)


@pytest.mark.parametrize(
    ("module", "url", "extra"),
    [
        ("pymysql", "mariadb+pymysql://app:pw@db/app", "mariadb"),
        ("pymysql", "mysql+pymysql://app:pw@db/app", "mysql"),
        ("psycopg", "postgresql+psycopg://app:pw@db/app", "postgresql"),
    ],
)
def test_missing_driver_of_an_extra_is_told_with_the_extra(module, url, extra, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    told = rf"\({module}\) is not installed: pip install 'custom-profile-kit\[{extra}\]'"
    with pytest.raises(SourceConfigError, match=told):
        SqlSource(url, query=QUERY)


@pytest.mark.parametrize(
    "written",
    [
        "postgresql://app:p@ss/w#rd@127.0.0.1:34057/nodb",
        "postgresql://app:p@ss@host/db",
        "mysql+pymysql://app:p@s?x@host:5432/db",
        "postgres://app:p@h1,h2@h3,h4/db",
    ],
)
def test_at_sign_in_a_password_is_told_and_no_part_of_it_is_shown(tmp_path, written):
    with pytest.raises(ValidationError) as refusal:
        load_options(SqlOptions, {"url": written, "query": QUERY}, tmp_path)
    assert "In a password @ is written %40" in str(refusal.value.messages["url"])


@pytest.mark.parametrize(
    "written",
    [
        "sqlite:////home/me@work/a@b.db",
        "postgresql://me@server:p%40ss@host/db",
        "postgresql://app:p,w/x?y@h1:1,h2:2/db?options=-c%20a=b@c",
        "postgresql:///db?host=h&user=me@server",
    ],
)
def test_other_at_signs_in_a_url_stand(tmp_path, written):
    assert load_options(SqlOptions, {"url": written, "query": QUERY}, tmp_path)["url"]


def test_herokus_url_is_read_as_postgresql(tmp_path):
    options = load_options(SqlOptions, {"url": "postgres://app:x@db.example/app", "query": QUERY}, tmp_path)
    assert options["url"].startswith("postgresql+psycopg://app:x@")


def test_worker_holds_the_dialect_of_its_own_database_alone(database):
    code = (
        "import sys; from adapters.sql import SqlSource;"
        f"source = SqlSource('sqlite:///{database}', table='users', email_column='email', columns=['id']);"
        "source.lookup('casey@example.com'); source.close();"
        "print(*(name for name in sys.modules if name.startswith('sqlalchemy.dialects.mysql')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("\n", 0), done.stderr
