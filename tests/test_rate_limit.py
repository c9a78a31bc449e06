"""Who is wrong too often is told so; who has the token is let in from everywhere, always."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from hashlib import sha256

import httpx
import pytest
import redis as redis_package

from adapters.memory import MemorySource
from webhook_server.app import create_app
from webhook_server.config import CacheSettings, ServerSettings, Settings
from webhook_server.profile.lookup import BoundSource
from webhook_server.profile.service import ProfileService
from webhook_server.web.client_address import client_network
from webhook_server.web.rate_limit import OTHERS, FailureLimit, RedisFailures

CASEY = "casey@example.com"
WRONG = "wr0ng-canary"
REFUSED = {"error": "unauthorized", "message": "The api_token is missing or wrong."}
LIMITED = {
    "error": "too_many_failures",
    "message": "Too many requests with a missing or wrong token came from this address. "
    "The right one is let in.",
}


def make_client(most=3, trusted_hops=0, url=""):
    server = ServerSettings(failures_per_minute=most, trusted_hops=trusted_hops)
    settings = Settings([sha256(b"t").digest()], [], server=server, cache=CacheSettings(url=url))
    service = ProfileService([BoundSource("app", MemorySource({CASEY: {"id": 3}}))])
    return create_app(settings, service=service).test_client()


def ask(client, token=WRONG, address="192.0.2.1", forwarded=None, **more):
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    environ = {"REMOTE_ADDR": address} if address else {}
    return client.get(
        f"/profile?email={CASEY}&api_token={token}", environ_overrides=environ, headers=headers, **more
    )


def statuses(client, count, **how):
    return [ask(client, **how).status_code for _ in range(count)]


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.mark.parametrize("query", ["", "?api_token=wrong", "?api_token=t&api_token=t", "?api_token=%ff"])
def test_client_that_is_wrong_too_often_gets_one_constant_answer(query):
    client = make_client()
    answers = [client.get(f"/profile{query}") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429]
    assert [answer.json for answer in answers] == [REFUSED] * 3 + [LIMITED] * 2
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert "Retry-After" not in answers[0].headers


def test_valid_token_is_never_limited_nor_counted():
    client = make_client()
    assert statuses(client, 10, token="t") == [200] * 10
    assert statuses(client, 5) == [401] * 3 + [429] * 2
    assert statuses(client, 10, token="t") == [200] * 10


def test_bad_address_with_a_valid_token_counts_for_nothing():
    client = make_client()
    for _ in range(9):
        assert client.get("/profile?email=casey&api_token=t").status_code == 400
    assert statuses(client, 3) == [401] * 3


def test_other_paths_neither_count_nor_are_limited():
    client = make_client()
    assert {client.get("/healthz").status_code for _ in range(9)} == {200}
    assert statuses(client, 4) == [401] * 3 + [429]
    assert (client.get("/healthz").status_code, client.get("/nowhere").status_code) == (200, 404)


def test_addresses_are_counted_apart():
    client = make_client()
    assert statuses(client, 4, address="192.0.2.1") == [401] * 3 + [429]
    assert statuses(client, 4, address="192.0.2.2") == [401] * 3 + [429]


def test_limit_of_nothing_is_no_limit():
    assert statuses(make_client(most=0), 50) == [401] * 50


@pytest.mark.parametrize("forwarded", ["192.0.2.{}", "192.0.2.{}, 192.0.2.{}", "2001:db8:{}::1"])
def test_spoofed_header_without_trusted_hops_changes_nothing(forwarded):
    client = make_client()
    found = [ask(client, forwarded=forwarded.format(turn, turn)).status_code for turn in range(5)]
    assert found == [401] * 3 + [429] * 2


def test_behind_a_trusted_proxy_only_its_own_entry_counts():
    client = make_client(trusted_hops=1)
    spoofed = [ask(client, forwarded=f"10.0.0.{turn}, 192.0.2.7").status_code for turn in range(4)]
    assert spoofed == [401] * 3 + [429]
    assert ask(client, forwarded="192.0.2.7, 192.0.2.8").status_code == 401


@pytest.mark.parametrize(
    ("remote", "forwarded", "hops", "network"),
    [
        ("192.0.2.1", None, 0, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.1", 0, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.1", 1, "198.51.100.1"),
        ("192.0.2.1", "a, 198.51.100.1 ", 1, "198.51.100.1"),
        ("192.0.2.1", "9.9.9.9, 198.51.100.1, 10.0.0.1", 2, "198.51.100.1"),
        ("192.0.2.1", "198.51.100.1", 2, "192.0.2.1"),
        ("192.0.2.1", "unknown", 1, "192.0.2.1"),
        ("192.0.2.1", "", 1, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.1:4711", 1, "198.51.100.1"),
        ("192.0.2.1", "[2001:db8:0:1::5]:4711", 1, "2001:db8:0:1::/64"),
        ("2001:db8::1", None, 0, "2001:db8::/64"),
        ("2001:db8::ffff:1", None, 0, "2001:db8::/64"),
        ("fe80::1%eth0", None, 0, "fe80::/64"),
        ("::ffff:192.0.2.1", None, 0, "192.0.2.1"),
        ("", None, 0, ""),
        ("/run/app.sock", None, 0, ""),
        (None, None, 0, ""),
    ],
)
def test_client_is_who_the_connection_or_a_trusted_proxy_says(remote, forwarded, hops, network):
    environ = {"REMOTE_ADDR": remote, "HTTP_X_FORWARDED_FOR": forwarded}
    environ = {name: value for name, value in environ.items() if value is not None}
    assert client_network(environ, hops) == network


def test_failures_are_forgotten_after_a_minute():
    clock = Clock()
    limit = FailureLimit(2, clock=clock)
    environ = {"REMOTE_ADDR": "192.0.2.1"}
    assert [limit.note(environ) for _ in range(3)] == [0, 0, 60]
    clock.now += 59.5
    assert limit.note(environ) == 1
    clock.now += 0.5
    assert [limit.note(environ) for _ in range(3)] == [0, 0, 60]


def test_memory_is_bounded_and_addresses_beyond_it_are_counted_together():
    clock = Clock()
    limit = FailureLimit(2, addresses=100, clock=clock)
    waits = [limit.note({"REMOTE_ADDR": f"10.0.{number >> 8}.{number & 255}"}) for number in range(5000)]
    assert waits == [0] * 102 + [60] * 4898
    assert len(limit._seen) == 101
    assert OTHERS in limit._seen
    clock.now += 61
    assert limit.note({"REMOTE_ADDR": "10.9.9.9"}) == 0
    assert len(limit._seen) == 1


def eventually(condition, seconds=5.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def redis(redis_server):
    """A real Redis with nothing in it, and a client of it."""
    client = redis_package.Redis.from_url(redis_server.url)
    client.flushall()
    yield client
    client.close()


def shared_count(redis):
    return sum(int(redis.get(key)) for key in redis.scan_iter("custom-profile:failures:*"))


def test_replicas_count_together_in_redis(redis):
    first, second = (FailureLimit(3, shared=RedisFailures(redis, b"k" * 32)) for _ in range(2))
    environ = {"REMOTE_ADDR": "192.0.2.1"}
    assert [first.note(environ) for _ in range(3)] == [0, 0, 0]
    eventually(lambda: shared_count(redis) == 3)
    # What the others saw is learnt with the first failure here, and holds from the next one on.
    assert second.note(environ) == 0
    eventually(lambda: second._seen["192.0.2.1"][0] == 4)
    assert 1 <= second.note(environ) <= 60
    assert second.note({"REMOTE_ADDR": "192.0.2.2"}) == 0


def test_settings_with_redis_share_the_count(redis, redis_server):
    assert statuses(make_client(url=redis_server.url), 2) == [401] * 2
    eventually(lambda: shared_count(redis) == 2)
    assert statuses(make_client(url=redis_server.url), 1) == [401]
    eventually(lambda: shared_count(redis) == 3)


def test_redis_holds_neither_address_nor_token_and_forgets(redis, redis_server):
    ask(make_client(url=redis_server.url))
    eventually(lambda: shared_count(redis) == 1)
    (key,) = redis.scan_iter("*")
    assert b"192.0.2" not in key + redis.get(key)
    assert b"canary" not in key + redis.get(key)
    assert 0 < redis.ttl(key) <= 60


def second_worst(found):
    """The seconds of the slowest request but one: that one may have met the garbage collector."""
    return sorted(seconds for seconds, _ in found)[-2]


def timed(call):
    started = time.perf_counter()
    answer = call()
    return time.perf_counter() - started, answer


def test_redis_that_is_away_costs_neither_time_nor_an_error(unused_ports):
    (port,) = unused_ports(1)
    client = make_client(url=f"redis://127.0.0.1:{port}/0")
    ask(client)
    found = [timed(lambda: ask(client).status_code) for _ in range(4)]
    assert [status for _, status in found] == [401] * 2 + [429] * 2
    assert second_worst(found) < 0.05


def test_redis_that_hangs_costs_neither_time_nor_an_error(redis, redis_server):
    client = make_client(most=30, url=redis_server.url)
    ask(client)
    eventually(lambda: shared_count(redis) == 1)
    with redis_server.paused():
        found = [timed(lambda: ask(client).status_code) for _ in range(40)]
    assert [status for _, status in found] == [401] * 29 + [429] * 11
    assert second_worst(found) < 0.05


def test_redis_that_answers_nonsense_is_left_alone():
    class Nonsense:
        calls = 0

        def pipeline(self):
            self.calls += 1
            raise ValueError("OOM command not allowed")

    nonsense = Nonsense()
    limit = FailureLimit(3, shared=RedisFailures(nonsense, b"k" * 32))
    environ = {"REMOTE_ADDR": "192.0.2.1"}
    assert limit.note(environ) == 0
    eventually(lambda: limit._shared._breaker.opened)
    assert [limit.note(environ) for _ in range(3)] == [0, 0, 60]
    assert nonsense.calls == 1


def test_count_is_right_from_many_threads():
    limit = FailureLimit(500)
    let_in = []

    def note():
        let_in.extend(limit.note({"REMOTE_ADDR": "192.0.2.1"}) == 0 for _ in range(200))

    threads = [threading.Thread(target=note) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sum(let_in), len(let_in)) == (500, 1600)


SETTINGS = """
[server]
failures_per_minute = 2
trusted_hops = {hops}
[[sources]]
name = "app"
type = "memory"
customers = {{ "casey@example.com" = {{ id = 3 }} }}
"""


def fetch(port, token, forwarded):
    url = f"http://127.0.0.1:{port}/profile?email={CASEY}&api_token={token}"
    return httpx.get(url, headers={"X-Forwarded-For": forwarded}, timeout=10, trust_env=False)


@pytest.mark.parametrize(("hops", "statuses"), [(0, [401, 401, 429, 429]), (1, [401, 401, 401, 401])])
def test_production_server_tells_whose_request_it_is(hops, statuses, tmp_path, free_port):
    (tmp_path / "custom_profile.toml").write_text(SETTINGS.format(hops=hops))
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "custom_profile", "serve"],
            cwd=tmp_path,
            env=os.environ | {"GROOVE_API_TOKEN": "t0ken-canary", "PORT": str(free_port)},
            stdout=log,
            stderr=log,
        )
    try:
        eventually(lambda: answers(free_port), 20)
        found = [fetch(free_port, WRONG, f"192.0.2.{turn}").status_code for turn in range(4)]
        assert found == statuses
        assert fetch(free_port, "t0ken-canary", "192.0.2.1").json() == {"id": 3}
    finally:
        process.terminate()
        process.wait(60)
    assert "canary" not in (tmp_path / "log").read_text()


def answers(port):
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
