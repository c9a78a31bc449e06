"""What can be seen from outside: one log line a request, and the Server-Timing header.

Neither holds a token, an address or a customer's data.
"""

from __future__ import annotations

import logging
import sys
from collections import Counter
from collections.abc import Sequence
from time import perf_counter
from uuid import uuid4

import structlog
from flask import Flask, Response, g, request

from webhook_server.profile.changes import Change
from webhook_server.profile.lookup import Outcome

log = structlog.get_logger("custom_profile")


def configure_logging() -> None:
    """Log to standard error: for people on a terminal, as JSON elsewhere."""
    people = sys.stderr.isatty()
    renderer = structlog.dev.ConsoleRenderer() if people else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def server_timing(outcomes: Sequence[Outcome], *, cached: bool = False) -> str:
    """Write the outcomes as a Server-Timing header (W3C): ``billing;dur=2000.0;desc="late"``."""
    entries = ['cache;desc="fresh"'] if cached else []
    for outcome in outcomes:
        entry = f"{outcome.source};dur={outcome.seconds * 1000:.1f}"
        entries.append(f'{entry};desc="{outcome.state}"' if outcome.incomplete else entry)
    return ", ".join(entries)


def note_answer(outcomes: Sequence[Outcome], changes: Sequence[Change] = ()) -> None:
    """Remember an answer for the request's log line, and log each source that is missing."""
    g.outcomes = outcomes
    g.changes = changes
    for outcome in outcomes:
        if outcome.incomplete:
            log.warning(
                "source_missing",
                request_id=g.get("request_id"),
                source=outcome.source,
                state=outcome.state,
                reason=outcome.reason,
            )


def _count(changes: Sequence[Change]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for change in changes:
        counts[change.kind] += change.count
    return counts


def register(app: Flask) -> None:
    """Give every request an id and a log line."""

    def start() -> None:
        g.started = perf_counter()
        g.request_id = uuid4().hex[:12]

    def finish(response: Response) -> Response:
        log.info(
            "request",
            request_id=g.request_id,
            method=request.method if request.method.isalpha() and len(request.method) < 20 else "?",
            route=request.url_rule.rule if request.url_rule else None,
            status=response.status_code,
            milliseconds=round((perf_counter() - g.started) * 1000, 1),
            sources={outcome.source: outcome.state for outcome in g.get("outcomes", ())},
            changes=_count(g.get("changes", ())),
        )
        return response

    app.before_request(start)
    app.after_request(finish)
