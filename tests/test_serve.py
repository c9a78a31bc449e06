"""``custom-profile serve``: a real process on a real socket, and what it says when it cannot start."""

from __future__ import annotations

import fcntl
import json
import os
import platform
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

import psutil
import pytest
import server_process

from webhook_server.commands import url_of
from webhook_server.listening import ListeningError, listen

SETTINGS = """
[[sources]]
name = "app"
type = "memory"
customers = { "casey@example.com" = { id = 3 } }
"""
SQL = '[[sources]]\nname = "app"\ntype = "sql"\nurl = "DB"\nquery = "SELECT 1 AS id WHERE :email"\n'
TOKEN = "t0ken-canary"


@pytest.fixture
def serve(tmp_path, free_port):
    """A function that starts the command and answers the process; all are ended after the test."""
    started = []

    def start(*arguments, settings=SETTINGS, **environ):
        if settings is not None:
            (tmp_path / "custom_profile.toml").write_text(settings)
        process = subprocess.Popen(
            [sys.executable, "-m", "custom_profile", "serve", *arguments],
            cwd=tmp_path,
            env=os.environ | {"GROOVE_API_TOKEN": TOKEN, "PORT": str(free_port)} | environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            # The whole family: a worker that outlives its parent would hold the pipes open.
            for member in [*psutil.Process(process.pid).children(recursive=True), process]:
                member.kill()
        process.communicate(timeout=60)


def get(port, path):
    deadline = time.monotonic() + 60
    while True:
        try:
            with urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as response:
                return response.read().decode()
        except (URLError, ConnectionError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def profile(port, email="casey@example.com", token=TOKEN):
    return get(port, f"/profile?email={quote(email)}&api_token={token}")


def test_server_answers_and_stops_cleanly(serve, free_port):
    process = serve()
    assert json.loads(profile(free_port)) == {"id": 3}
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in err
    assert f"Webhook on http://127.0.0.1:{free_port}/profile" in err
    assert not [child for child in children if child.is_running()]
    assert TOKEN not in out + err
    assert "casey" not in out + err


@pytest.mark.parametrize(
    ("host", "url"), [("::1", "http://[::1]:80/p"), ("localhost", "http://localhost:80/p")]
)
def test_address_that_is_told_can_be_asked(host, url):
    assert url_of(host, 80, "/p") == url


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6 here")
@pytest.mark.parametrize("workers", [1, 2])
def test_every_address_means_those_of_both_kinds(workers):
    listeners = listen("::", 0, workers)
    port = listeners[0].getsockname()[1]
    for host in ("::1", "127.0.0.1"):
        socket.create_connection((host, port), timeout=30).close()
    for listener in {*listeners}:
        listener.close()


FULL = pytest.param(
    "2>/dev/full",
    marks=pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full here"),
)


@pytest.mark.parametrize("streams", ["<&- >&- 2>&-", FULL], ids=["closed", "full"])
def test_streams_that_take_nothing_keep_no_server_from_answering(tmp_path, free_port, streams):
    (tmp_path / "custom_profile.toml").write_text(SETTINGS)
    command = f"exec {sys.executable} -m custom_profile serve {streams}"
    environ = os.environ | {"GROOVE_API_TOKEN": TOKEN, "PORT": str(free_port)}
    server = server_process.ServerProcess(["sh", "-c", command], folder=tmp_path, port=free_port, **environ)
    try:
        server.until_it_answers()
        assert json.loads(server_process.ask(free_port, "casey@example.com", TOKEN)) == {"id": 3}
    finally:
        server.end()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which signals a process holds back")
def test_reload_that_is_asked_for_while_the_server_starts_is_kept_until_it_serves(serve, tmp_path, free_port):
    process = serve()
    deadline = time.monotonic() + 60
    while not holds_back(process.pid, signal.SIGHUP):
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGHUP)
    until = time.monotonic() + 60
    while "reloaded" not in (line := process.stderr.readline()):
        assert line, "the server ended"
        assert time.monotonic() < until
    assert json.loads(profile(free_port)) == {"id": 3}
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 0


def holds_back(pid, number):
    """Tell whether a process lets a signal wait."""
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    blocked = next(line for line in status if line.startswith("SigBlk:"))
    return bool(int(blocked.split()[1], 16) & 1 << number - 1)


@pytest.mark.parametrize("delay", [0.0, 0.15, 0.4])
def test_server_that_is_stopped_while_it_starts_ends(serve, delay):
    process = serve()
    deadline = time.monotonic() + 60
    while not (children := psutil.Process(process.pid).children()):
        assert time.monotonic() < deadline
        time.sleep(0.005)
    time.sleep(delay)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=5)
    assert "Traceback" not in err
    assert not [child for child in children if child.is_running()]


