"""The calls that a check makes: what each sends, and how it is spoken of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.address import Parameters

WRONG_TOKEN = "wrong-token-of-a-check"  # noqa: S105 - that is the point of it
"""A token that is nobody's."""

STRANGER = "nobody.at.all.4d1f@example.org"
"""An address that no company has a customer under."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One call: its method, the parameters it sends for a customer's address and a token, what it is.

    ``says`` goes on after "The answer", as in "The answer to a wrong token".
    """

    name: str
    says: str
    parameters: Callable[[str, str], Parameters]
    method: str = "GET"


def _pair(email: str, token: str) -> Parameters:
    return (("email", email), ("api_token", token))


def _with_address(name: str, says: str, make: Callable[[str], str]) -> Probe:
    return Probe(name, says, lambda email, token: _pair(make(email), token))


def with_tag(email: str) -> str:
    """Give an address with a tag after a plus sign."""
    local, _, domain = email.rpartition("@")
    return f"{local}+helpdesk@{domain}"


FIRST = Probe("first", "to the first call", _pair)
HEAD = Probe("head", "to a HEAD request", _pair, "HEAD")
POST = Probe("post", "to a POST request", _pair, "POST")

WRONG = Probe("wrong_token", "to a wrong token", lambda email, _: _pair(email, WRONG_TOKEN))
WRONG_STRANGER = Probe(
    "wrong_token_unknown_address",
    "to a wrong token with an unknown address",
    lambda *_: _pair(STRANGER, WRONG_TOKEN),
)
NO_TOKEN = Probe("no_token", "without a token", lambda email, _: (("email", email),))
EMPTY_TOKEN = Probe("empty_token", "to an empty token", lambda email, _: _pair(email, ""))
TWO_TOKENS = Probe(
    "two_tokens",
    "to a wrong and the right token together",
    lambda email, token: (*_pair(email, WRONG_TOKEN), ("api_token", token)),
)
RIGHT_TOKEN_FIRST = Probe(
    "right_token_first",
    "to the right and a wrong token together",
    lambda email, token: (*_pair(email, token), ("api_token", WRONG_TOKEN)),
)

UNKNOWN = _with_address("unknown", "for an unknown address", lambda _: STRANGER)
PLUS = _with_address("plus", "for an address with a plus sign", with_tag)
CAPITALS = _with_address("capitals", "for the address in capitals", str.upper)
UNICODE = _with_address("unicode", "for an address beyond ASCII", lambda _: "zoë@bücher.example")
QUOTES = _with_address("quotes", "for an address with a quote", lambda _: "o'brien@example.org")
BLANKS = _with_address("blanks", "for the address between blanks", lambda email: f" {email} ")
WILDCARD = _with_address("wildcard", "for a pattern", lambda _: "%@%")
NO_EMAIL = Probe("no_email", "without an address", lambda _, token: (("api_token", token),))
