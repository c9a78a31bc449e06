"""Rules of the second hundred that concern the body as a whole: is it JSON, is it an object."""

from __future__ import annotations

from typing import Any

from harness import contract
from harness.caller import Call
from harness.checks.answer import NO_WHOLE_ANSWER, is_whole_answer
from harness.checks.results import Result, judge, skip
from harness.payload import PayloadError, read_payload

Fields = dict[str, Any]


def check_body(answer: Call) -> tuple[list[Result], Fields | None]:
    """Judge the body; give its fields too, or None where it is no JSON object."""
    if not is_whole_answer(answer):
        return skip((contract.BODY, contract.VALID_JSON, contract.OBJECT), NO_WHOLE_ANSWER), None
    if not answer.body.strip():
        empty = judge(contract.BODY, ["The body is empty."])
        return [empty, *skip((contract.VALID_JSON, contract.OBJECT), "The body is empty.")], None
    has_body = judge(contract.BODY, [])
    try:
        payload = read_payload(answer.body)
    except PayloadError as error:
        invalid = judge(contract.VALID_JSON, [str(error)])
        return [has_body, invalid, *skip((contract.OBJECT,), "The body is not valid JSON.")], None
    repeated = [f"The key {key!r} is given twice." for key in payload.repeated_keys]
    other_kind = [] if payload.fields is not None else [f"It is {_kind(payload.value)}."]
    judged = [has_body, judge(contract.VALID_JSON, repeated), judge(contract.OBJECT, other_kind)]
    return judged, payload.fields


def _kind(value: Any) -> str:
    names = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
