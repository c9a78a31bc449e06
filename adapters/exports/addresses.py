"""Reads the cells of a column of addresses: one address each, whatever a program wrote around it."""

from __future__ import annotations

import re

from adapters.exports.numbers import spelled

_LOCAL = r'"(?:[^"\\]|\\.)*"|[^\s()<>\[\]:;,@\\"]+'
_LABEL = r"(?!-)[^\x00-,./:-@\[-^`{-\x7f\s]+(?<!-)"
_ADDRESS = re.compile(rf"(?:{_LOCAL})@(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-zA-Z:.-]+\])")
"""What a webhook may be asked for: RFC 5321, section 4.1.2, and names between dots that are not of ASCII."""
_WITHIN = re.compile(r"[^<>]*<([^<>]*)>")
_SCHEME = "mailto:"

_LABEL_OF_ASCII = "[0-9A-Za-z_]([0-9A-Za-z_-]*[0-9A-Za-z_])?"
USUAL = rf"[!#-\x27*+./0-9=?A-Z^-~-]+@{_LABEL_OF_ASCII}([.]{_LABEL_OF_ASCII})*"
"""An address as most are, for DuckDB; all that it matches is one for read_address() too."""


def read_address(cell: str) -> str:
    """Write the address that a cell holds as an index has it; "" where it holds none, or several.

    ``Dora <dora@example.com>`` and ``mailto:dora@example.com`` hold one each.
    """
    text = cell.strip()
    if within := _WITHIN.fullmatch(text):
        text = within[1].strip()
    if text.lower().startswith(_SCHEME):
        text = text[len(_SCHEME) :]
    text = text.removesuffix(".")  # of the domain, which means the same without it
    return spelled(text) if _ADDRESS.fullmatch(text) else ""
