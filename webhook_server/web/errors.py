"""One table: what went wrong → status and body. Errors have one shape, ``{"error", "message"}``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog
from flask import Flask, Response, json, request
from werkzeug.exceptions import HTTPException

from webhook_server.profile.identity import InvalidAddressError
from webhook_server.profile.service import NoSourceAnsweredError
from webhook_server.web.bounds import LONGEST_QUERY, MOST_PARAMETERS
from webhook_server.web.telemetry import note_answer, server_timing

RETRY_AFTER = 30
"""Seconds after which a client may ask again in an outage."""

log = structlog.get_logger("custom_profile")


@dataclass(frozen=True, slots=True)
class Failure:
    """An answer that is no profile."""

    status: int
    error: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)


UNAUTHORIZED = Failure(401, "unauthorized", "The api_token is missing or wrong.")
"""One constant answer, whether the token is missing, wrong or repeated."""

BEARER_REFUSED = Failure(
    401,
    "unauthorized",
    "The header Authorization: Bearer … with the token for this path is missing or wrong.",
    {"WWW-Authenticate": "Bearer"},
)
"""What /invalidate and /metrics answer whoever has not their own token."""

TOO_MANY_FAILURES = Failure(
    429,
    "too_many_failures",
    "Too many requests with a missing or wrong token came from this address. The right one is let in.",
)
"""For who is refused anyway, and too often; the answer adds Retry-After."""

QUERY_TOO_LONG = Failure(
    414, "query_too_long", f"The query string is longer than {LONGEST_QUERY:,} bytes: email and api_token do."
)

TOO_MANY_PARAMETERS = Failure(
    400,
    "too_many_parameters",
    f"The query string has more than {MOST_PARAMETERS} parameters: email and api_token do.",
)

UNAVAILABLE = Failure(
    503,
    "unavailable",
    "None of the data sources answered. Try again later.",
    {"Retry-After": str(RETRY_AFTER)},
)

NOT_CONFIRMED = Failure(
    503,
    "not_confirmed",
    "The cache did not confirm it: the address may still be answered from it. Ask again.",
    {"Retry-After": "1"},
)

INTERNAL_ERROR = Failure(500, "internal_error", "The server failed; its log names the kind of error.")
"""What nobody foresaw."""

HTTP_ERRORS = {
    404: ("not_found", "There is nothing here. The webhook's path is set in [server] path."),
    405: ("method_not_allowed", "Ask with one of the methods in the Allow header."),
    413: ("too_large", "The body is larger than a request of this kind can be."),
}


def respond(failure: Failure) -> Response:
    """Write a failure as the error body that all failures share."""
    body = json.dumps({"error": failure.error, "message": failure.message})
    return Response(body, failure.status, failure.headers, mimetype="application/json")


def register(app: Flask) -> None:
    """Make the app answer every error in the one shape."""
    app.register_error_handler(InvalidAddressError, _invalid_address)
    app.register_error_handler(NoSourceAnsweredError, _no_source_answered)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def _invalid_address(error: InvalidAddressError) -> Response:
    return respond(Failure(400, error.code, str(error)))


def _no_source_answered(error: NoSourceAnsweredError) -> Response:
    note_answer(request.environ, error.outcomes)
    response = respond(UNAVAILABLE)
    response.headers["Server-Timing"] = server_timing(error.outcomes)
    return response


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    code, message = HTTP_ERRORS.get(status, ("http_error", error.name))
    headers = {name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After"}}
    return respond(Failure(status, code, message, headers))


def _unexpected(error: Exception) -> Response:
    # The error's text and traceback may hold a customer's data: only its kind is logged.
    log.error("internal_error", kind=type(error).__name__)
    return respond(INTERNAL_ERROR)
