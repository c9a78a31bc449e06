"""The name under which a field leaves, which reports of an adapter must tell as well."""

from __future__ import annotations

import re
from functools import lru_cache

from adapters.letters import code_points, in_ascii

LONGEST_KEY = 200
"""Characters; a longer key is cut."""

LITERALS = frozenset({"blank", "empty", "false", "nil", "null", "true"})
"""What Liquid reads as a value of its own: ``{{ empty }}`` never shows a field."""

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def is_identifier(key: str) -> bool:
    """Tell whether ``{{ key }}`` names this field in Liquid."""
    return _IDENTIFIER.fullmatch(key) is not None and key not in LITERALS


def clean_key(key: str) -> str:
    """Make a key a Liquid identifier ("the JSON keys to not include any spaces").

    A valid one of at most LONGEST_KEY characters stays as it is; ``Created (UTC)`` becomes
    ``created_utc``, and ``名前`` becomes ``u540du524d``: keys of other scripts keep apart.
    """
    return _clean(key[:LONGEST_KEY])  # cut first: what is remembered must stay small


@lru_cache(maxsize=4096)
def _clean(key: str) -> str:
    if is_identifier(key):
        return key
    words = re.sub(r"[^A-Za-z0-9]+", "_", in_ascii(key)).strip("_").lower()
    if not words:
        seen = [sign for sign in key if not sign.isascii() and sign.isprintable()]
        words = code_points("".join(seen)) or "field"
    return (f"_{words}" if words[0].isdigit() or words in LITERALS else words)[:LONGEST_KEY]
