"""Connections whose every wait ends with the caller's time, and which lead only where they may."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import httpcore

from adapters.time_limit import seconds_left
from adapters.web.names import ForbiddenAddressError, addresses_of, is_address, is_link_local, is_private

LOCALHOST = "localhost"


class Permission:
    """Which private addresses may be connected to.

    ``own_hosts`` are those that settings name. One that is written as an IP address or ``localhost`` is
    meant as it stands; a name that leads to a private address is only with ``allow_private``. Whatever
    else a redirect names must be public. Link-local addresses are never allowed.
    """

    def __init__(self, own_hosts: Iterable[str], *, allow_private: bool = False) -> None:
        self._allowed = frozenset(
            host for host in own_hosts if allow_private or host == LOCALHOST or is_address(host)
        )

    def choose(self, host: str, addresses: Iterable[str]) -> list[str]:
        """Answer the addresses of a host that may be connected to. Raises ForbiddenAddressError for none."""
        found = list(addresses)
        if host in self._allowed:
            allowed = [address for address in found if not is_link_local(address)]
        else:
            allowed = [address for address in found if not is_private(address)]
        if not allowed:
            kind = "a link-local" if all(map(is_link_local, found)) else "a private"
            raise ForbiddenAddressError(f"{host} leads to {kind} address")
        return allowed


class TimelyBackend(httpcore.NetworkBackend):
    """Connects as httpcore does, but asks a permission first and keeps the caller's time."""

    def __init__(self, permission: Permission) -> None:
        self._permission = permission
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that answers. Raises httpcore's errors and ForbiddenAddressError."""
        try:
            known = addresses_of(host, port)
        except TimeoutError:
            raise httpcore.ConnectTimeout from None
        except OSError:
            raise httpcore.ConnectError(f"there is no host {host}") from None
        addresses = self._permission.choose(host, known)
        for place, address in enumerate(addresses, 1):
            # One that does not answer leaves half of the time to the others.
            limit = _left() if place == len(addresses) else _left() / 2
            try:
                stream = self._backend.connect_tcp(
                    address, port, _limit(limit), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if place == len(addresses):
                    raise
            else:
                return _TimelyStream(stream)
        raise AssertionError("a host has one address at least")  # pragma: no cover

    def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.NetworkStream:
        """Refuse: a URL does not lead there."""
        raise httpcore.ConnectError


class _TimelyStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if (left := _left()) <= 0:
            raise httpcore.ReadTimeout
        return self._stream.read(max_bytes, _limit(left))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if (left := _left()) <= 0:
            raise httpcore.WriteTimeout
        self._stream.write(buffer, _limit(left))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        if (left := _left()) <= 0:
            raise httpcore.ConnectTimeout
        return _TimelyStream(self._stream.start_tls(ssl_context, server_hostname, _limit(left)))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left() -> float:
    return seconds_left()


def _limit(seconds: float) -> float | None:
    # A socket whose limit is 0 does not wait at all and says so in other words.
    return None if seconds == math.inf else max(0.001, seconds)
