"""Names of fields: valid in Liquid, without blanks, and not the helpdesk's own."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from webhook_server.profile.letters import code_points, in_ascii

RESERVED = frozenset({"name", "status", "email", "first_name", "last_name", "full_name"})
"""What "Groove will always override", whatever a webhook answers."""

LONGEST_KEY = 200
"""Characters; a longer key is cut."""

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


LITERALS = frozenset({"blank", "empty", "false", "nil", "null", "true"})
"""What Liquid reads as a value of its own: ``{{ empty }}`` never shows a field."""


def is_identifier(key: str) -> bool:
    """Tell whether ``{{ key }}`` names this field in Liquid."""
    return _IDENTIFIER.fullmatch(key) is not None and key not in LITERALS


def why_no_identifier(key: str) -> str:
    """Say what is wrong with a key that is no identifier, and what to write."""
    if key in LITERALS:
        return f"{key} is a word of Liquid's own, and a field of that name leaves as {clean_key(key)}"
    return "use letters, digits and _, without blanks"


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


def why_renamed(given: str) -> str:
    """Say why a key does not leave as it was given."""
    if len(given) > LONGEST_KEY:
        return f"a key may have {LONGEST_KEY} characters, and must be a Liquid identifier"
    return "a key must be a Liquid identifier"


def beside_reserved(source: str, name: str) -> str:
    """Answer the name under which a source's field of a reserved name leaves: ``app_status``.

    Where the source's own name makes that reserved too (``first_name``), it is ``first_source_name``.
    """
    moved = clean_key(f"{source}_{name}")
    return clean_key(f"{source}_source_{name}") if moved in RESERVED else moved


def key_text(key: Any) -> str:
    """Answer a record's key as plain text, whatever it is; one that cannot be text is empty."""
    if type(key) is str:
        return key
    try:
        return str.__str__(key) if isinstance(key, str) else str.__str__(str(key))
    except Exception:  # noqa: BLE001 - keys are other people's objects; the field is kept as "field"
        return ""
