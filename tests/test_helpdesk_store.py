"""The helpdesk's database: its schema's versions, whose it is, SQLite and PostgreSQL alike."""

import threading
from datetime import UTC, datetime
from uuid import uuid4

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from helpdesk_parts import raw_mail
from sqlalchemy import create_engine, inspect, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from harness.helpdesk.inbox import read_inbox
from harness.helpdesk.intake import take_in
from harness.helpdesk.mailbox import read_mail
from harness.store import (
    Base,
    Conversation,
    Fetch,
    ForeignDatabaseError,
    NewerDatabaseError,
    make_sessions,
    open_store,
    read_settings,
    save_settings,
    store_url,
)
from harness.store.schema import VERSION_TABLE

# As the first version of the kit made them, before versions were noted.
FIRST_TABLES = """
CREATE TABLE customers (id INTEGER NOT NULL, email TEXT NOT NULL, full_name TEXT NOT NULL, PRIMARY KEY (id),
    UNIQUE (email));
CREATE TABLE settings (id INTEGER NOT NULL, headline TEXT NOT NULL, template TEXT NOT NULL,
    webhook_url TEXT NOT NULL, PRIMARY KEY (id), CONSTRAINT only_one_profile CHECK (id = 1));
CREATE TABLE conversations (id INTEGER NOT NULL, customer_id INTEGER NOT NULL, subject TEXT NOT NULL,
    preview TEXT NOT NULL, updated_at DATETIME NOT NULL, PRIMARY KEY (id),
    FOREIGN KEY(customer_id) REFERENCES customers (id));
CREATE INDEX conversations_newest_first ON conversations (updated_at, id);
CREATE INDEX ix_conversations_customer_id ON conversations (customer_id);
CREATE TABLE fetches (id INTEGER NOT NULL, customer_id INTEGER NOT NULL, fetched_at DATETIME NOT NULL,
    "trigger" TEXT NOT NULL, status INTEGER, elapsed DOUBLE NOT NULL, fields JSON, error TEXT NOT NULL,
    fix TEXT NOT NULL, PRIMARY KEY (id), FOREIGN KEY(customer_id) REFERENCES customers (id));
CREATE INDEX fetches_of_customer ON fetches (customer_id, id);
CREATE TABLE messages (id INTEGER NOT NULL, conversation_id INTEGER NOT NULL, message_id TEXT NOT NULL,
    "references" TEXT NOT NULL, direction TEXT NOT NULL, author_name TEXT NOT NULL,
    author_email TEXT NOT NULL, sent_at DATETIME NOT NULL, text TEXT NOT NULL, PRIMARY KEY (id),
    FOREIGN KEY(conversation_id) REFERENCES conversations (id), UNIQUE (message_id));
CREATE INDEX ix_messages_conversation_id ON messages (conversation_id);
INSERT INTO settings VALUES (1, 'At a glance', '<p>{{ plan }}</p>', 'http://127.0.0.1:8000/profile');
INSERT INTO customers VALUES (1, 'gaelle@example.com', 'Gaëlle Guégan');
INSERT INTO conversations VALUES (1, 1, 'Firing logs', 'Where are they?', '2026-11-16 09:00:00.000000');
INSERT INTO messages VALUES (1, 1, '<a@example.com>', '', 'incoming', 'Gaëlle Guégan', 'gaelle@example.com',
    '2026-11-16 09:00:00.000000', 'Where are my KILN logs?');
INSERT INTO fetches VALUES (1, 1, '2026-11-16 09:00:01.000000', 'message', 200, 0.004,
    '{"b": 1, "a": "x"}', '', '');
"""


@pytest.fixture
def first_store(tmp_path):
    """The address of a database of the first schema, with a customer in it."""
    url = f"sqlite:///{tmp_path / 'first.sqlite'}"
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in FIRST_TABLES.split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement)
    engine.dispose()
    return url


@pytest.fixture
def postgres_database(postgres_server):
    """The address of an empty database of PostgreSQL's, as its owners write it."""
    name = f"helpdesk_{uuid4().hex[:12]}"
    url = make_url(postgres_server.url)
    with psycopg.connect(postgres_server.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return url.set(drivername="postgres", database=name).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    """An empty database of each kind, opened."""
    if request.param == "sqlite":
        url = store_url(str(tmp_path / "store.sqlite"))
    else:
        url = store_url(request.getfixturevalue("postgres_database"))
    engine = open_store(url)
    yield engine
    engine.dispose()


def differences(engine):
    """List what the database lacks of the models, by Alembic's own comparison."""
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "compare_type": True}
        )
        return compare_metadata(context, Base.metadata)


def test_migrations_lead_to_the_models(store):
    assert differences(store) == []


