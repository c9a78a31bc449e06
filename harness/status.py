"""What a status other than 200 means, in the webhook's own words where it has some, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from harness.caller import Call
from harness.payload import PayloadError, read_payload
from harness.text import printable

_LONGEST_MESSAGE = 300
_KEYS = ("message", "error", "detail")
_TOKEN_FIX = "Give both the same token: GROOVE_API_TOKEN here, and the one that the webhook compares with."  # noqa: S105


@dataclass(frozen=True, slots=True)
class StatusExplanation:
    """A status explained; ``message`` is a whole sentence and ``words`` the webhook's own, or empty."""

    message: str
    words: str
    fix: str


def explain_status(call: Call) -> StatusExplanation:
    """Explain the status of a call that was answered, but not with 200."""
    status = call.status or 0
    meaning, fix = _meaning(status, call)
    return StatusExplanation(f"Status {status}{meaning}.", webhook_words(call), fix)


def _meaning(status: int, call: Call) -> tuple[str, str]:
    if status == 304:
        return ": it says that nothing has changed", "Answer 200 with the fields each time: nothing is kept."
    if 300 <= status < 400:
        target = _shorten(call.header("location") or "") or "nowhere"
        return f": it redirects to {target}", "Give the final address, not one that redirects."
    if status in {401, 403}:
        return ": it refused the token", _TOKEN_FIX
    if status == 404:
        return (
            ": nothing is there",
            "Check the path. For a customer that it does not know, answer 200 and {}.",
        )
    if status == 405:
        return ": it takes no GET request", "Answer GET requests at this address, or check the path."
    if status == 429:
        return ": too many calls", "Wait and try again, or allow the helpdesk more calls."
    if 400 <= status < 500:
        return (
            ": it refused the request",
            "Let it take a GET request with email and api_token, and answer 200 for every customer.",
        )
    if status >= 500:
        return ": it failed", "Look into the webhook's log."
    return "", "Answer 200 for a known and for an unknown customer."


def webhook_words(call: Call) -> str:
    """Give the short text with which a webhook explains itself, on one line, or nothing.

    It is read from an error in JSON, ``{"error": …, "message": …}``, or from a body of plain text. At most
    300 characters are given; longer text that is no such message is a page or a trace, and left out.
    """
    try:
        value = read_payload(call.body).value
    except PayloadError:
        return _plain_text(call)
    candidates = [value.get(key) for key in _KEYS] if isinstance(value, dict) else [value]
    return next((_shorten(text) for text in candidates if isinstance(text, str) and text.strip()), "")


def _plain_text(call: Call) -> str:
    media_type = (call.header("content-type") or "text/plain").partition(";")[0].strip().lower()
    text = call.body.decode("utf-8", "replace").strip()
    is_page = media_type != "text/plain" or text.startswith("<")
    return "" if is_page or len(text) > _LONGEST_MESSAGE else _shorten(text)


def _shorten(text: str) -> str:
    line = printable(" ".join(text.split()))
    return line if len(line) <= _LONGEST_MESSAGE else f"{line[:_LONGEST_MESSAGE]}…"
