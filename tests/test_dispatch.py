"""The thread that takes requests from the server answers at once what it can, and waits for nothing."""

from __future__ import annotations

import json
import sqlite3
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import sha256
from time import perf_counter, sleep
from urllib.parse import urlencode

import pytest

from adapters.errors import SourceUnavailable
from adapters.memory import MemorySource
from adapters.sql import SqlSource
from webhook_server.app import create_app
from webhook_server.config import ServerSettings, Settings
from webhook_server.granian_dispatch import Dispatcher
from webhook_server.profile.at_once import AT_ONCE_SECONDS, WouldWaitError
from webhook_server.profile.cache import CacheTimes, ProfileCache
from webhook_server.profile.lookup import BoundSource
from webhook_server.profile.options import ProfileOptions
from webhook_server.profile.service import ProfileService
from webhook_server.profile.storage import MemoryStorage
from webhook_server.web.logs import configure_logging

pytestmark = pytest.mark.timing

CASEY = "casey@example.com"
TOKEN = "tok-en"


class Watched(MemorySource):
    """Notes which threads ask it; may be slow, or fail."""

    def __init__(self, *, is_local=True, seconds=0.0, fails=False):
        super().__init__({CASEY: {"id": 3}})
        self.is_local = self.keeps_time = is_local
        self.seconds = seconds
        self.fails = fails
        self.threads: list[str] = []

    def lookup(self, email):
        self.threads.append(threading.current_thread().name)
        sleep(self.seconds)
        if self.fails:
            raise SourceUnavailable("it is down")
        return super().lookup(email)


class Exchange:
    """granian's side of a request: remembers the answer, and which thread gave it."""

    def __init__(self):
        self.answered: Future[tuple[int, dict[str, str], bytes, str]] = Future()

    def response_bytes(self, status, headers, body):
        self.answered.set_result((status, dict(headers), body, threading.current_thread().name))


def scope(path="/profile", method="GET", token=TOKEN, email=CASEY):
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": urlencode({"email": email, "api_token": token}),
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
    }


def make_app(*sources, cache=None):
    bound = [source if isinstance(source, BoundSource) else BoundSource("app", source) for source in sources]
    settings = Settings([sha256(TOKEN.encode()).digest()], [], server=ServerSettings())
    return create_app(settings, service=ProfileService(bound, ProfileOptions(deadline=1.0), cache=cache))


def dispatch(dispatcher, **asked):
    exchange = Exchange()
    dispatcher(exchange, scope(**asked))
    return exchange.answered


def answer(dispatcher, **asked):
    """Answer status, JSON and whether this very thread gave it."""
    status, headers, body, thread = dispatch(dispatcher, **asked).result(5)
    assert headers["Cache-Control"] == "no-store"
    return status, json.loads(body), thread == threading.current_thread().name


def test_local_source_is_answered_at_once():
    source = Watched()
    dispatcher = Dispatcher(make_app(source), 4)
    assert answer(dispatcher) == (200, {"id": 3}, True)
    assert answer(dispatcher, email="nobody@example.com") == (200, {}, True)
    assert answer(dispatcher, email="no address")[::2] == (400, False)  # handlers may be anybody's
    assert set(source.threads) == {threading.current_thread().name}


@pytest.mark.parametrize(
    "asked",
    [{"token": "wrong"}, {"path": "/healthz"}, {"method": "HEAD"}, {"path": "/readyz"}, {"path": "/x"}],
)
def test_everything_else_is_left_to_threads_that_may_wait(asked):
    future = dispatch(Dispatcher(make_app(Watched()), 4), **asked)
    assert future.result(5)[3].startswith("request")


def test_remote_source_is_left_to_threads_that_may_wait():
    dispatcher = Dispatcher(make_app(Watched(is_local=False)), 4)
    assert answer(dispatcher) == (200, {"id": 3}, False)


def test_local_source_that_keeps_no_time_is_left_to_threads_that_may_wait():
    source = Watched(seconds=0.2)
    source.keeps_time = False
    dispatcher = Dispatcher(make_app(source), 4)
    began = perf_counter()
    future = dispatch(dispatcher)
    assert perf_counter() - began < 0.1
    assert json.loads(future.result(5)[2]) == {"id": 3}


def test_requests_that_wait_for_sources_hold_up_no_others():
    dispatcher = Dispatcher(make_app(Watched(is_local=False, seconds=0.8)), 2)
    waiting = [dispatch(dispatcher) for _ in range(6)]
    began = perf_counter()
    assert answer(dispatcher, path="/healthz")[0] == 200
    assert answer(dispatcher, token="wrong")[0] == 401
    assert perf_counter() - began < 0.2
    # Who had to wait for a thread has less time left: what comes after the deadline is of no use.
    assert [future.result(9)[0] for future in waiting] == [200] * 2 + [503] * 4
    assert perf_counter() - began < 1.2


def test_hooked_app_is_left_to_threads_that_may_wait():
    app = make_app(Watched())
    app.before_request(lambda: sleep(0.1))
    assert answer(Dispatcher(app, 4)) == (200, {"id": 3}, False)


