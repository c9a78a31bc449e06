"""Reads the cells of a column of addresses: one address each, whatever a program wrote around it."""

from __future__ import annotations

import re

import idna

from adapters.exports.numbers import spelled

_LOCAL = r'"(?:[^"\\]|\\.)*"|[^\s()<>\[\]:;,@\\"]+'
_LABEL = r"(?!-)[^\x00-,./:-@\[-^`{-\x7f\s]+(?<!-)"
_ADDRESS = re.compile(rf"(?:{_LOCAL})@(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-zA-Z:.-]+\])")
"""What a webhook may be asked for: RFC 5321, section 4.1.2, and names between dots that are not of ASCII."""
_WITHIN = re.compile(r"[^<>]*<([^<>]*)>")
_SCHEME = "mailto:"
_REFUSED = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029\ufffd\ud800-\udfff]")
"""Control characters, and what stands for bytes that were no text: no webhook may ask for them."""
_UNSEEN = r"[\s\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+"
_AROUND = re.compile(rf"\A{_UNSEEN}|{_UNSEEN}\Z")
"""Blanks, and what nobody sees, such as a zero-width space, which comes along with what is copied."""
LONGEST = 320
"""Characters: 64 before the @ and 255 behind it (RFC 5321, section 4.5.3.1)."""

_LABEL_OF_ASCII = "[0-9A-Za-z_]([0-9A-Za-z_-]*[0-9A-Za-z_])?"
USUAL = rf"[!#-\x27*+./0-9=?A-Z^-~-]+@{_LABEL_OF_ASCII}([.]{_LABEL_OF_ASCII})*"
"""An address as most are, for DuckDB; all that it matches is one for read_address() too."""


def read_address(cell: str) -> str:
    """Write the address that a cell holds as an index has it; "" where it holds none, or several.

    ``Dora <dora@example.com>`` and ``mailto:dora@example.com`` hold one each. Blanks within quotes are
    ``+``, as in a query string.
    """
    text = _bare(cell)
    if within := _WITHIN.fullmatch(text):
        text = _bare(within[1])
    if text.lower().startswith(_SCHEME):
        text = text[len(_SCHEME) :]
    text = text.removesuffix(".")  # of the domain, which means the same without it
    if len(text) > LONGEST or _REFUSED.search(text) or not _ADDRESS.fullmatch(text):
        return ""
    local, _, domain = spelled(text).rpartition("@")
    return f"{local.replace(' ', '+')}@{domain if domain.isascii() else _mapped(domain)}"


def _bare(text: str) -> str:
    return text.strip() if text.isascii() else _AROUND.sub("", text)


def _mapped(domain: str) -> str:
    """Write a domain as a webhook that is asked for it looks for it in Unicode (UTS 46)."""
    try:
        return idna.decode(idna.encode(domain, uts46=True)).removesuffix(".")
    except UnicodeError:  # no valid domain, yet mail came from it
        return domain
