"""Names of fields: valid in Liquid, without blanks, and not the helpdesk's own."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

RESERVED = frozenset({"name", "status", "email", "first_name", "last_name", "full_name"})
"""What "Groove will always override", whatever a webhook answers."""

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def is_identifier(key: str) -> bool:
    """Tell whether ``{{ key }}`` names this field in Liquid."""
    return _IDENTIFIER.fullmatch(key) is not None


@lru_cache(maxsize=4096)
def clean_key(key: str) -> str:
    """Make a key a Liquid identifier ("the JSON keys to not include any spaces").

    A valid one stays as it is; ``Created (UTC)`` becomes ``created_utc``.
    """
    if is_identifier(key):
        return key
    plain = unicodedata.normalize("NFKD", key).encode("ascii", "ignore").decode()
    words = re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_").lower()
    if not words:
        return "field"
    return f"_{words}" if words[0].isdigit() else words
