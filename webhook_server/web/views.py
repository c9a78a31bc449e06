"""The webhook itself, and the two questions that a platform asks of a process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from flask import Blueprint, Flask, Response, request
from marshmallow import ValidationError

from webhook_server.profile.service import ProfileService
from webhook_server.web.auth import VERDICT
from webhook_server.web.errors import UNAUTHORIZED, Failure, respond
from webhook_server.web.schemas import ProfileQuery
from webhook_server.web.telemetry import note_answer, server_timing

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
"""On every answer: it is about one person, and its URL holds a token."""


def write_json(body: Mapping[str, Any]) -> bytes:
    """Write strict JSON (RFC 8259) as UTF-8, in the order of the keys."""
    text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(", ", ": "))
    return text.encode("utf-8", "replace")


def register(app: Flask, service: ProfileService, path: str) -> None:
    """Add the webhook at ``path``, ``/healthz`` and ``/readyz``."""
    views = Blueprint("webhook", __name__)
    query = ProfileQuery()

    @views.get(path, provide_automatic_options=False)
    def profile() -> Response:
        arrived = request.args
        try:
            email = cast("str", query.load({name: arrived.getlist(name) for name in arrived})["email"])
        except ValidationError as error:
            told = cast("dict[str, dict[str, str]]", error.messages)["email"]
            return respond(Failure(400, told["error"], told["message"]))
        answer = service.answer(email)
        note_answer(answer.outcomes, answer.changes)
        response = Response(write_json(answer.fields), mimetype="application/json")
        response.headers["Server-Timing"] = server_timing(answer.outcomes, cached=answer.cached)
        return response

    @views.get("/healthz", provide_automatic_options=False)
    def healthz() -> Response:
        return Response(write_json({"status": "ok"}), mimetype="application/json")

    @views.get("/readyz", provide_automatic_options=False)
    def readyz() -> Response:
        bad = {
            bound.name: "error"
            for bound in service.all_sources
            if any(finding.severity == "error" for finding in bound.check())
        }
        sources = {bound.name: bad.get(bound.name, "ok") for bound in service.all_sources}
        body = {
            "status": "unready" if bad else "ok",
            **{f"source_{name}": state for name, state in sources.items()},
        }
        return Response(write_json(body), 503 if bad else 200, mimetype="application/json")

    def refuse_without_token() -> Response | None:
        # Before routing's own errors too: without the token, nothing is learnt but that it is needed.
        asked = request.path == path or request.endpoint == "webhook.profile"
        refused = asked and request.environ.get(VERDICT) != "valid"
        return respond(UNAUTHORIZED) if refused else None

    def add_security_headers(response: Response) -> Response:
        response.headers.update(SECURITY_HEADERS)
        return response

    app.before_request(refuse_without_token)
    app.after_request(add_security_headers)
    app.register_blueprint(views)
