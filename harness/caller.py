"""The call as the helpdesk makes it, bounded in time and size, never an exception for network trouble.

"We will use a GET request with `email` and `api_token` parameters."
"""

from __future__ import annotations

import asyncio
import functools
import ssl
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

import httpx

from harness.decoding import BodyEncodingError, BodyReader, BodyTooLargeError
from harness.first_bytes import FirstBytes, NotHttpError
from harness.masking import TokenMask
from harness.problems import CREDENTIALS_IN_ADDRESS, NOT_AN_ADDRESS, Problem, explain, timed_out

DEFAULT_DEADLINE = 5.0
"""Seconds for a whole call; ours: the helpdesk publishes none."""

MAX_BYTES = 1_000_000
"""Largest body after decompression; ours: the helpdesk publishes none."""

_HEADERS = {
    "Accept": "*/*",
    "Accept-Encoding": "gzip, deflate",
    "Connection": "close",
    "User-Agent": "custom-profile-kit (helpdesk stand-in)",
}


@dataclass(frozen=True, slots=True)
class Call:
    """What one call to a webhook gave: an answer, or a problem, or the part of an answer before a problem.

    ``url`` is the address as it was given, without credentials, fit to be shown. ``elapsed`` is in seconds.
    ``body`` is decompressed. A token that the webhook echoed is masked in headers and body, and
    ``token_echoed`` says so; one of fewer than 8 characters counts where it stands as a word of its own.
    """

    url: str
    elapsed: float
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    problem: Problem | None = None
    token_echoed: bool = False

    def header(self, name: str) -> str | None:
        """Give the first header of that name, in any case, or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(slots=True)
class _Received:
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | bytearray = b""


def call(
    url: str, email: str, api_token: str, *, deadline: float = DEFAULT_DEADLINE, max_bytes: int = MAX_BYTES
) -> Call:
    """Call a webhook for one address, and give what happened within ``deadline`` seconds.

    ``max_bytes`` limits the decompressed body. Redirects are not followed; no proxy of the environment is
    used. Works whether or not an event loop runs in this thread.
    """
    outcome: Future[Call] = Future()

    async def deliver() -> None:
        try:
            outcome.set_result(
                await call_async(url, email, api_token, deadline=deadline, max_bytes=max_bytes)
            )
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits, which raises it
            outcome.set_exception(error)

    # A thread of its own: closing an event loop waits for a name lookup that hangs; the deadline must not.
    thread = threading.Thread(target=lambda: asyncio.run(deliver()), name="webhook-call", daemon=True)
    thread.start()
    result = outcome.result()
    thread.join(timeout=0.1)
    return result


async def call_async(
    url: str, email: str, api_token: str, *, deadline: float = DEFAULT_DEADLINE, max_bytes: int = MAX_BYTES
) -> Call:
    """Do what :func:`call` does, in the running event loop."""
    received = _Received()
    problem = refuse_address(url)
    client = _client()  # made before the clock starts: it loads certificates
    started = time.perf_counter()
    if problem is None:
        try:
            async with asyncio.timeout(deadline), client:
                await _fetch(client, request_url(url, email, api_token), received, max_bytes)
        except TimeoutError:
            problem = timed_out(deadline)
        except (
            httpx.HTTPError,
            httpx.InvalidURL,
            BodyTooLargeError,
            BodyEncodingError,
            NotHttpError,
            OSError,
            UnicodeError,
        ) as error:
            problem = explain(error, max_bytes)
    return _masked(url, received, problem, api_token, time.perf_counter() - started)


def request_url(url: str, email: str, api_token: str) -> str:
    """Add the two parameters to an address, keeping the query it has."""
    address = urlsplit(url)
    parameters = urlencode({"email": email, "api_token": api_token}, errors="replace")
    query = f"{address.query}&{parameters}" if address.query else parameters
    return address._replace(query=query, fragment="").geturl()


def shown_url(url: str) -> str:
    """Give an address without credentials and fragment; its query is the caller's own, and is shown."""
    try:
        address = urlsplit(url)
    except ValueError:
        return "(not an address)"
    host = address.netloc.rpartition("@")[2]
    return address._replace(netloc=host, fragment="").geturl()


def refuse_address(url: str) -> Problem | None:
    """Say why an address cannot be called at all, or None."""
    try:
        address = urlsplit(url)
        is_web = address.scheme in {"http", "https"} and bool(address.hostname) and address.port != 0
    except ValueError:
        return NOT_AN_ADDRESS
    if not is_web:
        return NOT_AN_ADDRESS
    return CREDENTIALS_IN_ADDRESS if "@" in address.netloc else None


async def _fetch(client: httpx.AsyncClient, url: str, received: _Received, max_bytes: int) -> None:
    async with client.stream("GET", url, extensions={"trace": FirstBytes().trace}) as response:
        received.status = response.status_code
        received.headers = tuple(response.headers.multi_items())
        reader = BodyReader(response.headers.get("content-encoding", ""), max_bytes)
        received.body = reader.body
        async for piece in response.aiter_raw():
            reader.feed(piece)
        received.body = reader.finish()


def _client() -> httpx.AsyncClient:
    # The deadline holds for the whole call: a time limit for each read would let a slow drip go on for ever.
    no_limits = httpx.Timeout(None)
    return httpx.AsyncClient(
        verify=_trusted_authorities(),
        trust_env=False,
        follow_redirects=False,
        timeout=no_limits,
        headers=_HEADERS,
    )


@functools.cache
def _trusted_authorities() -> ssl.SSLContext:
    """Load the certificate authorities once: it takes longer than a call."""
    return httpx.create_ssl_context(trust_env=False)


def _masked(url: str, received: _Received, problem: Problem | None, token: str, elapsed: float) -> Call:
    mask = TokenMask(token)
    given = bytes(received.body)
    body = mask.body(given)
    headers = tuple((name, mask.text(value)) for name, value in received.headers)
    echoed = headers != received.headers or body != given
    return Call(mask.text(shown_url(url)), elapsed, received.status, headers, body, problem, echoed)
