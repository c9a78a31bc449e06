"""The call as the helpdesk makes it, bounded in time and size, never an exception for network trouble.

"We will use a GET request with `email` and `api_token` parameters."
"""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from collections.abc import Coroutine, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from harness.address import Parameters, refuse_address, request_url, shown_url
from harness.authorities import public_authorities
from harness.decoding import BodyEncodingError, BodyReader, BodyTooLargeError
from harness.first_bytes import FirstBytes, NotHttpError
from harness.masking import TokenMask
from harness.phases import Phases
from harness.problems import Problem, explain, timed_out

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
_Result = TypeVar("_Result")


def sent_headers(url: str) -> list[tuple[str, str]]:
    """List the headers that a call of an address sends, in their order."""
    return [("Host", urlsplit(url).netloc.rpartition("@")[2]), *_HEADERS.items()]


@dataclass(frozen=True, slots=True)
class Request:
    """What one call sends; every one of ``secrets`` is masked in what comes back."""

    parameters: Parameters
    method: str = "GET"
    secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Terms:
    """How calls are made: ``deadline`` in seconds for a whole call, ``max_bytes`` of a decompressed body.

    ``transport`` leads calls into an app of this process instead of the network; ``authorities`` are
    trusted instead of the public certificate authorities.
    """

    deadline: float = DEFAULT_DEADLINE
    max_bytes: int = MAX_BYTES
    transport: httpx.AsyncBaseTransport | None = None
    authorities: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """What one call to a webhook gave: an answer, or a problem, or the part of an answer before a problem.

    ``url`` is the address as it was given, without credentials, fit to be shown. ``elapsed`` is in seconds,
    ``times`` too, for each phase that ended.
    ``body`` is decompressed. A token that the webhook echoed is masked in headers and body, and
    ``token_echoed`` says so; one of fewer than 8 characters counts where it stands as a word of its own.
    ``certificate_ends`` is when the server's certificate does, where the call went over TLS.
    """

    url: str
    elapsed: float
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    problem: Problem | None = None
    token_echoed: bool = False
    certificate_ends: datetime | None = None
    times: Mapping[str, float] = field(default_factory=dict, repr=False)

    def header(self, name: str) -> str | None:
        """Give the first header of that name, in any case, or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(slots=True)
class _Received:
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | bytearray = b""
    certificate_ends: datetime | None = None
    phases: Phases = field(default_factory=Phases)


def call(
    url: str,
    email: str,
    api_token: str,
    *,
    deadline: float = DEFAULT_DEADLINE,
    max_bytes: int = MAX_BYTES,
    authorities: ssl.SSLContext | None = None,
) -> Call:
    """Call a webhook for one address, and give what happened within ``deadline`` seconds.

    ``max_bytes`` limits the decompressed body; ``authorities`` are trusted instead of the public ones.
    Redirects are not followed; no proxy of the environment is used. Works whether or not an event loop runs
    in this thread.
    """
    request = Request((("email", email), ("api_token", api_token)), secrets=(api_token,))
    return wait_for(send(url, request, Terms(deadline, max_bytes, authorities=authorities)))


def wait_for(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Run asynchronous work to its end, in an event loop and a thread of its own, and give its result."""
    outcome: Future[_Result] = Future()

    async def deliver() -> None:
        try:
            outcome.set_result(await work)
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits, which raises it
            outcome.set_exception(error)

    # A thread of its own: closing an event loop waits for a name lookup that hangs; the deadline must not.
    thread = threading.Thread(target=lambda: asyncio.run(deliver()), name="webhook-call", daemon=True)
    thread.start()
    result = outcome.result()
    thread.join(timeout=0.1)
    return result


async def send(url: str, request: Request, terms: Terms) -> Call:
    """Send one request, and give what happened within the deadline of the terms."""
    received = _Received()
    problem = refuse_address(url)
    client = _client(terms)  # made before the clock starts: it loads certificates
    started = time.perf_counter()
    if problem is None:
        try:
            async with asyncio.timeout(terms.deadline), client:
                await _fetch(client, url, request, received, terms.max_bytes)
        except TimeoutError:
            problem = timed_out(terms.deadline)
        except (
            httpx.HTTPError,
            httpx.InvalidURL,
            BodyTooLargeError,
            BodyEncodingError,
            NotHttpError,
            OSError,
            UnicodeError,
        ) as error:
            problem = explain(error, terms.max_bytes)
    return _masked(url, received, problem, request.secrets, time.perf_counter() - started)


async def _fetch(
    client: httpx.AsyncClient, url: str, request: Request, received: _Received, max_bytes: int
) -> None:
    address = request_url(url, request.parameters)
    first_bytes = FirstBytes()

    async def trace(event: str, information: dict[str, Any]) -> None:
        await first_bytes.trace(event, information)
        await received.phases.trace(event, information)

    async with client.stream(request.method, address, extensions={"trace": trace}) as response:
        received.status = response.status_code
        received.headers = tuple(response.headers.multi_items())
        received.certificate_ends = _end_of_certificate(response)
        reader = BodyReader(response.headers.get("content-encoding", ""), max_bytes)
        received.body = reader.body
        async for piece in response.aiter_raw():
            reader.feed(piece)
        received.body = reader.finish()


def _end_of_certificate(response: httpx.Response) -> datetime | None:
    stream = response.extensions.get("network_stream")
    tls = stream.get_extra_info("ssl_object") if stream else None
    ends = (tls.getpeercert() or {}).get("notAfter") if tls else None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if ends else None


def _client(terms: Terms) -> httpx.AsyncClient:
    # The deadline holds for the whole call: a time limit for each read would let a slow drip go on for ever.
    no_limits = httpx.Timeout(None)
    return httpx.AsyncClient(
        verify=terms.authorities or public_authorities(),
        transport=terms.transport,
        trust_env=False,
        follow_redirects=False,
        timeout=no_limits,
        headers=_HEADERS,
    )


def _masked(
    url: str, received: _Received, problem: Problem | None, secrets: tuple[str, ...], elapsed: float
) -> Call:
    shown, headers, body = shown_url(url), received.headers, bytes(received.body)
    for mask in map(TokenMask, secrets):
        shown, body = mask.text(shown), mask.body(body)
        headers = tuple((name, mask.text(value)) for name, value in headers)
    echoed = headers != received.headers or body != bytes(received.body)
    ends, times = received.certificate_ends, received.phases.seconds
    return Call(shown, elapsed, received.status, headers, body, problem, echoed, ends, times)