def test_environment_sets_the_number_of_workers(serve, free_port):
    process = serve(WEB_CONCURRENCY="2")
    assert json.loads(profile(free_port)) == {"id": 3}
    workers = [
        child
        for child in psutil.Process(process.pid).children()
        if "resource_tracker" not in " ".join(child.cmdline())
    ]
    assert len(workers) == 2


ARENAS = """
import ctypes, threading
from webhook_server.worker_memory import share_memory
share_memory()
held = threading.Barrier(13)
def hold():
    kept = [bytearray(1000 + number) for number in range(100)]
    held.wait()
    held.wait()
threads = [threading.Thread(target=hold) for _ in range(12)]
for thread in threads:
    thread.start()
held.wait()
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
libc.malloc_info(0, ctypes.c_void_p(libc.fdopen(1, b"w")))
libc.fflush(None)
held.wait()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc alone has such pools")
@pytest.mark.parametrize(("given", "pools"), [({}, 2), ({"MALLOC_ARENA_MAX": "5"}, 5)])
def test_threads_share_memory_unless_told_otherwise(given, pools):
    """Counts the pools of a process with twelve threads by what glibc itself says of them."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    told = subprocess.run(
        [sys.executable, "-c", ARENAS], env=environ | given, capture_output=True, text=True, check=True
    )
    assert told.stdout.count("<heap nr=") == pools


def test_name_of_this_machine_is_listened_on(serve, free_port):
    serve("--host", "localhost")
    assert json.loads(profile(free_port)) == {"id": 3}


def test_host_that_is_not_here_is_told(serve):
    _, err = serve("--host", "no-such-host.invalid").communicate(timeout=60)
    assert "--host no-such-host.invalid is no address of this machine" in err
    assert "Traceback" not in err


def test_settings_file_is_chosen_by_option(serve, tmp_path, free_port):
    (tmp_path / "other.toml").write_text(SETTINGS.replace("id = 3", "id = 4"))
    serve("--config", "other.toml", settings=None)
    assert json.loads(profile(free_port)) == {"id": 4}


def test_source_that_cannot_answer_is_logged_and_the_server_runs(serve, free_port):
    settings = SETTINGS + '[[sources]]\nname = "billing"\ntype = "stripe_export"\npayments = "stripe/*.csv"\n'
    process = serve(settings=settings)
    assert json.loads(profile(free_port)) == {"id": 3}
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert "payments: no file is there at" in err
    assert "Export the file again, or correct its path." in err


@pytest.mark.parametrize(
    ("settings", "environ", "told"),
    [
        (SETTINGS, {"GROOVE_API_TOKEN": ""}, "GROOVE_API_TOKEN: Missing"),
        (None, {}, "There is no settings file custom_profile.toml."),
        (SETTINGS + "colour = 1", {}, "sources 1, colour: Unknown key"),
        ("[[sources", {}, "custom_profile.toml is no TOML"),
        (SETTINGS, {"PORT": "http"}, "PORT: It must be a whole number"),
        (SQL.replace("DB", "mysql2://u:pw@h/d"), {}, "sources 1: SQLAlchemy knows no database mysql2://"),
        (
            SQL.replace("DB", "oracle+oracledb://u:pw@h/d"),
            {},
            "sources 1: the driver for oracle (oracledb) is not",
        ),
        (SQL.replace("DB", "sqlite://"), {}, "sources 1: an SQLite database in memory is empty"),
    ],
)
def test_what_is_wrong_is_told_without_a_traceback(serve, settings, environ, told):
    process = serve(settings=settings, **environ)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert told in err
    assert "Traceback" not in err
    assert out == ""


@pytest.mark.parametrize("workers", ["1", "2"])
def test_second_server_does_not_share_the_port_of_the_first(serve, free_port, workers):
    serve(WEB_CONCURRENCY=workers)
    profile(free_port)
    second = serve(WEB_CONCURRENCY=workers)
    _, err = second.communicate(timeout=60)
    assert second.returncode == 2
    assert "cannot be listened on: Address already in use" in err


def test_port_in_use_is_told_with_the_variable_that_changes_it(serve, free_port):
    with socket.socket() as other:
        other.bind(("127.0.0.1", free_port))
        other.listen()
        process = serve()
        _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert f"127.0.0.1:{free_port} cannot be listened on: Address already in use. Set PORT or --port" in err


def test_host_of_another_machine_is_told_as_what_is_wrong():
    with pytest.raises(
        ListeningError, match=r"192\.0\.2\.1:0 cannot .*\. Set --host to one of this machine's"
    ):
        listen("192.0.2.1", 0, 1)


@pytest.fixture
def silent_port():
    """The port of a server that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=1000) as server:
        yield server.getsockname()[1]


@pytest.mark.timing
def test_hung_sources_hold_up_neither_answers_nor_the_platforms_questions(serve, free_port, silent_port):
    hung = "".join(
        f"""
