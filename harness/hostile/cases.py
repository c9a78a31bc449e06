"""The hostile requests: what real servers and frameworks have stumbled over, and nothing that destroys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlsplit

Room = Literal["parameters", "malformed", "ambiguous", "injection"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where requests go: ``host`` as the Host header says it, ``target`` with its own query, the token."""

    host: str
    target: str
    api_token: str

    @classmethod
    def of(cls, url: str, api_token: str) -> Place:
        """Take an address apart."""
        address = urlsplit(url)
        path = quote(address.path or "/", safe="/%:@!$&'()*+,;=~-._")
        return cls(address.netloc, f"{path}?{address.query}&" if address.query else f"{path}?", api_token)


@dataclass(frozen=True, slots=True)
class Case:
    """One hostile request: what it is about, and the bytes that are sent.

    ``is_short`` says that some servers wait for more: the caller ends its side after them.
    """

    name: str
    room: Room
    make: Callable[[Place], bytes]
    is_short: bool = False


def _request(place: Place, query: bytes, *, head: bytes = b"", method: bytes = b"GET") -> bytes:
    return (
        b"%b %b%b HTTP/1.1\r\nHost: %b\r\nConnection: close\r\nAccept: */*\r\n%b\r\n"
        % (method, place.target.encode(), query, place.host.encode("idna"), head)
    )  # fmt: skip


def _token(place: Place) -> bytes:
    return b"api_token=" + quote(place.api_token, safe="", errors="replace").encode()


def _asking(name: str, parameters: bytes, room: Room = "parameters") -> Case:
    return Case(name, room, lambda place: _request(place, parameters + b"&" + _token(place)))


def _with_head(
    name: str, head: bytes, room: Room = "malformed", method: bytes = b"GET", body: bytes = b""
) -> Case:
    def make(place: Place) -> bytes:
        query = b"email=nobody%40example.org&" + _token(place)
        return _request(place, query, head=head, method=method) + body

    return Case(name, room, make)


def _raw(name: str, raw: Callable[[Place], bytes], *, is_short: bool = False) -> Case:
    return Case(name, "malformed", raw, is_short)


_GET = b"email=a%40b.c"
_LONG = 5_000

_PARAMETERS = (
    _asking("an address of 321 characters", b"email=" + b"a" * 309 + b"%40example.org"),
    _asking("an address of 5 KB", b"email=" + b"a" * _LONG + b"%40example.org"),
    _asking("an address of 60 KB", b"email=" + b"a" * 60_000 + b"%40example.org"),
    _asking("an empty address", b"email="),
    _asking("a blank for an address", b"email=%20"),
    _asking("an address that is only @", b"email=%40"),
    _asking("NUL in the address", b"email=a%00b%40example.org"),
    _asking("a byte that is no UTF-8", b"email=%FF%40example.org"),
    _asking("a percent sign without digits", b"email=%zz%40example.org"),
    _asking("half a character", b"email=%ED%A0%80%40example.org"),
    _asking("an address of emoji", b"email=%F0%9F%8D%B5%40example.org"),
    _asking("an address written right to left", b"email=%E2%80%AEgro.elpmaxe%40a"),
    _asking("two addresses", b"email=a%40example.org&email=b%40example.org"),
    _asking("a list of addresses", b"email[]=a%40example.org&email[]=b%40example.org"),
    _asking("an address that is an object", b"email[%24ne]=x"),
    _asking("a path for an address", b"email=..%2F..%2F..%2Fetc%2Fpasswd"),
    _asking("a template for an address", b"email=%7B%7B7*7%7D%7D%40example.org"),
    _asking("a script for an address", b"email=%3Cscript%3Ealert(1)%3C%2Fscript%3E%40example.org"),
    _asking("a thousand parameters", _GET + b"".join(b"&p%d=1" % number for number in range(1000))),
    _asking("a parameter without a name", b"=1&&&email=a%40example.org"),
    Case("a token beyond ASCII", "parameters", lambda place: _request(place, _GET + b"&api_token=%C3%A9")),
    Case("NUL in the token", "parameters", lambda place: _request(place, _GET + b"&api_token=a%00b")),
    Case("a token of 5 KB", "parameters", lambda place: _request(place, b"api_token=" + b"x" * _LONG)),
)  # fmt: skip

_INJECTIONS = (
    _asking("a quote that ends a text of SQL", b"email=%27%20OR%20%271%27%3D%271", "injection"),
    _asking("SQL behind an address", b"email=a%40example.org%27%20OR%201%3D1%20--%20", "injection"),
    _asking("a pattern behind a quote", b"email=%25%27%20OR%20%27%25", "injection"),
    _asking("a double quote and SQL", b"email=%22%20OR%20%22%22%3D%22", "injection"),
    _asking("a line break and a header", b"email=a%40example.org%0D%0AX-Injected:%20yes", "injection"),
)

_AMBIGUOUS = (
    _with_head(
        "a length and chunks",
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "ambiguous",
        body=b"0\r\n\r\n",
    ),
    _with_head("two lengths", b"Content-Length: 0\r\nContent-Length: 5\r\n", "ambiguous"),
    _with_head("two hosts", b"Host: other.example\r\n", "ambiguous"),
    _with_head("a blank before a colon", b"X-Odd : 1\r\n", "ambiguous"),
)  # fmt: skip

_MALFORMED = (
    _raw("a raw NUL in the path", lambda place: _request(place, b"email=a\0b&" + _token(place))),
    _raw("raw UTF-8 in the path", lambda place: _request(place, "email=jörg@größe.example".encode())),
    _raw("a raw blank in the path", lambda place: _request(place, b"email=a b@example.org")),
    _raw(
        "lines that end with LF", lambda place: _request(place, _GET).replace(b"\r\n", b"\n"), is_short=True
    ),
    _raw("no host", lambda place: b"GET %b HTTP/1.1\r\nConnection: close\r\n\r\n" % place.target.encode()),
    _raw("a line of 1 MB", lambda place: _request(place, b"email=" + b"a" * 1_000_000)),
    _raw("a method that is none", lambda place: _request(place, _GET, method=b"\x01\x02")),
    _raw("a version that is none", lambda place: _request(place, _GET).replace(b"HTTP/1.1", b"HTTP/9.9", 1)),
    _raw(
        "bytes that are no HTTP",
        lambda _: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        is_short=True,
    ),
    _with_head("101 headers", b"".join(b"X-H%d: 1\r\n" % number for number in range(101))),
    _with_head("a header of 64 KB", b"X-Long: " + b"x" * 65_536 + b"\r\n"),
    _with_head("a header without a name", b": nothing\r\n"),
    _with_head("a negative length", b"Content-Length: -1\r\n"),
    _with_head(
        "chunks that are none", b"Transfer-Encoding: chunked\r\n", method=b"POST", body=b"zz\r\nxx\r\n"
    ),
    _with_head("OPTIONS", b"", method=b"OPTIONS"),
    _with_head("TRACE", b"", method=b"TRACE"),
)

CASES: tuple[Case, ...] = (*_PARAMETERS, *_INJECTIONS, *_AMBIGUOUS, *_MALFORMED)
"""Every case, in the order in which they are sent."""
