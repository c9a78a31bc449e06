"""The calls of a check: the first, the same again, then each probe that a chosen rule asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from harness.caller import Request, Terms, send
from harness.contract import Rule
from harness.evidence import Customer, Evidence, Reply
from harness.hostile import CASES, besiege
from harness.probes import FIRST, WRONG_TOKEN, Probe

AT_ONCE = 4
"""How many calls are under way at the same time, once the times are taken: few, to be gentle."""

Progress = Callable[[int, int], None]
"""Is told how many calls are over, of how many."""


@dataclass(frozen=True, slots=True)
class Target:
    """The webhook that is called, with which token, for whom, and how; ``calls`` are made for the time.

    ``hostile`` sends hostile requests too, over sockets: to nobody's webhook but one's own.
    """

    url: str
    emails: Sequence[str]
    api_token: str
    terms: Terms
    calls: int = 5
    hostile: bool = False


class _Counted:
    def __init__(self, total: int, progress: Progress | None) -> None:
        self._done, self._total, self._progress = 0, total, progress

    async def send(self, target: Target, probe: Probe, email: str) -> Reply:
        """Make one call, and tell that it is over."""
        parameters = probe.parameters(email, target.api_token)
        secrets = (target.api_token, WRONG_TOKEN)
        call = await send(target.url, Request(parameters, probe.method, secrets), target.terms)
        self.tell()
        return Reply.of(call)

    def tell(self) -> None:
        """Tell that one more call is over."""
        self._done += 1
        if self._progress:
            self._progress(self._done, self._total)


def probes_of(rules: Iterable[Rule]) -> tuple[Probe, ...]:
    """List the probes that rules ask for, each once."""
    return tuple(dict.fromkeys(probe for rule in rules for probe in rule.probes))


async def gather(target: Target, probes: Sequence[Probe], progress: Progress | None = None) -> Evidence:
    """Make every call, at most four at once; where the first fails, make no other."""
    others = list(target.emails[1:])
    hostile = len(CASES) if target.hostile else 0
    calls = _Counted(target.calls + len(probes) + len(others) + hostile, progress)
    first = await calls.send(target, FIRST, target.emails[0])
    evidence = Evidence(
        (Customer(target.emails[0], first),),
        repeats=(first.call.elapsed,),
        deadline=target.terms.deadline,
        is_trusted_here=target.terms.authorities is not None,
    )
    if first.call.problem:
        return evidence
    for _ in range(target.calls - 1):  # one after the other: these are the times that are judged
        reply = await calls.send(target, FIRST, target.emails[0])
        evidence.again = evidence.again or reply
        evidence.repeats += (reply.call.elapsed,)
    slots = asyncio.Semaphore(AT_ONCE)

    async def ask(probe: Probe, email: str) -> Reply:
        async with slots:
            return await calls.send(target, probe, email)

    replies = await asyncio.gather(*(ask(probe, target.emails[0]) for probe in probes))
    asked = await asyncio.gather(*(ask(FIRST, email) for email in others))
    customers = evidence.customers + tuple(map(Customer, others, asked))
    made = replace(evidence, customers=customers, replies=dict(zip(probes, replies, strict=True)))
    if target.hostile:
        made.siege = await besiege(target.url, target.emails[0], target.api_token, target.terms, calls.tell)
    return made
