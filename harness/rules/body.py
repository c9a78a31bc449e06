"""Rules of the second hundred: is the body strict JSON, an object, of one level."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from harness.contract import OUR_CONVENTION
from harness.evidence import Evidence, Finding, NotAppliedError, Reply
from harness.json_faults import LIBRARY
from harness.payload import Payload, PayloadError, read_payload
from harness.rules.registry import rule
from harness.text import shown_key

_JSON_SENTENCE = "For the webhook to return valid JSON"
_LARGEST_EXACT = 2**53


def _filled(evidence: Evidence) -> Reply:
    reply = evidence.whole()
    if not reply.call.body.strip():
        raise NotAppliedError("The body is empty.")
    return reply


def _payload(evidence: Evidence) -> Payload:
    payload = _filled(evidence).payload
    if payload is None:
        raise NotAppliedError("The body is not valid JSON.")
    return payload


@rule(
    "CP201", "error", "Has a body",
    sentence=_JSON_SENTENCE,
    fix="Answer {} when there is nothing to tell: an empty body is no JSON.",
    curl="-sS -i",
)  # fmt: skip
def has_body(evidence: Evidence) -> Iterator[Finding]:
    """The body holds more than blanks."""
    if not evidence.whole().call.body.strip():
        yield Finding("The body is empty.", "body")


@rule(
    "CP202", "error", "Is valid JSON",
    sentence=_JSON_SENTENCE,
    fix=LIBRARY,
)  # fmt: skip
def valid_json(evidence: Evidence) -> Iterator[Finding]:
    """The body is JSON as RFC 8259 has it: UTF-8 without a mark, no NaN, no half characters."""
    reply = _filled(evidence)
    if reply.payload is None:
        yield Finding(reply.error, "body", reply.fix)


@rule(
    "CP203", "error", "Is a JSON object",
    sentence="JSON should be returned as a single level hash.",
    fix='Answer an object, {"key": value, …}, and {} for an address that you do not know.',
)  # fmt: skip
def an_object(evidence: Evidence) -> Iterator[Finding]:
    """The outermost value is an object."""
    payload = _payload(evidence)
    if payload.fields is None:
        kind, (more, fix) = kind_of(payload.value), _what_holds_it(payload.value)
        yield Finding(f"It is {kind}{more}.", kind, fix)


def _what_holds_it(value: Any) -> tuple[str, str]:
    """Say where the object is, if it is within the value, and how to answer it alone."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        fix = "Answer the one object of the list that is the customer's, and {} where it has none."
        return " with an object in it", fix
    with suppress(PayloadError):
        if isinstance(value, str) and read_payload(value.encode()).fields is not None:
            fix = "Give the object itself to what makes the answer JSON, and not its JSON."
            return " that holds an object, encoded twice", fix
    return "", ""


@rule(
    "CP204", "error", "Has a single level",
    sentence="Nested keys will not work.",
    fix='Flatten it: {"stripe": {"customer_token": …}} becomes {"stripe_customer_token": …}.',
)  # fmt: skip
def single_level(evidence: Evidence) -> Iterator[Finding]:
    """No customer's field holds an object, nor a list of objects."""
    for key in _keys_where(evidence, _holds_object):
        yield Finding(shown_key(key), key)


@rule(
    "CP205", "warning", "Holds no lists",
    sentence=OUR_CONVENTION,
    fix="Join the items to one text, or give each a key of its own.",
)  # fmt: skip
def no_lists(evidence: Evidence) -> Iterator[Finding]:
    """No customer's field holds a list of plain values, which a template would have to loop over."""
    for key in _keys_where(evidence, lambda value: isinstance(value, list) and not _holds_object(value)):
        yield Finding(shown_key(key), key)


@rule(
    "CP206", "error", "Gives no key twice",
    sentence=_JSON_SENTENCE,
    fix="Give each value a key of its own: of two alike, readers keep the last, the first, or none.",
)  # fmt: skip
def no_key_twice(evidence: Evidence) -> Iterator[Finding]:
    """No object in any customer's answer has the same key twice."""
    _payload(evidence)
    payloads = [each.reply.payload for each in evidence.customers if each.reply.payload]
    repeated = dict.fromkeys(key for payload in payloads for key in payload.repeated_keys)
    for key in repeated:
        yield Finding(f"The key {key!r} is given twice.", key)


@rule(
    "CP207", "info", "Has numbers that every reader keeps",
    sentence=OUR_CONVENTION,
    fix="Write numbers beyond 9,007,199,254,740,992 as text, in quotes: many readers round them.",
)  # fmt: skip
def exact_numbers(evidence: Evidence) -> Iterator[Finding]:
    """No whole number is larger than 2^53, from where on JavaScript and others lose the last digits."""
    for key in _keys_where(evidence, lambda value: type(value) is int and abs(value) > _LARGEST_EXACT):
        yield Finding(shown_key(key), key)


def kind_of(value: Any) -> str:
    """Name what a JSON value is, with its article."""
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def _keys_where(evidence: Evidence, holds: Any) -> Iterator[str]:
    everyone = evidence.everyone()
    yield from dict.fromkeys(key for _, fields in everyone for key, value in fields.items() if holds(value))


def _holds_object(value: Any) -> bool:
    if isinstance(value, list):
        return any(_holds_object(item) for item in value)
    return isinstance(value, dict)