def test_middleware_that_is_put_around_the_app_is_passed():
    app, inner = make_app(Watched()), []

    def outer(environ, start_response, own=app.wsgi_app):
        inner.append(environ["PATH_INFO"])
        return own(environ, start_response)

    app.wsgi_app = outer
    assert answer(Dispatcher(app, 4)) == (200, {"id": 3}, False)
    assert inner == ["/profile"]


def test_slow_local_source_holds_up_one_request_and_is_then_left_to_others():
    source = Watched(seconds=2 * AT_ONCE_SECONDS)
    dispatcher = Dispatcher(make_app(source), 4)
    assert answer(dispatcher) == (200, {"id": 3}, True)
    began = perf_counter()
    futures = [dispatch(dispatcher) for _ in range(4)]
    assert perf_counter() - began < AT_ONCE_SECONDS
    assert all(future.result(5)[3].startswith("request") for future in futures)


def test_failing_local_source_is_counted_once_for_each_request(capfd):
    source = Watched(fails=True)
    bound = BoundSource("app", source)
    dispatcher = Dispatcher(make_app(bound), 4)
    for number in range(1, 4):
        assert answer(dispatcher)[0] == 503
        assert bound.breaker.failure_count == number
    assert len(source.threads) == 4  # the first was asked by this thread before
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["source_missing", "request"] * 3
    source.fails = False
    assert answer(dispatcher) == (200, {"id": 3}, False)
    assert bound.breaker.failure_count == 0


def test_time_in_the_queue_is_logged_with_the_request(capfd):
    source = Watched(is_local=False, seconds=0.2)
    dispatcher = Dispatcher(make_app(source), 1)
    futures = [dispatch(dispatcher) for _ in range(2)]
    for future in futures:
        future.result(5)
    took = [json.loads(line)["milliseconds"] for line in capfd.readouterr().err.splitlines()]
    assert max(took) >= 400


def test_kept_answer_of_a_remote_source_is_given_at_once():
    cache = ProfileCache(MemoryStorage(10), CacheTimes(fresh=60), secret=b"secret")
    dispatcher = Dispatcher(make_app(Watched(is_local=False), cache=cache), 4)
    assert answer(dispatcher) == (200, {"id": 3}, False)
    assert answer(dispatcher) == (200, {"id": 3}, True)


def test_lookup_by_anothers_answer_is_made_at_once_too():
    other = MemorySource({"3": {"seats": 5}})
    dispatcher = Dispatcher(
        make_app(BoundSource("app", Watched()), BoundSource("crm", other, lookup_by="id")), 4
    )
    assert answer(dispatcher) == (200, {"id": 3, "seats": 5}, True)


def test_locked_database_holds_up_this_thread_for_a_moment_only(tmp_path):
    file = tmp_path / "app.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE users (email TEXT PRIMARY KEY, id INTEGER)")
        connection.execute("INSERT INTO users VALUES (?, 3)", [CASEY])
    connection.close()
    source = SqlSource(f"sqlite:///{file}", query="SELECT id FROM users WHERE email = :email")
    dispatcher = Dispatcher(make_app(source), 4)
    assert answer(dispatcher) == (200, {"id": 3}, True)
    writer = sqlite3.connect(file, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    began = perf_counter()
    futures = [dispatch(dispatcher) for _ in range(8)]
    held_up = perf_counter() - began
    writer.execute("COMMIT")
    writer.close()
    assert held_up < 4 * AT_ONCE_SECONDS
    assert [json.loads(future.result(5)[2]) for future in futures] == [{"id": 3}] * 8


def test_error_of_the_app_itself_is_an_answer_and_names_no_value(capfd):
    class Broken:
        def __call__(self, environ, start_response):
            raise RuntimeError(environ["QUERY_STRING"])

        def answer_at_once(self, environ, start_response):
            raise WouldWaitError

        def takes_body(self, environ):
            return 0

    configure_logging()
    status, headers, body, _ = dispatch(Dispatcher(Broken(), 1)).result(5)
    assert (status, json.loads(body)["error"]) == (500, "internal_error")
    assert headers["Content-Type"] == "application/json"
    told = capfd.readouterr().err
    assert "RuntimeError" in told
    assert TOKEN not in told


def test_answer_in_parts_is_closed():
    closed = []

    class Parts:
        def __iter__(self):
            yield b"one, "
            yield b"two"

        def close(self):
            closed.append(True)

    class InParts:
        def __call__(self, environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            return Parts()

        answer_at_once = __call__

    assert dispatch(Dispatcher(InParts(), 1)).result(5)[2] == b"one, two"
    assert closed == [True]


def test_many_at_once_are_answered_rightly():
    people = {f"{number}@example.com": {"id": number} for number in range(50)}

    class Mixed(MemorySource):
        def lookup(self, email):
            if email.startswith("7"):
                sleep(0.03)
            return super().lookup(email)

    dispatcher = Dispatcher(make_app(Mixed(people)), 8)
    with ThreadPoolExecutor(4) as callers:
        asked = [(email, callers.submit(dispatch, dispatcher, email=email)) for email in [*people] * 10]
        for email, future in asked:
            assert json.loads(future.result().result(5)[2]) == people[email]
