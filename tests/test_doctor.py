"""custom-profile doctor: what it finds in settings, sources and server, and how it tells it."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from itertools import count
from pathlib import Path
from threading import Event

import psycopg
import pytest
from click.testing import CliRunner
from mariadb_server import mariadb_server  # noqa: F401 - a fixture
from redis import Redis
from servers import redis
from sqlalchemy import make_url

from adapters.base import CustomerSource, Finding
from adapters.memory import MemorySource
from adapters.sql import SqlSource
from adapters.sql.advice import Query
from adapters.stripe_export import StripeExportSource
from webhook_server.doctor import fields, sources
from webhook_server.doctor_command import doctor
from webhook_server.profile.lookup import BoundSource
from webhook_server.profile.service import ProfileService

TOKEN = "t0ken-canary-of-some-length"
MEMORY = '[[sources]]\nname = "app"\ntype = "memory"\n[sources.customers."casey@example.com"]\nid = 3\n'


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A function that runs the command on settings, and answers its result."""

    def run(settings=MEMORY, *arguments, **environment):
        (tmp_path / "custom_profile.toml").write_text(settings)
        monkeypatch.chdir(tmp_path)
        for name, value in {"GROOVE_API_TOKEN": TOKEN, "COLUMNS": "120", **environment}.items():
            monkeypatch.setenv(name, value)
        result = CliRunner().invoke(doctor, arguments)
        assert TOKEN not in result.output
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return run


@pytest.fixture
def findings(run):
    """A function that runs the command, and answers its findings by id."""

    def findings(settings=MEMORY, **environment):
        body = json.loads(run(settings, "--json", **environment).stdout)
        return {found["id"]: found for found in body["findings"]}

    return findings


def examined(source):
    found = {finding.id: finding for finding in source.examine()}
    source.close()
    return found


def lowered(found):
    return (found["sql-index"].severity, found["sql-index"].fix)


def test_healthy_settings_are_in_order(run):
    result = run()
    assert result.exit_code == 0
    assert "no errors, no warnings" in result.output
    assert run(MEMORY, "--strict").exit_code == 0


@pytest.mark.parametrize(
    ("environment", "arguments", "code"),
    [
        ({"GROOVE_API_TOKEN": "short"}, (), 0),
        ({"GROOVE_API_TOKEN": "short"}, ("--strict",), 1),
        ({"GROOVE_API_TOKEN": "short"}, ("--strict", "--ignore", "token-short"), 0),
        ({"GROOVE_API_TOKEN": "demo-token"}, (), 1),
        ({"GROOVE_API_TOKEN": ""}, (), 2),
    ],
)
def test_exit_code_tells_fine_findings_and_unreadable_apart(run, environment, arguments, code):
    assert run(MEMORY, *arguments, **environment).exit_code == code


def test_settings_that_cannot_be_read_are_told_with_every_problem(run):
    result = run('[[sources]]\nname = "app"\ntype = "sql"\nurl = "x"\n', GROOVE_API_TOKEN="")
    assert result.exit_code == 2
    assert "GROOVE_API_TOKEN: Missing" in result.output
    assert "sources 1, url: Not a database URL." in result.output


def test_token_that_can_be_guessed_is_told_and_not_shown(findings):
    assert "token-short" not in findings()
    own = findings(CUSTOM_PROFILE_INVALIDATION_TOKEN="inv4lid")
    assert own["token-short"]["message"].startswith("CUSTOM_PROFILE_INVALIDATION_TOKEN has")
    assert "openssl rand" in own["token-short"]["fix"]
    found = findings(GROOVE_API_TOKEN=f"{TOKEN},gu3ss")
    assert found["token-short"]["message"].startswith("GROOVE_API_TOKEN has")
    assert found["token-short"]["severity"] == "warning"
    assert not re.search("gu3ss|inv4lid", repr([own, found]))


