"""Real PostgreSQL and Redis behind a proxy that refuses, blackholes, resets, drips and garbles.

The rows of the table in docs/answer.md.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, perf_counter, sleep
from urllib.parse import urlsplit

import pytest
from faults import FaultProxy

from adapters.errors import SourceConfigError, SourceError, SourceUnavailable
from adapters.memory import MemorySource
from adapters.options import load_options
from adapters.sql import SqlSource
from webhook_server.config import CacheSettings
from webhook_server.profile.cache import CacheTimes, ProfileCache
from webhook_server.profile.lookup import BoundSource, Limits
from webhook_server.profile.options import ProfileOptions
from webhook_server.profile.service import NoSourceAnsweredError, ProfileService
from webhook_server.profile.storage import Entry, MemoryStorage
from webhook_server.web.logs import configure_logging
from webhook_server.wiring import build_storage

pytestmark = pytest.mark.timing

DEADLINE = 0.4
KNOWN = "user1@example.com"
FAULTS = {
    "refuse": lambda proxy: proxy.refuse(),
    "blackhole": lambda proxy: proxy.blackhole(),
    "reset at once": lambda proxy: proxy.reset(0),
    "reset in the middle of an answer": lambda proxy: proxy.reset(20),
    "drip a byte a second": lambda proxy: proxy.drip(1),
    "garble": lambda proxy: proxy.garble(),
}


@pytest.fixture(scope="module")
def users(postgres_server):
    """The URL of a database with a hundred users."""
    return postgres_server.create_users(100)


@pytest.fixture
def proxied(users):
    """A proxy before PostgreSQL, and the URL through it."""
    url = urlsplit(users)
    with FaultProxy(url.hostname, url.port) as proxy:
        yield proxy, proxy.through(users)


def sql_source(url, tmp_path):
    query = "SELECT id, plan FROM users WHERE email = :email"
    return SqlSource.from_options(
        load_options(SqlSource.options, {"url": url, "query": query, "timeout": 0.2}, tmp_path)
    )


def known_address(users, tmp_path):
    import psycopg

    with psycopg.connect(users.replace("postgresql+psycopg://", "postgresql://")) as connection:
        return connection.execute("SELECT email FROM users ORDER BY id LIMIT 1").fetchone()[0]


@pytest.fixture
def email(users, tmp_path):
    return known_address(users, tmp_path)


def serve(source, **more):
    app = BoundSource("app", source, limits=Limits(failures=1000))
    local = BoundSource("local", MemorySource({more.pop("email"): {"seats": 5}}))
    return ProfileService([local, app], ProfileOptions(deadline=DEADLINE), **more)


def timed(made, email):
    started = perf_counter()
    answer = made.answer(email)
    return answer, perf_counter() - started


@pytest.mark.parametrize("when", ["new connection", "open connection"])
@pytest.mark.parametrize("fault", FAULTS)
def test_database_behind_a_fault_costs_only_its_fields(proxied, tmp_path, email, fault, when):
    proxy, url = proxied
    source = sql_source(url, tmp_path)
    made = serve(source, email=email)
    if when == "open connection":
        assert set(made.answer(email).fields) == {"seats", "id", "plan"}
    FAULTS[fault](proxy)
    for _ in range(3):
        answer, seconds = timed(made, email)
        assert seconds < DEADLINE + 0.1
        assert dict(answer.fields) == {"seats": 5}
        assert answer.outcomes[1].state in {"late", "failed"}
    proxy.pass_through()
    due = perf_counter() + 10
    while set(made.answer(email).fields) != {"seats", "id", "plan"}:
        assert perf_counter() < due, "the database is back, and its fields are not"
        sleep(0.1)
    source.close()


@pytest.mark.parametrize("fault", FAULTS)
def test_last_good_answer_stands_in_behind_every_fault(proxied, tmp_path, email, fault):
    proxy, url = proxied
    source = sql_source(url, tmp_path)
    cache = ProfileCache(MemoryStorage(100), CacheTimes(), secret=b"k")
    made = serve(source, email=email, cache=cache)
    whole = dict(made.answer(email).fields)
    FAULTS[fault](proxy)
    answer, seconds = timed(made, email)
    assert seconds < DEADLINE + 0.1
    assert dict(answer.fields) == whole
    assert answer.outcomes[1].state == "stale"
    source.close()


def test_errors_of_a_real_database_hold_neither_password_nor_address(proxied, tmp_path, email):
    proxy, url = proxied
    proxy.refuse()
    source = sql_source(url, tmp_path)
    with pytest.raises(SourceError) as error:
        source.lookup(email)
    assert "s3cr3t-canary" in url
    assert "s3cr3t-canary" not in f"{error.value!r} {list(source.check())!r}"
    assert email not in str(error.value)
    source.close()


def test_every_source_behind_a_fault_is_an_outage(proxied, tmp_path, email):
    proxy, url = proxied
    proxy.blackhole()
    source = sql_source(url, tmp_path)
    made = ProfileService([BoundSource("app", source)], ProfileOptions(deadline=DEADLINE))
    started = perf_counter()
    with pytest.raises(NoSourceAnsweredError):
        made.answer(email)
    assert perf_counter() - started < DEADLINE + 0.1
    proxy.pass_through()
    source.close()


REDIS_FAULTS = {**FAULTS, "slow by a second": lambda proxy: proxy.delay(1)}


@pytest.fixture
def cached(redis_server):
    """A proxy before Redis, and a function that makes a service whose cache is behind it."""
    redis_server.flush()
    redis_server.limit_memory(0)
    url = urlsplit(redis_server.url)
    services = []
    with FaultProxy(url.hostname, url.port) as proxy:

        def make(source):
            storage = build_storage(CacheSettings(url=proxy.through(redis_server.url)))
            cache = ProfileCache(storage, CacheTimes(fresh=60, negative=60), secret=b"k")
            services.append(ProfileService([BoundSource("app", source)], cache=cache))
            return services[-1]

        yield proxy, make
        for service in services:
            service.close()


class Counting(MemorySource):
    count = 0

    def lookup(self, email):
        self.count += 1
        return super().lookup(email)


class Failing(MemorySource):
    fails = False

    def lookup(self, email):
        if self.fails:
            raise SourceUnavailable("away")
        return super().lookup(email)


def settle():
    sleep(0.15)  # what is sent to Redis is not waited for


@pytest.mark.parametrize("url", ["redis://:pw-canary@h:99999", "redis://:pw-canary@h:port/0"])
def test_redis_url_that_cannot_be_read_is_told_without_its_password(url):
    with pytest.raises(SourceConfigError, match="This is no Redis URL") as error:
        build_storage(CacheSettings(url=url))
    assert "pw-canary" not in str(error.value)


def test_paused_redis_costs_a_request_its_share_once(cached, redis_server):
    _, make = cached
    made = make(Counting({KNOWN: {"id": 3}}))
    made.answer("other@example.com")
    settle()
    with redis_server.paused():
        for number in range(4):
            _, seconds = timed(made, f"user{number}@example.com")
            assert seconds < (0.05 + 0.03 if number == 0 else 0.03)


def test_replicas_share_what_redis_keeps(cached):
    _, make = cached
    first, second = Counting({KNOWN: {"id": 3}}), Counting({KNOWN: {"id": 3}})
    assert make(first).answer(KNOWN).cached is False
    settle()
    answer = make(second).answer(KNOWN)
    assert (answer.cached, dict(answer.fields), second.count) == (True, {"id": 3}, 0)


def test_dropped_address_is_dropped_for_every_replica(cached):
    _, make = cached
    one, two = make(Counting({KNOWN: {"id": 3}})), make(Counting({KNOWN: {"id": 4}}))
    one.answer(KNOWN)
    settle()
    assert two.answer(KNOWN).cached is True
    assert two.forget(KNOWN) is True
    assert dict(two.answer(KNOWN).fields) == {"id": 4}


@pytest.mark.parametrize("when", ["new connection", "open connection"])
@pytest.mark.parametrize("fault", REDIS_FAULTS)
def test_redis_behind_a_fault_costs_little_and_no_error(cached, fault, when):
    proxy, make = cached
    made = make(Counting({KNOWN: {"id": 3}}))
    if when == "open connection":
        made.answer("other@example.com")
        settle()
    REDIS_FAULTS[fault](proxy)
    for number in range(6):
        answer, seconds = timed(made, KNOWN if number % 2 else f"user{number}@example.com")
        assert seconds < 0.05 * 2 + 0.05, f"answer {number} took {seconds:.3f} s"
        assert answer.fields in ({"id": 3}, {})
    assert made.forget(KNOWN) is False


def test_redis_that_comes_back_is_used_again(cached, capfd):
    proxy, make = cached
    configure_logging()
    made = make(Counting({KNOWN: {"id": 3}}))
    proxy.refuse()
    for _ in range(4):
        made.answer(KNOWN)
    proxy.pass_through()
    sleep(5.1)
    made.answer("wake@example.com")
    settle()
    made.answer(KNOWN)
    settle()
    assert made.answer(KNOWN).cached is True
    told = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [line["event"] for line in told] == ["cache_unavailable", "cache_available"]
    assert told[0]["reason"] == "it cannot be reached"


def test_full_redis_costs_no_error(cached, redis_server):
    _, make = cached
    redis_server.limit_memory(1)
    try:
        made = make(Counting({KNOWN: {"id": 3}}))
        for _ in range(3):
            assert dict(made.answer(KNOWN).fields) == {"id": 3}
    finally:
        redis_server.limit_memory(0)


def test_full_redis_drops_what_it_is_told_to(cached, redis_server):
    """It takes no entries, but drops them: an order that arrives must not leave the old answer in service."""
    _, make = cached
    source = Counting({KNOWN: {"orders": 1}})
    made = make(source)
    assert dict(made.answer(KNOWN).fields) == {"orders": 1}
    settle()
    redis_server.limit_memory(1)
    try:
        for number in range(5):  # which it refuses, so that writing rests
            made.answer(f"{number}@example.com")
        settle()
        source._customers[KNOWN] = [{"orders": 2}]
        assert made.forget(KNOWN)
        assert dict(made.answer(KNOWN).fields) == {"orders": 2}
    finally:
        redis_server.limit_memory(0)


def test_what_could_not_be_dropped_is_served_no_more_and_dropped_later(cached, redis_server):
    proxy, make = cached
    source, other = Counting({KNOWN: {"id": 3}}), Counting({KNOWN: {"id": 3}})
    made, replica = make(source), make(other)
    made.answer(KNOWN)
    settle()
    proxy.refuse()
    assert made.forget(KNOWN) is False
    source._customers.clear()
    other._customers.clear()
    proxy.pass_through()
    sleep(5.1)  # the rest of the breaker
    assert made.answer(KNOWN).known is False, "this process does not serve what it could not drop"
    made.answer("wake@example.com")
    settle()
    assert replica.answer(KNOWN).known is False


def test_redis_far_away_still_gives_every_sources_last_good_answer(redis_server):
    redis_server.flush()
    url = urlsplit(redis_server.url)
    with FaultProxy(url.hostname, url.port) as proxy:
        storage = build_storage(CacheSettings(url=proxy.through(redis_server.url)))
        failing = [Failing({KNOWN: {f"field_{number}": number}}) for number in range(8)]
        bound = [
            BoundSource(f"s{number}", source, limits=Limits(failures=1000))
            for number, source in enumerate(failing)
        ]
        made = ProfileService(bound, cache=ProfileCache(storage, CacheTimes(), secret=b"k"))
        assert len(made.answer(KNOWN).fields) == 8
        settle()
        proxy.delay(0.01)
        for source in failing:
            source.fails = True
        assert [len(made.answer(KNOWN).fields) for _ in range(3)] == [8, 8, 8]
        made.close()


@pytest.mark.parametrize(
    "poison",
    [
        b"",
        b"\xff\x00",
        b"{}",
        b"[1, 2]",
        b'[{"a": {"b": 1}}, 1, true]',
        b"[" * 100_000,
        b'[{"a": NaN}, 1, true]',
        b'[{"first_name": "Mallory"}, 1, true]',
        b'[{"a b": 1}, 1, true]',
        b'[{"": 1}, 1, true]',
        b'[{"v": 123456789012345678901234567890}, 1, true, ""]',
        b'[{"v": "\\ud800"}, 1, true, ""]',
        b'[{"v": 1e400}, 1, true, ""]',
        b'[{"v": 1}, 1e400, true, ""]',
        b'[{"v": 1}, 1e300, true, ""]',
        b'[{"v": 1}, -1e14, true, ""]',
        b'[{"v": 1}, 1, true, 5]',
    ],
)
def test_poisoned_entry_is_a_miss(cached, redis_server, poison):
    _, make = cached
    made = make(Counting({KNOWN: {"id": 3}}))
    made.answer(KNOWN)
    settle()
    import redis

    client = redis.Redis.from_url(redis_server.url)
    for key in client.scan_iter():
        assert b"user1" not in key
        client.set(key, poison)
    client.close()
    answer = make(Counting({KNOWN: {"id": 3}})).answer(KNOWN)
    assert dict(answer.fields) == {"id": 3}


def test_answer_on_its_way_to_redis_does_not_come_back_after_it_was_dropped(cached, redis_server):
    _, make = cached
    made = make(Counting({KNOWN: {"id": 3}}))
    made.answer("wake@example.com")
    settle()
    confirmed = 0
    for _ in range(30):
        made.answer(KNOWN)  # kept, without waiting for it
        if made.forget(KNOWN):
            confirmed += 1
            settle()
            made._cache.begin()
            assert made._cache.answer(KNOWN) is None
    assert confirmed > 10


def test_redis_holds_no_address(cached, redis_server):
    _, make = cached
    make(Counting({KNOWN: {"id": 3}})).answer(KNOWN)
    settle()
    import redis

    client = redis.Redis.from_url(redis_server.url)
    dump = b"".join(key + client.dump(key) for key in client.scan_iter())
    client.close()
    assert dump
    assert b"user1" not in dump


def test_many_requests_at_once_find_what_redis_keeps(cached):
    """More of them than threads for Redis: each waits for its turn, and none takes a crowd for a miss."""
    _, make = cached
    source = Counting({f"user{number}@example.com": {"id": number} for number in range(64)})
    made = make(source)
    for number in range(64):
        made.answer(f"user{number}@example.com")
    settle()
    with ThreadPoolExecutor(64) as people:
        answers = list(people.map(lambda number: made.answer(f"user{number}@example.com"), range(64)))
    assert [answer.fields["id"] for answer in answers] == list(range(64))
    assert all(answer.cached for answer in answers)
    assert source.count == 64


def test_crowd_of_writes_arrives_whole_and_in_order(cached, redis_server):
    _, make = cached
    source = Counting({f"user{number}@example.com": {"id": number} for number in range(300)})
    made, replica = make(source), make(source)
    with ThreadPoolExecutor(32) as people:
        list(people.map(lambda number: made.answer(f"user{number}@example.com"), range(300)))
    settle()
    count = source.count
    assert all(replica.answer(f"user{number}@example.com").cached for number in range(300))
    assert source.count == count == 300


def test_what_is_on_its_way_is_read_by_who_sent_it(cached):
    proxy, make = cached
    configure_logging()
    made = make(Counting({KNOWN: {"id": 3}}))
    made.answer("warm@example.com")
    settle()
    proxy.delay(0.2)
    made._cache.begin()
    made._cache.keep_answer(KNOWN, Entry({"id": 5}, 1.0), monotonic())
    assert made._cache.answer(KNOWN).fields == {"id": 5}
    assert made.forget(KNOWN) is False  # not within its time
    made._cache.begin()
    assert made._cache.answer(KNOWN) is None
