"""E-mail messages (RFC 822) read from an mbox file, as values; where they go is the intake's business."""

from __future__ import annotations

import hashlib
import mailbox
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path

from harness.text import html_to_text

AGENT_HEADER = "X-Helpdesk-Agent"
"""A message with this header set to ``yes`` was written by the company, not by a customer."""

_MESSAGE_ID = re.compile(r"<[^<>\s]+>")
_REPLY_PREFIX = re.compile(r"^\s*(re|fwd?|aw|wg|sv|antw)\s*(\[\d+\])?\s*:\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mail:
    """One message: who wrote to whom, when, in answer to what.

    ``references`` are the Message-IDs before it, oldest first. ``customer_email`` is the author's address
    for a customer's message and the first recipient's for an agent's.
    """

    message_id: str
    references: tuple[str, ...]
    subject: str
    author_name: str
    author_email: str
    customer_name: str
    customer_email: str
    is_agent: bool
    sent_at: datetime
    text: str


class MailError(Exception):
    """Raise when a message cannot be used; the text says which and why, without what it holds."""


def read_mailbox(path: Path) -> Iterator[Mail | MailError]:
    """Read every message of an mbox file; one that cannot be used comes as a MailError, in its place."""
    box = mailbox.mbox(path, factory=None, create=False)
    try:
        for number, key in enumerate(box.keys(), start=1):
            try:
                yield read_mail(box.get_bytes(key))
            except MailError as error:
                yield MailError(f"message {number} was left out: {error}")
    finally:
        box.close()


def read_mail(raw: bytes) -> Mail:
    """Read one message; raises MailError when nobody is named in it."""
    try:
        message = message_from_bytes(raw, policy=policy.default)
        return _to_mail(message)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        # The header parser of the standard library raises these on headers that no mail program writes.
        raise MailError(f"its headers cannot be read ({type(error).__name__}).") from None


def plain_subject(subject: str) -> str:
    """Take "Re:" and its like off a subject."""
    while match := _REPLY_PREFIX.match(subject):
        subject = subject[match.end() :]
    return subject.strip()


def _to_mail(message: EmailMessage) -> Mail:
    authors = _addresses(message, "from")
    if not authors:
        raise MailError("it has no From address.")
    is_agent = str(message.get(AGENT_HEADER, "")).strip().lower() == "yes"
    customers = _addresses(message, "to") if is_agent else authors
    if not customers:
        raise MailError("it has no To address.")
    (author_name, author_email), (customer_name, customer_email) = authors[0], customers[0]
    return Mail(
        message_id=_message_id(message),
        references=tuple(
            _MESSAGE_ID.findall(f"{message.get('references', '')} {message.get('in-reply-to', '')}")
        ),
        subject=_clean(str(message.get("subject", ""))),
        author_name=author_name,
        author_email=author_email,
        customer_name=customer_name,
        customer_email=customer_email.lower(),
        is_agent=is_agent,
        sent_at=_sent_at(message),
        text=_text(message),
    )


def _addresses(message: EmailMessage, header: str) -> list[tuple[str, str]]:
    pairs = getaddresses([str(value) for value in message.get_all(header, [])])
    return [(_clean(name), _clean(address)) for name, address in pairs if "@" in address]


def _message_id(message: EmailMessage) -> str:
    found = _MESSAGE_ID.search(str(message.get("message-id", "")))
    if found:
        return found[0]
    # Without an id of its own, what it holds identifies it, so that reading twice adds nothing.
    return f"<{hashlib.sha256(message.as_bytes()).hexdigest()[:32]}@without-message-id>"


def _sent_at(message: EmailMessage) -> datetime:
    try:
        sent = parsedate_to_datetime(str(message.get("date", "")))
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
    return sent if sent.tzinfo else sent.replace(tzinfo=UTC)


def _text(message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    try:
        content = str(part.get_content())
    except LookupError:  # a charset that Python does not know
        payload = part.get_payload(decode=True)
        content = payload.decode("latin-1") if isinstance(payload, bytes) else str(payload)
    text = html_to_text(content) if part.get_content_subtype() == "html" else content
    return text.encode("utf-8", "replace").decode().replace("\0", "").strip()


def _clean(text: str) -> str:
    """Make one line of a header's text, fit to be stored and shown."""
    return " ".join(text.encode("utf-8", "replace").decode().replace("\0", "").split())
