"""How the helpdesk calls the webhook, and what it keeps of the answer; when, is the desk's business."""

from __future__ import annotations

import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from harness.address import request_url, sent_url, shown_url
from harness.answers import Answer, read_answer
from harness.behaviour import Behaviour, behaviour_named
from harness.caller import Call, call
from harness.faults.pending import Faults
from harness.helpdesk.tokens import Tokens, tokens_in_use
from harness.masking import MASK, TokenMask
from harness.store import Customer, Fetch, read_settings

ON_MESSAGE, ON_REFRESH = "message", "refresh"
"""What makes the helpdesk fetch: "every time you receive an incoming message", and the refresh button."""

KEPT_BODIES = 50
"""Bodies kept for each customer; older fetches keep all but theirs."""

_PAUSE = 0.5
_NO_TOKEN = Answer(None, "There is no API token to send.", "Make one under Settings → API.")
_GIVE_OURS = "Give the webhook the token that was made under Settings → API; lost, it can be made anew there."
REFUSED_NEW = (
    "The webhook refuses the new API token; the one before it was taken."
    " Give the webhook the new one before the old one's time is over."
)
"""How the note of a fetch begins for which a token before the newest was taken."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """How the helpdesk calls the webhook; its address stands in the stored settings.

    ``deadline`` takes the place of the chosen behaviour's; ``authorities`` are trusted instead of the public
    ones.
    """

    api_token: str = field(repr=False)
    deadline: float | None = None
    authorities: ssl.SSLContext | None = None

    def fetch(
        self, session: Session, customer: Customer, trigger: str, faults: Faults | None = None
    ) -> Fetch:
        """Call the webhook for a customer, or meet the next fault; store what came, error or fields."""
        settings, email, customer_id = read_settings(session), customer.email, customer.id
        url, behaviour = settings.webhook_url, self.behaviour(settings.behaviour)
        tokens = tokens_in_use(session, self.api_token)
        session.rollback()  # no transaction stays open while the webhook thinks
        fetched_at = datetime.now(UTC)
        if tokens.current:
            fault = faults.take() if faults else None
            if faults and fault:
                made = self._call(faults.address(fault, url), email, tokens, behaviour)
                own_url = TokenMask(tokens.current).text(shown_url(url))
                made = replace(made, call=replace(made.call, url=own_url))
            else:
                made = self._call(url, email, tokens, behaviour)
            answer = read_answer(made.call)
            if made.call.status in {401, 403} and not tokens.is_given:
                answer = replace(answer, fix=_GIVE_OURS)
        else:
            made, answer, fault = _Made(Call(url, 0.0), 0), _NO_TOKEN, None
        fetch = _to_fetch(made, answer, url, email)
        fetch.customer_id, fetch.fetched_at, fetch.trigger = customer_id, fetched_at, trigger
        fetch.behaviour, fetch.fault = behaviour.name, fault.title if fault else ""
        session.add(fetch)
        _forget_old_bodies(session, customer_id)
        session.commit()
        return fetch

    def behaviour(self, name: str) -> Behaviour:
        """Give a behaviour by name, with the deadline that was asked for at the start."""
        found = behaviour_named(name)
        if self.deadline is None:
            return found
        return Behaviour(
            found.name, found.title, found.meaning, self.deadline, found.retries,
            keeps_lists=found.keeps_lists, max_bytes=found.max_bytes,
        )  # fmt: skip

    def _call(self, url: str, email: str, tokens: Tokens, behaviour: Behaviour) -> _Made:
        """Call, again where the behaviour does, and with the old token where the new one is refused."""
        end = time.monotonic() + behaviour.deadline
        made: list[Call] = []
        paused = 0.0

        def ask(token: str, seconds: float) -> Call:
            most = behaviour.max_bytes
            return call(url, email, token, deadline=seconds, max_bytes=most, authorities=self.authorities)

        def calls(note: str = "") -> _Made:
            took = paused + sum(each.elapsed for each in made)
            return _Made(made[-1], len(made), note, tuple(map(_outcome, made[:-1])), took)

        while True:
            left = max(0.001, end - time.monotonic())
            made.append(ask(tokens.current, left))
            answered = made[-1]
            failed = answered.status is None or answered.status >= 500
            if not failed or len(made) > behaviour.retries or end - time.monotonic() <= _PAUSE:
                break
            time.sleep(_PAUSE)
            paused += _PAUSE
        for token, _ in tokens.previous if answered.status in {401, 403} else ():
            left = end - time.monotonic()
            if left <= 0:
                break
            older = ask(token, left)
            made.append(older)
            if older.status == 200:
                return calls(REFUSED_NEW)
        if made[-1] is not answered:  # what the newest token got is what counts
            made.append(made.pop(made.index(answered)))
        return calls()


@dataclass(frozen=True, slots=True)
class _Made:
    call: Call
    attempts: int
    note: str = ""
    earlier: tuple[str, ...] = ()
    """What came of the calls before it."""
    elapsed: float = 0.0
    """Seconds of all calls, and of the pauses between them; what the helpdesk prepares counts for nothing."""


def _outcome(made: Call) -> str:
    took = f"{made.elapsed:.1f} s" if made.elapsed >= 1 else f"{made.elapsed * 1000:.0f} ms"
    return f"status {made.status} after {took}" if made.status else f"no answer after {took}"


def _to_fetch(made: _Made, answer: Answer, url: str, email: str) -> Fetch:
    answered = made.call
    asked = (("email", email), ("api_token", ""))
    sent = sent_url(request_url(answered.url, asked)) + MASK if answered.url and url else ""
    return Fetch(
        status=answered.status,
        elapsed=made.elapsed,
        fields=answer.fields,
        error=answer.error,
        fix=answer.fix,
        url=sent,
        headers=[[name, value] for name, value in answered.headers],
        body=bytes(answered.body),
        times=_times(made),
        attempts=made.attempts,
        note=" ".join(filter(None, (made.note, _told(made.earlier)))),
    )


def _times(made: _Made) -> dict[str, float]:
    before = made.elapsed - made.call.elapsed if made.earlier else 0.0
    times = {"earlier": before, **made.call.times} if before > 0 else made.call.times
    return {name: round(seconds, 6) for name, seconds in times.items()}


def _told(earlier: Sequence[str]) -> str:
    return f"Before this call: {', '.join(earlier)}." if earlier else ""


def _forget_old_bodies(session: Session, customer_id: int) -> None:
    """Let go of the bodies of fetches that nobody will open, so that a database does not grow with each."""
    session.flush()
    old = (
        select(Fetch.id)
        .where(Fetch.customer_id == customer_id)
        .order_by(Fetch.id.desc())
        .offset(KEPT_BODIES)
        .limit(1)
    )
    fetch = session.get(Fetch, session.scalar(old) or 0)
    if fetch is not None:
        fetch.body = None


def newest_fetch(session: Session, customer: Customer, *, successful: bool = False) -> Fetch | None:
    """Give a customer's newest fetch, or the newest that brought fields."""
    query = select(Fetch).where(Fetch.customer_id == customer.id).order_by(Fetch.id.desc()).limit(1)
    if successful:
        query = query.where(Fetch.fields.is_not(None))
    return session.scalar(query)
