"""Rules of the eighth hundred: what becomes of hostile requests, which only --hostile sends."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.contract import OUR_CONVENTION
from harness.evidence import Evidence, Finding, NotAppliedError
from harness.hostile.cases import Room
from harness.hostile.running import HALF_OPEN, HostileReply, Siege
from harness.probes import Probe
from harness.rules.answer import TRACES
from harness.rules.registry import rule

_HEADER = re.compile(rb"^x-injected:", re.IGNORECASE | re.MULTILINE)
_SOME_FIELDS = re.compile(rb"\r\n\r\n(?:[0-9a-f]+\r\n)?\s*\{\s*\"")


def _asking(email: str) -> Probe:
    return Probe(
        "hostile", "for a hostile address", lambda _, token: (("email", email), ("api_token", token))
    )


def _siege(evidence: Evidence) -> Siege:
    evidence.answered()
    if evidence.siege is None:
        raise NotAppliedError("Only --hostile sends hostile requests.")
    return evidence.siege


def _failing(evidence: Evidence, *rooms: Room) -> Iterator[Finding]:
    for reply in _siege(evidence).replies:
        if reply.case.room in rooms and reply.status is not None and reply.status >= 500:
            yield Finding(f"{_name(reply)} is answered with status {reply.status}.", reply.case.name)


def _name(reply: HostileReply) -> str:
    return f"{reply.case.name[0].upper()}{reply.case.name[1:]}"


@rule(
    "CP801", "error", "Fails at no hostile parameter",
    sentence=OUR_CONVENTION,
    fix="Read email and api_token as text of any kind, and answer 400 or 401 to what is neither.",
    shows=_asking("<script>@example.org"),
    curl="-sS -i",
)  # fmt: skip
def hostile_parameters(evidence: Evidence) -> Iterator[Finding]:
    """No address and no token, however odd, is answered with a failure of the server."""
    yield from _failing(evidence, "parameters", "injection")


@rule(
    "CP802", "error", "Fails at no malformed request",
    sentence=OUR_CONVENTION,
    fix="Put a server in front that refuses what is no HTTP, and answer 405 to methods that you do not take.",
    curl="-sS -i -X TRACE",
)  # fmt: skip
def malformed_requests(evidence: Evidence) -> Iterator[Finding]:
    """No malformed or unusual request is answered with a failure of the server (501 is a refusal)."""
    for finding in _failing(evidence, "malformed", "ambiguous"):
        if "status 501" not in finding.message and "status 505" not in finding.message:
            yield finding


@rule(
    "CP803", "error", "Ends every hostile request in time",
    sentence=OUR_CONVENTION,
    fix="Bound what is read and how long it is waited for, in the server and in your code.",
    curl="-sS -i",
)  # fmt: skip
def hostile_in_time(evidence: Evidence) -> Iterator[Finding]:
    """Each hostile request is answered, or its connection ended, within the deadline, all within 120 s."""
    for reply in _siege(evidence).replies:
        if reply.late:
            yield Finding(f"{_name(reply)} has no answer in time.", reply.case.name)
    left_out = _siege(evidence).left_out
    if left_out:
        yield Finding(f"There was no time for {left_out} more requests.", "left out")


@rule(
    "CP804", "error", "Lets nobody write its headers",
    sentence=OUR_CONVENTION,
    fix="Never put a parameter into a header; frameworks that are kept refuse line breaks there.",
    curl="-sS -i",
)  # fmt: skip
def no_injected_header(evidence: Evidence) -> Iterator[Finding]:
    """A line break in the address does not become a header of the answer."""
    for reply in _siege(evidence).replies:
        if _HEADER.search(reply.text.partition(b"\r\n\r\n")[0]):
            yield Finding(f"{_name(reply)} becomes a header of the answer.", reply.case.name)


@rule(
    "CP805", "error", "Takes no address for a part of a query",
    sentence="return non-nested JSON for the given email address",
    fix="Bind the address as a parameter; never put a query together of texts.",
    shows=_asking("' OR '1'='1"),
    curl="-sS -i",
)  # fmt: skip
def no_injection(evidence: Evidence) -> Iterator[Finding]:
    """An address that would be SQL in a careless query gets no other fields than an unknown address."""
    replies = _siege(evidence).replies
    usual = {_body(reply) for reply in replies if reply.case.name == "an address of emoji"}
    for reply in replies:
        told = reply.case.room == "injection" and reply.status == 200 and _SOME_FIELDS.search(reply.text)
        if told and _body(reply) not in usual:
            yield Finding(f"{_name(reply)} is answered with fields.", reply.case.name)


@rule(
    "CP806", "warning", "Refuses requests that can be read in two ways",
    sentence=OUR_CONVENTION,
    fix="Put a server or proxy in front that answers 400: otherwise two programs may read them apart.",
    curl="-sS -i -H 'Content-Length: 4' -H 'Transfer-Encoding: chunked'",
)  # fmt: skip
def ambiguous(evidence: Evidence) -> Iterator[Finding]:
    """Two lengths, a length and chunks, two hosts, a blank before a colon are refused."""
    for reply in _siege(evidence).replies:
        if reply.case.room == "ambiguous" and reply.status is not None and reply.status < 400:
            yield Finding(f"{_name(reply)} is answered with status {reply.status}.", reply.case.name)


@rule(
    "CP807", "error", "Serves others beside slow callers",
    sentence=OUR_CONVENTION,
    fix="Let a server or proxy wait for the whole request before a worker is taken.",
)  # fmt: skip
def slow_callers(evidence: Evidence) -> Iterator[Finding]:
    """While 16 callers are half way through their requests, the helpdesk's call is answered as before."""
    beside = _siege(evidence).beside
    if _siege(evidence).after.status != evidence.first.status:
        raise NotAppliedError("It is not answered afterwards either: CP808.")
    if beside.status != evidence.first.status:
        told = beside.problem.message if beside.problem else f"Status {beside.status}."
        yield Finding(f"Beside {HALF_OPEN} slow callers: {told}", "slow")


@rule(
    "CP808", "error", "Answers as before afterwards",
    sentence=OUR_CONVENTION,
    fix="Look into the server's log for what it did not survive.",
)  # fmt: skip
def survives(evidence: Evidence) -> Iterator[Finding]:
    """After all hostile requests the helpdesk's call is answered as it was before."""
    after = _siege(evidence).after
    if after.status != evidence.first.status:
        told = after.problem.message if after.problem else f"Status {after.status}."
        yield Finding(f"Afterwards: {told}", "after")


@rule(
    "CP809", "warning", "Tells hostile callers nothing",
    sentence=OUR_CONVENTION,
    fix="Answer refusals with one constant sentence, in the server as well as in your code.",
    curl="-sS -i",
)  # fmt: skip
def tells_nothing(evidence: Evidence) -> Iterator[Finding]:
    """No answer to a hostile request holds the token or a stack trace."""
    for reply in _siege(evidence).replies:
        if reply.token_echoed:
            yield Finding(f"The answer to {reply.case.name} holds the token.", reply.case.name)
        elif TRACES.search(reply.text):
            yield Finding(f"The answer to {reply.case.name} holds a stack trace.", reply.case.name)


def _body(reply: HostileReply) -> bytes:
    return reply.text.partition(b"\r\n\r\n")[2]
