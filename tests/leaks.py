"""The canaries of the leak test: what is asked, and the search for them in whatever was written."""

from __future__ import annotations

import base64
import socket
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import quote, unquote_plus, unquote_to_bytes

TOKEN = "canaryT0ken/7Hq2Zx+9w=4eRt"
PERSON = "mila.canary7x4q"
DOMAIN = "leak-canary.example"
HEADERS = b"Host: x\r\nConnection: close\r\n\r\n"
READING_SECONDS = 3


def address(fault: str) -> str:
    """Write a canary address that makes the faulty source do something."""
    return f"{fault}.{PERSON}@{DOMAIN}"


def every_character(text: str) -> str:
    """Percent-encode every character."""
    return "".join(f"%{byte:02x}" for byte in text.encode())


def every_other_character(text: str) -> str:
    """Percent-encode every other character."""
    return "".join(
        f"%{ord(one):02X}" if number % 2 else quote(one, safe="") for number, one in enumerate(text)
    )


def query(fault: str = "known", token: str = TOKEN) -> str:
    """Write the query as the helpdesk does."""
    return f"email={quote(address(fault))}&api_token={quote(token, safe='')}"


def get(target: str | bytes, method: str = "GET", headers: bytes = HEADERS) -> bytes:
    """Write a request."""
    target = target.encode() if isinstance(target, str) else target
    return method.encode() + b" " + target + b" HTTP/1.1\r\n" + headers


def form(body: str) -> bytes:
    """Write the headers and the body of a form."""
    kind = "Content-Type: application/x-www-form-urlencoded"
    return f"{kind}\r\nContent-Length: {len(body)}\r\n".encode() + HEADERS + body.encode()


def ordinary() -> dict[str, bytes]:
    """Requests that are HTTP, by what is answered."""
    q, token, casey = query(), quote(TOKEN, safe=""), quote(address("known"))
    encoded = f"e%6dail={every_character(address('known'))}&api%5Ftoken={every_character(TOKEN)}"
    mixed = f"email={every_other_character(address('known'))}&api_token={every_other_character(TOKEN)}"
    return {
        "200": get(f"/profile?{q}"),
        "200 encoded": get(f"/profile?{encoded}"),
        "200 partly encoded": get(f"/profile?{mixed}"),
        "200 HEAD": get(f"/profile?{q}", "HEAD"),
        "200 absolute form": get(f"http://x/profile?{q}"),
        "200 fragment": get(f"/profile?{q}#{q}"),
        "200 unknown customer": get(f"/profile?{query('nobody')}"),
        "200 from elsewhere": get(f"/profile?{q}", headers=f"Referer: http://x/?{q}\r\n".encode() + HEADERS),
        "200 behind proxies": get(f"/profile?{q}", headers=behind_proxies(q)),
        "500 behind proxies": get(f"/profile?{query('crash')}", headers=behind_proxies(query("crash"))),
        "400 no address": get(f"/profile?api_token={token}"),
        "400 empty": get(f"/profile?email=&api_token={token}"),
        "400 twice": get(f"/profile?email={casey}&{q}"),
        "400 too long": get(f"/profile?email={'x' * 400}{casey}&api_token={token}"),
        "400 NUL": get(f"/profile?email={casey}%00&api_token={token}"),
        "400 line break": get(f"/profile?email={casey}%0d%0aX:y&api_token={token}"),
        "400 no name": get(f"/profile?email={PERSON}&api_token={token}"),
        "400 not UTF-8": get(f"/profile?email=%ff%fe{casey}&api_token={token}"),
        "400 bad encoding": get(f"/profile?email=%zz{casey}&api_token={token}"),
        "400 parameters": get(f"/profile?{q}&" + "&".join(f"a{number}=1" for number in range(30))),
        "401 missing": get(f"/profile?email={casey}"),
        "401 wrong": get(f"/profile?{query(token=TOKEN + 'x')}"),
        "401 twice": get(f"/profile?{q}&api_token={token}"),
        "401 other case": get(f"/profile?email={casey}&API_TOKEN={token}"),
        "404": get(f"/other?{q}"),
        "404 encoded question mark": get(f"/profile%3F{q}"),
        "404 encoded twice": get(f"/profile%253F{quote(quote(q))}"),
        "404 semicolon": get(f"/profile;api_token={token};email={casey}"),
        "404 two slashes": get(f"//profile?{q}"),
        "404 slash": get(f"/profile/?{q}"),
        "404 backslash": get(f"/\\profile?{q}"),
        "405 POST": get(f"/profile?{q}", "POST", b"Content-Length: 0\r\n" + HEADERS),
        "405 form": get(f"/profile?{q}", "POST", form(q)),
        "404 form": get("/other", "POST", form(q)),
        "204 or 404": get("/invalidate", "POST", b"Authorization: Bearer inv-token\r\n" + form(q)),
        "405 made up": get(f"/profile?{q}", "FROB"),
        "405 OPTIONS": get(f"/profile?{q}", "OPTIONS"),
        "414 9 KB": get(f"/profile?{q}&x={'x' * 9000}"),
        "414 200 KB": get(f"/profile?{q}&x={'x' * 200_000}"),
        "health": get(f"/healthz?{q}"),
        "ready": get(f"/readyz?{q}"),
        "metrics": get(f"/metrics?{q}"),
        "debugger": get(f"/profile?{q}&__debugger__=yes&cmd=1&frm=0&s=x"),
        "503 a source raises": get(f"/profile?{query('raise')}"),
        "503 a source is away": get(f"/profile?{query('unavailable')}"),
        "500 what nothing catches": get(f"/profile?{query('crash')}"),
    }


