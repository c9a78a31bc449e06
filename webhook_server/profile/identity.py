"""The address as it arrived → the addresses to look for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import idna

from webhook_server.profile.keys import clean_key, key_text

LONGEST_ADDRESS = 320
"""Characters: 64 before the @ and 255 behind it (RFC 5321, section 4.5.3.1)."""

MAX_ALIASES = 10
"""Other addresses of one customer that are looked for too."""

_MAX_FOUND = 100
"""Addresses read from one answer of an alias source."""

_PLAIN = re.compile(r"[a-z0-9.!#$%&'*/=?^_`{|}~+-]{1,64}@(?:(?!xn--)[a-z0-9.-]){1,255}")
"""An address that is its own normal form, and the only spelling of it."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_BETWEEN = re.compile(r"[,;\s]+")


class InvalidAddressError(ValueError):
    """Raised for text that is no address; ``code`` names the reason, and the text says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class Identity:
    """The addresses under which a customer may be known, the likeliest first.

    The first is the normal form, one for all spellings of an address: lower case, composed characters
    (NFC), the domain in ASCII (``xn--…``).
    """

    addresses: tuple[str, ...]

    def with_aliases(self, found: Iterable[Any]) -> Identity:
        """Append the normal forms of other addresses, at most MAX_ALIASES; what is none is ignored."""
        aliases: dict[str, None] = {}
        for address in islice(found, _MAX_FOUND):
            normal = _normal_form(address)
            if normal is not None and normal not in self.addresses:
                aliases[normal] = None
        if not aliases:
            return self
        return Identity((*self.addresses, *islice(aliases, MAX_ALIASES)))


def identify(arrived: str, *, strip_plus_tags: bool = False) -> Identity:
    """Read an address as it arrived in the query string.

    Blanks around it go; a blank inside the part before the @ was a ``+`` that nobody encoded. After
    the normal form come the other spelling of the domain, the address as it arrived, and with
    ``strip_plus_tags`` the address without what follows a ``+``. Raises InvalidAddressError for what
    cannot be an address. It is lenient on purpose: mail reaches the helpdesk from addresses that
    stricter rules would refuse.
    """
    if _PLAIN.fullmatch(arrived) is not None and not strip_plus_tags:
        return Identity((arrived,))
    local, domain = _split(arrived)
    lower = _lower(local)
    spellings = _spellings(domain)
    addresses = [f"{lower}@{spelling}" for spelling in spellings]
    addresses.append(f"{local}@{domain}")
    untagged = lower.partition("+")[0]
    if strip_plus_tags and untagged and not lower.startswith('"'):
        addresses += [f"{untagged}@{spelling}" for spelling in spellings]
    return Identity(tuple(dict.fromkeys(addresses)))


def addresses_in(records: Iterable[Mapping[Any, Any]], fields: Container[str] | None = None) -> list[str]:
    """List every address in an alias source's records, in order, at most 100.

    With ``fields``, only those fields of a record (by their cleaned names) are looked at.
    A value counts if all of its text is addresses, separated by commas, semicolons or blanks, and so
    does each item of a list, and each value of an object in one. Addresses inside other text do not: a
    note may name someone else.
    """
    found = (
        address
        for record in records
        for name, value in record.items()
        if fields is None or clean_key(key_text(name)) in fields
        for address in _addresses(value)
    )
    return list(dict.fromkeys(islice(found, _MAX_FOUND)))


def _addresses(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if len(value) <= _MAX_FOUND * LONGEST_ADDRESS:
            parts = [part for part in _BETWEEN.split(str.__str__(value)) if part]
            if all(_normal_form(part) for part in parts):
                yield from parts
    elif isinstance(value, list | tuple):
        for item in islice(value, _MAX_FOUND):
            if isinstance(item, str):
                yield from _addresses(item)
            elif isinstance(item, Mapping):
                # As APIs list them: [{"email": "…", "type": "work"}].
                for inner in islice(item.values(), _MAX_FOUND):
                    if isinstance(inner, str):
                        yield from _addresses(inner)


def _normal_form(address: Any) -> str | None:
    if not isinstance(address, str):
        return None
    try:
        return identify(str.__str__(address)).addresses[0]
    except InvalidAddressError:
        return None


def _split(arrived: str) -> tuple[str, str]:
    if _CONTROL.search(arrived):
        raise InvalidAddressError(
            "email_control_character", "email holds a control character or a line break."
        )
    address = arrived.strip()
    if not address:
        raise InvalidAddressError("email_empty", "email is empty: give the customer's address.")
    if len(address) > LONGEST_ADDRESS:
        raise InvalidAddressError("email_too_long", f"email is longer than {LONGEST_ADDRESS} characters.")
    local, at, domain = address.rpartition("@")
    if not (local and at and domain) or re.search(r"\s", domain) or _is_garbled(address):
        raise InvalidAddressError(
            "email_invalid", "email is no address: it should look like casey@example.com."
        )
    return local.replace(" ", "+"), domain


def _is_garbled(address: str) -> bool:
    """Tell whether its bytes were not UTF-8: such text cannot be asked of any database."""
    return not address.isascii() and ("\ufffd" in address or bool(re.search("[\ud800-\udfff]", address)))


def _lower(text: str) -> str:
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text).lower()


def _spellings(domain: str) -> tuple[str, ...]:
    """Answer the domain in ASCII and then in Unicode (UTS 46); once, where both are the same."""
    lower = _lower(domain)
    if lower.isascii() and "xn--" not in lower:
        return (lower,)
    try:
        in_ascii = idna.encode(lower, uts46=True).decode("ascii")
        return (in_ascii, idna.decode(in_ascii))
    except UnicodeError:  # no valid domain, yet mail came from it
        return (lower,)
