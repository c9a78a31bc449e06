"""Rules of the fourth hundred: does the webhook check the token, and keep it to itself."""

from __future__ import annotations

from collections.abc import Iterator

from harness.contract import OUR_CONVENTION
from harness.evidence import Evidence, Finding, NotAppliedError, Reply
from harness.masking import MASK
from harness.probes import (
    EMPTY_TOKEN,
    NO_TOKEN,
    RIGHT_TOKEN_FIRST,
    TWO_TOKENS,
    WRONG,
    WRONG_STRANGER,
    Probe,
)
from harness.rules.registry import rule

_TOKEN_SENTENCE = "You should check if the given `api_token` matches the one from your account"  # noqa: S105
_REFUSALS = {401, 403, 429}


@rule(
    "CP401", "error", "Refuses a wrong api_token",
    sentence=_TOKEN_SENTENCE,
    fix="Compare api_token with your own before anything else and answer 401 when it differs.",
    probes=(WRONG,),
    curl="-sS -i",
)  # fmt: skip
def refuses_wrong(evidence: Evidence) -> Iterator[Finding]:
    """A wrong token gives no fields, nor what the right one gives."""
    yield from _told(evidence, WRONG, "A wrong token")


@rule(
    "CP402", "warning", "The token is not echoed",
    sentence=OUR_CONVENTION,
    fix="Leave api_token out of answers, headers, redirects and error texts: whoever sees them could use it.",
    probes=(WRONG,),
    curl="-sS -i",
)  # fmt: skip
def not_echoed(evidence: Evidence) -> Iterator[Finding]:
    """No answer holds the token that was sent, in any spelling, in its headers or its body."""
    evidence.answered()
    calls = [("The answer", evidence.first.call)]
    calls += [(f"The answer {probe.says}", reply.call) for probe, reply in evidence.replies.items()]
    for name, call in calls:
        if call.token_echoed:
            places = [f"the header {header}" for header, value in call.headers if MASK in value]
            places += ["the body"] if MASK.encode() in call.body else []
            yield Finding(f"{name} holds it in {', '.join(places)}.", name)


@rule(
    "CP403", "error", "Refuses a missing api_token",
    sentence=_TOKEN_SENTENCE,
    fix="Refuse a request without a token, and an empty token too: a variable that was never set equals it.",
    probes=(NO_TOKEN, EMPTY_TOKEN),
    curl="-sS -i",
)  # fmt: skip
def refuses_missing(evidence: Evidence) -> Iterator[Finding]:
    """No token, or an empty one, gives no fields, nor what the right one gives."""
    yield from _told(evidence, NO_TOKEN, "No token")
    yield from _told(evidence, EMPTY_TOKEN, "An empty token")


@rule(
    "CP404", "info", "Refuses two tokens at once",
    sentence=OUR_CONVENTION,
    fix="Refuse a request that gives api_token more than once: programs do not agree which of them counts.",
    probes=(WRONG, RIGHT_TOKEN_FIRST, TWO_TOKENS),
    curl="-sS -i",
)  # fmt: skip
def refuses_two(evidence: Evidence) -> Iterator[Finding]:
    """A wrong token and the right one in the same request give no fields, whichever of them stands first."""
    if not evidence.fields() or _gives_it_away(evidence, evidence.heard(WRONG)):
        raise NotAppliedError("There is nothing that a wrong token does not give.")
    for probe, place, subject in ((TWO_TOKENS, "behind", "two"), (RIGHT_TOKEN_FIRST, "before", "first")):
        both = evidence.heard(probe)
        if _gives_it_away(evidence, both) and both.call.body != evidence.heard(WRONG).call.body:
            yield Finding(f"A wrong token is overlooked where the right one stands {place} it.", subject)


@rule(
    "CP405", "warning", "Refuses with status 401 or 403",
    sentence=OUR_CONVENTION,
    fix="Answer 401 to every request without the right token: with another status nobody sees what is wrong.",
    probes=(NO_TOKEN, WRONG),
    curl="-sS -i",
)  # fmt: skip
def refusing_status(evidence: Evidence) -> Iterator[Finding]:
    """The status with which a wrong and a missing token are refused (429 counts as a refusal too)."""
    evidence.whole()  # else the right token may be answered so, and nothing is refused
    for probe, name in ((WRONG, "A wrong token"), (NO_TOKEN, "A missing token")):
        reply = evidence.heard(probe)
        if not _gives_it_away(evidence, reply) and reply.status not in _REFUSALS:
            yield Finding(f"{name} is refused with status {reply.status}.", probe.name)


@rule(
    "CP406", "warning", "Refuses without saying who is a customer",
    sentence=OUR_CONVENTION,
    fix="Compare the token before the address is looked at, and answer every wrong one with the same text.",
    probes=(WRONG, WRONG_STRANGER),
    curl="-sS -i",
)  # fmt: skip
def tells_nobody(evidence: Evidence) -> Iterator[Finding]:
    """A wrong token gets the same status and body for a customer and for an unknown address."""
    evidence.answered()
    known, unknown = evidence.heard(WRONG), evidence.heard(WRONG_STRANGER)
    if _gives_it_away(evidence, known) or 429 in {known.status, unknown.status}:
        raise NotAppliedError("The wrong token was not refused as such.")
    if known.status != unknown.status:
        yield Finding(f"A customer: status {known.status}; an unknown address: {unknown.status}.", "status")
    elif _without_addresses(evidence, known) != _without_addresses(evidence, unknown):
        yield Finding("The text differs between a customer and an unknown address.", "body")


def _told(evidence: Evidence, probe: Probe, name: str) -> Iterator[Finding]:
    evidence.answered()
    reply = evidence.heard(probe)
    if reply.fields and _gives_it_away(evidence, reply):
        yield Finding(f"{name} gets status 200 with fields.", probe.name)
    elif _gives_it_away(evidence, reply):
        yield Finding(f"{name} gets the same answer as the right one.", probe.name)


def _gives_it_away(evidence: Evidence, reply: Reply) -> bool:
    if not reply.is_whole or not reply.call.body.strip() or is_error(reply):
        return False
    return bool(reply.fields) or (reply.fields is None and reply.call.body == evidence.first.call.body)


def is_error(reply: Reply) -> bool:
    """Tell whether fields are an error's: {"error": …} with at most a few words beside it."""
    keys = {key.lower() for key in reply.fields or {}}
    return bool(keys) and keys <= {"error", "errors", "message", "success", "status", "code", "detail"}


def _without_addresses(evidence: Evidence, reply: Reply) -> bytes:
    sent = [evidence.customers[0].email, *(value for _, value in WRONG_STRANGER.parameters("", ""))]
    body = reply.call.body
    for text in sent:
        body = body.replace(text.encode(errors="replace"), b"")
    return body
