"""What the helpdesk takes from a call: the fields, or the reason why there are none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness.caller import Call
from harness.payload import PayloadError, read_payload
from harness.status import explain_status


@dataclass(frozen=True, slots=True)
class Answer:
    """The fields of one call, in the webhook's own order; or None, and what happened and what to do."""

    fields: dict[str, Any] | None
    error: str = ""
    fix: str = ""


def read_answer(call: Call) -> Answer:
    """Read a call's fields; only a whole answer with status 200 and a JSON object has any."""
    if call.problem:
        return Answer(None, call.problem.message, call.problem.fix)
    if call.status != 200:
        explained = explain_status(call)
        words = f" The webhook says: “{explained.words}”." if explained.words else ""
        return Answer(
            None,
            f"The webhook answered with {explained.message[0].lower()}{explained.message[1:]}{words}",
            explained.fix,
        )
    return read_fields(call.body)


def read_fields(body: bytes) -> Answer:
    """Read fields from a body, or from the bytes of a file that holds one."""
    try:
        fields = read_payload(body).fields
    except PayloadError as error:
        if not body.strip():
            return Answer(
                None, "That is no valid JSON. It is empty.", "Answer {} when there is nothing to tell."
            )
        return Answer(None, f"That is no valid JSON. {error}", error.fix)
    if fields is None:
        return Answer(None, "That is JSON, but no object.", 'Answer an object: {"key": value, …}.')
    return Answer(fields)
