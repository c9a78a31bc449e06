"""No server that the docs name writes down the token or an address, whatever is asked and whatever fails."""

from __future__ import annotations

import base64
import contextlib
import os
import re
import shutil
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import faulty_source
import leaks
import psutil
import pytest
from server_process import ServerProcess

ROOT = Path(__file__).parent.parent
SETTINGS = """
[server]
deadline = 3
[[sources]]
name = "app"
type = "faulty"
[[sources]]
name = "database"
type = "sql"
url = "sqlite:///customers.sqlite"
query = "SELECT id FROM no_such_table WHERE email = :email"
"""
FORMAT = "%(h)s %(r)s %(m)s %(U)s %(q)s %(s)s %(f)s %({raw_uri}e)s %({query_string}e)s %({referer}i)s"
SENTRY = """
import os, sentry_sdk
from sentry_sdk.transport import Transport

class Keep(Transport):
    def capture_envelope(self, envelope):
        with open(os.environ["ENVELOPES"], "ab") as kept:
            kept.write(envelope.serialize() + b"\\n")

sentry_sdk.init(
    dsn="http://key@127.0.0.1:1/1", transport=Keep, traces_sample_rate=1.0, max_request_body_size="always",
    send_default_pii=True, include_local_variables=True, auto_enabling_integrations=True,
)
"""


class Scene:
    """A server under test, and every byte that it wrote anywhere."""

    def __init__(self, folder, free_port):
        self.folder, self.free_port = folder, free_port
        self.processes = []
        self.answers = b""
        self.paths = 0
        (folder / "custom_profile.toml").write_text(SETTINGS)
        plugin = faulty_source.install(folder)
        self.environ = {"GROOVE_API_TOKEN": leaks.TOKEN, "PYTHONPATH": f"{plugin}{os.pathsep}{folder}"}

    def start(self, command, port, **environ):
        process = ServerProcess(command, folder=self.folder, port=port, **self.environ, **environ)
        self.processes.append(process)
        return process.until_it_answers()

    def granian(self, port, **environ):
        return self.start([sys.executable, "-m", "custom_profile", "serve"], port, **environ)

    def gunicorn(self, port, *options, **environ):
        command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}"]
        config = ["--config", "python:webhook_server.gunicorn_config"]
        return self.start(
            [
                *command,
                *(config if "plain" not in options else []),
                *(option for option in options if option != "plain"),
            ],
            port,
            **environ,
        )

    def flask(self, port, *options):
        command = [sys.executable, "-m", "flask", "--app", "webhook_server.app", *options, "run"]
        return self.start([*command, "--port", str(port)], port)

    def nginx(self, port):
        behind = self.free_port()
        self.granian(behind)
        (self.folder / "nginx.conf").write_text(nginx_settings(port, behind, self.folder))
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        return self.start(
            [
                program,
                "-c",
                str(self.folder / "nginx.conf"),
                "-e",
                str(self.folder / "nginx.error"),
                "-p",
                str(self.folder),
            ],
            port,
        )

    def ask(self, port, requests):
        with ThreadPoolExecutor(8) as many:
            self.answers += b"".join(many.map(lambda request: leaks.send(port, request), requests.values()))
        self.paths += len(requests)

    def written(self):
        files = [path for path in self.folder.rglob("*") if path.is_file() and "plugin" not in path.parts]
        skipped = {"custom_profile.toml", "sitecustomize.py", "nginx.conf"}
        return self.answers + b"".join(path.read_bytes() for path in files if path.name not in skipped)

    def end(self):
        for process in self.processes:
            process.end()


