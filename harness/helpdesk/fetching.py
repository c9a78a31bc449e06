"""When the helpdesk calls the webhook, and what it keeps of the answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from harness.answers import read_answer
from harness.caller import DEFAULT_DEADLINE, call
from harness.store import INCOMING, Conversation, Customer, Fetch, Message, Settings

ON_MESSAGE, ON_REFRESH = "message", "refresh"
"""What makes the helpdesk fetch: "every time you receive an incoming message", and the refresh button."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """How the helpdesk calls the webhook; the address stands in the stored settings."""

    api_token: str = field(repr=False)
    deadline: float = DEFAULT_DEADLINE

    def fetch(self, session: Session, customer: Customer, trigger: str) -> Fetch:
        """Call the webhook for a customer and store what came, error or fields."""
        url, email, customer_id = session.get_one(Settings, 1).webhook_url, customer.email, customer.id
        session.rollback()  # no transaction stays open while the webhook thinks
        fetched_at = datetime.now(UTC)
        answered = call(url, email, self.api_token, deadline=self.deadline)
        answer = read_answer(answered)
        fetch = Fetch(
            customer_id=customer_id,
            fetched_at=fetched_at,
            trigger=trigger,
            status=answered.status,
            elapsed=answered.elapsed,
            fields=answer.fields,
            error=answer.error,
            fix=answer.fix,
        )
        session.add(fetch)
        session.commit()
        return fetch

    def fetch_if_due(self, session: Session, conversation: Conversation) -> None:
        """Fetch for a customer who wrote and for whom nothing was ever fetched.

        The helpdesk fetches when a message arrives. Those of a mailbox given at the start arrived all at
        once before anyone looked: a call for each would be a storm for profiles that nobody opens, so the
        call for the newest of them is made when its conversation is first opened.
        """
        if newest_fetch(session, conversation.customer) is None and _has_incoming(session, conversation):
            self.fetch(session, conversation.customer, ON_MESSAGE)


def newest_fetch(session: Session, customer: Customer, *, successful: bool = False) -> Fetch | None:
    """Give a customer's newest fetch, or the newest that brought fields."""
    query = select(Fetch).where(Fetch.customer_id == customer.id).order_by(Fetch.id.desc()).limit(1)
    if successful:
        query = query.where(Fetch.fields.is_not(None))
    return session.scalar(query)


def _has_incoming(session: Session, conversation: Conversation) -> bool:
    query = select(Message.id).where(
        Message.conversation_id == conversation.id, Message.direction == INCOMING
    )
    return session.scalar(query.limit(1)) is not None
