"""Rules of the sixth hundred: addresses as people really write them are answered like any other."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.contract import OUR_CONVENTION
from harness.evidence import Evidence, Finding, Reply
from harness.probes import BLANKS, CAPITALS, PLUS, QUOTES, UNICODE, UNKNOWN, Probe
from harness.rules.registry import rule
from harness.status import explain_status

_FIX = "Take the address as it is, decoded once from the query, and bind it as a parameter in queries."


_DATABASE_ERROR = re.compile(
    rb"in your SQL syntax|syntax error at or near|unterminated quoted string|unrecognized token: "
    rb"|SQLSTATE\[?\w|ORA-0\d{4}|unclosed quotation mark|near \"\w+\": syntax error",
    re.IGNORECASE,
)
"""What MySQL and MariaDB, PostgreSQL, SQLite, PHP's PDO, Oracle and SQL Server say of an open quote."""


def _like_others(evidence: Evidence, probe: Probe, *, may_refuse: bool = False) -> Iterator[Finding]:
    """Yield a finding where the answer to a probe is neither an object nor what an unknown address gets."""
    evidence.fields()
    reply = evidence.reply(probe)
    unknown = evidence.replies.get(UNKNOWN)
    if reply.call.problem:
        yield Finding(reply.call.problem.message, probe.name, reply.call.problem.fix)
        return
    refused = may_refuse and reply.status is not None and 400 <= reply.status < 500
    if reply.fields is not None or refused or (unknown and _are_alike(reply, unknown)):
        return
    if reply.status == 200:
        yield Finding(f"The answer {probe.says} is no object.", probe.name)
    else:
        yield Finding(f"The answer {probe.says}: {explain_status(reply.call).message}", probe.name)


def _are_alike(one: Reply, other: Reply) -> bool:
    return one.status == other.status and (one.fields is None) == (other.fields is None)


@rule(
    "CP605", "warning", "Takes an address with a plus sign",
    sentence=OUR_CONVENTION, fix=_FIX, probes=(UNKNOWN, PLUS), curl="-sS -i",
)  # fmt: skip
def plus(evidence: Evidence) -> Iterator[Finding]:
    """casey+helpdesk@… is answered as another address is."""
    yield from _like_others(evidence, PLUS)


@rule(
    "CP606", "warning", "Finds an address in capitals",
    sentence=OUR_CONVENTION,
    fix="Compare addresses without regard to capitals: mail programs keep them as people typed them.",
    probes=(UNKNOWN, CAPITALS),
)  # fmt: skip
def capitals(evidence: Evidence) -> Iterator[Finding]:
    """The first customer's address in capitals finds the same fields."""
    yield from _like_others(evidence, CAPITALS)
    reply, known = evidence.reply(CAPITALS), evidence.first.fields
    stranger = evidence.replies.get(UNKNOWN)
    if not known or reply.call.problem:
        return
    is_stranger = stranger is not None and _are_alike(reply, stranger) and reply.fields == stranger.fields
    has_other_keys = reply.fields is not None and set(reply.fields) != set(known)
    if has_other_keys or (is_stranger and reply.fields != known):
        yield Finding("The customer is not found when the address is written in capitals.", "found")


@rule(
    "CP607", "warning", "Takes an address beyond ASCII",
    sentence=OUR_CONVENTION, fix=_FIX, probes=(UNKNOWN, UNICODE), curl="-sS -i",
)  # fmt: skip
def beyond_ascii(evidence: Evidence) -> Iterator[Finding]:
    """zoë@bücher.example is answered as another address is."""
    yield from _like_others(evidence, UNICODE)


@rule(
    "CP608", "warning", "Takes an address with a quote",
    sentence=OUR_CONVENTION, fix=_FIX, probes=(UNKNOWN, QUOTES), curl="-sS -i",
)  # fmt: skip
def quotes(evidence: Evidence) -> Iterator[Finding]:
    """o'brien@… is answered as another address is: a failure here often means that SQL is put together."""
    yield from _like_others(evidence, QUOTES)
    if _DATABASE_ERROR.search(evidence.reply(QUOTES).call.body):
        told = f"The answer {QUOTES.says} holds an error of a database: SQL is put together of the address."
        yield Finding(told, "sql", "Bind the address as a parameter: strangers can read all your data.")


@rule(
    "CP609", "warning", "Survives blanks around an address",
    sentence=OUR_CONVENTION,
    fix="Cut blanks off the address, or answer 400.",
    probes=(UNKNOWN, BLANKS),
    curl="-sS -i",
)  # fmt: skip
def blanks(evidence: Evidence) -> Iterator[Finding]:
    """The address between two blanks is answered as another is, or refused."""
    yield from _like_others(evidence, BLANKS, may_refuse=True)
