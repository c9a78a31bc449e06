"""``POST /invalidate``: drops what is kept of one address when, say, an order arrives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from flask import Response, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Request

from webhook_server.profile.identity import InvalidAddressError
from webhook_server.profile.service import ProfileService
from webhook_server.web.auth import has_bearer, refuse_bearer
from webhook_server.web.errors import NOT_CONFIRMED, Failure, respond
from webhook_server.web.rate_limit import FailureLimit
from webhook_server.web.veil import VeiledFlask, with_body

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PATH = "/invalidate"
LARGEST_BODY = 4096
"""Bytes: an address and what belongs around it."""


def register(app: VeiledFlask, service: ProfileService, digest: bytes, limit: FailureLimit) -> None:
    """Add the view; ``digest`` is the SHA-256 of its own token, which is not the helpdesk's."""

    def takes_body(environ: WSGIEnvironment) -> int:
        is_here = environ["REQUEST_METHOD"] == "POST" and environ.get("PATH_INFO") == PATH
        return LARGEST_BODY + 1 if is_here and has_bearer(environ, digest) else 0

    app.takes_body = takes_body  # type: ignore[method-assign]

    @app.post(PATH, provide_automatic_options=False)
    def invalidate() -> Response:
        if (refusal := refuse_bearer(request.environ, digest, limit)) is not None:
            return refusal
        asked = Request(with_body(request.environ))
        asked.max_content_length = LARGEST_BODY
        try:
            body = asked.get_json(silent=True) if asked.is_json else asked.form
        except RecursionError:  # JSON that is nested deeper than Python reads
            body = None
        email = body.get("email") if isinstance(body, Mapping | MultiDict) else None
        if isinstance(body, MultiDict) and len(body.getlist("email")) > 1:
            return respond(Failure(400, "email_repeated", "Send one address with each request."))
        if not isinstance(email, str):
            message = 'Send the address as a form (email=…) or as JSON ({"email": "…"}).'
            return respond(Failure(400, "email_missing", message))
        try:
            certain = service.forget(email)
        except InvalidAddressError as error:
            return respond(Failure(400, error.code, str(error)))
        if not certain:
            return respond(NOT_CONFIRMED)
        nothing = Response(status=204)
        del nothing.headers["Content-Type"]  # of which there is none
        return nothing
