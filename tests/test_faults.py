"""The fault proxy does what it says, and the servers behind it are real."""

from __future__ import annotations

import errno
import random
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
import servers
from faults import FaultProxy
from redis.backoff import NoBackoff
from redis.retry import Retry


class Echo(socketserver.BaseRequestHandler):
    """Answers every byte with itself."""

    def handle(self):
        try:
            while data := self.request.recv(65536):
                self.request.sendall(data)
        except ConnectionError:
            pass


@pytest.fixture(scope="module")
def echo():
    """The port of a server that answers every byte with itself."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture
def proxy(echo):
    """A proxy before the echo."""
    with FaultProxy("127.0.0.1", echo) as proxy:
        yield proxy


@pytest.fixture
def client(proxy):
    """A connection through the proxy that has already carried four bytes."""
    with connect(proxy) as client:
        client.sendall(b"ping")
        assert read(client, 4) == b"ping"
        yield client


def connect(proxy):
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=5)


def read(client, size):
    """Read so many bytes, fewer at the end."""
    data = b""
    while len(data) < size and (more := client.recv(size - len(data))):
        data += more
    return data


@contextmanager
def takes(least, most):
    """Assert how many seconds a block takes."""
    begun = time.monotonic()
    yield
    assert least <= time.monotonic() - begun < most


@contextmanager
def soon(action, seconds):
    """Do something a little later, while a block runs; gives an event that is set when it begins."""
    begun = threading.Event()
    timer = threading.Timer(seconds, lambda: (begun.set(), action()))
    timer.start()
    try:
        yield begun
    finally:
        timer.join()


# Through a plain socket


def test_proxy_that_passes_through_changes_nothing_and_counts(proxy):
    sent = random.Random(1).randbytes(1_000_000)
    with connect(proxy) as client, soon(lambda: client.sendall(sent), 0):
        assert read(client, len(sent)) == sent
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b""
    assert (proxy.connections, proxy.request_bytes, proxy.answer_bytes) == (1, len(sent), len(sent))


def test_proxy_that_refuses_resets_the_open_and_takes_no_new_connection(proxy, client):
    proxy.refuse()
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    with pytest.raises(ConnectionRefusedError):
        connect(proxy)
    assert proxy.connections == 1

    proxy.pass_through()
    with connect(proxy) as again:
        again.sendall(b"back")
        assert read(again, 4) == b"back"


def test_port_stays_the_proxys_while_it_refuses(proxy):
    proxy.refuse()
    with socket.socket() as other, pytest.raises(OSError, match="in use") as refusal:
        other.bind(("127.0.0.1", proxy.port))
    assert refusal.value.errno == errno.EADDRINUSE


def test_blackhole_accepts_and_answers_nothing(proxy, client):
    proxy.blackhole()
    with connect(proxy) as new:
        for each in (client, new):
            each.sendall(b"lost?")
            each.settimeout(0.1)
            with pytest.raises(TimeoutError):
                each.recv(1)
        assert proxy.request_bytes == 4

        proxy.pass_through()
        for each in (client, new):
            each.settimeout(5)
            assert read(each, 5) == b"lost?"


def test_blackhole_holds_an_answer_that_was_on_its_way(proxy, client):
    proxy.delay(0.2)
    client.sendall(b"late")
    time.sleep(0.1)
    assert proxy.request_bytes == 8
    proxy.blackhole()
    client.settimeout(0.3)
    with pytest.raises(TimeoutError):
        client.recv(1)
    proxy.pass_through()
    assert read(client, 4) == b"late"


@pytest.mark.parametrize("size", [0, 1, 1000])
def test_reset_cuts_the_answer_after_exactly_so_many_bytes(proxy, client, size):
    proxy.reset(after_bytes=size)
    with connect(proxy) as new:
        for each in (client, new):
            each.sendall(b"x" * 2000)
            assert read(each, size) == b"x" * size
            with pytest.raises(ConnectionResetError):
                each.recv(1)


def test_drip_sends_byte_by_byte(proxy, client):
    proxy.drip(bytes_per_second=50)
    client.sendall(b"0123456789")
    with takes(0.15, 2):
        assert [client.recv(100) for _ in range(10)] == [b"%d" % digit for digit in range(10)]


def test_drip_ends_at_once_with_the_next_behaviour(proxy, client):
    proxy.drip(bytes_per_second=0.01)
    client.sendall(b"0123456789")
    with soon(proxy.pass_through, 0.1) as ended:
        assert read(client, 10) == b"0123456789"
        assert ended.is_set()


def test_garble_answers_the_same_noise_on_every_connection(proxy, client):
    proxy.garble()
    with connect(proxy) as new:
        noise = []
        for each in (client, new):
            each.sendall(bytes(100))
            noise.append(read(each, 100))
    assert noise[0] == noise[1]
    assert len(set(noise[0])) > 50

    proxy.garble(seed=1)
    client.sendall(bytes(100))
    assert read(client, 100) != noise[0]


def test_delay_makes_every_answer_late_once(proxy, client):
    proxy.delay(0.2)
    for _ in range(2):
        client.sendall(b"x" * 200_000)
        with takes(0.2, 0.6):
            assert len(read(client, 200_000)) == 200_000


def test_client_is_reset_when_the_server_is_gone():
    nowhere = servers.free_port()
    with (
        FaultProxy("127.0.0.1", nowhere) as proxy,
        pytest.raises(ConnectionResetError),  # already while connecting, where the reset is faster
        connect(proxy) as client,
    ):
        client.recv(1)


def test_proxy_leaves_no_thread_and_no_open_file(echo):
    process = psutil.Process()
    before = (threading.active_count(), process.num_fds())
    with FaultProxy("127.0.0.1", echo) as proxy, closing(connect(proxy)) as client:
        client.sendall(b"x")
        client.recv(1)
        proxy.blackhole()
        client.sendall(b"never forwarded")
    assert "fault-proxy" not in [thread.name for thread in threading.enumerate()]
    # The echo's own end of the connection closes in a thread of its own.
    deadline = time.monotonic() + 5
    while (threading.active_count(), process.num_fds()) != before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (threading.active_count(), process.num_fds()) == before


def test_url_is_led_through_the_proxy_with_its_account_and_path(proxy):
    url = "postgresql://app:pass@db.example:5432/users?sslmode=disable"
    assert proxy.through(url) == f"postgresql://app:pass@127.0.0.1:{proxy.port}/users?sslmode=disable"
    assert proxy.through("redis://cache:6379/0") == f"redis://127.0.0.1:{proxy.port}/0"


# PostgreSQL, through psycopg

ROW = (7, "user7@example.com")
LOOKUP = "SELECT id, email FROM users WHERE email = 'user7@example.com'"


@pytest.fixture(scope="module")
def users(postgres_server):
    """The URL of a database with 100 users."""
    return postgres_server.create_users(100)


@pytest.fixture
def database(postgres_server, users):
    """A proxy before PostgreSQL, and the URL of the users through it."""
    with FaultProxy("127.0.0.1", postgres_server.port) as proxy:
        yield proxy, proxy.through(users)


def look_up(url):
    with psycopg.connect(url, connect_timeout=2) as connection:
        return connection.execute(LOOKUP).fetchone()


def test_users_are_those_that_were_asked_for(users, postgres_server):
    with psycopg.connect(users) as connection:
        rows = connection.execute("SELECT *, created_at AT TIME ZONE 'UTC' FROM users ORDER BY id").fetchall()
    assert len(rows) == 100
    assert rows[6][:2] == ROW
    assert str(rows[6][4]) == "2013-06-16 12:43:36"
    assert {row[3] for row in rows} == {"free", "team", "company"}
    assert postgres_server.create_users(0) != users


def test_postgresql_asks_for_the_password(users):
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        look_up(users.replace(servers.PASSWORD, "wrong"))


BREAKING = {
    "refuse": lambda proxy: proxy.refuse(),
    "reset": lambda proxy: proxy.reset(after_bytes=3),
    "garble": lambda proxy: proxy.garble(),
}


@pytest.mark.parametrize("fault", BREAKING)
def test_broken_network_is_a_database_error_and_passes(database, fault):
    proxy, url = database
    # Noise inside a connection is an InternalError to psycopg; all else is an OperationalError.
    # Only closed at the end: the commit of a plain "with" may fail as well on a broken connection.
    with closing(psycopg.connect(url)) as connection:
        assert connection.execute(LOOKUP).fetchone() == ROW
        BREAKING[fault](proxy)
        with takes(0, 2), pytest.raises(psycopg.DatabaseError):
            connection.execute(LOOKUP)
    with takes(0, 2), pytest.raises(psycopg.OperationalError):
        look_up(url)
    proxy.pass_through()
    assert look_up(url) == ROW


@pytest.mark.parametrize("fault", ["blackhole", "pause"])
def test_silent_postgresql_is_waited_for_and_goes_on(database, postgres_server, fault):
    proxy, url = database
    silence = {"blackhole": proxy.blackhole, "pause": postgres_server.pause}[fault]
    end = {"blackhole": proxy.pass_through, "pause": postgres_server.resume}[fault]
    with psycopg.connect(url) as connection:
        silence()
        with soon(end, 0.3) as ended:
            assert connection.execute(LOOKUP).fetchone() == ROW
            assert ended.is_set()


def test_connecting_into_a_blackhole_ends_at_the_clients_timeout(database):
    proxy, url = database
    proxy.blackhole()
    with takes(1, 4), pytest.raises(psycopg.errors.ConnectionTimeout):
        look_up(url)


def test_slow_network_makes_postgresql_late_and_nothing_else(database):
    proxy, url = database
    with psycopg.connect(url) as connection:
        proxy.delay(0.2)
        with takes(0.2, 2):
            assert connection.execute(LOOKUP).fetchone() == ROW
        proxy.drip(bytes_per_second=500)
        with takes(0.1, 3):
            assert connection.execute(LOOKUP).fetchone() == ROW


def test_stopped_postgresql_comes_back_on_its_port_with_its_data(postgres_server, users):
    with psycopg.connect(users) as connection, postgres_server.stopped():
        with pytest.raises(psycopg.OperationalError):
            connection.execute(LOOKUP)
        with pytest.raises(psycopg.OperationalError, match="refused"):
            look_up(users)
    assert look_up(users) == ROW


# Redis, through its client


@pytest.fixture
def cache(redis_server):
    """A proxy before an empty Redis, and the URL through it."""
    redis_server.flush()
    with FaultProxy("127.0.0.1", redis_server.port) as proxy:
        yield proxy, proxy.through(redis_server.url)


def redis_client(url, seconds=5.0):
    return redis.Redis.from_url(url, socket_timeout=seconds, retry=Retry(NoBackoff(), 0))


@pytest.mark.parametrize("fault", BREAKING)
def test_broken_network_is_an_error_of_the_redis_client_and_passes(cache, fault):
    proxy, url = cache
    # Noise has no end of a line, so the client waits for one until its timeout.
    with redis_client(url, seconds=0.5) as client:
        client.set("key", "value" * 10)
        BREAKING[fault](proxy)
        for _ in range(2):
            with takes(0, 2), pytest.raises(redis.RedisError):
                client.get("key")
        proxy.pass_through()
        client.connection_pool.disconnect()
        assert client.get("key") == b"value" * 10


@pytest.mark.parametrize("fault", ["blackhole", "pause", "delay", "drip"])
def test_silent_redis_costs_the_clients_timeout(cache, redis_server, fault):
    proxy, url = cache
    begin = {
        "blackhole": proxy.blackhole,
        "pause": redis_server.pause,
        "delay": lambda: proxy.delay(1),
        "drip": lambda: proxy.drip(bytes_per_second=2),
    }[fault]
    with redis_client(url, seconds=0.1) as client:
        client.set("key", "value")
        begin()
        try:
            with takes(0.1, 1), pytest.raises(redis.TimeoutError):
                client.get("key")
        finally:
            redis_server.resume()
        proxy.pass_through()
        assert client.get("key") == b"value"


def test_full_redis_refuses_writes_and_still_reads(redis_server):
    with redis_client(redis_server.url) as client:
        client.set("key", "value")
        redis_server.limit_memory(1)
        try:
            with pytest.raises(redis.OutOfMemoryError):
                client.set("other", "value")
            assert client.get("key") == b"value"
        finally:
            redis_server.limit_memory(0)
        client.set("other", "value")


def test_stopped_redis_comes_back_on_its_port_and_empty(redis_server):
    with redis_client(redis_server.url) as client:
        client.set("key", "value")
        with redis_server.stopped(), pytest.raises(redis.ConnectionError):
            client.get("key")
        assert client.get("key") is None


# What is started is ended


@pytest.mark.parametrize("paused", [False, True])
def test_ended_server_leaves_no_process_and_no_file(paused):
    with servers.redis() as server:
        process = psutil.Process(server._process.pid)
        guard = psutil.Process(server._guard.pid)
        if paused:
            server.pause()
            assert process.status() == psutil.STATUS_STOPPED
    assert not process.is_running()
    assert not guard.is_running()
    assert not server.folder.exists()


def test_server_that_cannot_start_says_why(tmp_path):
    server = servers.RedisServer(tmp_path, Path("/bin/false"))
    with pytest.raises(RuntimeError, match="RedisServer did not start"):
        server.start()


@pytest.mark.parametrize(("kind", "death"), [("redis", signal.SIGINT), ("postgres", signal.SIGKILL)])
def test_server_ends_with_the_process_that_started_it(kind, death, request):
    request.getfixturevalue(f"{kind}_server")  # skipped where there is none
    program = (
        f"import servers, time\nwith servers.{kind}() as server:\n"
        "    server.pause()\n    print(server._process.pid, server.folder, flush=True)\n    time.sleep(60)\n"
    )
    folder = Path(servers.__file__).parent
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen([sys.executable, "-c", program], cwd=folder, **streams) as owner:
        pid, data = owner.stdout.readline().split()
        started = servers.family(int(pid))
        owner.send_signal(death)
        owner.wait()
    assert len(started) >= 1
    assert psutil.wait_procs(started, timeout=10)[1] == []
    deadline = time.monotonic() + 5
    while Path(data).exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not Path(data).exists()
