"""Whose request it is, as far as the network tells: the address behind which failures are counted."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

UNKNOWN = ""
"""Whoever has no address, as behind a Unix socket: all of them together."""

_PREFIX = 64
"""Bits of an IPv6 address that belong to one network; the rest its owner chooses freely (RFC 4291)."""


def client_network(environ: WSGIEnvironment, trusted_hops: int = 0) -> str:
    """Answer the client's IPv4 address, or the /64 of its IPv6 address; UNKNOWN where there is none.

    It is the connection's address. Behind so many trusted proxies, each of which appends to
    ``X-Forwarded-For`` who asked it, it is the entry that the outermost of them wrote; whatever stands
    further left, a client may have invented. A header that is shorter, or holds no address there, is
    not believed.
    """
    if trusted_hops:
        entries = environ.get("HTTP_X_FORWARDED_FOR", "").rsplit(",", trusted_hops)
        if len(entries) >= trusted_hops and (network := _network(entries[-trusted_hops])):
            return network
    return _network(environ.get("REMOTE_ADDR") or "")


def _network(text: str) -> str:
    try:
        address = ip_address(_without_port(text.strip()))
    except ValueError:
        return UNKNOWN
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), _PREFIX), strict=False))


def _without_port(text: str) -> str:
    """Take off what some proxies append: ``192.0.2.1:4711``, ``[2001:db8::1]:4711``."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
