"""gunicorn with the kit's configuration: what it says at the start, answers to nonsense, and its logs."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from urllib.request import Request, urlopen

import pytest
from server_process import ServerProcess, ask

SETTINGS = """
[[sources]]
name = "app"
type = "sql"
url = "sqlite:///app.sqlite"
query = "SELECT 3 AS id, :email AS e"
"""
COMMAND = [sys.executable, "-m", "gunicorn", "--config", "python:webhook_server.gunicorn_config"]
TOKEN = "t0ken-canary"
VARIABLES = ("GROOVE_API_TOKEN", "CUSTOM_PROFILE_INVALIDATION_TOKEN")
EMAIL = "casey@example.com"
STOPPING = 40
"""Seconds: a worker told to stop before it listened is killed after gunicorn's graceful_timeout of 20."""


@pytest.fixture
def start(tmp_path, free_port):
    """A function that starts gunicorn with options."""
    (tmp_path / "custom_profile.toml").write_text(SETTINGS)
    (tmp_path / "app.sqlite").touch()
    started = []

    def start(*options, **environ):
        process = ServerProcess.gunicorn(
            tmp_path, free_port, *options, **({"GROOVE_API_TOKEN": TOKEN, "WEB_CONCURRENCY": "2"} | environ)
        )
        started.append(process)
        return process.until_it_answers()

    yield start
    for process in started:
        process.end()


@pytest.mark.parametrize(
    "options",
    [[], ["--preload"], ["webhook_server.production:create_app()"]],
    ids=["plain", "preload", "named"],
)
def test_every_worker_answers_from_a_database(start, options):
    server = start(*options)
    for _ in range(20):
        answer = json.loads(ask(server.port, EMAIL, TOKEN))
        assert answer == {"id": 3, "e": EMAIL}
    server.signal(signal.SIGTERM)
    assert server.ended(within=STOPPING) == 0
    assert "Traceback" not in server.text()


def test_metrics_of_several_workers_are_counted_together(start, tmp_path):
    token = "metrics-canary-0123"
    server = start(WEB_CONCURRENCY="3", CUSTOM_PROFILE_METRICS_TOKEN=token, TMPDIR=str(tmp_path))
    for _ in range(20):
        ask(server.port, EMAIL, TOKEN)
    url = f"http://127.0.0.1:{server.port}/metrics"
    for _ in range(4):
        request = Request(url, headers={"Authorization": f"Bearer {token}"})
        with urlopen(request, timeout=5) as response:
            assert '{route="/profile",status="200"} 20.0' in response.read().decode()
    server.signal(signal.SIGTERM)
    assert server.ended(within=STOPPING) == 0
    assert not list(tmp_path.glob("custom-profile-metrics-*"))


def test_further_worker_is_taken_back_where_kept_answers_are_dropped_in_one(start, tmp_path):
    (tmp_path / "custom_profile.toml").write_text(SETTINGS + "[cache]\nfresh = 60\n")
    server = start(WEB_CONCURRENCY="1", CUSTOM_PROFILE_INVALIDATION_TOKEN="invalidate-canary")
    server.signal(signal.SIGTTIN)
    server.until_it_says("Each of several workers keeps its own answers")
    server.signal(signal.SIGTERM)
    assert server.ended(within=STOPPING) == 0
    assert server.text().count("Booting worker") == 1


@pytest.mark.parametrize(
    ("settings", "token", "told"),
    [
        (
            SETTINGS + "[cache]\nfresh = 60\n",
            f"{TOKEN}\ninvalidate",
            "CUSTOM_PROFILE_INVALIDATION_TOKEN: Each of several workers keeps its own answers",
        ),
        (SETTINGS, "", "Error: The settings have 1 problem:\n  GROOVE_API_TOKEN: Missing"),
        (SETTINGS + "colour = 1\n", TOKEN, "colour: Unknown key"),
        (
            SETTINGS.replace("sqlite:///app.sqlite", "sqlite://"),
            TOKEN,
            "sources 1: an SQLite database in memory",
        ),
    ],
)
@pytest.mark.parametrize("options", [[], ["--preload"]])
def test_what_is_wrong_is_told_once_without_a_traceback(tmp_path, free_port, settings, token, told, options):
    (tmp_path / "custom_profile.toml").write_text(settings)
    ended = subprocess.run(
        [*COMMAND, "--bind", f"127.0.0.1:{free_port}", "--workers", "2", *options],
        cwd=tmp_path,
        env=dict(zip(VARIABLES, token.split("\n"), strict=False)),
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert ended.returncode == 1
    assert ended.stderr.count(told) == 1
    assert "Traceback" not in ended.stderr
