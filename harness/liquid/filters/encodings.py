"""Filters that encode text for addresses and as Base64, and decode it."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus, unquote_to_bytes

from harness.liquid.errors import InlineError
from harness.liquid.values.text import to_text


def url_encode(value: Any) -> str | None:
    """Encode for an address: a space becomes a plus."""
    return None if value is None else quote_plus(_bytes(value))


def url_decode(value: Any) -> str | None:
    """Decode what stands in an address; bytes that are no text are an inline error."""
    if value is None:
        return None
    text = to_text(value)
    end = len(text) - len("%+") if text.endswith("%+") else len(text)  # Ruby stops at a percent cut short
    try:
        return unquote_to_bytes(_bytes(text[:end].replace("+", " ") + text[end:])).decode()
    except UnicodeDecodeError:
        raise InlineError("invalid byte sequence in UTF-8") from None


def base64_encode(value: Any) -> str:
    """Encode as Base64."""
    return b64encode(_bytes(value)).decode()


def base64_decode(value: Any) -> str:
    """Decode Base64, without spaces and with its padding."""
    return _decoded(to_text(value), "base64_decode")


def base64_url_safe_encode(value: Any) -> str:
    """Encode as Base64 with the two characters that addresses allow."""
    return urlsafe_b64encode(_bytes(value)).decode()


def base64_url_safe_decode(value: Any) -> str:
    """Decode Base64 of addresses; the padding may be missing."""
    text = to_text(value)
    if not text.endswith("=") and len(text) % 4:
        text += "=" * (-len(text) % 4)
    return _decoded(text.replace("-", "+").replace("_", "/"), "base64_url_safe_decode")


def _decoded(text: str, name: str) -> str:
    try:
        decoded = b64decode(text, validate=True)
        if b64encode(decoded).decode() != text:
            raise ValueError("bits are left over")
    except (binascii.Error, ValueError):
        raise InlineError(f"invalid base64 provided to {name}") from None
    return decoded.decode(errors="replace")


def _bytes(value: Any) -> bytes:
    """Give text as UTF-8; half a character, which only Python's texts can hold, becomes a question mark."""
    return to_text(value).encode(errors="replace")


FILTERS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        base64_decode, base64_encode, base64_url_safe_decode, base64_url_safe_encode, url_decode, url_encode,
    )
}  # fmt: skip
