"""Headers of a mail, however they were written: encoded words, raw bytes, folded, broken or far too long."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from harness.mail.limits import MailLimits

_MESSAGE_ID = re.compile(r"<[^<>\s]{1,900}>")
_GLUED_WORDS = re.compile(r"\?=(?==\?)")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Headers:
    """The headers of a message, read leniently; nothing here raises for what somebody wrote."""

    def __init__(self, message: Message, limits: MailLimits) -> None:
        self._message = message
        self._limits = limits

    def text(self, name: str) -> str:
        """Give a header as one line fit to be stored and shown, or empty text."""
        return one_line(decoded(self._raw(name)))

    def addresses(self, name: str) -> list[tuple[str, str]]:
        """Give the names and addresses of a header; what is no address is left out."""
        raw = self._raw(name)
        found = _pairs(raw)
        # Some programs encode the whole header, address and all.
        return found or _pairs(decoded(raw))

    def message_ids(self, *names: str) -> tuple[str, ...]:
        """Give the Message-IDs in these headers, oldest first, the newest where there are too many."""
        found = [match for name in names for match in _MESSAGE_ID.findall(self._raw(name))]
        return tuple(found[-self._limits.references :])

    def date(self) -> datetime | None:
        """Give the Date header, in UTC where it names no zone; None where it is none."""
        try:
            sent = parsedate_to_datetime(self._raw("date"))
            return (sent if sent.tzinfo else sent.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError, IndexError, TypeError):
            return None

    def _raw(self, name: str) -> str:
        """Give the first header of that name, unfolded, its raw bytes read as UTF-8 or else as Latin-1."""
        name = name.lower()
        values = (value for key, value in self._message.raw_items() if key.lower() == name)
        value = str(next(values, ""))[: self._limits.header].replace("\r", "").replace("\n", "")
        data = value.encode("utf-8", "surrogateescape")
        try:
            return data.decode()
        except UnicodeDecodeError:
            return data.decode("latin-1")


def decoded(value: str) -> str:
    """Read the encoded words of a header; those that cannot be read stay as they are."""
    if "=?" not in value:
        return value
    try:
        parts = decode_header(_GLUED_WORDS.sub("?= ", value))
        return "".join(part if isinstance(part, str) else _decode(part, charset) for part, charset in parts)
    except (HeaderParseError, ValueError):
        return value


def one_line(text: str) -> str:
    """Make one line of a text: no control characters, no broken letters, single blanks."""
    return " ".join(_UNSEEN.sub(" ", text.encode("utf-8", "replace").decode()).split())


def _decode(part: bytes, charset: str | None) -> str:
    for candidate in (charset or "utf-8", "utf-8"):
        try:
            return part.decode(candidate)
        except (LookupError, ValueError):
            continue
    return part.decode("latin-1")


def _pairs(raw: str) -> list[tuple[str, str]]:
    return [
        (one_line(decoded(name)), one_line(address))
        for name, address in getaddresses([raw])
        if _is_address(address)
    ]


def _is_address(address: str) -> bool:
    local_part, _, domain = address.rpartition("@")
    return bool(one_line(local_part) and one_line(domain))
