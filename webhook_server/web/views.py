"""The webhook itself, and the question that a platform asks of a process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from flask import Flask, Response, request

from webhook_server.profile.service import ProfileService
from webhook_server.web.auth import PROFILE
from webhook_server.web.bounds import asked_address
from webhook_server.web.telemetry import note_answer, server_timing

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


def register(app: Flask, service: ProfileService, path: str) -> None:
    """Add the webhook at ``path``, and ``/healthz``."""

    @app.get(path, endpoint=PROFILE, provide_automatic_options=False)
    def profile() -> Response:
        answer = service.answer(asked_address(request.environ))
        note_answer(answer.outcomes, answer.changes, shared=answer.shared)
        timing = server_timing(answer.outcomes, cached=answer.cached)
        return Response(write_json(answer.fields), 200, [_JSON, ("Server-Timing", timing)])

    @app.get("/healthz", provide_automatic_options=False)
    def healthz() -> Response:
        return Response(write_json({"status": "ok"}), mimetype="application/json")