@pytest.mark.parametrize(("mode", "severity"), [(0o600, "ok"), (0o640, "warning"), (0o644, "error")])
@pytest.mark.parametrize("name", [".env", "token"])
def test_file_of_secrets_that_others_can_read_is_told(findings, tmp_path, mode, severity, name):
    path = tmp_path / name
    path.write_text(TOKEN)
    path.chmod(mode)
    environment = {"GROOVE_API_TOKEN": "", "GROOVE_API_TOKEN_FILE": str(path)} if name == "token" else {}
    found = findings(**environment)["secrets-readable"]
    assert (found["severity"], found["where"]) == (severity, str(path))
    assert found["fix"] == ("" if severity == "ok" else f"chmod 600 {path}")


def test_names_of_the_helpdesk_and_of_two_sources_are_told(findings):
    settings = MEMORY + (
        'status = "vip"\npassword_hash = "x"\n'
        '[[sources]]\nname = "crm"\ntype = "memory"\ncustomers = { "casey@example.com" = { id = 4 } }\n'
    )
    found = findings(settings)
    assert "status → app_status" in found["field-reserved"]["message"]
    assert 'rename = { status = "app_status" }' in found["field-reserved"]["fix"]
    assert (found["field-shadowed"]["where"], found["field-withheld"]["severity"]) == ("source crm", "ok")
    renamed = settings.replace("[sources.cust", 'rename = { status = "app_status" }\n[sources.cust', 1)
    assert "field-reserved" not in findings(renamed)
    assert "field-shadowed" not in findings('[profile]\nfields = ["app_status"]\n' + settings)


def test_secrets_are_told_apart_from_what_may_say_yes_or_no():
    key = "sk_" + "live_" + "4eC39HqLyjWDarjtT1zdp7dc"
    app = MemorySource({"casey@example.com": {"id": 3, "pin": 1, "api_keys": ["a"], key: 1}})
    service = ProfileService([BoundSource("app", app)])
    told = [found.message for found in fields.examine(service) if found.id == "field-withheld"]
    assert told == [
        "these never leave: api_keys, one whose name is a secret itself",
        "these look like secrets, and no more leaves of them than yes or no: pin",
    ]


def test_setting_that_can_do_nothing_is_told_where_it_stands(findings):
    found = findings('[profile]\nfields = ["id", "idd"]\n' + MEMORY)["setting-without-effect"]
    assert (found["where"], found["severity"]) == ("[profile] fields", "warning")
    assert "did you mean 'id'?" in found["message"]


@pytest.mark.parametrize(
    ("settings", "environment", "name", "severity"),
    [
        ("[server]\ndeadline = 20.0\n", {}, "deadline-long", "warning"),
        ("[cache]\nfresh = 5\n", {"WEB_CONCURRENCY": "2"}, "cache-per-worker", "warning"),
        ("", {"WEB_CONCURRENCY": "2"}, "cache-per-worker", "ok"),
        ("", {}, "proxy-logs", "ok"),
        ("", {}, "proxy-hops", "ok"),
    ],
)
def test_pitfall_of_the_server_is_told(findings, settings, environment, name, severity):
    assert findings(settings + MEMORY, **environment)[name]["severity"] == severity


def test_deadline_of_a_source_beyond_the_servers_is_told(findings):
    settings = MEMORY.replace('"memory"\n', '"memory"\ndeadline = 5.0\n')
    assert findings(settings)["deadline-without-effect"]["where"] == "source app"


def test_cache_is_asked_and_its_url_looked_at(findings, redis_server, free_port):
    found = findings(f'[cache]\nurl = "{redis_server.url}"\n' + MEMORY)
    assert found["cache"]["message"] == "Redis answers"
    assert "cache-without-tls" not in found
    gone = findings(f'[cache]\nurl = "redis://:s3cr3t-canary@127.0.0.1:{free_port}/0"\n' + MEMORY)
    assert gone["cache-unreachable"]["severity"] == "warning"
    remote = findings('[cache]\nurl = "redis://:s3cr3t-canary@cache.invalid:6379/0"\n' + MEMORY)
    assert "cache.invalid" in remote["cache-without-tls"]["message"]
    assert "s3cr3t-canary" not in repr([gone, remote])


