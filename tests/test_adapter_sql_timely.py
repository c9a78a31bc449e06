"""A lookup in PostgreSQL ends when its caller's time does, whatever the server is doing."""

from __future__ import annotations

import threading
from time import monotonic, sleep
from urllib.parse import urlsplit

import pytest
from faults import FaultProxy

from adapters.errors import SourceUnavailable
from adapters.memory import MemorySource
from adapters.sql import SqlSource
from adapters.sql.timely import CONNECTING_AT_ONCE
from adapters.time_limit import time_limit
from webhook_server.profile.lookup import BoundSource
from webhook_server.profile.options import ProfileOptions
from webhook_server.profile.plan import Plan
from webhook_server.profile.service import ProfileService

pytestmark = pytest.mark.timing

QUERY = "SELECT id FROM users WHERE email = :email"
SOMEBODY = "user1@example.com"


@pytest.fixture(scope="module")
def users(postgres_server):
    return postgres_server.create_users(100)


@pytest.fixture
def somebody(users):
    import psycopg

    with psycopg.connect(users.replace("+psycopg", "")) as connection:
        return connection.execute("SELECT email FROM users ORDER BY id LIMIT 1").fetchone()[0]


@pytest.fixture
def proxied(users):
    url = urlsplit(users)
    with FaultProxy(url.hostname, url.port) as proxy:
        yield proxy, proxy.through(users)
        proxy.pass_through()


def ends_within(seconds, call):
    began = monotonic()
    with time_limit(seconds), pytest.raises(SourceUnavailable):
        call()
    return monotonic() - began


@pytest.mark.parametrize(
    ("url", "keeps"),
    [
        ("sqlite:///a.db", True),
        ("postgresql+psycopg://h/d", True),
        ("postgresql://h/d", True),
        ("mysql+pymysql://h/d", False),
    ],
)
def test_only_what_ends_in_time_says_so(url, keeps):
    assert SqlSource(url, query=QUERY).keeps_time is keeps


@pytest.mark.parametrize("is_connected", [True, False])
def test_silent_server_is_waited_for_as_long_as_the_caller_waits(proxied, somebody, is_connected):
    proxy, url = proxied
    source = SqlSource(url, query=QUERY)
    if is_connected:
        assert source.lookup(somebody)
    proxy.blackhole()
    for _ in range(3):
        assert ends_within(0.1, lambda: source.lookup(somebody)) < 0.2
    proxy.pass_through()
    due = monotonic() + 10
    while True:
        try:
            assert source.lookup(somebody)
            break
        except SourceUnavailable:
            assert monotonic() < due
            sleep(0.05)
    source.close()


def test_attempts_to_connect_that_nobody_waits_for_are_few(proxied):
    proxy, url = proxied
    proxy.blackhole()
    source = SqlSource(url, query=QUERY)
    for _ in range(3 * CONNECTING_AT_ONCE):
        assert ends_within(0.03, lambda: source.lookup(SOMEBODY)) < 0.2
    connecting = [thread for thread in threading.enumerate() if thread.name == "connect"]
    assert 0 < len(connecting) <= CONNECTING_AT_ONCE
    source.close()


def test_answer_that_came_too_late_is_never_taken_for_the_next(users):
    slow = "pg_sleep(CASE WHEN :email = 'slow@x.y' THEN 0.3 ELSE 0 END)::text AS slept"
    source = SqlSource(users, query=f"SELECT :email AS asked, {slow}")
    assert source.lookup("a@x.y")["asked"] == "a@x.y"
    for number in range(5):
        assert ends_within(0.05, lambda: source.lookup("slow@x.y")) < 0.15
        assert source.lookup(f"{number}@x.y")["asked"] == f"{number}@x.y"
    source.close()


def test_one_remote_source_that_keeps_time_is_asked_in_the_requests_thread():
    class Remote(MemorySource):
        is_local = False
        keeps_time = False

        def lookup(self, email):
            return {f"{self.name}_thread": threading.current_thread().name}

    def bound(name, keeps_time, **options):
        source = Remote({})
        source.name, source.keeps_time = name, keeps_time
        return BoundSource(name, source, **options)

    sources = [bound("a", False), bound("b", True), bound("c", True)]
    fields = ProfileService(sources, ProfileOptions()).answer("casey@example.com").fields
    here = threading.current_thread().name
    assert fields == {"a_thread": "source-a", "b_thread": here, "c_thread": "source-c"}
    plan = Plan([*sources, bound("d", True, lookup_by="id")])
    assert plan.here == []


def test_source_that_keeps_time_and_was_late_is_late(users):
    source = SqlSource(users, query="SELECT pg_sleep(5)::text AS a WHERE :email <> ''", timeout=5)
    made = ProfileService(
        [BoundSource("app", source), BoundSource("local", MemorySource({SOMEBODY: {"seats": 5}}))],
        ProfileOptions(deadline=0.2),
    )
    began = monotonic()
    answer = made.answer(SOMEBODY)
    assert monotonic() - began < 0.3
    assert [outcome.state for outcome in answer.outcomes] == ["late", "found"]
    assert "deadline" in answer.outcomes[0].reason
    source.close()
