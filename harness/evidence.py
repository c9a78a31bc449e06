"""What the rules look at: the replies of one check, each read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.caller import Call
from harness.hostile import Siege
from harness.payload import Payload, PayloadError, read_payload
from harness.probes import Probe
from harness.rendering import TemplateEvidence
from harness.shapes import Shape

NO_ANSWER = "There was no answer."
NO_WHOLE_ANSWER = "There was no whole answer with status 200."
NO_FIELDS = "There are no fields to look at."

WORDS = "words"
"""The subject of findings that repeat what a webhook says in words of its own."""

Fields = dict[str, Any]


class NotAppliedError(Exception):
    """Raise in a rule that cannot be judged; the message says why."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that breaks a rule: in words, and ``subject``, which stays the same while words change.

    The subject is a key, a call, a header; a baseline knows a finding again by it. ``fix`` replaces the
    rule's own where more is known of the cause.
    """

    message: str
    subject: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """A call and what its body reads as: ``payload``, or None and why it is no JSON, and what to do."""

    call: Call
    payload: Payload | None
    error: str
    fix: str = ""

    @classmethod
    def of(cls, call: Call) -> Reply:
        """Read a call's body."""
        try:
            return cls(call, read_payload(call.body), "")
        except PayloadError as error:
            return cls(call, None, str(error), error.fix)

    @property
    def status(self) -> int | None:
        """Give the status, or None where there was no answer."""
        return self.call.status

    @property
    def is_whole(self) -> bool:
        """Tell whether there is a body worth reading: status 200, received to its end."""
        return self.call.status == 200 and self.call.problem is None

    @property
    def fields(self) -> Fields | None:
        """Give the fields of a whole answer that is a JSON object, or None."""
        return self.payload.fields if self.is_whole and self.payload else None


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer that was asked for, and the reply."""

    email: str
    reply: Reply


@dataclass(slots=True)
class Evidence:
    """Everything one check has seen.

    ``customers`` begins with the one that the probes are made for; ``repeats`` are the times in seconds of
    the same call made several times, the first included, and ``again`` is the reply to the second.
    ``linted`` are the findings of lint, by rule. ``is_trusted_here`` says that authorities were trusted
    that are not public.
    """

    customers: tuple[Customer, ...]
    replies: Mapping[Probe, Reply] = field(default_factory=dict)
    repeats: tuple[float, ...] = ()
    again: Reply | None = None
    deadline: float = 0
    template: TemplateEvidence | None = None
    linted: Mapping[str, tuple[Finding, ...]] | None = None
    recorded: Shape | None = None
    siege: Siege | None = None
    is_trusted_here: bool = False

    @property
    def first(self) -> Reply:
        """Give the reply to the first call."""
        return self.customers[0].reply

    def answered(self) -> Reply:
        """Give the reply to the first call, if there was an answer of any kind."""
        if self.first.status is None:
            raise NotAppliedError(NO_ANSWER)
        return self.first

    def whole(self) -> Reply:
        """Give the reply to the first call, if it is whole and of status 200."""
        if self.first.status is None:
            raise NotAppliedError(NO_ANSWER)
        if not self.first.is_whole:
            raise NotAppliedError(NO_WHOLE_ANSWER)
        return self.first

    def fields(self) -> Fields:
        """Give the fields of the first customer, if there is an object."""
        if self.first.fields is None:
            raise NotAppliedError(NO_FIELDS)
        return self.first.fields

    def everyone(self) -> list[tuple[str, Fields]]:
        """Give address and fields of every customer whose answer is an object."""
        found = [(each.email, each.reply.fields) for each in self.customers]
        kept = [(email, fields) for email, fields in found if fields is not None]
        if not kept:
            raise NotAppliedError(NO_FIELDS)
        return kept

    def reply(self, probe: Probe) -> Reply:
        """Give the reply to a probe, if it was made."""
        if probe not in self.replies:
            raise NotAppliedError(NO_ANSWER if self.first.status is None else "The call was not made.")
        return self.replies[probe]

    def heard(self, probe: Probe) -> Reply:
        """Give the reply to a probe, if there was an answer of any kind."""
        reply = self.reply(probe)
        if reply.call.problem:
            raise NotAppliedError(f"The call {probe.says} failed: {reply.call.problem.message}")
        return reply
