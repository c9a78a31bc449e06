"""Names of fields: valid in Liquid, without blanks, and not the helpdesk's own."""

from __future__ import annotations

from typing import Any

from adapters.field_names import LITERALS, LONGEST_KEY, clean_key, is_identifier

__all__ = [
    "LITERALS",
    "LONGEST_KEY",
    "RESERVED",
    "beside_reserved",
    "clean_key",
    "is_identifier",
    "key_text",
    "why_no_identifier",
    "why_renamed",
]

RESERVED = frozenset({"name", "status", "email", "first_name", "last_name", "full_name"})
"""What "Groove will always override", whatever a webhook answers."""


def why_no_identifier(key: str) -> str:
    """Say what is wrong with a key that is no identifier, and what to write."""
    if key in LITERALS:
        return f"{key} is a word of Liquid's own, and a field of that name leaves as {clean_key(key)}"
    return "use letters, digits and _, without blanks"


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
