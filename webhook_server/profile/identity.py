"""The address as it arrived → the addresses to look for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

import idna

LONGEST_ADDRESS = 320
"""Characters: 64 before the @ and 255 behind it (RFC 5321, section 4.5.3.1)."""

MAX_ALIASES = 10
"""Other addresses of one customer that are looked for too."""

MAX_FOUND = 100
"""Addresses read from one answer of an alias source."""

_PLAIN = re.compile(
    r"[a-z0-9.!#$%&'*/=?^_`{|}~+-]{1,64}@(?![.-]|.*(?:xn--|\.[.-]|-\.))[a-z0-9.-]{0,254}[a-z0-9]"
)
"""An address that is its own normal form, and the only spelling of it."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_SPECIAL = re.compile(r'[()<>\[\]:;,@\\"]')
"""What may stand before the @ in quotes alone (RFC 5322, section 3.2.3): elsewhere more than an address."""

_LABEL = r"(?!-)[^\x00-,./:-@\[-^`{-\x7f]+(?<!-)"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*|\[[0-9a-zA-Z:.-]+\]")
"""Names between dots, of letters, digits, hyphens and whatever is not ASCII, or an IP address in brackets.

RFC 5321, section 4.1.2; underscores are let through, since mail comes from such domains.
"""

NORMAL, UNICODE = "normal form", "its domain in Unicode"
ARRIVED, UNTAGGED = "as it arrived", "without its plus tag"
"""How an address that is looked for comes from the one that arrived."""


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
    origins: tuple[str, ...] = (NORMAL,)
    """How each of them comes from the address that arrived."""
    aliases: int = 0
    """How many of them an alias source gave; they come last."""

    def with_aliases(self, found: Iterable[Any], source: str) -> Identity:
        """Append the normal forms of a source's addresses, MAX_ALIASES in all; what is none is ignored."""
        aliases: dict[str, None] = {}
        for address in islice(found, MAX_FOUND):
            normal = normal_form(address)
            if normal is not None and normal not in self.addresses:
                aliases[normal] = None
        added = tuple(islice(aliases, MAX_ALIASES - self.aliases))
        if not added:
            return self
        origins = (*self.origins, *[f"an alias, from {source}"] * len(added))
        return Identity((*self.addresses, *added), origins, self.aliases + len(added))


def identify(arrived: str, *, strip_plus_tags: bool = False) -> Identity:
    """Read an address as it arrived in the query string.

    Blanks around it go; a blank inside the part before the @ was a ``+`` that nobody encoded. After
    the normal form come the other spelling of the domain, the address as it arrived, and with
    ``strip_plus_tags`` the address without what follows a ``+``. Raises InvalidAddressError for what
    cannot be an address. It is lenient on purpose, since mail reaches the helpdesk from addresses that
    stricter rules would refuse: but a name with an address, or two addresses, are none.
    """
    if _PLAIN.fullmatch(arrived) is not None and not strip_plus_tags:
        return Identity((arrived,))
    local, domain = _split(arrived)
    lower = _lower(local)
    spellings = _spellings(domain)
    found: dict[str, str] = {}
    for spelling, origin in zip(spellings, (NORMAL, UNICODE), strict=False):
        found.setdefault(f"{lower}@{spelling}", origin)
    found.setdefault(f"{local}@{domain}", ARRIVED)
    untagged = lower.partition("+")[0]
    if strip_plus_tags and untagged and not lower.startswith('"'):
        for spelling in spellings:
            found.setdefault(f"{untagged}@{spelling}", UNTAGGED)
    return Identity(tuple(found), tuple(found.values()))


def normal_form(address: Any) -> str | None:
    """Answer the one spelling of an address; None for what is none."""
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
    local, _, domain = address.rpartition("@")
    domain = domain.removesuffix(".")
    is_odd = _SPECIAL.search(local) is not None and _QUOTED.fullmatch(local) is None
    is_domain = _DOMAIN.fullmatch(domain) is not None and not re.search(r"\s", domain)
    if not local or not is_domain or is_odd or _is_garbled(address):
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
