"""custom-profile init: the first files, made from what is there, and nothing overwritten."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
import subprocess
import sys
import tomllib
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from mariadb_server import mariadb_server  # noqa: F401 - a fixture
from sqlalchemy import make_url

import custom_profile
from adapters.stripe_export.fields import FIELDS
from webhook_server.config import load_settings
from webhook_server.init import texts
from webhook_server.init.database import look_at
from webhook_server.init.files import ExistingFilesError, write_new
from webhook_server.wiring import build_service

TOKEN = "t0ken-canary-of-some-length"
NAMES = ("custom_profile.toml", "profile.liquid", ".env")
COMPANY = """
CREATE TABLE audit_log (id INTEGER, email TEXT, what TEXT);
CREATE TABLE newsletters (id INTEGER, email TEXT, sent_at DATETIME);
CREATE TABLE products (id INTEGER, title TEXT, email_sent BOOLEAN);
CREATE TABLE companies (id INTEGER PRIMARY KEY, title TEXT);
CREATE TABLE users (
    id INTEGER PRIMARY KEY, email VARCHAR(200) NOT NULL UNIQUE, name TEXT, plan TEXT, created_at DATETIME,
    password_hash TEXT, avatar BLOB, preferences JSON, company_id INTEGER REFERENCES companies (id));
INSERT INTO users (id, email, plan, created_at)
    VALUES (3, 'casey@example.com', 'Pro', '2013-06-16 12:36:36.000000');
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A function that runs the command in an empty folder, and answers its result."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")

    def run(*arguments, answers=None, **environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        result = CliRunner().invoke(custom_profile.main, ["init", *arguments], input=answers)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert TOKEN not in result.output
        assert "s3cr3t-canary" not in result.output
        return result

    return run


@pytest.fixture
def company(tmp_path):
    """The URL of an SQLite database with a few tables."""
    connection = sqlite3.connect(tmp_path / "company.db")
    connection.executescript(COMPANY)
    connection.close()
    return f"sqlite:///{tmp_path / 'company.db'}"


def written():
    return {name: Path(name).read_text("utf-8") for name in NAMES}


def environment_of(path=".env"):
    """Answer the variables that a shell has after reading the file."""
    script = f"set -a; . ./{path}; env -0"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, env={"PATH": os.defpath})
    return dict(line.split("=", 1) for line in done.stdout.split("\0") if "=" in line)


def answer(email="casey@example.com"):
    service = build_service(load_settings(environment_of() | {"GROOVE_API_TOKEN": "t-of-a-test"}))
    try:
        return dict(service.answer(email).fields)
    finally:
        service.close()


def test_database_becomes_settings_that_answer(run, company):
    result = run("--yes", DATABASE_URL=company, GROOVE_API_TOKEN=TOKEN)
    assert result.exit_code == 0, result.output
    assert environment_of()["GROOVE_API_TOKEN"] == TOKEN
    assert answer() == {"id": 3, "plan": "Pro", "created_at": "2013-06-16 12:36:36 Z"}
    assert company not in written()["custom_profile.toml"]
    assert "sql-index   the lookup uses an index" in result.output
    for step in ("custom-profile doctor", "custom-profile lookup", "custom-profile serve"):
        assert step in result.output


def test_only_the_owner_can_read_the_secrets_whatever_the_umask(run, company):
    old = os.umask(0)
    try:
        assert run("--yes", DATABASE_URL=company).exit_code == 0
    finally:
        os.umask(old)
    assert stat.S_IMODE(Path(".env").stat().st_mode) == 0o600


def test_file_of_secrets_is_never_open_to_others(tmp_path):
    seen = []
    watched = str(tmp_path / ".env")

    def note(event, arguments):
        if event == "open" and arguments[0] == watched:
            seen.append(arguments[2])

    sys.addaudithook(note)
    write_new({tmp_path / ".env": "secret"}, tmp_path / ".env")
    assert seen, "the file was not opened by its path"
    assert all(flags & os.O_EXCL and flags & os.O_CREAT for flags in seen)
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["file", "link"])
def test_existing_file_is_kept_and_nothing_written(run, company, name, kind):
    if kind == "file":
        Path(name).write_text("mine")
    else:
        Path(name).symlink_to("nowhere")
    result = run("--yes", DATABASE_URL=company)
    assert result.exit_code == 2
    assert f"{name} is there already, so nothing was written." in result.output
    assert [path.name for path in Path().iterdir()] == [name]
    assert kind == "link" or Path(name).read_text() == "mine"


