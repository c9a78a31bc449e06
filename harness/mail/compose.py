"""A mail written here, by the page's form or the command, as any mail program would have made it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, getaddresses, make_msgid

from harness.mail.headers import one_line

_OWN_DOMAIN = "helpdesk.invalid"
_SUPPORT = "support@helpdesk.invalid"


class SenderError(Exception):
    """Raise when a text names nobody that a mail could be from; the text says what to give."""


def read_sender(text: str) -> tuple[str, str]:
    """Read a name and an address as in ``Casey Morgan <casey@example.com>``; raises SenderError."""
    pairs = [(name, address) for name, address in getaddresses([one_line(text)]) if "@" in address]
    if len(pairs) != 1:
        raise SenderError("Name one sender, as in Casey Morgan <casey@example.com>.")
    return pairs[0]


def compose(sender: tuple[str, str], subject: str, text: str, references: Sequence[str] = ()) -> bytes:
    """Write a customer's mail; ``sender`` is a name, perhaps empty, and an address.

    ``references`` are Message-IDs, oldest first; the last is the one answered. Raises SenderError.
    """
    message = EmailMessage(policy=policy.SMTPUTF8)
    message["From"] = _address(*sender)
    message["To"] = _SUPPORT
    message["Subject"] = one_line(subject)
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = make_msgid(domain=_OWN_DOMAIN)
    if references:
        message["In-Reply-To"] = references[-1]
        message["References"] = " ".join(references)
    body = text.replace("\r\n", "\n").encode("utf-8", "replace").decode().replace("\0", "")
    message.set_content(body, charset="utf-8", cte="base64")
    return message.as_bytes()


def _address(name: str, address: str) -> Address:
    local_part, _, domain = address.rpartition("@")
    if not local_part.strip() or not domain.strip():
        raise SenderError(f"“{address}” is no e-mail address: give one as in casey@example.com.")
    try:
        return Address(one_line(name), local_part.strip('"'), domain)
    except (ValueError, LookupError, AttributeError):
        raise SenderError(f"“{address}” is no e-mail address: give one as in casey@example.com.") from None
