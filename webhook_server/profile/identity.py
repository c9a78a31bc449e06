"""The address as it arrived → the addresses to look for."""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST_ADDRESS = 320
"""Characters: 64 before the @ and 255 behind it (RFC 5321, section 4.5.3.1)."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


class InvalidAddressError(ValueError):
    """Raised for text that is no address; ``code`` names the reason, and the text says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Identity:
    """The addresses under which a customer may be known, the likeliest first; the first is lower-case."""

    addresses: tuple[str, ...]


def identify(arrived: str) -> Identity:
    """Read an address as it arrived in the query string.

    Blanks around it go; a blank inside the part before the @ was a ``+`` that nobody encoded. Raises
    InvalidAddressError for what cannot be an address. It is lenient on purpose: mail reaches the
    helpdesk from addresses that stricter rules would refuse.
    """
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
    if not (local and at and domain) or re.search(r"\s", domain) or "\ufffd" in address:
        raise InvalidAddressError(
            "email_invalid", "email is no address: it should look like casey@example.com."
        )
    address = f"{local.replace(' ', '+')}@{domain}"
    lower = address.lower()
    return Identity((lower,) if lower == address else (lower, address))
