"""How much query a request may bring, and the address in it: the plain case fast, the rest by the schema."""

from __future__ import annotations

import re
from string import punctuation
from typing import cast
from urllib.parse import quote, unquote_to_bytes

from marshmallow import ValidationError
from werkzeug.wrappers import Request

from webhook_server.profile.identity import InvalidAddressError
from webhook_server.web.schemas import ProfileQuery

LONGEST_QUERY = 8192
"""Bytes of the query string; the helpdesk sends an address and a token."""

MOST_PARAMETERS = 10
"""Parameters in it, the token among them."""

_PLAIN = re.compile(r"email=([!-%'-~]+)", re.ASCII)
_SCHEMA = ProfileQuery()


def asked_address(query: str) -> str:
    """Read the customer's address as it arrived, from the query that the token was taken out of.

    What the helpdesk sends, one ``email`` in ASCII or percent-encoded UTF-8, is decoded here and now;
    whether it is an address, the service will say. Anything else is judged by the schema. Raises
    InvalidAddressError.
    """
    plain = _PLAIN.fullmatch(query)
    if plain is None:
        return _judged_address(query)
    value = plain[1].replace("%40", "@").replace("+", " ")
    if "%" not in value:
        return value
    try:
        return unquote_to_bytes(value).decode()
    except UnicodeDecodeError:
        return _judged_address(query)


def _judged_address(query: str) -> str:
    if not query.isascii():  # bytes that nobody encoded; werkzeug raises for those that are no UTF-8
        query = quote(query.encode("latin-1", "replace"), safe=punctuation)
    arrived = Request({"QUERY_STRING": query}).args
    try:
        return cast("str", _SCHEMA.load({name: arrived.getlist(name) for name in arrived})["email"])
    except ValidationError as error:
        told = cast("dict[str, dict[str, str]]", error.messages)["email"]
        raise InvalidAddressError(told["error"], told["message"]) from None
