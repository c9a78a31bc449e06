"""What happens to both servers in years: killed workers, a killed main process, stops, dawdling clients."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Pipe
from types import SimpleNamespace
from unittest.mock import Mock

import faulty_source
import psutil
import pytest
from server_process import ServerProcess, ask, is_refused

from webhook_server import granian_worker
from webhook_server.granian_members import Member
from webhook_server.granian_server import WebhookServer

SETTINGS = '[server]\ndeadline = 5\n[[sources]]\nname = "app"\ntype = "faulty"\n'
TOKEN = "t0ken-canary"
KNOWN, SLOW = "known.casey@example.com", "slow.casey@example.com"


@pytest.fixture
def start(tmp_path, free_port):
    """A function that starts a server of a kind; it is ended after the test."""
    (tmp_path / "custom_profile.toml").write_text(SETTINGS)
    started = []

    def start(kind="serve", *options, **environ):
        environ = {"GROOVE_API_TOKEN": TOKEN, "PYTHONPATH": faulty_source.install(tmp_path)} | environ
        process = getattr(ServerProcess, kind)(tmp_path, free_port, *options, **environ)
        started.append(process)
        return process.until_it_answers()

    yield start
    for process in started:
        process.end()


def until(condition, within=60):
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("kind", ["serve", "gunicorn"])
def test_workers_that_are_killed_again_and_again_are_replaced_and_nobody_is_refused(start, kind):
    server = start(kind, WEB_CONCURRENCY="2")
    for _ in range(5):
        until(lambda: len(server.workers()) == 2)
        for worker in server.workers():
            with contextlib.suppress(psutil.NoSuchProcess):
                worker.kill()
                worker.wait(5)
        # Nobody is there to answer now: the connection waits for the next worker.
        assert ask(server.port, KNOWN, TOKEN).replace(b" ", b"") == b'{"id":3}'
    server.signal(signal.SIGTERM)
    assert server.ended(within=60) == 0
    assert "Traceback" not in server.text()


def test_request_that_kills_its_worker_costs_no_other_one(start):
    server = start(WEB_CONCURRENCY="2")
    with pytest.raises((OSError, http.client.HTTPException)):
        ask(server.port, "kill.casey@example.com", TOKEN)
    for _ in range(20):
        assert b'"id"' in ask(server.port, KNOWN, TOKEN)
    server.until_it_says('"exit_code":-9')


def test_worker_of_which_nothing_is_heard_is_replaced(start, tmp_path):
    """As one whose source never lets go of the interpreter."""
    (tmp_path / "shorter").mkdir()
    shorter = "import webhook_server.granian_members as members\nmembers.SILENT_SECONDS = 4.0\n"
    (tmp_path / "shorter" / "sitecustomize.py").write_text(shorter)
    paths = (faulty_source.install(tmp_path), tmp_path / "shorter")
    server = start(PYTHONPATH=os.pathsep.join(map(str, paths)))
    until(server.workers)
    (worker,) = server.workers()
    worker.suspend()
    server.until_it_says('"event":"worker_hangs"')
    assert ask(server.port, KNOWN, TOKEN, timeout=30).replace(b" ", b"") == b'{"id":3}'
    assert worker not in server.workers()
    server.signal(signal.SIGTERM)
    assert server.ended(within=60) == 0


@pytest.mark.parametrize(("paused", "killed"), [(60.0, False), (0.0, True)])
def test_main_process_that_was_held_up_itself_blames_no_worker(paused, killed):
    """As in a container that is paused and goes on."""
    main, worker = Mock(), Mock()
    ours, _theirs = Pipe()
    main._members = [Member(worker, ours, heard=time.monotonic() - 60)]
    main._listened = time.monotonic() - paused
    WebhookServer._end_silent(main)
    assert worker.kill.called is killed


@pytest.mark.parametrize("kind", ["serve", "gunicorn"])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_killed_main_process_leaves_nobody_on_the_port(start, kind, workers):
    server = start(kind, WEB_CONCURRENCY=workers)
    until(lambda: len(server.workers()) == int(workers))
    orphans = server.workers()
    server.signal(signal.SIGKILL)
    server.ended(within=5)
    _, alive = psutil.wait_procs(orphans, timeout=5)
    assert alive == []
    assert is_refused(server.port)


@pytest.mark.parametrize("kind", ["serve", "gunicorn"])
def test_stop_finishes_every_request_under_way(start, kind):
    server = start(kind, WEB_CONCURRENCY="2")
    with ThreadPoolExecutor(8) as many:  # as many as one worker's source may have under way
        asked = [many.submit(ask, server.port, SLOW, TOKEN) for _ in range(8)]
        time.sleep(0.7)  # all are under way: each takes 1.5 seconds
        started = time.monotonic()
        server.signal(signal.SIGTERM)
        answers = [one.result().replace(b" ", b"") for one in asked]
        assert server.ended(within=60) == 0
    assert answers == [b'{"id":3}'] * 8
    assert time.monotonic() - started < 10
    assert is_refused(server.port)


@pytest.mark.prove
def test_request_that_hangs_does_not_hold_up_the_end_for_longer_than_platforms_wait(start):
    server = start()
    with ThreadPoolExecutor(1) as one:
        hung = one.submit(ask, server.port, "hang.casey@example.com", TOKEN, 40)
        time.sleep(0.5)
        server.signal(signal.SIGTERM)
        server.ended(within=25)
        with pytest.raises((OSError, http.client.HTTPException)):
            hung.result()


def test_clients_that_never_finish_their_headers_hold_up_nobody(start):
    server = start()
    with contextlib.ExitStack() as stack:
        for _ in range(200):
            line = stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            line.sendall(b"GET /profile?email=a HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        slowest = 0.0
        for _ in range(20):
            started = time.perf_counter()
            assert b'"id"' in ask(server.port, KNOWN, TOKEN)
            slowest = max(slowest, time.perf_counter() - started)
    assert slowest < 1


def test_start_says_where_it_listens_and_nothing_else(start):
    server = start()
    lines = [line for line in server.text().splitlines() if '"event":"request"' not in line]
    assert lines == [f"Webhook on http://127.0.0.1:{server.port}/profile"]


@pytest.mark.parametrize("kind", ["serve", "gunicorn"])
@pytest.mark.parametrize("options", [[], ["--preload"]])
def test_secrets_are_no_part_of_what_a_request_can_show(start, kind, options, tmp_path):
    if kind == "serve" and options:
        pytest.skip("not applicable: an option of gunicorn")
    text = SETTINGS + 'prefix = "${SECRET_PREFIX}"\n'
    (tmp_path / "custom_profile.toml").write_text(text)
    server = start(kind, *options, SECRET_PREFIX="s3cret_", HARMLESS="yes")
    told = ask(server.port, "environ.casey@example.com", TOKEN)
    assert b"HARMLESS" in told
    assert b"SECRET_PREFIX" not in told
    assert b"GROOVE_API_TOKEN" not in told


def test_workers_that_cannot_start_end_the_server(start, tmp_path):
    server = start(WEB_CONCURRENCY="1", FAULTY_IMPORT=str(tmp_path / "broken"))
    (tmp_path / "broken").touch()
    for worker in server.workers():
        worker.kill()
    assert server.ended(within=60) == 1
    assert server.text().count("worker_did_not_start") == 5
    assert is_refused(server.port)


class LeftError(Exception):
    """Ends a worker's ear in the middle."""


def test_worker_that_is_told_to_leave_in_its_first_moment_lets_its_server_settle(monkeypatch):
    """granian asks the socket for its address when it starts: another kind of socket made it panic."""
    ours, theirs = Pipe()
    nobody, _kept = Pipe()
    slept = []
    app = Mock(said=False)
    main = SimpleNamespace(pid=os.getppid(), sentinel=nobody)
    monkeypatch.setattr(granian_worker.multiprocessing, "parent_process", lambda: main)
    monkeypatch.setattr(granian_worker, "stop_accepting", Mock(side_effect=LeftError))
    clock = SimpleNamespace(monotonic=lambda: 5.0, sleep=slept.append)
    monkeypatch.setattr(granian_worker, "time", clock)
    ours.send_bytes(granian_worker.FAREWELL)
    with pytest.raises(LeftError):
        granian_worker._obey(theirs, app, 0)
    assert slept == [granian_worker.SETTLING_SECONDS]
    assert app.said is True