[[sources]]
name = "hung_{number}"
type = "sql"
url = "postgresql+psycopg://user:secret@127.0.0.1:{silent_port}/app"
query = "SELECT 1 AS one WHERE :email <> ''"
"""
        for number in range(2)
    )
    process = serve(settings=f"[server]\ndeadline = 1\n{SETTINGS}{hung}")
    profile(free_port)  # what is imported on first use is imported now

    def timed(ask):
        started = time.perf_counter()
        answer = json.loads(ask())
        return time.perf_counter() - started, answer

    with ThreadPoolExecutor(40) as many:
        profiles = [many.submit(timed, lambda: profile(free_port)) for _ in range(32)]
        healths = []
        while not all(asked.done() for asked in profiles):
            healths.append(timed(lambda: get(free_port, "/healthz"))[0])
            time.sleep(0.02)
    assert all(answer == {"id": 3} for _, answer in (asked.result() for asked in profiles))
    assert max(seconds for seconds, _ in (asked.result() for asked in profiles)) < 1 + 0.25
    assert len(healths) > 10
    assert max(healths) < 0.5
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=5)
    assert "secret" not in err


def test_metrics_of_two_workers_are_counted_together(serve, free_port, tmp_path):
    metrics_token = "metrics-canary-0123"
    process = serve(WEB_CONCURRENCY="2", CUSTOM_PROFILE_METRICS_TOKEN=metrics_token, TMPDIR=str(tmp_path))
    for _ in range(20):  # a connection each: both workers get some
        profile(free_port)
    request = Request(
        f"http://127.0.0.1:{free_port}/metrics", headers={"Authorization": f"Bearer {metrics_token}"}
    )
    for _ in range(4):
        with urlopen(request, timeout=5) as response:
            told = response.read().decode()
        assert 'custom_profile_requests_total{route="/profile",status="200"} 20.0' in told
        assert "casey" not in told
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert metrics_token not in err
    assert not list(tmp_path.glob("custom-profile-metrics-*"))


def test_flasks_own_command_is_told_what_is_missing_without_a_traceback(tmp_path):
    command = [sys.executable, "-m", "flask", "--app", "webhook_server.app", "run", "--port", "0"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("GROOVE", "CUSTOM"))}
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: The settings have 2 problems:")
    assert "GROOVE_API_TOKEN" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("kind", "body"),
    [("application/x-www-form-urlencoded", b"email=casey%40example.com"),
     ("application/json", b'{"email": "casey@example.com"}')],
)  # fmt: skip
@pytest.mark.parametrize("is_in_parts", [False, True])
def test_address_is_dropped_through_the_real_server(serve, free_port, kind, body, is_in_parts):
    token = "invalidation-t0ken-canary"
    serve(CUSTOM_PROFILE_INVALIDATION_TOKEN=token)
    assert json.loads(profile(free_port)) == {"id": 3}

    def post(token, chunks):
        head = f"POST /invalidate HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {kind}\r\n"
        head += f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", free_port), timeout=5) as line:
            for chunk in (head.encode(), *chunks):
                line.sendall(chunk)
                time.sleep(0.01)
            return line.recv(65536)

    chunks = [body[:5], body[5:]] if is_in_parts else [body]
    assert post(token, chunks).startswith(b"HTTP/1.1 204")
    # Who may not send a body is not waited for.
    assert post("wrong", []).startswith(b"HTTP/1.1 401")
    assert json.loads(profile(free_port)) == {"id": 3}


def test_body_that_does_not_come_holds_up_nobody(serve, free_port):
    token = "invalidation-t0ken-canary"
    serve(CUSTOM_PROFILE_INVALIDATION_TOKEN=token)
    assert json.loads(profile(free_port)) == {"id": 3}
    head = (
        f"POST /invalidate HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 40\r\n\r\n"
    )
    # What a proxy keeps for later, and what it asks just then.
    kept = HTTPConnection("127.0.0.1", free_port, timeout=30)
    kept.request("GET", "/healthz")
    assert kept.getresponse().read()
    for before in ("", "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", free_port), timeout=30) as slow:
            if before:
                slow.sendall(before.encode())
                assert slow.recv(65536).startswith(b"HTTP/1.1 200")
                time.sleep(0.1)  # within a tick of the system's clock nobody can tell which came last
            slow.sendall(head.encode())
            assert json.loads(profile(free_port)) == {"id": 3}
            assert not slow.recv(65536).startswith(b"HTTP/1.1 2")
        kept.request("GET", "/healthz")
        assert kept.getresponse().read()
    kept.close()


@pytest.mark.skipif(not hasattr(fcntl, "F_SETPIPE_SZ"), reason="only Linux lets a pipe be made small")
def test_log_that_nobody_reads_any_more_holds_up_nobody(serve, free_port):
    process = serve(WEB_CONCURRENCY="2")
    fcntl.fcntl(process.stderr, fcntl.F_SETPIPE_SZ, 4096)
    for _ in range(60):
        assert json.loads(profile(free_port)) == {"id": 3}
    process.terminate()
    assert process.wait(60) == 0
