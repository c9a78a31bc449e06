"""Why a call to a webhook gave no answer: what happened and what to do, in words for people.

No text of an exception is passed on: it could hold the address with the token in it.
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import httpx

from harness.decoding import BodyEncodingError, BodyTooLargeError, EncodingNotAskedForError
from harness.first_bytes import NotHttpError

Kind = Literal[
    "address",
    "dns",
    "refused",
    "network",
    "tls",
    "timeout",
    "too_large",
    "encoding",
    "not_http",
    "broken_off",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """What happened instead of an answer, and what to do about it."""

    kind: Kind
    message: str
    fix: str


def _bad_address(message: str) -> Problem:
    return Problem("address", message, "Give the whole address, as in https://example.com/profile.")


NOT_AN_ADDRESS = _bad_address("That is not an HTTP or HTTPS address.")
CREDENTIALS_IN_ADDRESS = _bad_address(
    "The address holds a user name or password, which the helpdesk does not send."
)
PARAMETERS_IN_ADDRESS = Problem(
    "address",
    "The address holds email or api_token, which the helpdesk adds itself.",
    "Leave both out, as in https://example.com/profile.",
)

_DNS = Problem(
    "dns", "No such host: its name cannot be resolved.", "Check the spelling of the host and your DNS."
)
_REFUSED = Problem(
    "refused",
    "Nothing listens at that address: the connection was refused.",
    "Start the server, or check host and port.",
)
_NETWORK = Problem(
    "network", "The host cannot be reached over the network.", "Check the network and the firewall between."
)
UNTRUSTED = Problem(
    "tls",
    "The server's certificate is not trusted",
    "Serve the full certificate chain of a public authority, for this very host name.",
)
_TLS = Problem(
    "tls", "No TLS connection could be made.", "Check that this port speaks HTTPS, and not plain HTTP."
)
_NOT_HTTP = Problem(
    "not_http", "What answers at that address is not HTTP.", "Check the port, and whether it wants https://."
)
_LARGE_HEAD = Problem(
    "too_large",
    "The headers of the answer are too large: together more than 100 kB.",
    "Send fewer and shorter ones: often it is cookies, or notes for debugging.",
)
_ENCODING = Problem(
    "encoding",
    "The body is not compressed as its Content-Encoding says.",
    "Send gzip or deflate, whole, or do not compress.",
)
_BROKEN_OFF = Problem(
    "broken_off",
    "The connection ended before the answer was complete.",
    "Look into the server's log: it may have crashed, or been stopped by a proxy.",
)


def timed_out(deadline: float) -> Problem:
    """Describe a call that was not over after ``deadline`` seconds."""
    return Problem(
        "timeout",
        f"No complete answer within {round(deadline, 2) or deadline:g} s.",
        "Make the webhook faster, or allow more time if you know that the helpdesk does.",
    )


def explain(error: Exception, max_bytes: int) -> Problem:
    """Describe what an exception of the HTTP client, or of reading the body, means."""
    if isinstance(error, BodyTooLargeError):
        return _too_large(max_bytes)
    if isinstance(error, EncodingNotAskedForError):
        return _not_asked_for(str(error))
    if isinstance(error, BodyEncodingError):
        return _ENCODING
    if isinstance(error, NotHttpError):
        return _NOT_HTTP
    if isinstance(error, (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError)):
        return NOT_AN_ADDRESS
    if isinstance(error, (httpx.ReadError, httpx.WriteError)):
        return _BROKEN_OFF
    if isinstance(error, httpx.RemoteProtocolError):
        if "buffer too long" in str(error):  # it begins as HTTP: FirstBytes saw to that
            return _LARGE_HEAD
        return _NOT_HTTP if _is_no_http(str(error)) else _BROKEN_OFF
    return _explain_connection(list(_causes(error)))


def _is_no_http(protocol_message: str) -> bool:
    ended_early = ("disconnected", "closed connection", "without sending complete")
    return not any(words in protocol_message for words in ended_early)


def _not_asked_for(name: str) -> Problem:
    encoding = f"Content-Encoding: {name}" if name else "a Content-Encoding"
    return Problem(
        "encoding",
        f"The answer comes with {encoding}, which was not asked for.",
        "Send gzip or deflate, as Accept-Encoding asks, or do not compress; proxies do it on their own, too.",
    )


def _too_large(max_bytes: int) -> Problem:
    return Problem(
        "too_large",
        f"The body is larger than {max_bytes:,} bytes when unpacked.",
        "Answer only the fields that the template shows.",
    )


def _explain_connection(causes: list[BaseException]) -> Problem:
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Problem("tls", f"{UNTRUSTED.message}: {cause.verify_message}.", UNTRUSTED.fix)
        if isinstance(cause, ssl.SSLError):
            return _TLS
        if isinstance(cause, socket.gaierror):
            return _DNS
        if isinstance(cause, OSError) and cause.errno == errno.ECONNREFUSED:
            return _REFUSED
        if isinstance(cause, OSError) and cause.errno == errno.ECONNRESET:
            return _BROKEN_OFF
    return _NETWORK


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Walk what an exception came from, innermost last; a name may have had several addresses to try."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for part in error.exceptions:
                yield from _causes(part)
        error = error.__cause__ or error.__context__