@pytest.fixture
def company(tmp_path):
    """A function that makes an SQLite file with so many users, and answers its URL."""

    def make(count, index=""):
        connection = sqlite3.connect(tmp_path / "company.db")
        with connection:
            connection.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT)")
            rows = ((n, f"user{n}@example.com") for n in range(count))
            connection.executemany("INSERT INTO users VALUES (?, ?)", rows)
            connection.execute(index)
        connection.close()
        return f"sqlite:///{tmp_path / 'company.db'}"

    return make


QUERY = "SELECT id FROM users WHERE email = :email"
LOWER = "SELECT u.id FROM users AS u WHERE lower(u.email) = :email"


def test_sqlite_that_reads_a_whole_large_table_is_told_the_index(company):
    url = company(10_000)
    expected = "CREATE INDEX users_email ON users (email);"
    found = examined(SqlSource(url, query=QUERY))
    assert lowered(found) == ("warning", expected)
    assert "reads all of users, at least 10,000 rows" in found["sql-index"].message
    table = SqlSource(url, table="users", email_column="email", columns=["id"])
    assert lowered(examined(table)) == ("warning", expected)
    expected = "CREATE INDEX users_lower_email ON users (lower(email));"
    assert lowered(examined(SqlSource(url, query=LOWER))) == ("warning", expected)
    assert examined(SqlSource(url, query=LOWER))["sql-rights"].severity == "ok"


def test_sqlite_index_must_fit_the_comparison(company):
    url = company(10_000, "CREATE INDEX users_lower_email ON users (lower(email))")
    assert examined(SqlSource(url, query=LOWER))["sql-index"].severity == "ok"
    assert examined(SqlSource(url, query=QUERY))["sql-index"].severity == "warning"


def test_index_that_sqlite_makes_for_each_lookup_is_none(company):
    url = company(10_000, "CREATE TABLE orders (user_email TEXT)")
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    with connection:
        connection.execute("INSERT INTO orders SELECT email FROM users")
    connection.close()
    query = "SELECT u.id FROM users u LEFT JOIN orders o ON o.user_email = u.email WHERE u.id > 0 AND :email"
    messages = [finding.message for finding in SqlSource(url, query=query).examine()]
    assert any("reads all of orders" in message for message in messages), messages


def test_row_that_stands_in_no_table_needs_no_index(company):
    source = SqlSource(company(3), query="SELECT 1 AS a WHERE :email <> '' UNION ALL VALUES (2), (3)")
    assert examined(source)["sql-index"].message == "the lookup uses an index"
    source.close()


def test_small_table_needs_no_index_yet(company):
    found = examined(SqlSource(company(3), query=QUERY))["sql-index"]
    assert (found.severity, "about 3 rows" in found.message) == ("ok", True)
    assert "CREATE INDEX" in found.fix


def test_outage_of_a_database_is_one_error(findings):
    found = findings(
        '[[sources]]\nname = "db"\ntype = "sql"\nurl = "sqlite:///gone.db"\n'
        'table = "users"\nemail_column = "email"\ncolumns = ["id"]\n'
    )
    assert found["sql-lookup"]["severity"] == "error"
    assert "sql-index" not in found


def test_check_asks_only_for_what_is_quick(company):
    assert [finding.id for finding in SqlSource(company(3), query=QUERY).check()] == ["sql-lookup"]


def test_postgresql_rights_and_plans_are_told(postgres_server):
    url = postgres_server.create_users(10_000).replace("postgresql:", "postgresql+psycopg:")
    found = examined(SqlSource(url, query=QUERY))
    assert found["sql-index"].message == "the lookup uses an index: users_email_key"
    assert found["sql-server"].message.startswith("PostgreSQL ")
    assert found["sql-rights"].message == "the role app can do more than read: is a superuser"
    assert "GRANT SELECT ON users TO profile_reader" in found["sql-rights"].fix
    expected = "CREATE INDEX CONCURRENTLY ON users (lower(email));"
    assert lowered(examined(SqlSource(url, query=LOWER))) == ("warning", expected)
    like = SqlSource(url, query="SELECT id FROM users WHERE email ILIKE :email OR plan LIKE '%x%'")
    assert "No index serves LIKE or ILIKE" in examined(like)["sql-index"].fix
    like = SqlSource(url, query="SELECT id FROM users WHERE email ILIKE :email")
    assert examined(like)["sql-index"].fix.endswith(f"compare lower(email) = :email, and {expected}")
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE INDEX users_lower ON users (lower(email))")
    assert examined(like)["sql-index"].fix.endswith(
        "compare lower(email) = :email: the index users_lower serves that."
    )


