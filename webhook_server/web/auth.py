"""The token: taken out of the URL before anything can log it, and compared in constant time.

The helpdesk's page: "You should check if the given `api_token` matches the one from your account".
It is the account's own API token, so a line in a log would be a breach.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote_to_bytes

from flask import Flask, Response, request

from webhook_server.web.bounds import LONGEST_QUERY, MOST_PARAMETERS
from webhook_server.web.errors import (
    BEARER_REFUSED,
    QUERY_TOO_LONG,
    TOO_MANY_FAILURES,
    TOO_MANY_PARAMETERS,
    UNAUTHORIZED,
    Failure,
    respond,
)
from webhook_server.web.rate_limit import FailureLimit
from webhook_server.web.veil import ASKED, PutAside

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PARAMETER = b"api_token"
VERDICT = "custom_profile.token"
"""The key of the WSGI environment under which the verdict stands."""
BEYOND = "custom_profile.beyond"
"""The key under which it stands if the query is beyond a bound, and which."""

Verdict = Literal["valid", "missing", "repeated", "wrong"]
Bound = Literal["length", "parameters"]

_ADDRESS = b"email"

PROFILE = "profile"
"""Flask's name for the view that the token guards."""

REFUSALS: Mapping[Bound, Failure] = {"length": QUERY_TOO_LONG, "parameters": TOO_MANY_PARAMETERS}
"""What the rightful caller is told of a query beyond a bound."""

_WRITTEN = PARAMETER + b"="


class TokenGate:
    """WSGI middleware that judges ``api_token`` and removes it from the request, and so ``email``.

    Behind it, neither the application, an error reporter nor a traceback can repeat the token; the address
    is put aside for the kit's own code (ASKED), since tracing writes down the query that Flask is given.
    """

    def __init__(self, app: WSGIApplication, digests: Sequence[bytes]) -> None:
        if not digests:
            raise ValueError("a webhook without a token would be open to everybody")
        self._app = app
        self._digests = tuple(digests)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Judge the token, then pass the request on without it."""
        self._judge(environ)
        return self._app(environ, start_response)

    def _judge(self, environ: WSGIEnvironment) -> None:
        """Judge it in a frame that is gone afterwards: error reporters write down every frame's variables."""
        query = environ.get("QUERY_STRING", "").encode("latin-1", "replace")
        if (bound := bound_beyond(query)) is None:
            tokens, rest = take_tokens(query)
        else:
            tokens, rest = find_tokens(query), b""
            environ[BEYOND] = bound
        environ[VERDICT] = judge(tokens, self._digests)
        environ[ASKED] = PutAside(rest.decode("latin-1"))
        # The address alone is what the helpdesk asks.
        alone = rest.startswith(_ADDRESS) and b"&" not in rest
        environ["QUERY_STRING"] = "" if alone else _without_addresses(rest).decode("latin-1")
        # Some servers keep the request line, query and all, beside the standard keys.
        for name in ("REQUEST_URI", "RAW_URI"):
            if name in environ:
                environ[name] = environ[name].partition("?")[0]


def register(app: Flask, path: str, limit: FailureLimit) -> None:
    """Refuse at ``path`` whoever has no valid token, and queries beyond a bound, before anything else."""

    def refuse() -> Response | None:
        environ = request.environ
        valid = environ.get(VERDICT) == "valid"
        if valid and BEYOND not in environ:
            return None
        # Before routing's own errors too: without the token, nothing is learnt but that it is needed.
        if request.path != path and request.endpoint != PROFILE:
            return None
        return respond(REFUSALS[environ[BEYOND]] if valid else _refusal(UNAUTHORIZED, limit, environ))

    app.before_request(refuse)


def _refusal(usual: Failure, limit: FailureLimit, environ: WSGIEnvironment) -> Failure:
    """Count a failure, and answer the usual refusal or that there were too many."""
    seconds = limit.note(environ)
    if not seconds:
        return usual
    return replace(TOO_MANY_FAILURES, headers={"Retry-After": str(seconds)})


def bound_beyond(query: bytes) -> Bound | None:
    """Name the bound that a query is beyond; None for one that may be read."""
    if len(query) > LONGEST_QUERY:
        return "length"
    return "parameters" if query.count(b"&") >= MOST_PARAMETERS else None


def take_tokens(query: bytes) -> tuple[list[bytes], bytes]:
    """Split a query string into the values of ``api_token`` and the rest.

    What only looks like the name, as ``amp;api_token`` of an address that was written as HTML, is neither.
    """
    tokens: list[bytes] = []
    rest: list[bytes] = []
    for pair in query.split(b"&"):
        if pair.startswith(_WRITTEN):
            tokens.append(_decoded(pair[len(_WRITTEN) :]))
            continue
        name, _, value = pair.partition(b"=")
        name = _decoded(name)
        if name == PARAMETER:
            tokens.append(_decoded(value))
        elif not name.lower().endswith(PARAMETER):
            rest.append(pair)
    return tokens, b"&".join(rest)


def find_tokens(query: bytes) -> list[bytes]:
    """Find the values of ``api_token``, two at most, without splitting a query that is beyond a bound.

    The name counts only as the helpdesk writes it: nothing of such a query is passed on, and the token
    only decides which refusal it gets.
    """
    tokens: list[bytes] = []
    query = b"&" + query
    found = query.find(b"&" + _WRITTEN)
    while found >= 0 and len(tokens) < 2:
        begin = found + 1 + len(_WRITTEN)
        end = query.find(b"&", begin)
        value = query[begin : end if end >= 0 else None]
        tokens.append(_decoded(value) if len(value) <= LONGEST_QUERY else value)
        found = query.find(b"&" + _WRITTEN, begin)
    return tokens


def judge(tokens: Sequence[bytes], digests: Sequence[bytes]) -> Verdict:
    """Compare the token given with every valid one, in a time that tells nothing of them."""
    given = sha256(tokens[0] if tokens else b"").digest()
    matches = False
    for digest in digests:
        matches |= hmac.compare_digest(given, digest)
    if not tokens:
        return "missing"
    if len(tokens) > 1:
        return "repeated"
    return "valid" if matches else "wrong"


def refuse_bearer(environ: WSGIEnvironment, digest: bytes, limit: FailureLimit) -> Response | None:
    """Refuse who has not the Bearer token whose SHA-256 is ``digest``; None for who has it.

    Failures are counted with those of the helpdesk's own token.
    """
    return None if has_bearer(environ, digest) else respond(_refusal(BEARER_REFUSED, limit, environ))


def has_bearer(environ: WSGIEnvironment, digest: bytes) -> bool:
    """Tell whether ``Authorization: Bearer …`` holds the token whose SHA-256 is ``digest``."""
    scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    given = sha256(token.strip().encode("latin-1", "replace")).digest()
    return hmac.compare_digest(given, digest) and scheme.lower() == "bearer"


def _without_addresses(query: bytes) -> bytes:
    pairs = query.split(b"&")
    return b"&".join(
        pair for pair in pairs if not _decoded(pair.partition(b"=")[0]).lower().endswith(_ADDRESS)
    )


def _decoded(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" ")) if b"%" in text or b"+" in text else text
