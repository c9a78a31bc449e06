"""Sees the I/O that Python announces (sys.addaudithook, PEP 578)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_watching: list[list[str]] = []
_IO_EVENTS = {"socket.connect", "socket.getaddrinfo", "sqlite3.connect", "subprocess.Popen"}
_hooked = False


@contextmanager
def io_watched() -> Iterator[list[str]]:
    """Collect the names of I/O events while the block runs; imports are none of them."""
    global _hooked  # noqa: PLW0603 - an audit hook can be added but never removed
    if not _hooked:
        sys.addaudithook(_audit)
        _hooked = True
    seen: list[str] = []
    _watching.append(seen)
    try:
        yield seen
    finally:
        _watching.remove(seen)


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watching:
        return
    if event in _IO_EVENTS or (event == "open" and not _is_module(arguments[0])):
        _watching[-1].append(event)


def _is_module(path: object) -> bool:
    """Tell an import from the opening of data: a driver may be imported when a source is made."""
    return not isinstance(path, str) or path.endswith((".py", ".pyc", ".so")) or "site-packages" in path
