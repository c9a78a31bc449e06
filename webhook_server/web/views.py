"""The webhook itself, and the question that a platform asks of a process."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any

import orjson
from flask import Flask, Response, request

from webhook_server.profile.service import ProfileService
from webhook_server.web.auth import PROFILE
from webhook_server.web.bounds import asked_address
from webhook_server.web.telemetry import RECORD, note_answer, server_timing
from webhook_server.web.veil import ASKED

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

FAILED = "custom_profile.failed"
"""The key of the WSGI environment under which the error stands that an answer ended with already."""

SECURITY_HEADERS = (
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
)
"""On every answer: it is about one person, and its URL holds a token."""

_JSON = ("Content-Type", "application/json")


def write_json(body: Mapping[str, Any]) -> bytes:
    """Write strict JSON (RFC 8259) as UTF-8, in the order of the keys."""
    return orjson.dumps(body)


def written_profile(
    service: ProfileService, environ: WSGIEnvironment, *, at_once: bool = False
) -> tuple[bytes, list[tuple[str, str]]]:
    """Answer the body and the headers of a profile; raises what the service raises."""
    waited = perf_counter() - environ[RECORD].started
    answer = service.answer(asked_address(environ[ASKED].it), at_once=at_once, waited=waited)
    note_answer(environ, answer.outcomes, answer.changes, shared=answer.shared)
    timing = server_timing(answer.outcomes, cached=answer.cached)
    return write_json(answer.fields), [_JSON, ("Server-Timing", timing)]


def register(app: Flask, service: ProfileService, path: str) -> None:
    """Add the webhook at ``path``, and ``/healthz``."""

    @app.get(path, endpoint=PROFILE, provide_automatic_options=False)
    def profile() -> Response:
        failed = request.environ.pop(FAILED, None)
        if failed is not None:
            raise failed
        body, headers = written_profile(service, request.environ)
        return Response(body, 200, headers)

    @app.get("/healthz", provide_automatic_options=False)
    def healthz() -> Response:
        return Response(write_json({"status": "ok"}), mimetype="application/json")