def behind_proxies(q: str) -> bytes:
    """The headers in which proxies repeat the URL, and the others."""
    names = (
        "X-Original-URL",
        "X-Original-URI",
        "X-Rewrite-URL",
        "X-Forwarded-Uri",
        "X-Envoy-Original-Path",
        "X-WAWS-Unencoded-URL",
        "X-MS-Original-URL",
        "X-Whatever-Comes-Next",
    )
    return b"".join(f"{name}: /profile?{q}\r\n".encode() for name in names) + HEADERS


def malformed() -> dict[str, bytes]:
    """Requests that are no HTTP, or hardly."""
    q = query()
    plain = f"email={address('known')}&api_token={TOKEN}"
    bomb = b"".join(f"X-{number}: {plain}\r\n".encode() for number in range(300))
    referer = f"Referer: http://x/profile?{q}".encode()
    return {
        "raw UTF-8": get(f"/profile?name=é&{plain}"),
        "raw Latin-1": get(f"/profile?name=é&{plain}".encode("latin-1")),
        "blank in the query": get(f"/profile?name=a b&{plain}"),
        "blanks and a protocol in the query": get(f"/profile?name=a HTTP/1.1 &{plain}"),
        "raw NUL": get(b"/profile?name=\0&" + plain.encode()),
        "tab": get(f"/profile?name=\t&{plain}"),
        "no protocol": f"GET /profile?{plain}\r\n\r\n".encode(),
        "wrong protocol": f"GET /profile?{plain} HTTP/9.9\r\n".encode() + HEADERS,
        "protocol that is none": f"GET /profile?{plain} {TOKEN}\r\n".encode() + HEADERS,
        "lower-case method": get(f"/profile?{plain}", "get"),
        "method with a URL": f"/profile?{plain} GET HTTP/1.1\r\n".encode() + HEADERS,
        "bare line feeds": f"GET /profile?{plain} HTTP/1.1\nHost: x\n\n".encode(),
        "no path": f"GET ?{plain} HTTP/1.1\r\n".encode() + HEADERS,
        "many headers": get(f"/profile?{q}", headers=bomb + HEADERS),
        "long header": get(f"/profile?{q}", headers=referer + b"x" * 600_000 + b"\r\n" + HEADERS),
        "header that is a URL": get(f"/profile?{q}", headers=f"/profile?{plain}\r\n".encode() + HEADERS),
        "header name": get(f"/profile?{q}", headers=f"a/b?{plain}: 1\r\n".encode() + HEADERS),
        "header value": get(f"/profile?{q}", headers=referer + b"\0\r\n" + HEADERS),
        "folded header": get(f"/profile?{q}", headers=referer + b"\r\n " + referer + b"\r\n" + HEADERS),
        "two lengths": get(f"/profile?{q}", headers=b"Content-Length: 1\r\nContent-Length: 2\r\n" + HEADERS),
        "length and chunks": get(
            f"/profile?{q}", headers=b"Content-Length: 9\r\nTransfer-Encoding: chunked\r\n" + HEADERS
        ),
        "chunks that are none": get(
            f"/profile?{q}", "POST", b"Transfer-Encoding: chunked\r\n" + HEADERS + plain.encode() + b"\r\n"
        ),
        "unknown coding": get(f"/profile?{q}", headers=b"Transfer-Encoding: frob\r\n" + HEADERS),
        "expectation": get(f"/profile?{q}", headers=b"Expect: " + plain.encode() + b"\r\n" + HEADERS),
        "no end": f"GET /profile?{plain} HTTP/1.1\r\nHost: x\r\n".encode(),
        "half a line": f"GET /profile?{plain}".encode(),
    }


def send(port: int, request: bytes, seconds: float = READING_SECONDS) -> bytes:
    """Send a request; answer every byte that comes back until the other side closes, or gives up."""
    received = b""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=seconds) as line:
        with suppress(OSError):
            line.sendall(request)
        if not request.endswith(b"\r\n\r\n"):
            with suppress(OSError):
                line.shutdown(socket.SHUT_WR)
        while more := line.recv(65_536):
            received += more
    return received


def needles() -> Iterator[tuple[str, bytes]]:
    """What must be found nowhere: the token, and what tells who the person is."""
    for name, text in {"token": TOKEN[:14], "address": PERSON, "domain": DOMAIN}.items():
        yield name, text.lower().encode()
        for shift in range(3):
            # In base64 the same text looks different by where it begins; its ends hold a neighbour's bits.
            coded = base64.b64encode(b"\0" * shift + text.encode())
            yield f"{name} in base64", coded[4:-4].lower() if shift else coded[:-4].lower()


def find(written: bytes) -> list[str]:
    """Name each canary that stands in what was written, however it is encoded, with what surrounds it."""
    forms = [written, unquote_to_bytes(written), unquote_to_bytes(unquote_to_bytes(written))]
    forms.append(unquote_plus(written.decode("latin-1")).encode("latin-1", "replace"))
    found = []
    for form in forms:
        lowered = form.lower()
        for name, needle in needles():
            place = lowered.find(needle)
            if place >= 0:
                found.append(f"{name}: …{form[max(0, place - 150) : place + 60]!r}…")
    return found
