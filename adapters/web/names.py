"""Which addresses a host has, found out within the caller's time, and which of them may be connected to."""

from __future__ import annotations

import math
import socket
from concurrent.futures import Future
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from threading import BoundedSemaphore, Thread

from adapters.time_limit import seconds_left

RESOLVING_AT_ONCE = 5
"""Questions for a host's name that may be under way: one given up goes on until the system's limit."""

NAT64 = IPv6Network("64:ff9b::/96")
"""IPv6 addresses that stand for IPv4 ones (RFC 6052)."""

_places = BoundedSemaphore(RESOLVING_AT_ONCE)


class ForbiddenAddressError(Exception):
    """Raised for a host that has no address but private ones; the text says which kind."""


def addresses_of(host: str, port: int) -> list[str]:
    """Answer the IP addresses of a host, in the system's order.

    Raises TimeoutError when the caller's time is over, OSError where there is no such host.
    """
    if is_address(host):
        return [host]
    left = seconds_left()
    limit = None if left == math.inf else max(0.0, left)
    if not _places.acquire(timeout=limit):
        raise TimeoutError
    found: Future[list[str]] = Future()

    def run() -> None:
        # In a thread, since asking for a name cannot be ended.
        try:
            known = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except UnicodeError:
            found.set_exception(OSError("no name of a host"))
        except BaseException as error:  # noqa: BLE001 - whoever waits for it raises it
            found.set_exception(error)
        else:
            found.set_result(list(dict.fromkeys(str(address[0]) for *_, address in known)))
        finally:
            _places.release()

    Thread(target=run, name="resolve", daemon=True).start()
    return found.result(limit)


def is_private(address: str) -> bool:
    """Tell whether an IP address is none of the public internet: of a company's network, or this machine."""
    return not _meant(address).is_global or _meant(address).is_multicast


def is_link_local(address: str) -> bool:
    """Tell whether an IP address is one of those that clouds give secrets at (169.254.169.254)."""
    return _meant(address).is_link_local


def is_address(host: str) -> bool:
    """Tell whether a host is written as an IP address."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _meant(address: str) -> IPv4Address | IPv6Address:
    """Read an address; one of IPv6 that stands for one of IPv4 is read as that."""
    read = ip_address(address.partition("%")[0])
    if isinstance(read, IPv4Address):
        return read
    if read in NAT64:
        return IPv4Address(int(read) & 0xFFFFFFFF)
    return read.ipv4_mapped or read.sixtofour or read
