"""The number that an address is found by: small and even keys make a shallow tree, and quick comparisons."""

from __future__ import annotations

from hashlib import md5
from unicodedata import normalize

Record = tuple[int, str, str]
"""The number of an address, the address, and what is kept of it."""

NUMBERS = 2**63
"""How many there are."""


def spelled(key: str) -> str:
    """Write an address as an index has it, in lower case; what has no @ is none, and its case counts.

    Letters with accents are one letter each, as people type them; some systems write them as two (NFD).
    """
    key = key.strip()
    if not key.isascii():
        key = normalize("NFC", key)
    return key.lower() if "@" in key else key


def number_of(email: str) -> int:
    """Answer the number of an address: 63 bits of its MD5, which only spreads and protects nothing.

    Raises UnicodeEncodeError for half of a surrogate pair.
    """
    return int.from_bytes(md5(email.encode(), usedforsecurity=False).digest()[8:], "little") >> 1


def share_of(record: Record) -> float:
    """Answer which share of all records has come with this one: numbers are spread evenly, and in order."""
    return record[0] / NUMBERS


def numbered(query: str) -> str:
    """Write a query of addresses and records as one that has their numbers too, in order of them."""
    number = "CAST(md5_number_lower(email) >> 1 AS BIGINT)"
    return f"SELECT {number} AS number, email, record FROM ({query}) ORDER BY number, email"  # noqa: S608
