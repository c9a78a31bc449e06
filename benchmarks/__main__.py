"""Prints the CPU that one request costs in process, beside a Flask view that answers a constant.

Each figure is the median of several rounds, the subjects taking turns, so that a machine that slows
down slows all of them.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping
from hashlib import sha256
from io import BytesIO, StringIO
from pathlib import Path
from time import process_time
from typing import Any

import structlog
from flask import Flask
from rich.console import Console
from rich.table import Table

from sample_data.build import build
from webhook_server.app import create_app
from webhook_server.config import load_settings

ROUNDS, REQUESTS = 7, 300
TOKEN = "benchmark"
QUERY = f"email=casey@example.com&api_token={TOKEN}"


def constant_app() -> Flask:
    """Make the view to compare with: no token, no lookup, a constant."""
    app = Flask(__name__)

    @app.get("/profile")
    def profile() -> dict[str, object]:
        return {"id": 3, "plan": "Pro", "sign_in_count": 23}

    return app


def kit_app(folder: Path, sources: int) -> Flask:
    """Make the kit's app on the sample company, with its first ``sources`` sources."""
    environ = {"GROOVE_API_TOKEN": TOKEN, "CUSTOM_PROFILE_CONFIG": str(folder / "custom_profile.toml")}
    settings = load_settings(environ)
    assert settings.token_digests == [sha256(TOKEN.encode()).digest()]
    object.__setattr__(settings, "sources", settings.sources[:sources])
    app = create_app(settings)
    # The log is written and thrown away: its cost is the kit's, the terminal's is not.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(StringIO()))
    return app


def request_environ() -> dict[str, Any]:
    """Make the WSGI environment of one call by the helpdesk."""
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/profile",
        "QUERY_STRING": QUERY,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def cpu_per_request(app: Flask) -> float:
    """Answer the CPU microseconds of one request, over many."""
    call: Callable[..., Any] = app.wsgi_app
    statuses: list[str] = []
    started = process_time()
    for _ in range(REQUESTS):
        for _chunk in call(request_environ(), lambda status, _headers, _info=None: statuses.append(status)):
            pass
    spent = (process_time() - started) / REQUESTS * 1e6
    assert set(statuses) == {"200 OK"}, statuses[:1]
    return spent


def measure(apps: Mapping[str, Flask]) -> dict[str, float]:
    """Answer the median microseconds of every app, the apps taking turns."""
    rounds: dict[str, list[float]] = {name: [] for name in apps}
    for app in apps.values():
        cpu_per_request(app)
    for _ in range(ROUNDS):
        for name, app in apps.items():
            rounds[name].append(cpu_per_request(app))
    return {name: statistics.median(spent) for name, spent in rounds.items()}


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "company"
        build(data)
        apps = {
            "a Flask view that answers a constant": constant_app(),
            "the kit: sql": kit_app(data, 1),
            "the kit: sql and stripe_export": kit_app(data, 2),
        }
        spent = measure(apps)
    base = next(iter(spent.values()))
    table = Table(title="CPU of one request in process", title_justify="left")
    for name in ("", "µs", "ratio"):
        table.add_column(name, justify="right" if name else "left")
    for name, microseconds in spent.items():
        table.add_row(name, f"{microseconds:.0f}", f"{microseconds / base:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
