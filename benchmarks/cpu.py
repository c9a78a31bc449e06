"""CPU of one request in process: from the WSGI call, token check and all, to the last byte of JSON.

The subjects take turns, so that a machine that slows down slows all of them; the medians count.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from time import monotonic, process_time, sleep
from typing import Any
from urllib.parse import urlencode

from flask import Flask

from benchmarks import exports
from benchmarks.customers import answer_of, email_of, some_emails
from benchmarks.kit import TOKEN, Kit
from benchmarks.peers import constant
from benchmarks.results import Goal, Result
from benchmarks.servers import UnfairError
from benchmarks.sizes import Sizes
from webhook_server.app import create_app
from webhook_server.config import load_settings

TITLE = "CPU of one request, in process"
FIRST_ANSWER_SECONDS = 60


@dataclass(frozen=True, slots=True)
class App:
    """An app to measure, and the addresses that a round asks it for."""

    name: str
    flask: Flask
    emails: Callable[[int], Sequence[str]]
    answer: Mapping[str, Any]


def measure(cache: Path, folder: Path, sizes: Sizes) -> Result:
    """Measure the constant, and the kit with one source, with two, and with an answer that it kept."""
    # The log is written, and thrown away: its cost is the kit's, the terminal's is not.
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stderr(nowhere):
        spent = _take_turns(apps(Kit.on(cache, folder, sizes), sizes), sizes)
    base, sql, both, cached = spent.values()
    return Result(
        TITLE,
        ("", "µs", "ratio"),
        [(name, f"{taken:.0f}", f"{taken / base:.2f}") for name, taken in spent.items()],
        [
            Goal("one SQL source over (c)", sql / base, "≤", 1.8, 1.6),
            Goal("SQL and Stripe export over (c)", both / base, "≤", 2.3),
            Goal("kept answer over (c)", cached / base, "≤", 1.25),
        ],
    )


def apps(kit: Kit, sizes: Sizes) -> list[App]:
    """Make the apps that are compared; the kit with one SQL source is the second."""
    step = sizes.export_step

    def anyone(seed: int) -> Sequence[str]:
        return some_emails(seed, sizes.cpu_requests, sizes.users)

    def exported(seed: int) -> Sequence[str]:
        return some_emails(seed, sizes.cpu_requests, sizes.users, step)

    def the_same(_seed: int) -> Sequence[str]:
        return [email_of(step)] * sizes.cpu_requests

    both = answer_of(step) | exports.answer_of(step)
    return [
        App("(c) a constant", constant.create_app(), anyone, constant.PROFILE),
        App("the kit: SQL", _kit_app(kit.sql()), anyone, answer_of(step)),
        App("the kit: SQL and Stripe export", _kit_app(kit.sql_and_stripe()), exported, both),
        App("the kit: answer kept", _kit_app(kit.cached()), the_same, both),
    ]


def _kit_app(environ: Mapping[str, str]) -> Flask:
    return create_app(load_settings(environ))


def _take_turns(apps: Sequence[App], sizes: Sizes) -> dict[str, float]:
    """Answer the median microseconds of every app, after a round that does not count."""
    for app in apps:
        _check(app, email_of(sizes.export_step))
        one_round(app, seed=0)
    rounds = [[one_round(app, seed) for app in apps] for seed in range(1, sizes.cpu_rounds + 1)]
    return {
        app.name: statistics.median(taken) for app, taken in zip(apps, zip(*rounds, strict=True), strict=True)
    }


def _check(app: App, email: str) -> None:
    """Wait for the right answer: the index of exports is built when it is first asked for."""
    ends = monotonic() + FIRST_ANSWER_SECONDS
    body = b""
    while monotonic() < ends:
        body = b"".join(app.flask(_request(email), lambda *_: lambda _data: None))
        if json.loads(body) == app.answer:
            return
        sleep(0.1)
    raise UnfairError(f"{app.name} answers {body!r} and not {app.answer}")


def one_round(app: App, seed: int) -> float:
    """Answer the CPU microseconds of one request, over many."""
    statuses: list[str] = []
    requests = [_request(email) for email in app.emails(seed)]
    call: Callable[..., Any] = app.flask
    started = process_time()
    for request in requests:
        for _chunk in call(request, lambda status, _headers, _info=None: statuses.append(status)):
            pass
    spent = process_time() - started
    if set(statuses) != {"200 OK"} or len(statuses) != len(requests):
        problem = f"{app.name} answered {sorted(set(statuses))} to {len(requests)} requests"
        raise RuntimeError(problem)
    return spent / len(requests) * 1e6


def _request(email: str) -> dict[str, Any]:
    """Make the WSGI environment of one call by the helpdesk."""
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/profile",
        "QUERY_STRING": urlencode({"email": email, "api_token": TOKEN}),
        "REMOTE_ADDR": "127.0.0.1",
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