def test_names_that_need_quotes_are_quoted_in_what_is_advised_for_sqlite(tmp_path):
    connection = sqlite3.connect(tmp_path / "odd.db")
    connection.execute('CREATE TABLE "Kunden Größe" ("E-Mail" TEXT, name TEXT)')
    connection.executemany('INSERT INTO "Kunden Größe" VALUES (?, ?)', [("a", "b")] * 10_001)
    connection.commit()
    url = f"sqlite:///{tmp_path / 'odd.db'}"
    made = SqlSource(url, table="Kunden Größe", email_column="E-Mail", columns=["name"])
    found = examined(made)["sql-index"]
    assert found.severity == "warning"
    with connection:
        connection.execute(found.fix)
    connection.close()
    assert examined(made)["sql-index"].message.startswith("the lookup uses an index")
    made.close()


def test_names_that_need_quotes_are_quoted_in_what_is_advised_for_postgresql(postgres_server):
    plain = postgres_server.create_users(1)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA crm")
        connection.execute('CREATE TABLE crm."Customer Accounts" (id int, "EMail" text)')
        url = plain.replace("postgresql:", "postgresql+psycopg:")
        query = 'SELECT id FROM crm."Customer Accounts" WHERE lower("EMail") = :email'
        for form in (
            {"query": query},
            {"table": "crm.Customer Accounts", "email_column": "EMail", "columns": ["id"]},
        ):
            made = SqlSource(url, **form)
            found = examined(made)
            made.close()
            connection.execute(found["sql-index"].fix.encode())
            assert ('lower("EMail")' in found["sql-index"].fix) is ("query" in form)
            connection.execute("CREATE ROLE profile_reader")
            for grant in found["sql-rights"].fix.split(";")[1:-1]:
                connection.execute(grant.encode())
            asked = """SELECT has_schema_privilege('profile_reader', 'crm', 'USAGE'),
                has_table_privilege('profile_reader', 'crm."Customer Accounts"', 'SELECT')"""
            assert connection.execute(asked).fetchone() == (True, True)
            connection.execute("DROP OWNED BY profile_reader")
            connection.execute("DROP ROLE profile_reader")


def test_postgresql_role_that_may_only_read_is_in_order(postgres_server):
    url = postgres_server.create_users(10_000)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute('CREATE TABLE "Orders" (id int, user_id bigint)')
        connection.execute('INSERT INTO "Orders" SELECT n, n FROM generate_series(1, 10000) AS n')
        connection.execute('ANALYZE "Orders"')
        for role, right in (("reader", "SELECT"), ("writer", "SELECT, UPDATE")):
            connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 's3cr3t-canary'".encode())
            connection.execute(f'GRANT {right} ON users, "Orders" TO {role}'.encode())
    query = 'SELECT u.id FROM users u JOIN "Orders" o ON o.user_id = u.id WHERE u.email = :email'

    def as_role(role):
        return SqlSource(url.replace("postgresql://app", f"postgresql+psycopg://{role}"), query=query)

    found = examined(as_role("reader"))
    assert found["sql-rights"].message == "the role reader may only read"
    assert lowered(found)[0] == "warning"
    assert "(user_id)" in lowered(found)[1]
    assert "UPDATE on users" in examined(as_role("writer"))["sql-rights"].message
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("GRANT INSERT (id) ON users TO reader")
    assert "INSERT on users" in examined(as_role("reader"))["sql-rights"].message


