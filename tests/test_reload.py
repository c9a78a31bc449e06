"""SIGHUP: new settings and tokens without a lost request, and the old ones where the new cannot work."""

from __future__ import annotations

import contextlib
import http.client
import signal
import threading
import time

import pytest
from server_process import ServerProcess, ask

SETTINGS = (
    '[[sources]]\nname = "app"\ntype = "memory"\ncustomers = {{ "casey@example.com" = {{ id = {} }} }}\n'
)
CASEY = "casey@example.com"
OLD, NEW = "t0ken-before", "t0ken-after"
PATH = f"/profile?email={CASEY}&api_token={OLD}"
SERVERS = {"granian": ServerProcess.serve, "gunicorn": ServerProcess.gunicorn}
RELOADED = {"granian": '"event":"reloaded"', "gunicorn": "Booting worker"}


@pytest.fixture(params=SERVERS)
def server(request, tmp_path, free_port):
    """A server with two workers, its token in a file."""
    (tmp_path / "custom_profile.toml").write_text(SETTINGS.format(3))
    (tmp_path / "token").write_text(OLD)
    process = SERVERS[request.param](
        tmp_path, free_port, GROOVE_API_TOKEN_FILE=str(tmp_path / "token"), WEB_CONCURRENCY="2"
    )
    process.name = request.param
    yield process.until_it_answers()
    process.end()


def until(condition, within=60):
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


class Load(threading.Thread):
    """Asks again and again until told to stop; keeps every answer that is not the profile."""

    def __init__(self, port, *, keep_alive):
        super().__init__(daemon=True)
        self.port, self.keep_alive = port, keep_alive
        self.asked, self.failed, self.connections = 0, [], 0
        self.stopped = threading.Event()

    def run(self):
        connection = None
        while not self.stopped.is_set():
            if connection is None:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
                self.connections += 1
            try:
                connection.request("GET", PATH, headers={} if self.keep_alive else {"Connection": "close"})
                answer = connection.getresponse()
                body = answer.read()
                if answer.status != 200 or b'"id":' not in body:
                    self.failed.append((answer.status, body))
                leave = answer.will_close
            except (OSError, http.client.HTTPException) as error:
                self.failed.append(repr(error))
                leave = True
            self.asked += 1
            if leave:
                connection.close()
                connection = None
            time.sleep(0.001)
        if connection is not None:
            connection.close()


@pytest.mark.parametrize("turns", [3, pytest.param(50, marks=pytest.mark.prove)])
def test_reload_under_load_fails_no_request(server, tmp_path, turns):
    # gunicorn closes a connection that is kept alive without a word: docs/operating.md says so.
    kinds = [False, False, True, True] if server.name == "granian" else [False, False]
    load = [Load(server.port, keep_alive=kind) for kind in kinds]
    for thread in load:
        thread.start()
    for turn in range(turns):
        before = {worker.pid for worker in server.workers()}
        (tmp_path / "custom_profile.toml").write_text(SETTINGS.format(10 + turn))
        server.signal(signal.SIGHUP)
        until(lambda before=before: not before & {worker.pid for worker in server.workers()})
        assert f'"id":{10 + turn}' in ask(server.port, CASEY, OLD).decode().replace(" ", "")
    for thread in load:
        thread.stopped.set()
        thread.join(15)
    assert [thread.failed for thread in load] == [[] for _ in load]
    assert sum(thread.asked for thread in load) > 20 * turns
    assert all(thread.connections < thread.asked / 4 for thread in load if thread.keep_alive)


def test_broken_settings_keep_the_old_ones_running_and_are_told(server, tmp_path):
    (tmp_path / "custom_profile.toml").write_text(
        SETTINGS.format("4, x = 1") + "colour = 'secret-value'\nfast = 1\n"
    )
    server.signal(signal.SIGHUP)
    server.until_it_says("reload_refused")
    told = server.text()
    assert "The settings have 2 problems" in told
    assert "colour: Unknown key" in told
    assert "fast: Unknown key" in told
    assert "secret-value" not in told
    assert "Traceback" not in told
    # Workers that die now are not started with what is broken.
    until(lambda: len(server.workers()) == 2)
    for worker in server.workers():
        worker.kill()
    assert b'"id":3' in ask(server.port, CASEY, OLD).replace(b" ", b"")
    until(lambda: len([one for one in server.workers() if one.status() != "zombie"]) == 2)
    (tmp_path / "custom_profile.toml").write_text(SETTINGS.format(5))
    server.signal(signal.SIGHUP)
    until(lambda: b'"id":5' in ask(server.port, CASEY, OLD).replace(b" ", b""))


def test_settings_without_a_token_are_refused(server, tmp_path):
    (tmp_path / "token").write_text("\n")
    server.signal(signal.SIGHUP)
    server.until_it_says("reload_refused")
    assert "GROOVE_API_TOKEN_FILE: The file" in server.text()
    assert b'"id":3' in ask(server.port, CASEY, OLD).replace(b" ", b"")


def test_token_changes_without_a_moment_of_refusal(server, tmp_path):
    def valid(token):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", f"/profile?email={CASEY}&api_token={token}")
            return {200: True, 401: False}[connection.getresponse().status]

    def reload(tokens):
        before = {worker.pid for worker in server.workers()}
        (tmp_path / "token").write_text(tokens)
        server.signal(signal.SIGHUP)
        until(lambda: not before & {worker.pid for worker in server.workers()})

    load = Load(server.port, keep_alive=False)
    load.start()
    assert not valid(NEW)
    reload(f"{OLD}\n{NEW}\n")
    assert valid(OLD)
    assert valid(NEW)
    load.stopped.set()
    load.join(15)
    reload(NEW)
    assert valid(NEW)
    assert not valid(OLD)
    assert load.failed == []
    assert OLD not in server.text()
    assert NEW not in server.text()


def test_function_of_ones_own_is_imported_anew_and_the_old_one_goes_on_where_that_fails(server, tmp_path):
    settings = '[[sources]]\nname = "app"\ntype = "python"\ntarget = "prof:{}"\n'
    code = "import helper\n\n\ndef {}(email):\n    return {{'v': helper.VALUE}}\n"

    def write(name, value):
        (tmp_path / "custom_profile.toml").write_text(settings.format(name))
        (tmp_path / "helper.py").write_text(value)
        (tmp_path / "prof.py").write_text(code.format(name))
        server.signal(signal.SIGHUP)

    write("lookup", "VALUE = 'one'\n")
    until(lambda: ask(server.port, CASEY, OLD) == b'{"v":"one"}')
    write("renamed", "VALUE = 'second'\n")
    until(lambda: ask(server.port, CASEY, OLD) == b'{"v":"second"}')
    write("renamed", "1 / 0\n")
    server.until_it_says("reload_refused")
    assert "the module prof cannot be imported: ZeroDivisionError in line 1 of prof" in server.text()
    # A worker that dies now comes back with the code before, as with the settings before.
    until(lambda: len(server.workers()) == 2)
    for worker in server.workers():
        worker.kill()
    until(lambda: len([one for one in server.workers() if one.status() != "zombie"]) == 2)
    assert ask(server.port, CASEY, OLD) == b'{"v":"second"}'
