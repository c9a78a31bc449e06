"""Mail put into conversations: which thread a message belongs to, and who the customer is."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from harness.helpdesk.mailbox import Mail, plain_subject
from harness.store import INCOMING, OUTGOING, Conversation, Customer, Message
from harness.text import fold

_PREVIEW_LENGTH = 120


def take_in(session: Session, mails: Iterable[Mail]) -> int:
    """Store mails as history, which nothing is fetched for; give how many were not yet known."""
    return len(store_mails(session, mails))


def store_mails(session: Session, mails: Iterable[Mail]) -> list[Message]:
    """Store the mails that are not yet known, oldest first, and give their messages."""
    return [
        _store_one(session, mail)
        for mail in sorted(mails, key=lambda mail: mail.sent_at)
        if session.scalar(select(Message.id).where(Message.message_id == mail.message_id)) is None
    ]


def _store_one(session: Session, mail: Mail) -> Message:
    customer = _customer(session, mail)
    conversation = _find_conversation(session, mail, customer)
    if conversation is None:
        subject = plain_subject(mail.subject) or "(no subject)"
        conversation = Conversation(customer=customer, subject=subject, updated_at=mail.sent_at)
        session.add(conversation)
        conversation.haystack = fold(f"{subject} {customer.full_name} {customer.email}")
    message = Message(
        conversation=conversation,
        message_id=mail.message_id,
        references=" ".join(mail.references),
        direction=OUTGOING if mail.is_agent else INCOMING,
        author_name=mail.author_name,
        author_email=mail.author_email,
        sent_at=mail.sent_at,
        text=mail.text,
        attachments=mail.attachments,
    )
    session.add(message)
    conversation.haystack = f"{conversation.haystack} {fold(f'{mail.author_name} {mail.text}')}"
    if mail.sent_at >= conversation.updated_at:
        conversation.updated_at = mail.sent_at
        own_lines = (line for line in mail.text.splitlines() if not line.startswith(">"))
        conversation.preview = " ".join(" ".join(own_lines).split())[:_PREVIEW_LENGTH]
    session.flush()
    return message


def _customer(session: Session, mail: Mail) -> Customer:
    customer = session.scalar(select(Customer).where(Customer.email == mail.customer_email))
    if customer is None:
        customer = Customer(email=mail.customer_email, full_name="")
        session.add(customer)
    if mail.customer_name and (not customer.full_name or not mail.is_agent):
        customer.full_name = mail.customer_name
    return customer


def _find_conversation(session: Session, mail: Mail, customer: Customer) -> Conversation | None:
    """Look for the thread: by the newest message it refers to, else by subject with the same customer."""
    for reference in reversed(mail.references):
        earlier = session.scalar(select(Message).where(Message.message_id == reference))
        if earlier is not None:
            return earlier.conversation
    subject = plain_subject(mail.subject)
    if not subject or subject == mail.subject.strip():
        return None  # only a reply continues a conversation by its subject
    return session.scalar(
        select(Conversation)
        .where(Conversation.customer == customer, Conversation.subject == subject)
        .order_by(Conversation.updated_at.desc())
        .limit(1)
    )
