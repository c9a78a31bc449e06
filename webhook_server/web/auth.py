"""The token: taken out of the URL before anything can log it, and compared in constant time.

The helpdesk's page: "You should check if the given `api_token` matches the one from your account".
It is the account's own API token, so a line in a log would be a breach.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PARAMETER = b"api_token"
VERDICT = "custom_profile.token"
"""The key of the WSGI environment under which the verdict stands."""

Verdict = Literal["valid", "missing", "repeated", "wrong"]


class TokenGate:
    """WSGI middleware that judges ``api_token`` and removes it from the request.

    Behind it, neither the application, an error reporter nor a traceback can repeat the token.
    """

    def __init__(self, app: WSGIApplication, digests: Sequence[bytes]) -> None:
        if not digests:
            raise ValueError("a webhook without a token would be open to everybody")
        self._app = app
        self._digests = tuple(digests)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Judge the token, then pass the request on without it."""
        query = environ.get("QUERY_STRING", "")
        tokens, rest = take_tokens(query.encode("latin-1", "replace"))
        environ[VERDICT] = judge(tokens, self._digests)
        environ["QUERY_STRING"] = rest.decode("latin-1")
        # Some servers keep the request line, query and all, beside the standard keys.
        for name in ("REQUEST_URI", "RAW_URI"):
            if name in environ:
                environ[name] = environ[name].partition("?")[0]
        return self._app(environ, start_response)


def take_tokens(query: bytes) -> tuple[list[bytes], bytes]:
    """Split a query string into the values of ``api_token`` and the rest."""
    tokens: list[bytes] = []
    rest: list[bytes] = []
    for pair in query.split(b"&"):
        name, _, value = pair.partition(b"=")
        if _decoded(name) == PARAMETER:
            tokens.append(_decoded(value))
        else:
            rest.append(pair)
    return tokens, b"&".join(rest)


def judge(tokens: Sequence[bytes], digests: Sequence[bytes]) -> Verdict:
    """Compare the token given with every valid one, in a time that tells nothing of them."""
    given = sha256(tokens[0] if tokens else b"").digest()
    matches = [hmac.compare_digest(given, digest) for digest in digests]
    if not tokens:
        return "missing"
    if len(tokens) > 1:
        return "repeated"
    return "valid" if any(matches) else "wrong"


def _decoded(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" ")) if b"%" in text or b"+" in text else text
