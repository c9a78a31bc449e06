"""One e-mail message (RFC 5322) read as a value, whatever program or person made it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import MessageError

from harness.mail.body import Body, read_body
from harness.mail.headers import Headers
from harness.mail.limits import USUAL_LIMITS, MailLimits

AGENT_HEADER = "X-Helpdesk-Agent"
"""A message with this header set to ``yes`` was written by the company, not by a customer."""

_REPLY_PREFIX = re.compile(r"^\s*(re|fwd?|aw|wg|sv|antw)\s*(\[\d+\])?\s*:\s*", re.IGNORECASE)
_CONTENT_HEADER = re.compile(
    rb"^content-(?:type|disposition)[ \t]*:.*(?:\n[ \t].*)*", re.IGNORECASE | re.MULTILINE
)
_MULTIPART = re.compile(rb"content-type\s*:\s*multipart/", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mail:
    """One message: who wrote to whom, when, in answer to what.

    ``references`` are the Message-IDs before it, oldest first. ``customer_email`` is the author's address
    for a customer's message and the first recipient's for an agent's. ``attachments`` is their number.
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
    attachments: int = 0


class MailError(Exception):
    """Raise when a message cannot be used; the text says why, without what it holds."""


def read_mail(raw: bytes, limits: MailLimits = USUAL_LIMITS, *, heeds_agent_header: bool = True) -> Mail:
    """Read one message; raises MailError when nobody is named in it, or when it is beyond the limits.

    Without ``heeds_agent_header`` every message is a customer's: anyone can write a header.
    """
    raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    _refuse_beyond(raw, limits)
    try:
        message = message_from_bytes(raw)
        body = read_body(message, limits)
        headers = Headers(message, limits)
        is_agent = heeds_agent_header and headers.text(AGENT_HEADER).lower() == "yes"
        return _to_mail(raw, headers, body, is_agent=is_agent)
    except (ValueError, LookupError, TypeError, AttributeError, MessageError, RecursionError) as error:
        # The parser of the standard library raises these on structures that no mail program writes.
        raise MailError(f"it cannot be read ({type(error).__name__}).") from None


def plain_subject(subject: str) -> str:
    """Take "Re:" and its like off a subject."""
    while match := _REPLY_PREFIX.match(subject):
        subject = subject[match.end() :]
    return subject.strip()


def _refuse_beyond(raw: bytes, limits: MailLimits) -> None:
    if len(raw) > limits.largest:
        raise MailError(f"it is larger than {limits.largest // 2**20} MB.")
    if raw.count(b"\n") > limits.lines:
        raise MailError(f"it has more than {limits.lines:,} lines.")
    if sum(1 for _ in _MULTIPART.finditer(raw)) > limits.multiparts:
        raise MailError(f"it has more than {limits.multiparts} parts that hold parts.")
    if any(len(found[0]) > limits.content_header for found in _CONTENT_HEADER.finditer(raw)):
        raise MailError(f"it has a Content-Type of more than {limits.content_header:,} characters.")


def _to_mail(raw: bytes, headers: Headers, body: Body, *, is_agent: bool) -> Mail:
    authors = headers.addresses("from")
    if not authors:
        raise MailError("it has no From address.")
    customers = headers.addresses("to") if is_agent else authors
    if not customers:
        raise MailError("it has no To address.")
    (author_name, author_email), (customer_name, customer_email) = authors[0], customers[0]
    own_id = headers.message_ids("message-id")
    return Mail(
        # Without an id of its own, what it holds identifies it, so that reading twice adds nothing.
        message_id=own_id[0] if own_id else f"<{hashlib.sha256(raw).hexdigest()[:32]}@without-message-id>",
        references=headers.message_ids("references", "in-reply-to"),
        subject=headers.text("subject"),
        author_name=author_name,
        author_email=author_email,
        customer_name=customer_name,
        customer_email=customer_email.lower(),
        is_agent=is_agent,
        sent_at=headers.date() or datetime.fromtimestamp(0, UTC),
        text=body.text,
        attachments=body.attachments,
    )
