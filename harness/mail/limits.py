"""How much one mail may be: what is more is refused in words, or cut with a note."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MailLimits:
    """Limits of one mail, ours: the helpdesk publishes none.

    ``largest`` are bytes as they come over the wire. Python's parser looks at each line once for every
    multipart that is open around it, so ``lines`` and ``multiparts`` bound its time. ``header`` and ``text``
    are characters: a longer header is cut, a longer text is cut with a note. ``html`` bounds the characters
    of an HTML part that are read. A Content-Type takes the parser time by the square of its length.
    """

    largest: int = 10 * 2**20
    lines: int = 150_000
    multiparts: int = 30
    header: int = 8_192
    content_header: int = 2_000
    references: int = 50
    text: int = 100_000
    html: int = 300_000


USUAL_LIMITS = MailLimits()
