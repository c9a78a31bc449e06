"""A mail that arrives while the helpdesk runs, over SMTP, by the page's form or by the command: one door."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import select

from harness.helpdesk.desk import Desk
from harness.mail.reading import MailError, read_mail
from harness.store import Message


@dataclass(frozen=True, slots=True)
class Arrived:
    """Where a mail was put; ``is_new`` is False for one that had arrived before."""

    conversation_id: int
    message: int
    is_new: bool


def receive(desk: Desk, raw: bytes) -> Arrived:
    """Let a customer's mail arrive now, and its author's profile be fetched; raises MailError.

    It is dated at its arrival, as in any inbox: what its own clock says would sort it away. Whatever its
    headers say, a customer wrote it.
    """
    mail = replace(read_mail(raw, heeds_agent_header=False), sent_at=datetime.now(UTC))
    taken = desk.receive([mail])
    with desk.sessions() as session:
        found = session.scalar(select(Message).where(Message.message_id == mail.message_id))
        if found is None:
            raise MailError("it was removed while it arrived.")
        return Arrived(found.conversation_id, found.id, bool(taken))


def deliver(desk: Desk, raw: bytes) -> str:
    """Receive a mail and say where it was put, for the client that sent it; raises MailError."""
    arrived = receive(desk, raw)
    return f"Conversation {arrived.conversation_id}{'' if arrived.is_new else ', where it was already'}"
