"""The body of a mail as text, and how many attachments came with it; they are counted and not kept."""

from __future__ import annotations

import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from harness.mail.limits import MailLimits
from harness.text import html_mail_to_text

_PLAIN, _HTML = "text/plain", "text/html"


@dataclass(frozen=True, slots=True)
class Body:
    """What is shown of a mail; ``attachments`` is the number of files that came with it."""

    text: str
    attachments: int


def read_body(message: Message, limits: MailLimits) -> Body:
    """Choose what to show: the plain texts, or where there are none the HTML, as text."""
    parts = list(_leaves(message))
    texts = [part for part in parts if _is_shown(part)]
    plain = _joined(part for part in texts if part.get_content_type() == _PLAIN)
    text = plain or html_mail_to_text(
        _joined(part for part in texts if part.get_content_type() == _HTML)[: limits.html]
    )
    return Body(_cut(text.replace("\0", "").strip(), limits.text), len(parts) - len(texts))


def _leaves(message: Message) -> Iterator[Message]:
    """Walk to the parts that hold something; a mail within a mail is one attachment, and not looked into."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        inner = part.get_payload()
        if not part.is_multipart() or not isinstance(inner, list):
            yield part
        elif part.get_content_maintype() == "multipart":
            waiting.extend(piece for piece in reversed(inner) if isinstance(piece, Message))
        else:
            yield part


def _is_shown(part: Message) -> bool:
    is_text = part.get_content_type() in {_PLAIN, _HTML} and not part.is_multipart()
    return is_text and part.get_content_disposition() != "attachment" and not part.get_filename()


def _joined(parts: Iterator[Message]) -> str:
    return "\n\n".join(text for part in parts if (text := _content(part).strip()))


def _content(part: Message) -> str:
    try:
        data = part.get_payload(decode=True)
    except (ValueError, binascii.Error):
        data = None
    raw = data if isinstance(data, bytes) else str(part.get_payload()).encode("utf-8", "surrogateescape")
    for charset in (part.get_content_charset("utf-8"), "utf-8"):
        try:
            return _unflowed(part, raw.decode(charset).replace("\r\n", "\n"))
        except (LookupError, ValueError):
            continue
    return _unflowed(part, raw.decode("cp1252", "replace").replace("\r\n", "\n"))


def _unflowed(part: Message, text: str) -> str:
    """Join the lines that a mail client broke, as RFC 3676 (section 4) says of ``format=flowed``."""
    if str(part.get_param("format", "")).lower() != "flowed":
        return text
    deletes_blank = str(part.get_param("delsp", "")).lower() == "yes"
    lines: list[str] = []
    goes_on = ""
    for line in text.split("\n"):
        depth = line[: len(line) - len(line.lstrip(">"))]
        said = line[len(depth) :].removeprefix(" ")
        if goes_on and goes_on == depth + "|" and said != "-- ":
            lines[-1] += said
        else:
            lines.append(f"{depth} {said}" if depth else said)
        is_flowed = said.endswith(" ") and said != "-- "
        if is_flowed and deletes_blank:
            lines[-1] = lines[-1][:-1]
        goes_on = depth + "|" if is_flowed else ""
    return "\n".join(lines)


def _cut(text: str, longest: int) -> str:
    text = text.encode("utf-8", "replace").decode()
    if len(text) <= longest:
        return text
    note = f"[The rest of this message, {len(text) - longest:,} characters, was left out.]"
    return f"{text[:longest].rstrip()}\n\n{note}"
