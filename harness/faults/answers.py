"""What a fault answers: the webhook's own answer changed, or something else altogether."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.answers import read_answer
from harness.caller import Call

_EXAMPLE = {
    "id": 3,
    "created_at": "2013-06-16 12:36:36 Z",
    "current_sign_in_at": "2013-08-16 12:36:36 Z",
    "first_charge_created_at": "2013-06-26 12:36:36 Z",
    "last_charge_amount": "$150.00",
    "sign_in_count": 23,
    "stripe_customer_token": "cus_XdlkjDfljdl",
}
_JSON, _HTML = "application/json", "text/html; charset=utf-8"
_ERROR_PAGE = (
    "<!doctype html><title>500 Internal Server Error</title><h1>Internal Server Error</h1>"
    "<p>The server encountered an internal error and was unable to complete your request.</p>"
)
_LOGIN_PAGE = (
    "<!doctype html><title>Log in</title><h1>Log in</h1>"
    "<form><input name=user><input name=password type=password><button>Log in</button></form>"
)


@dataclass(frozen=True, slots=True)
class FaultyAnswer:
    """An answer to send: status, content type and body; ``location`` for a redirect."""

    status: int
    content_type: str
    body: bytes
    location: str = ""


def needs_webhook(name: str) -> bool:
    """Tell whether a fault changes the webhook's own answer, which must then be fetched first."""
    return name in {"slow", "nested", "spaces", "content-type"}


def faulty_answer(name: str, own: Call | None) -> FaultyAnswer:
    """Make a fault's answer; ``own`` is the webhook's.

    Where the webhook gave no fields to change, the helpdesk's page's own example stands in for them.
    """
    if name == "status-500":
        return FaultyAnswer(500, _HTML, _ERROR_PAGE.encode())
    if name == "html":
        return FaultyAnswer(200, _HTML, _LOGIN_PAGE.encode())
    if name == "empty":
        return FaultyAnswer(200, _JSON, b"")
    if name == "redirect":
        return FaultyAnswer(302, _HTML, b"", location="/moved-elsewhere")
    fields = _fields(own)
    if name == "nested":
        return FaultyAnswer(200, _JSON, _as_json({"profile": fields}))
    if name == "spaces":
        return FaultyAnswer(200, _JSON, _as_json({_with_space(key): fields[key] for key in fields}))
    if name == "content-type":
        return FaultyAnswer(200, _HTML, _as_json(fields))
    return _unchanged(own)


def _with_space(key: str) -> str:
    return key.replace("_", " ") if "_" in key else f"customer {key}"


def _fields(own: Call | None) -> Mapping[str, Any]:
    return (read_answer(own).fields if own else None) or _EXAMPLE


def _unchanged(own: Call | None) -> FaultyAnswer:
    if own is None or own.status is None:
        return FaultyAnswer(502, _HTML, b"The webhook itself did not answer.")
    return FaultyAnswer(own.status, own.header("content-type") or _JSON, own.body)


def _as_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