def test_file_that_cannot_be_written_takes_the_others_back(tmp_path):
    (tmp_path / "folder").write_text("a file where a folder should be")
    first, second = tmp_path / "first", tmp_path / ("x" * 300)
    with pytest.raises(OSError, match="too long"):
        write_new({first: "1", second: "2"}, second)
    assert not first.exists()
    with pytest.raises(OSError, match="folder"):
        write_new({first: "1", tmp_path / "folder" / "second": "2"}, first)
    assert not first.exists()


def test_file_that_appears_meanwhile_is_not_written_to(tmp_path):
    path = tmp_path / "x"

    class Late(dict):
        """Texts during whose writing somebody else makes the file."""

        def items(self):
            path.write_text("mine")
            return super().items()

    with pytest.raises(ExistingFilesError):
        write_new(Late({path: "ours"}), path)
    assert path.read_text() == "mine"


def test_placeholder_is_refused_by_the_server(run, company):
    result = run("--yes", DATABASE_URL=company)
    assert "has a placeholder for GROOVE_API_TOKEN" in result.output
    environment = environment_of() | {"PATH": os.defpath}
    command = [sys.executable, "-m", "custom_profile", "serve", "--port", "0"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "GROOVE_API_TOKEN: It is a placeholder" in done.stderr


def test_likeliest_table_is_proposed_first_and_secrets_are_not(company, tmp_path):
    first, *others = look_at(company, tmp_path)
    assert (first.table, first.email_column) == ("users", "email")
    assert first.columns == ("id", "plan", "created_at")
    assert first.withheld == ("password_hash",)
    assert [proposal.table for proposal in others] == ["newsletters", "audit_log"]


def test_flags_choose_table_and_columns(run, company):
    assert run("--yes", "--table", "newsletters", DATABASE_URL=company).exit_code == 0
    (source,) = tomllib.loads(written()["custom_profile.toml"])["sources"]
    assert (source["table"], source["columns"]) == ("newsletters", ["id", "sent_at"])


def test_flags_alone_need_no_database_yet(run):
    flags = ("--table", "people", "--email-column", "mail", "--columns", "id, plan")
    result = run("--yes", *flags, DATABASE_URL="postgresql://app:s3cr3t-canary@127.0.0.1:1/app")
    assert result.exit_code == 0, result.output
    assert "sql-lookup" in result.output
    (source,) = tomllib.loads(written()["custom_profile.toml"])["sources"]
    assert (source["email_column"], source["columns"]) == ("mail", ["id", "plan"])


def test_variable_of_another_name_is_taken(run, company):
    assert run("--yes", "--database-url-variable", "CRM_URL", CRM_URL=company).exit_code == 0
    assert 'url = "${CRM_URL}"' in written()["custom_profile.toml"]
    assert environment_of()["CRM_URL"] == company


@pytest.mark.parametrize(
    ("arguments", "environment", "told"),
    [
        ((), {}, "Set DATABASE_URL to the database's URL, or choose a --source."),
        (("--source", "sql"), {}, "DATABASE_URL is not set"),
        ((), {"DATABASE_URL": "no url:s3cr3t-canary"}, "DATABASE_URL: Not a database URL."),
        ((), {"DATABASE_URL": "sqlite:///gone.db"}, "there is no database file"),
        ((), {"DATABASE_URL": "mysql://u:s3cr3t-canary@h/x"}, "write mysql+pymysql://"),
        ((), {"DATABASE_URL": "postgresql://u:s3cr3t-canary@127.0.0.1:1/x"}, "nothing listens at 127.0.0.1:"),
        (("--source", "memory"), {"GROOVE_API_TOKEN": "it's"}, "GROOVE_API_TOKEN holds a quotation mark"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_told_and_nothing_written(run, arguments, environment, told):
    result = run("--yes", *arguments, **environment)
    assert result.exit_code == 2
    assert told in result.output
    assert not list(Path().iterdir())


def test_unknown_table_is_told_with_the_nearest(run, company):
    result = run("--yes", "--table", "user", DATABASE_URL=company)
    assert (result.exit_code, "did you mean users?" in result.output) == (2, True)


def test_tables_of_other_schemas_are_found_and_those_that_may_be_read_come_first(run, postgres_server):
    url = postgres_server.create_users(1)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA app; CREATE TABLE app.members (id int, mail text)")
        connection.execute("CREATE SCHEMA closed; CREATE TABLE closed.customers (id int, email text)")
        connection.execute(
            "CREATE ROLE init_reader LOGIN PASSWORD 's3cr3t-canary'; GRANT USAGE ON SCHEMA app TO init_reader"
        )
        connection.execute("GRANT SELECT ON app.members TO init_reader")
    url = url.replace("//app:", "//init_reader:")
    result = run("--yes", DATABASE_URL=url)
    assert (result.exit_code, "sql-lookup  the database answers" in result.output) == (0, True), result.output
    (source,) = tomllib.loads(written()["custom_profile.toml"])["sources"]
    assert (source["table"], source["email_column"], source["columns"]) == ("app.members", "mail", ["id"])
    for flags in ((), ("--email-column", "mail", "--columns", "id")):
        result = run("--yes", "--folder", "other", "--table", "members", *flags, DATABASE_URL=url)
        assert "There is no table members in the database: did you mean app.members?" in result.output
    assert [proposal.table for proposal in look_at(url, Path())] == ["app.members", "users"]


def test_table_without_addresses_is_told_apart_from_one_that_is_not_there(run, company):
    result = run("--yes", "--table", "companies", DATABASE_URL=company)
    assert (result.exit_code, "The table companies has no column that is called" in result.output) == (
        2,
        True,
    )
    result = run("--yes", "--table", "nothing_like_it", DATABASE_URL=company)
    assert "There is no table nothing_like_it in the database. It has audit_log, companies," in result.output


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--columns", "id,plam"), "The table users has no column plam: did you mean plan?"),
        (("--columns", "id,nosuch"), "The table users has no column nosuch: it has id, email,"),
        (("--columns", " , "), "Name at least one column"),
        (("--email-column", "e_mail"), "no column e_mail: did you mean email?"),
        (("--table", "users", "--email-column", "email", "--columns", "plam"), "did you mean plan?"),
        (("--table", "userz", "--email-column", "email", "--columns", "plan"), "There is no table userz"),
    ],
)  # fmt: skip
def test_unknown_column_is_told_with_the_nearest_and_nothing_written(run, company, flags, told):
    result = run("--yes", *flags, DATABASE_URL=company)
    assert (result.exit_code, told in result.output) == (2, True), result.output
    assert not list(Path().iterdir())


def test_database_without_addresses_is_told(run, tmp_path):
    sqlite3.connect(tmp_path / "empty.db").execute("CREATE TABLE t (id)").connection.close()
    result = run("--yes", DATABASE_URL=f"sqlite:///{tmp_path}/empty.db")
    assert (result.exit_code, "No table has a column of e-mail addresses" in result.output) == (2, True)


def test_questions_are_asked_and_a_wrong_url_may_be_mended(run, company):
    answers = ["sql", "sqlite:///gone.db", company, "2", "sent_at", TOKEN]
    result = run(answers="\n".join(answers) + "\n")
    assert result.exit_code == 0, result.output
    assert "there is no database file" in result.output
    assert "2. newsletters.email" in result.output
    assert company not in result.output.replace("gone.db", "")
    (source,) = tomllib.loads(written()["custom_profile.toml"])["sources"]
    assert (source["table"], source["columns"]) == ("newsletters", ["sent_at"])
    assert environment_of()["GROOVE_API_TOKEN"] == TOKEN


def test_text_that_is_no_token_is_asked_anew_and_not_repeated(run, company):
    result = run("--source", "memory", answers=f"a t0ken with blanks\n{TOKEN}\n")
    assert (result.exit_code, "A token has no blank in it" in result.output) == (0, True), result.output
    assert "with blanks" not in result.output
    assert environment_of()["GROOVE_API_TOKEN"] == TOKEN
    result = run("--yes", "--folder", "other", DATABASE_URL=company, GROOVE_API_TOKEN="a t0ken")
    assert (result.exit_code, "GROOVE_API_TOKEN: A token has no blank" in result.output) == (2, True)


def test_wrong_column_is_asked_anew(run, company):
    result = run(answers="sql\n1\nid, nosuch\nid, plan\n\n", DATABASE_URL=company)
    assert (result.exit_code, "has no column nosuch" in result.output) == (0, True), result.output
    (source,) = tomllib.loads(written()["custom_profile.toml"])["sources"]
    assert source["columns"] == ["id", "plan"]


MIXED = """
CREATE TABLE "users" (
    id INTEGER, email VARCHAR(200), "first order" DATE,
    active BOOLEAN, spent NUMERIC(9, 2), seen_at DATETIME);
INSERT INTO users VALUES (3, 'Casey@Example.com', '2013-06-16', 1, 12.5, '2013-06-16 12:36:36.000000');
"""
LOWERED = (
    "CREATE INDEX users_le ON users(lower(email))",
    'CREATE UNIQUE INDEX "users_le" ON "users" ( LOWER( "email" ) DESC, id)',
)
UNLOWERED = (
    "CREATE INDEX users_le ON users(lower(email)) WHERE active",
    "CREATE INDEX users_le ON users(upper(email))",
    "CREATE INDEX users_le ON users(id, lower(email))",
    "CREATE INDEX users_le ON users(lower(email)); CREATE INDEX users_e ON users(email)",
)


def lookup_of_mixed(run, tmp_path, index, *flags):
    """Answer the source that is written for a database with this index, and what was told."""
    with sqlite3.connect(tmp_path / "mixed.db") as connection:
        connection.executescript(f"{MIXED}{index};")
    connection.close()
    result = run("--yes", *flags, DATABASE_URL=f"sqlite:///{tmp_path}/mixed.db")
    assert result.exit_code == 0, result.output
    (source,) = tomllib.loads(written()["custom_profile.toml"])["sources"]
    return source, result.output


@pytest.mark.parametrize("index", LOWERED)
@pytest.mark.parametrize("flags", [(), ("--table", "users", "--email-column", "email")])
def test_index_on_lower_is_used_by_a_query(run, tmp_path, index, flags):
    if flags:
        flags += ("--columns", "id,first order,active,spent,seen_at")
    source, told = lookup_of_mixed(run, tmp_path, index, *flags)
    names = 'id, "first order", active, spent, seen_at'
    assert source["query"] == f"SELECT {names} FROM users WHERE lower(email) = :email"  # noqa: S608
    assert "table" not in source
    assert "the lookup uses an index: users_le" in told
    assert "SAWarning" not in told
    assert answer() == {
        "id": 3, "first_order": "2013-06-16", "active": True, "spent": 12.5,
        "seen_at": "2013-06-16 12:36:36 Z",
    }  # fmt: skip


@pytest.mark.parametrize("index", UNLOWERED)
def test_index_that_serves_no_lower_leaves_the_table_form(run, tmp_path, index):
    source, _ = lookup_of_mixed(run, tmp_path, index)
    assert (source["table"], source["email_column"], "query" in source) == ("users", "email", False)


@pytest.mark.parametrize("column", ["email text", "email varchar(90)", '"eMail" text'])
def test_postgresql_index_on_lower_is_used_by_a_query(run, postgres_server, column):
    url, name = postgres_server.create_users(10), column.split()[0]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE customers (id int, plan text, {column})")
        connection.execute(f"CREATE INDEX customers_le ON customers (lower({name}))")
        connection.execute(
            "INSERT INTO customers SELECT n, 'Pro', n || '@X.com' FROM generate_series(1, 9999) n"
        )
        connection.execute("ANALYZE customers")
    result = run("--yes", "--table", "customers", DATABASE_URL=url)
    assert "the lookup uses an index: customers_le" in result.output
    assert f"WHERE lower({name}) = :email" in written()["custom_profile.toml"]
    assert answer("7@x.com")["id"] == 7


def test_memory_source_answers_its_example(run):
    assert run("--yes", "--source", "memory").exit_code == 0
    assert answer() == {"plan": "Pro", "since": "2013-06-16"}


def test_stripe_exports_become_settings(run):
    result = run("--yes", "--source", "stripe_export", "--payments", "exports/pay*.csv")
    assert result.exit_code == 0
    assert "no file is there at" in result.output
    settings = tomllib.loads(written()["custom_profile.toml"])
    assert settings["sources"][0]["payments"] == "exports/pay*.csv"
    assert settings["profile"]["fields"] == list(FIELDS)
    assert load_settings(environment_of() | {"GROOVE_API_TOKEN": "t-of-a-test"}).sources


@pytest.mark.parametrize(
    ("flags", "answers", "chosen"),
    [
        ((), ("", "", ""), ("stripe/payments*.csv", "stripe/customers*.csv", "stripe/subscriptions*.csv")),
        ((), ("a/p.csv", "", "NONE"), ("a/p.csv", "a/customers*.csv", None)),
        ((), ("none", " ", "none", "none", "b/c.csv", "none"), (None, "b/c.csv", None)),
        (("--payments", "a/p.csv"), ("none", "none"), ("a/p.csv", None, None)),
    ],
)
def test_files_of_stripe_are_asked_for(run, flags, answers, chosen):
    result = run(*flags, answers="\n".join(["stripe_export", *answers, TOKEN]) + "\n")
    assert result.exit_code == 0, result.output
    (source,) = tomllib.loads(written()["custom_profile.toml"])["sources"]
    assert tuple(map(source.get, ("payments", "customers", "subscriptions"))) == chosen
    assert ("At least one of payments" in result.output) == (len(answers) == 6)
    assert environment_of()["GROOVE_API_TOKEN"] == TOKEN


def test_template_shows_what_the_webhook_answers(run, company):
    assert run("--yes", DATABASE_URL=company).exit_code == 0
    import liquid

    fields = answer() | {"plan": "<b>", "full_name": "Casey Example"}
    text = liquid.parse(written()["profile.liquid"]).render(**fields)
    assert "Casey Example" in text
    assert "&lt;b&gt;" in text
    assert re.search(r"Created at</small><br>2013-06-16", text)
    assert "Plan" not in liquid.parse(written()["profile.liquid"]).render(id=3)


def test_schema_beside_the_settings_is_named_to_editors(run, company, tmp_path):
    Path("custom_profile.schema.json").write_text("{}")
    assert run("--yes", DATABASE_URL=company).exit_code == 0
    first = written()["custom_profile.toml"].partition("\n")[0]
    assert first == "#:schema ./custom_profile.schema.json"


def test_repository_that_would_take_the_secrets_is_told(run, company):
    Path(".git").mkdir()
    assert "does not list .env" in run("--yes", "--folder", "a", DATABASE_URL=company).output
    Path(".gitignore").write_text("*.log\n.env\n")
    assert "does not list .env" not in run("--yes", "--folder", "b", DATABASE_URL=company).output


def test_postgresql_and_mariadb_are_looked_at(run, postgres_server, mariadb_server, tmp_path):  # noqa: F811
    url = postgres_server.create_users(10)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA crm")
        connection.execute('CREATE TABLE crm.people (id int, "emailAddress" text, "fullName" text)')
    found = look_at(url, tmp_path)
    assert [(proposal.table, proposal.columns) for proposal in found] == [
        ("users", ("id", "created_at", "plan")),
        ("crm.people", ("id", "fullName")),
    ]
    (person,) = look_at(url, tmp_path, "crm")
    assert (person.table, person.email_column) == ("crm.people", "emailAddress")
    (user,) = look_at(mariadb_server.create_users(10), tmp_path)
    assert (user.table, user.columns) == ("users", ("id", "created_at", "plan"))
    assert run("--yes", "--table", "crm.people", DATABASE_URL=url).exit_code == 0
    assert answer("nobody@example.com") == {}


def test_view_that_is_broken_costs_itself_alone(run, company, tmp_path):
    with closing(sqlite3.connect(company.removeprefix("sqlite:///"))) as connection, connection:
        connection.executescript(
            "CREATE TABLE gone (x); CREATE VIEW late AS SELECT * FROM gone; DROP TABLE gone"
        )
    result = run("--yes", DATABASE_URL=company)
    assert result.exit_code == 0, result.output
    assert "Left out, since the database does not describe it to this user: late" in result.output


def test_view_of_mariadb_whose_making_the_user_may_not_see_costs_itself_alone(run, mariadb_server):  # noqa: F811
    name = make_url(mariadb_server.create_users(3)).database
    mariadb_server.execute(
        "CREATE OR REPLACE USER view_reader",
        f"GRANT SELECT ON {name}.* TO view_reader",
        f"CREATE VIEW {name}.people AS SELECT id, email FROM {name}.users",  # noqa: S608 - names of this test
    )
    url = mariadb_server.url_of("view_reader", name)
    result = run("--yes", "--folder", "a", DATABASE_URL=url)
    assert result.exit_code == 0, result.output
    assert "Left out, since the database does not describe it to this user: people" in result.output
    result = run("--yes", "--folder", "b", "--table", "people", DATABASE_URL=url)
    assert result.exit_code == 2
    assert f"GRANT SHOW VIEW ON {name}.people TO view_reader;" in result.output


@pytest.mark.parametrize("value", ["it's", "two\nlines", "bell\x07"])
def test_value_that_a_shell_would_read_otherwise_is_refused(value):
    with pytest.raises(ValueError, match="X holds a quotation mark or a control character"):
        texts.env_text("", {"X": value})


@pytest.mark.parametrize("name", ['a"b', "a\\b", "ä\x7f", "two words"])
def test_odd_names_survive_in_toml(name):
    made = texts.stripe_source({"payments": name})
    assert tomllib.loads(made)["sources"][0]["payments"] == name


def test_column_of_a_reserved_name_is_shown_under_the_name_it_leaves_by(run, tmp_path):
    with closing(sqlite3.connect(tmp_path / "named.db")) as connection, connection:
        connection.execute("CREATE TABLE users (id INTEGER, email TEXT, name TEXT)")
        connection.execute("INSERT INTO users VALUES (3, 'casey@example.com', 'Casey')")
    result = run("--yes", "--columns", "id,name", DATABASE_URL=f"sqlite:///{tmp_path / 'named.db'}")
    assert result.exit_code == 0, result.output
    assert answer() == {"id": 3, "app_name": "Casey"}
    assert "app_name" in written()["profile.liquid"]


def test_column_that_looks_like_a_secret_is_left_out_and_told(run, company):
    result = run("--yes", "--table", "users", "--columns", "plan,password_hash", DATABASE_URL=company)
    assert "secrets, which never leave: password_hash" in result.output
    assert "password_hash" not in written()["custom_profile.toml"]


def test_table_may_be_chosen_by_its_name(run, company):
    result = run(answers="sql\nnosuch\nnewsletters\nsent_at\n\n", DATABASE_URL=company)
    assert "Give a number from 1 to 3, or a table's name." in result.output
    (source,) = tomllib.loads(written()["custom_profile.toml"])["sources"]
    assert source["table"] == "newsletters"


def test_file_of_the_token_takes_the_place_of_the_token(run):
    result = run("--source", "memory", "--yes", GROOVE_API_TOKEN_FILE="/run/secrets/groove token")
    assert "placeholder" not in result.output
    assert environment_of()["GROOVE_API_TOKEN_FILE"] == "/run/secrets/groove token"
    assert "GROOVE_API_TOKEN" not in environment_of()


def test_placeholder_is_no_token(run):
    assert "has a placeholder" in run("--source", "memory", "--yes", GROOVE_API_TOKEN="changeme").output


def test_flag_of_another_source_is_refused(run, company):
    result = run("--yes", "--source", "memory", "--table", "users", DATABASE_URL=company)
    assert result.exit_code == 2
    assert "--table goes with --source sql, and not with memory." in result.output