def test_first_schema_comes_up_with_all_that_it_holds(first_store):
    engine = open_store(first_store)
    assert differences(engine) == []
    with make_sessions(engine)() as session:
        settings = read_settings(session)
        assert (settings.enabled, settings.headline, settings.template) == (
            True,
            "At a glance",
            "<p>{{ plan }}</p>",
        )
        fetch = session.get_one(Fetch, 1)
        assert (list(fetch.fields), fetch.status, fetch.attempts, fetch.body) == (["b", "a"], 200, 1, None)
        assert session.get_one(Conversation, 1).updated_at == datetime(2026, 11, 16, 9, tzinfo=UTC)
        for words in ("gaelle", "GUEGAN logs", "kiln", "firing example.com"):
            assert len(read_inbox(session, words).conversations) == 1, words
        assert read_inbox(session, "nothing").conversations == []
    engine.dispose()


def test_migration_that_breaks_off_leaves_the_database_as_it_was(first_store, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("harness.text.fold", lambda text: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            open_store(first_store)
    engine = create_engine(first_store)
    assert {column["name"] for column in inspect(engine).get_columns("settings")} == {
        "id", "headline", "template", "webhook_url",
    }  # fmt: skip
    assert VERSION_TABLE not in inspect(engine).get_table_names()
    engine.dispose()
    open_store(first_store).dispose()


def test_database_of_a_newer_version_is_refused_and_left(store):
    with store.begin() as connection:
        connection.execute(text("UPDATE helpdesk_schema SET version_num = '9999'"))
    with pytest.raises(NewerDatabaseError, match="9999"):
        open_store(store.url)
    with store.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM helpdesk_schema")) == "9999"


def test_company_database_is_refused_where_a_table_has_one_of_our_names(postgres_database):
    url = store_url(postgres_database)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE invoices (id int)"))
        connection.execute(text("CREATE TABLE customers (id int)"))
    with pytest.raises(ForeignDatabaseError, match=r"^customers$"):
        open_store(url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE customers"))
    opened = open_store(url)
    assert "invoices" in inspect(opened).get_table_names()
    opened.dispose()
    engine.dispose()


def test_many_open_a_new_database_at_once(tmp_path):
    url = f"sqlite:///{tmp_path / 'new.sqlite'}"
    failures = []

    def make():
        try:
            open_store(url).dispose()
        except SQLAlchemyError as error:
            failures.append(error)

    threads = [threading.Thread(target=make) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_everything_is_kept_in_either_database(store):
    sessions = make_sessions(store)
    with sessions.begin() as session:
        save_settings(session, headline="Ä", template="{{ a }}", webhook_url="http://x/", behaviour="strict")
        assert take_in(session, [read_mail(raw_mail(text="Grüße, 佐藤"))]) == 1
        fields = {"z": 1, "a": [1.5, None, True], "é": "\U0001f600"}
        session.add(
            Fetch(
                customer_id=1,
                fetched_at=datetime(2026, 1, 1, tzinfo=UTC),
                trigger="message",
                status=200,
                elapsed=0.1,
                fields=fields,
                headers=[["A", "b"], ["A", "c"]],
                body=b"\x00\xff",
                times={"wait": 0.1},
            )
        )
    with sessions() as session:
        fetch = session.get_one(Fetch, 1)
        assert list(fetch.fields.items()) == list(fields.items())
        assert (fetch.headers, fetch.body, fetch.times) == (
            [["A", "b"], ["A", "c"]],
            b"\x00\xff",
            {"wait": 0.1},
        )
        assert fetch.fetched_at == datetime(2026, 1, 1, tzinfo=UTC)
        assert len(read_inbox(session, "grusse 佐藤").conversations) == 1
        assert (read_settings(session).enabled, read_settings(session).behaviour) == (True, "strict")


@pytest.mark.parametrize("search", ["100%", "a_b", "\\", "%", "_"])
def test_search_takes_signs_as_they_are(store, search):
    with make_sessions(store).begin() as session:
        take_in(
            session, [read_mail(raw_mail("a", subject="plain")), read_mail(raw_mail("b", text="100% a_b \\"))]
        )
        assert [found.id for found in read_inbox(session, search).conversations] == [2]


def test_inbox_is_read_page_by_page_without_gap_or_repetition(store, monkeypatch):
    monkeypatch.setattr("harness.helpdesk.inbox.PAGE", 3)
    with make_sessions(store).begin() as session:
        take_in(session, [read_mail(raw_mail(str(number), subject=f"No. {number}")) for number in range(8)])
        seen, after = [], ""
        for _ in range(3):
            inbox = read_inbox(session, after=after)
            seen += [found.id for found in inbox.conversations]
            after = inbox.older
        assert (seen, after, inbox.total) == ([8, 7, 6, 5, 4, 3, 2, 1], "", 8)
        assert read_inbox(session, after="nonsense").conversations[0].id == 8