def test_rights_that_every_role_has_are_told_with_what_takes_them_away(postgres_server):
    url = postgres_server.create_users(1)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE ROLE anyone LOGIN PASSWORD 's3cr3t-canary'")
        connection.execute("GRANT ALL ON users TO PUBLIC")
        made = SqlSource(url.replace("postgresql://app", "postgresql+psycopg://anyone"), query=QUERY)
        fix = examined(made)["sql-rights"].fix
        assert "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON users FROM PUBLIC;" in fix
        connection.execute(fix.rpartition(": ")[2].encode())
        connection.execute("GRANT SELECT ON users TO anyone")
        assert examined(made)["sql-rights"].message == "the role anyone may only read"
        connection.execute("DROP OWNED BY anyone; DROP ROLE anyone")


def test_mariadb_rights_and_plans_are_told(mariadb_server):  # noqa: F811
    url = mariadb_server.create_users(10_000)
    database = url.rpartition("/company_")[2].partition("?")[0]
    name = f"company_{database}"
    mariadb_server.execute(
        "CREATE OR REPLACE USER reader",
        f"GRANT SELECT ON {name}.* TO reader",
        "CREATE OR REPLACE USER writer IDENTIFIED BY 's3cr3t-canary'",
        f"GRANT SELECT, INSERT (id), UPDATE ON {name}.users TO writer WITH GRANT OPTION",
    )
    reader = mariadb_server.url_of("reader", name)
    found = examined(SqlSource(reader, query=QUERY))
    assert found["sql-rights"].message == "the role reader may only read"
    assert lowered(found) == ("warning", "CREATE INDEX users_email ON users (email);")
    assert "_ci ignores case" in lowered(examined(SqlSource(reader, query=LOWER)))[1]
    found = examined(SqlSource(mariadb_server.url_of("writer:s3cr3t-canary", name), query=QUERY))
    for power in (f"INSERT on {name}.users", f"UPDATE on {name}.users", f"GRANT OPTION on {name}.users"):
        assert power in found["sql-rights"].message
    assert "s3cr3t-canary" not in repr(found)
    mariadb_server.execute(f"CREATE INDEX users_email ON {name}.users (email)")
    found = examined(SqlSource(reader, query="SELECT id FROM users WHERE email = :email OR email = 'x'"))
    assert found["sql-index"].message == "the lookup uses an index: users_email"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT id FROM (SELECT id, email FROM users LIMIT 5) AS few WHERE email = :email",
        "WITH some AS (SELECT id, email FROM users GROUP BY id) SELECT id FROM some WHERE email = :email",
        "SELECT id FROM users WHERE email = :email UNION SELECT 7 FROM users WHERE email = :email",
        "SELECT id FROM users WHERE email = :email AND id IN (SELECT max(id) FROM users GROUP BY email)",
    ],
)
def test_what_mariadb_is_told_to_grant_names_tables_alone(query, mariadb_server):  # noqa: F811
    name = make_url(mariadb_server.create_users(20)).database
    mariadb_server.execute(
        "CREATE OR REPLACE USER grants_too_much IDENTIFIED BY 's3cr3t-canary'",
        f"GRANT SELECT, UPDATE ON {name}.* TO grants_too_much",
    )
    found = examined(SqlSource(mariadb_server.url_of("grants_too_much:s3cr3t-canary", name), query=query))
    assert found["sql-rights"].fix.partition("; ")[2] == "GRANT SELECT ON users TO profile_reader;"
    assert "<" not in found["sql-index"].message


def test_what_is_granted_of_a_view_is_the_view_alone(postgres_server, mariadb_server):  # noqa: F811
    """The table behind it has what the view was made to hide."""
    query = "WITH one AS (SELECT id, mail FROM people) SELECT id FROM one WHERE mail = :email"
    view = "CREATE VIEW {}.people AS SELECT id, email AS mail FROM {}.users"
    plain = postgres_server.create_users(3)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(view.format("public", "public"))
    name = make_url(mariadb_server.create_users(3)).database
    mariadb_server.execute(
        view.format(name, name),
        "CREATE OR REPLACE USER views_too_much IDENTIFIED BY 's3cr3t-canary'",
        f"GRANT SELECT, SHOW VIEW, UPDATE ON {name}.* TO views_too_much",
    )
    for url in (
        plain.replace("postgresql:", "postgresql+psycopg:"),
        mariadb_server.url_of("views_too_much:s3cr3t-canary", name),
    ):
        made = SqlSource(url, query=query)
        fix = examined(made)["sql-rights"].fix
        made.close()
        assert fix.partition("; ")[2] == "GRANT SELECT ON people TO profile_reader;"


