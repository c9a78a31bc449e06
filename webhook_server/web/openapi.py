"""The server's OpenAPI description, made from the schemas it answers by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from circuitbreaker import STATE_CLOSED, STATE_HALF_OPEN, STATE_OPEN

from webhook_server.profile.keys import LITERALS, LONGEST_KEY, RESERVED
from webhook_server.web import schemas
from webhook_server.web.readiness import LONGEST_REASON, Readiness

TOKEN, INVALIDATION, METRICS = "apiToken", "invalidationToken", "metricsToken"

INTRODUCTION = """\
Answers the helpdesk's calls for a Custom Profile: the customer's fields as one flat JSON object.
Every answer carries `Cache-Control: no-store`, `X-Content-Type-Options: nosniff` and
`Referrer-Policy: no-referrer`; every error has the one shape `{"error", "message"}`."""

SECONDS = {"type": "integer", "minimum": 1}
RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait.", "schema": SECONDS}}
ALLOW = {"Allow": {"description": "The methods that are served.", "schema": {"type": "string"}}}
SERVER_TIMING = {
    "Server-Timing": {
        "description": "How long each source took (W3C Server Timing); `desc` names those that are missing.",
        "schema": {"type": "string"},
    }
}
IDENTIFIER = "^[A-Za-z_][A-Za-z0-9_-]*$"
SCALAR = {"type": ["string", "number", "boolean", "null"]}


def _json(description: str, schema: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


REFUSALS: Mapping[int, dict[str, Any]] = {
    400: _json("There is not exactly one address, it is none, or there are too many parameters.", "Error"),
    401: _json("The token is missing, wrong or given twice.", "Error"),
    404: _json("There is nothing here.", "Error"),
    405: _json("Another method is asked for.", "Error") | {"headers": ALLOW},
    413: _json("The body is too large.", "Error"),
    414: _json("The query string is too long.", "Error"),
    429: _json("The token was wrong too often; the right one is let in.", "Error") | {"headers": RETRY_AFTER},
    500: _json("A bug of the server's; its log names the kind.", "Error"),
    503: _json("Nothing stands behind the server just now.", "Error") | {"headers": RETRY_AFTER},
}
"""Every answer that is no profile, by status."""


def describe(path: str, version: str) -> dict[str, Any]:
    """Answer the OpenAPI 3.1 description of a server of this version, its webhook at ``path``."""
    plugin = MarshmallowPlugin()
    spec = APISpec(
        "Custom Profile webhook",
        version,
        "3.1.0",
        plugins=[plugin],
        info={"description": INTRODUCTION, "license": {"name": "MIT", "identifier": "MIT"}},
    )
    assert plugin.converter is not None  # noqa: S101 - APISpec has made it
    plugin.map_to_openapi_type(schemas.EmailParameter, "string", None)  # type: ignore[no-untyped-call]
    spec.components.schema("Profile", schema=schemas.FlatProfile)
    spec.components.schema("Error", schema=schemas.ErrorAnswer)
    spec.components.schema("Health", schema=schemas.Health)
    spec.components.schema("Readiness", schema=schemas.Readiness)
    spec.components.schema("Invalidation", schema=schemas.Invalidation)
    for status, refusal in REFUSALS.items():
        spec.components.response(str(status), refusal)
    _add_security(spec)
    for route, operations in _paths(path).items():
        spec.path(route, operations=operations)
    described = spec.to_dict()
    return {"openapi": described.pop("openapi")} | _one_level(described)


def _add_security(spec: APISpec) -> None:
    spec.components.security_scheme(
        TOKEN,
        {
            "type": "apiKey",
            "in": "query",
            "name": "api_token",
            "description": "The API token of the helpdesk's account. Missing, wrong or given twice, it is "
            "refused before anything else, whatever the method.",
        },
    )
    for name, variable in (
        (INVALIDATION, "CUSTOM_PROFILE_INVALIDATION_TOKEN"),
        (METRICS, "CUSTOM_PROFILE_METRICS_TOKEN"),
    ):
        told = f"The value of `{variable}`."
        spec.components.security_scheme(name, {"type": "http", "scheme": "bearer", "description": told})


def _one_level(description: dict[str, Any]) -> dict[str, Any]:
    """Say in JSON Schema what FlatProfile checks in Python."""
    profile = description["components"]["schemas"]["Profile"]
    profile["additionalProperties"] = SCALAR
    profile["propertyNames"] = {
        "pattern": IDENTIFIER,
        "maxLength": LONGEST_KEY,
        "not": {"enum": sorted(RESERVED | LITERALS)},
    }
    description["components"]["schemas"]["Readiness"] |= {
        "additionalProperties": False,
        "patternProperties": {
            "^source_": {"enum": [*get_args(Readiness)]},
            "^reason_": {"type": "string", "maxLength": LONGEST_REASON},
            "^breaker_": {"enum": [STATE_CLOSED, STATE_OPEN, STATE_HALF_OPEN]},
        },
    }
    return description


def _paths(path: str) -> dict[str, dict[str, Any]]:
    return {
        path: {"get": _profile(), "head": _profile(has_body=False)},
        "/healthz": {
            "get": {
                "operationId": "healthz",
                "summary": "Tell that the process lives",
                "responses": {"200": _json("The process lives.", "Health"), **_refusals([405])},
            }
        },
        "/readyz": {
            "get": {
                "operationId": "readyz",
                "summary": "Tell whether the sources can do their work",
                "description": "What a check found is told again for a few seconds.",
                "responses": {
                    "200": _json("All sources are in order, or some are: degraded.", "Readiness"),
                    "503": _json("No source can do its work.", "Readiness"),
                    **_refusals([405]),
                },
            }
        },
        "/invalidate": {"post": _invalidate()},
        "/metrics": {"get": _metrics()},
    }


def _profile(*, has_body: bool = True) -> dict[str, Any]:
    answer = _json("The customer's fields; none for an address that no source knows.", "Profile")
    answer["headers"] = SERVER_TIMING
    statuses = [400, 401, 405, 414, 429, 500, 503]
    responses: dict[str, Any] = {"200": answer, **_refusals(statuses)}
    if not has_body:
        told = {"200": answer, **{str(status): REFUSALS[status] for status in statuses}}
        responses = {
            status: {key: part for key, part in response.items() if key != "content"}
            for status, response in told.items()
        }
    return {
        "operationId": "profile" if has_body else "profileHead",
        "summary": "Answer a customer's profile" if has_body else "Answer like GET, without the body",
        "security": [{TOKEN: []}],
        "parameters": [{"in": "query", "schema": schemas.ProfileQuery}],
        "responses": responses,
    }


def _invalidate() -> dict[str, Any]:
    kinds = ("application/json", "application/x-www-form-urlencoded")
    return {
        "operationId": "invalidate",
        "summary": "Drop what is kept of one address",
        "description": "It is there only if its token is set.",
        "security": [{INVALIDATION: []}],
        "requestBody": {
            "required": True,
            "content": {kind: {"schema": "Invalidation"} for kind in kinds},
        },
        "responses": {
            "204": {"description": "Nothing is kept of it any more."},
            **_refusals([400, 401, 404, 405, 413, 429, 500, 503]),
        },
    }


def _metrics() -> dict[str, Any]:
    text = {"text/plain": {"schema": {"type": "string"}}}
    return {
        "operationId": "metrics",
        "summary": "Tell what was counted, for Prometheus",
        "description": "It is there only if its token is set.",
        "security": [{METRICS: []}],
        "responses": {
            "200": {"description": "Prometheus's text format.", "content": text},
            "503": {"description": "There is no place to count in.", "content": text},
            **_refusals([401, 404, 405, 429, 500]),
        },
    }


def _refusals(statuses: Iterable[int]) -> dict[str, Any]:
    # The name of a response among the components, which apispec turns into a reference.
    return {str(status): str(status) for status in statuses}