def nginx_settings(port, behind, folder):
    """Make a whole configuration of the snippet in docs/operating.md, on this test's ports and paths."""
    page = (ROOT / "docs" / "operating.md").read_text("utf-8")
    snippet = re.search(r"^```nginx\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)[1]
    for shown, here in (
        ("server 127.0.0.1:8000;", f"server 127.0.0.1:{behind};"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{port};"),
        ("/var/log/nginx/custom_profile.log", f"{folder}/nginx.access"),
    ):
        assert shown in snippet
        snippet = snippet.replace(shown, here)
    snippet = re.sub(r"^\s*ssl_certificate.*\n", "", snippet, flags=re.MULTILINE)
    kept = [
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    ]
    head = f"daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/nginx.error info;"
    return f"{head}\nevents {{}}\nhttp {{\naccess_log off;\n{' '.join(kept)}\n{snippet}}}\n"


@pytest.fixture
def scene(tmp_path, free_ports):
    """A folder with settings, in which servers are started."""
    scene = Scene(tmp_path, lambda: free_ports(1)[0])
    yield scene
    scene.end()


def look_through(scene, name):
    """Scan all that was written, say how much that was, and fail on a canary."""
    time.sleep(0.3)
    written = scene.written()
    print(f"{name}: {scene.paths} requests, {len(written):,} bytes looked through")
    found = leaks.find(written)
    assert found == [], "\n".join(found[:8])
    assert scene.paths >= 40
    assert len(written) > 10_000


def kill_in_the_middle(scene, server, port, number=signal.SIGKILL):
    """Send a signal to the worker of a request that hangs."""
    asking = threading.Thread(
        target=scene.ask, args=(port, {"hang": leaks.get(f"/profile?{leaks.query('hang')}")})
    )
    asking.start()
    time.sleep(0.5)
    for worker in server.workers():
        with contextlib.suppress(psutil.NoSuchProcess):
            worker.send_signal(number)
    asking.join(30)
    server.until_it_answers()


KILL = {"a source kills the worker": leaks.get(f"/profile?{leaks.query('kill')}")}


def test_granian_writes_down_nothing(scene):
    port = scene.free_port()
    server = scene.granian(port, WEB_CONCURRENCY="2", CUSTOM_PROFILE_METRICS_TOKEN="m")
    scene.ask(port, leaks.ordinary() | leaks.malformed())
    scene.ask(port, KILL)
    kill_in_the_middle(scene, server, port)
    kill_in_the_middle(scene, server, port, signal.SIGABRT)
    server.signal(signal.SIGHUP)
    server.until_it_says('"event":"reloaded"')
    wrong = leaks.get(f"/profile?{leaks.query(token=leaks.TOKEN + 'x')}")
    scene.ask(port, {str(number): wrong for number in range(150)} | {"200": leaks.ordinary()["200"]})
    statuses = {int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", scene.answers)}
    assert statuses >= {200, 400, 401, 404, 405, 414, 429, 503}
    server.signal(signal.SIGTERM)
    server.ended(30)
    look_through(scene, "granian")


GUNICORN = {
    "threads": ["--access-logfile", "access.log", "--access-logformat", FORMAT, "--log-level", "debug"],
    "plain threads": [],
    "preloaded": ["--preload", "--access-logfile", "-"],
}


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(options, id=name, marks=() if name == "threads" else pytest.mark.prove)
        for name, options in GUNICORN.items()
    ],
)
def test_gunicorn_writes_down_nothing(scene, options):
    port = scene.free_port()
    server = scene.gunicorn(port, *options, WEB_CONCURRENCY="2")
    scene.ask(port, leaks.ordinary() | leaks.malformed())
    scene.ask(port, KILL)
    kill_in_the_middle(scene, server, port)
    assert b'"id":3' in scene.answers
    server.signal(signal.SIGTERM)
    server.ended(30)
    look_through(scene, "gunicorn")


def test_gunicorn_writes_down_nothing_of_a_worker_that_hangs(scene):
    port = scene.free_port()
    server = scene.gunicorn(port, "--threads", "1", "--worker-class", "sync", "--timeout", "1")
    scene.ask(port, {"hang": leaks.get(f"/profile?{leaks.query('hang')}")})
    server.until_it_says("WORKER TIMEOUT")
    scene.ask(port, leaks.ordinary())
    look_through(scene, "gunicorn, worker timeout")


@pytest.mark.parametrize("options", [[], ["--debug"]], ids=["plain", "debug"])
def test_development_server_writes_down_nothing(scene, options):
    port = scene.free_port()
    server = scene.flask(port, *options)
    scene.ask(port, leaks.ordinary())
    # It repeats a line that is no HTTP to its sender, as docs/operating.md says, but writes it nowhere.
    answers, scene.answers = scene.answers, b""
    scene.ask(port, leaks.malformed())
    scene.answers = answers
    server.until_it_answers()
    assert "GET /profile?… HTTP/1.1" in server.text()
    look_through(scene, f"flask run {' '.join(options)}")


def test_nginx_with_the_documented_settings_writes_down_nothing(scene):
    if not (shutil.which("nginx") or Path("/usr/sbin/nginx").exists()):
        pytest.skip("no nginx is installed: apt-get install nginx-light")
    port = scene.free_port()
    scene.nginx(port)
    scene.ask(port, leaks.ordinary() | leaks.malformed())
    scene.ask(port, KILL)
    assert b'"id":3' in scene.answers
    scene.processes[0].signal(signal.SIGTERM)
    scene.processes[0].ended(30)
    scene.ask(port, {"502 nobody behind": leaks.ordinary()["200"]})
    assert b" 502 " in scene.answers
    assert " 200 " in (scene.folder / "nginx.access").read_text()
    look_through(scene, "nginx")


@pytest.mark.parametrize("server", ["granian", "flask"])
def test_error_reporter_is_told_nothing(scene, server):
    (scene.folder / "sitecustomize.py").write_text(SENTRY)
    envelopes = scene.folder / "envelopes"
    scene.environ |= {"ENVELOPES": str(envelopes), "CUSTOM_PROFILE_INVALIDATION_TOKEN": "inv-token"}
    port = scene.free_port()
    getattr(scene, server)(port)
    scene.ask(port, leaks.ordinary())
    assert b"transaction" in envelopes.read_bytes()
    look_through(scene, f"{server} with an error reporter")


def test_search_finds_what_gunicorn_writes_by_itself(scene):
    port = scene.free_port()
    server = scene.gunicorn(
        port,
        "plain",
        "--worker-class",
        "gthread",
        "--access-logfile",
        "-",
        "webhook_server.production:create_app()",
    )
    scene.ask(port, leaks.ordinary() | leaks.malformed())
    server.until_it_answers()
    found = leaks.find(scene.written())
    assert any(line.startswith("token:") for line in found)
    assert any(line.startswith("address:") for line in found)


@pytest.mark.parametrize(
    "written",
    [
        leaks.TOKEN,
        leaks.TOKEN[:14],
        leaks.every_character(leaks.TOKEN),
        leaks.every_other_character(leaks.TOKEN),
        leaks.every_character(leaks.every_character(leaks.TOKEN)),
        leaks.address("known"),
        leaks.address("known").upper(),
        leaks.PERSON,
        *(base64.b64encode(f"{'x' * shift}{leaks.TOKEN} more".encode()).decode() for shift in range(3)),
        *(base64.b64encode(f"{'x' * shift}{leaks.address('x')}".encode()).decode() for shift in range(3)),
    ],
)
def test_search_finds_every_spelling(written):
    assert leaks.find(f"before {written} after".encode())