def test_what_every_role_of_mariadb_may_is_told_with_a_fix_that_works(mariadb_server):  # noqa: F811
    name = make_url(mariadb_server.create_users(3)).database
    everybody = "ON `open\\_to\\_all%`.*"
    mariadb_server.execute(
        "CREATE OR REPLACE USER modest",
        f"GRANT SELECT ON {name}.* TO modest",
        f"GRANT SELECT, INSERT, DROP {everybody} TO PUBLIC",
    )
    try:
        source = SqlSource(mariadb_server.url_of("modest", name), query=QUERY)
        found = examined(source)["sql-rights"]
        assert found.message.endswith("INSERT and 1 more on open\\_to\\_all%.* as everybody")
        assert "CREATE USER" not in found.fix
        mariadb_server.execute(found.fix.partition(": ")[2].rstrip(";"))
        assert examined(source)["sql-rights"].message == "the role modest may only read"
    finally:
        mariadb_server.execute(f"GRANT SELECT {everybody} TO PUBLIC", f"REVOKE ALL {everybody} FROM PUBLIC")


def test_what_mariadb_does_not_tell_of_a_plan_is_told(mariadb_server):  # noqa: F811
    name = make_url(mariadb_server.create_users(10_000)).database
    mariadb_server.execute(
        "CREATE OR REPLACE USER plain_reader",
        f"GRANT SELECT ON {name}.* TO plain_reader",
        f"CREATE VIEW {name}.people AS SELECT id, email FROM {name}.users",  # noqa: S608 - names of this test
        f"CREATE TABLE {name}.unique_users (id int, email varchar(200) UNIQUE)",
        f"INSERT INTO {name}.unique_users SELECT id, email FROM {name}.users",  # noqa: S608
        f"CREATE INDEX users_email ON {name}.users (email)",
    )
    url = mariadb_server.url_of("plain_reader", name)
    told = lowered(examined(SqlSource(url, query=LOWER)))[1]
    assert told.startswith("Compare email = :email (a collation that ends in _ci ignores case)")
    assert told.endswith(": the index users_email serves that.")
    found = examined(SqlSource(url, query="SELECT id FROM people WHERE email = :email"))
    assert found["sql-rights"].message == "the role plain_reader may only read"
    assert found["sql-index"].fix == f"Let it: GRANT SHOW VIEW ON {name}.* TO plain_reader;"
    joined = "SELECT u.id FROM unique_users u JOIN users o ON o.plan = u.id WHERE u.email = :email"
    found = examined(SqlSource(url, query=joined))["sql-index"]
    assert (found.severity, found.fix) == ("ok", "EXPLAIN the query with the address of a customer.")
    alone = examined(SqlSource(url, query="SELECT id FROM unique_users WHERE email = :email"))["sql-index"]
    assert (alone.message, alone.fix) == ("the lookup uses an index", "")


@pytest.mark.parametrize("backend", ["sqlite", "postgresql", "mysql"])
@pytest.mark.parametrize(
    ("query", "tables"),
    [
        ("SELECT id, created_at, sign_in_count FROM users WHERE lower(email) = :email", {"users"}),
        (
            "SELECT id,a FROM users u, crm.orders AS o, lines WHERE u.x IN (1, 2, 3)",
            {"users", "crm.orders", "lines"},
        ),
        ("SELECT a FROM t LEFT JOIN u ON t.a = f(u.b, u.c) ORDER BY a, b", {"t", "u"}),
        ("SELECT extract(year FROM made), a FROM orders -- , x\nWHERE a IS DISTINCT FROM b, c", {"orders"}),
        (
            "SELECT 'x FROM y, z', a FROM (SELECT b, c FROM inner_one) s, generate_series(1, 2) g, last",
            {"inner_one", "last"},
        ),
        (
            "WITH c AS (SELECT a, b FROM deep) SELECT a, b FROM c UNION SELECT a, d FROM e LIMIT 1, 2",
            {"deep", "c", "e"},
        ),
        ("SELECT a FROM t CROSS JOIN u, v GROUP BY a, b", {"t", "u", "v"}),
    ],
)
def test_tables_of_a_query_are_told_from_its_columns(query, tables, backend):
    assert Query(query, backend).tables == tables


