"""Certificate authorities: the public ones, and those of one's own beside them."""

from __future__ import annotations

import functools
import ssl
from pathlib import Path

import httpx


@functools.cache
def public_authorities() -> ssl.SSLContext:
    """Load the public certificate authorities, once: it takes longer than a call."""
    return httpx.create_ssl_context(trust_env=False)


def with_authorities(file: Path) -> ssl.SSLContext:
    """Trust the certificates of a PEM file beside the public authorities.

    Raises OSError where it cannot be read or holds none.
    """
    context = httpx.create_ssl_context(trust_env=False)
    context.load_verify_locations(cafile=file)
    return context
