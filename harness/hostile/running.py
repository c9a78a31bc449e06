"""Sends the hostile requests, one after the other, over sockets of their own."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from harness.authorities import public_authorities
from harness.caller import Call, Request, Terms, send
from harness.hostile.cases import CASES, Case, Place
from harness.masking import TokenMask

LONGEST = 120.0
"""Seconds after which no further request is sent."""

HALF_OPEN = 16
"""How many callers begin a request and do not end it, to see whether others are still served."""

_MOST_BYTES = 65_536
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)? (\d{3})")


@dataclass(frozen=True, slots=True)
class HostileReply:
    """What one hostile request gave: a status, or None where the connection just ended.

    ``late`` says that there was no end within the deadline. The token is masked in ``text``, which is head
    and body, and ``token_echoed`` says that it was there.
    """

    case: Case
    status: int | None
    text: bytes
    late: bool = False
    token_echoed: bool = False


@dataclass(frozen=True, slots=True)
class Siege:
    """Everything hostile that was seen, in the order it was sent.

    ``beside`` is the helpdesk's call made while callers were half way through theirs, ``after`` the one at
    the end. ``left_out`` counts requests that were not sent for want of time.
    """

    replies: tuple[HostileReply, ...]
    beside: Call
    after: Call
    left_out: int = 0


async def besiege(
    url: str, email: str, api_token: str, terms: Terms, tell: Callable[[], None] | None = None
) -> Siege:
    """Send every hostile request, then see whether the helpdesk's own call still works."""
    place = Place.of(url, api_token)
    started = time.monotonic()
    replies: list[HostileReply] = []
    for case in CASES:
        if time.monotonic() - started > LONGEST:
            break
        replies.append(await _send(url, case, place, terms))
        if tell:
            tell()
    request = Request((("email", email), ("api_token", api_token)), secrets=(api_token,))
    async with contextlib.AsyncExitStack() as held:
        for _ in range(HALF_OPEN):
            await held.enter_async_context(_half_open(url, place, terms))
        beside = await send(url, request, terms)
    after = await send(url, request, terms)
    return Siege(tuple(replies), beside, after, len(CASES) - len(replies))


async def _send(url: str, case: Case, place: Place, terms: Terms) -> HostileReply:
    received, late = bytearray(), False
    try:
        async with asyncio.timeout(terms.deadline):
            reader, writer = await _connect(url, terms)
            try:
                writer.write(case.make(place))
                if case.is_short and writer.can_write_eof():
                    writer.write_eof()
                while len(received) < _MOST_BYTES and (piece := await reader.read(_MOST_BYTES)):
                    received += piece
            finally:
                writer.close()
    except TimeoutError:
        late = True
    except OSError:
        pass  # a server may end the connection without a word: that refuses the request too
    raw = bytes(received)
    text = TokenMask(place.api_token).body(raw)
    status = _STATUS.match(raw)
    return HostileReply(case, int(status[1]) if status else None, text, late, text != raw)


@contextlib.asynccontextmanager
async def _half_open(url: str, place: Place, terms: Terms):  # type: ignore[no-untyped-def]  # noqa: ANN202
    writer = None
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(terms.deadline):
            _, writer = await _connect(url, terms)
            writer.write(f"GET {place.target} HTTP/1.1\r\nHost: {place.host}\r\nX-Slow: ".encode())
            await writer.drain()
    try:
        yield
    finally:
        if writer:
            writer.close()


async def _connect(url: str, terms: Terms) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    address = urlsplit(url)
    secure = address.scheme == "https"
    context = (terms.authorities or public_authorities()) if secure else None
    port = address.port or (443 if secure else 80)
    return await asyncio.open_connection(address.hostname, port, ssl=context)