def test_old_export_is_a_warning_that_settings_move(tmp_path, findings):
    header = (
        "id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Status,Customer ID,Customer Email\n"
    )
    (tmp_path / "payments.csv").write_text(header)
    settings = '[[sources]]\nname = "b"\ntype = "stripe_export"\npayments = "payments.csv"\n'
    assert findings(settings)["export-age"]["message"] == "last written: payments today"
    old = time.time() - 40 * 86_400
    os.utime(tmp_path / "payments.csv", (old, old))
    found = findings(settings)["export-old"]
    assert (found["severity"], "40 days old" in found["message"]) == ("warning", True)
    assert "export-old" not in findings(settings + "warn_after_days = 41\n")
    source = StripeExportSource(payments=str(tmp_path / "payments.csv"))
    assert "export-old" in {finding.id for finding in source.check()}, "the log tells it too"


UNREADABLE = "its examination told what nobody can read: a Finding "


class Odd(CustomerSource):
    """A source whose examination does what it is told."""

    type = "odd"

    def __init__(self, look):
        self.look = look

    @classmethod
    def from_options(cls, options):
        raise NotImplementedError

    def lookup(self, email):
        return None

    def examine(self):
        return self.look()


@pytest.mark.parametrize(
    ("look", "severity", "told"),
    [
        (lambda: 1 / 0, "error", "its examination failed: ZeroDivisionError in "),
        (sys.exit, "error", "its examination failed: SystemExit in "),
        (
            lambda: None,
            "error",
            "its examination told what nobody can read: NoneType in the place of findings",
        ),
        (lambda: [7], "error", "its examination told what nobody can read: int in the place of a Finding"),
        (lambda: [Finding("a", "bad", "b")] * 2, "error", f"{UNREADABLE}of a severity that there is not"),
        (lambda: [Finding("a", ["error"], "b")], "error", f"{UNREADABLE}of a severity that there is not"),
        (lambda: [Finding("a", "ok", 7)], "error", f"{UNREADABLE}whose message is no text"),
        (lambda: time.sleep(5), "error", "it did not finish examining itself within 1 seconds"),
        (lambda: (), "ok", "a source of type odd checks nothing"),
    ],
)
def test_source_that_fails_or_hangs_is_a_finding(look, severity, told, monkeypatch):
    monkeypatch.setattr(sources, "PATIENCE", 1)
    (found,) = sources.examine(ProfileService([BoundSource("odd", Odd(look))]))
    assert (found.id, found.severity) == ("source-check", severity)
    assert found.message.startswith(told)


def test_what_a_source_yields_beside_findings_costs_none_of_them():
    service = ProfileService([BoundSource("odd", Odd(lambda: [Finding("a", "ok", "fine"), 7, 7]))])
    assert [found.id for found in sources.examine(service)] == ["a", "source-check"]


def test_sources_that_hang_are_waited_for_together_and_hide_no_other(monkeypatch):
    monkeypatch.setattr(sources, "PATIENCE", 2)
    sound = Odd(lambda: [Finding("a", "ok", "fine")])
    ended = Event()
    hanging = [BoundSource(f"hanging {number}", Odd(lambda: ended.wait(60))) for number in range(5)]
    begun = time.monotonic()
    found = list(sources.examine(ProfileService([*hanging, BoundSource("sound", sound)])))
    ended.set()
    assert time.monotonic() - begun < 8
    assert [(one.where, one.id) for one in found] == [
        *((f"source hanging {number}", "source-check") for number in range(5)),
        ("source sound", "a"),
    ]


