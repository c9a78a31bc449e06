"""Rules of the sixth hundred: what is answered for an address that nobody is known under."""

from __future__ import annotations

from collections.abc import Iterator

from harness.contract import OUR_CONVENTION
from harness.conventions import recognise
from harness.evidence import Evidence, Finding, NotAppliedError, Reply
from harness.probes import NO_EMAIL, UNKNOWN, WILDCARD
from harness.rules.registry import rule
from harness.rules.token import is_error

_EVERYONE = "Especially using if statements around custom attributes that aren't available for all customers"


def _unknown(evidence: Evidence) -> Reply:
    """Give the reply for an unknown address, if there is something to learn from it beside the first."""
    if evidence.whole().fields is None:
        raise NotAppliedError("The answer for a customer is no object either.")
    return evidence.heard(UNKNOWN)


@rule(
    "CP601", "error", "Answers an object for an unknown address too",
    sentence="For the webhook to return valid JSON",
    fix="Answer {} for an address that you do not know.",
    probes=(UNKNOWN,),
    curl="-sS -i",
)  # fmt: skip
def unknown_is_object(evidence: Evidence) -> Iterator[Finding]:
    """Status 200 for an address that nobody is known under comes with a JSON object."""
    reply = _unknown(evidence)
    if reply.status == 200 and reply.fields is None:
        convention = recognise(reply)
        yield Finding(convention.says if convention else reply.error, "unknown")


@rule(
    "CP602", "warning", "Answers 200 for an unknown address too",
    sentence=_EVERYONE,
    fix="Answer 200 and {} for an address that you do not know: another status looks like a failure.",
    probes=(UNKNOWN,),
    curl="-sS -i",
)  # fmt: skip
def unknown_is_200(evidence: Evidence) -> Iterator[Finding]:
    """The status for an address that nobody is known under."""
    reply = _unknown(evidence)
    if reply.status != 200:
        yield Finding(f"An unknown address is answered with status {reply.status}.", "unknown")


@rule(
    "CP603", "error", "Shows nobody's fields for an unknown address",
    sentence="return non-nested JSON for the given email address",
    fix="Look for the whole address, and answer {} when nobody has it: agents would see somebody else.",
    probes=(UNKNOWN,),
)  # fmt: skip
def unknown_is_nobody(evidence: Evidence) -> Iterator[Finding]:
    """An unknown address does not get the very fields of the first customer."""
    reply = _unknown(evidence)
    if reply.fields and reply.fields == evidence.first.fields:
        yield Finding("An unknown address gets the fields of the first customer.", "unknown")


@rule(
    "CP604", "info", "Tells an unknown address apart without a sentence",
    sentence=OUR_CONVENTION,
    fix="Answer {} and let the template ask {% if key %}, or add a field such as found: false.",
    probes=(UNKNOWN,),
)  # fmt: skip
def no_sentinel(evidence: Evidence) -> Iterator[Finding]:
    """An unknown address is told by missing fields, not by a sentence or a code that a template compares."""
    reply = _unknown(evidence)
    convention = recognise(reply)
    if reply.fields and convention and reply.fields != evidence.first.fields:
        yield Finding(convention.says, "unknown")


@rule(
    "CP610", "error", "Takes no address for a pattern",
    sentence="return non-nested JSON for the given email address",
    fix="Compare the address with =, not with LIKE, and bind it as a parameter.",
    probes=(UNKNOWN, WILDCARD),
)  # fmt: skip
def no_pattern(evidence: Evidence) -> Iterator[Finding]:
    """The address %@% finds nobody: to a database it may mean everybody."""
    unknown, reply = _unknown(evidence), evidence.heard(WILDCARD)
    if reply.fields and not is_error(reply) and set(reply.fields) != set(unknown.fields or {}):
        yield Finding("The address %@% is answered with somebody's fields.", "wildcard")


@rule(
    "CP611", "error", "Shows nobody's fields without an address",
    sentence="return non-nested JSON for the given email address",
    fix="Refuse a request without email with status 400.",
    probes=(UNKNOWN, NO_EMAIL),
    curl="-sS -i",
)  # fmt: skip
def no_address_is_nobody(evidence: Evidence) -> Iterator[Finding]:
    """A request without an address gives no customer's fields, and no failure of the server."""
    unknown, reply = _unknown(evidence), evidence.reply(NO_EMAIL)
    if reply.call.problem:
        yield Finding(f"Without an address: {reply.call.problem.message}", "no_email")
    elif reply.status is not None and reply.status >= 500:
        yield Finding(f"A request without an address is answered with status {reply.status}.", "no_email")
    elif reply.fields and not is_error(reply) and set(reply.fields) != set(unknown.fields or {}):
        yield Finding("A request without an address is answered with somebody's fields.", "no_email")


@rule(
    "CP612", "info", "The address is not echoed",
    sentence=OUR_CONVENTION,
    fix="Leave the address out: the helpdesk has it, and what strangers write would be in your page.",
    probes=(UNKNOWN,),
)  # fmt: skip
def address_not_echoed(evidence: Evidence) -> Iterator[Finding]:
    """The answer for an unknown address does not hold the address."""
    reply = _unknown(evidence)
    address = dict(UNKNOWN.parameters("", ""))["email"].encode()
    if address in reply.call.body:
        yield Finding("The answer for an unknown address holds it in the body.", "body")