def test_check_that_never_stops_telling_is_cut_short():
    look = lambda: (Finding("a", "ok", "fine") for _ in count())  # noqa: E731
    *told, last = sources.examine(ProfileService([BoundSource("odd", Odd(look))]))
    assert {one.id for one in told} == {"a"}
    assert (last.id, last.severity) == ("source-check", "error")
    assert last.message == "its examination tells more than 100 findings: the rest is not read"


def test_check_that_yields_no_findings_is_told_in_a_line():
    class Checked(Odd):
        def check(self):
            return self.look()

    (found,) = BoundSource("odd", Checked(lambda: "ok")).check()
    assert found.message == "its check told what nobody can read: str in the place of a Finding"
    assert found.fix.startswith("Let the adapter's check() yield Finding(")


@pytest.mark.parametrize("columns", ["80", "120"])
def test_report_fits_its_width_and_leaves_no_blanks_at_the_end(run, columns):
    output = run("[server]\ndeadline = 20.0\n" + MEMORY, COLUMNS=columns).output
    lines = output.splitlines()
    assert all(len(line) <= 240 and line == line.rstrip() for line in lines)
    assert any(re.match(r"  !  deadline-long +\S", line) for line in lines)


def test_report_in_a_pipe_has_no_colours_and_no_spinner(tmp_path):
    (tmp_path / "custom_profile.toml").write_text(MEMORY)
    environment = {"PATH": os.defpath, "GROOVE_API_TOKEN": TOKEN, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "custom_profile", "doctor"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert b"\x1b" not in done.stdout + done.stderr
    assert done.stderr == b""
    assert b"no errors" in done.stdout


def test_every_id_is_explained_in_the_documentation():
    root = Path(__file__).parent.parent
    page = (root / "docs" / "doctor.md").read_text("utf-8")
    code = [*(root / "webhook_server" / "doctor").glob("*.py"), *(root / "adapters").rglob("*.py")]
    ids = {
        name
        for path in code
        for name in re.findall(r'(?:Finding|Diagnosis)\(\s*"([a-z-]+)"', path.read_text("utf-8"))
    }
    assert len(ids) > 25
    assert not {name for name in ids if f"`{name}`" not in page}


@pytest.fixture
def guarded_redis():
    """The URL of a Redis that wants a password, with a wrong one."""
    with redis() as server:
        client = Redis.from_url(server.url)
        client.config_set("requirepass", "right")
        client.close()
        yield server.url.replace("redis://", "redis://:wr0ng-canary@")


def test_redis_that_refuses_the_password_is_told_from_a_late_one(findings, guarded_redis):
    told = findings(f'[cache]\nurl = "{guarded_redis}"\n' + MEMORY)["cache-unreachable"]
    assert "refuses the password" in told["message"]
    assert "wr0ng-canary" not in repr(told)


def test_redis_that_is_full_is_told(findings, guarded_redis):
    url = guarded_redis.replace("wr0ng-canary", "right")
    settings = f'[cache]\nurl = "{url}"\n' + MEMORY
    assert findings(settings)["cache"]["severity"] == "ok"
    with Redis.from_url(url) as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", 1)
    assert "it is full" in findings(settings)["cache-unreachable"]["message"]


def test_token_in_quotes_is_told(findings):
    assert findings(GROOVE_API_TOKEN=f'"{TOKEN}"')["token-quoted"]["severity"] == "warning"
    assert "token-quoted" not in findings(GROOVE_API_TOKEN=f"{TOKEN}'s")


def test_short_token_is_told_with_the_file_that_holds_it(findings, tmp_path, monkeypatch):
    monkeypatch.delenv("GROOVE_API_TOKEN", raising=False)
    (tmp_path / "token").write_text("short")
    told = findings(GROOVE_API_TOKEN="", GROOVE_API_TOKEN_FILE="token")["token-short"]["message"]
    assert told.startswith("the file token has a token of fewer than")


def test_settings_that_cannot_be_read_are_json_too(run):
    result = run("this is no TOML", "--json")
    body = json.loads(result.stdout)
    assert (result.exit_code, body["result"], body["findings"][0]["id"]) == (2, "error", "settings")
    assert "is no TOML" in body["findings"][0]["message"]
