"""Sees the I/O that Python announces (sys.addaudithook, PEP 578)."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from traceback import walk_stack
from typing import Any

_watching: list[list[str]] = []
_IO_EVENTS = {"socket.connect", "socket.getaddrinfo", "sqlite3.connect", "subprocess.Popen"}
_FOLDER_EVENTS = ("os.listdir", "os.scandir")
_hooked = False


@contextmanager
def io_watched() -> Iterator[list[str]]:
    """Collect the names of I/O events while the block runs, and threads that it leaves; imports are none."""
    global _hooked  # noqa: PLW0603 - an audit hook can be added but never removed
    if not _hooked:
        sys.addaudithook(_audit)
        _hooked = True
    seen: list[str] = []
    threads = set(threading.enumerate())
    _watching.append(seen)
    try:
        yield seen
    finally:
        _watching.remove(seen)
        # A forked process has none of them.
        seen += ["a thread that goes on"] * len(set(threading.enumerate()) - threads)


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watching:
        return
    is_data = event == "open" and not _is_module(arguments[0])
    if is_data or event in _IO_EVENTS or (event in _FOLDER_EVENTS and not _is_importing()):
        _watching[-1].append(event)


def _is_importing() -> bool:
    """Tell whether an import is under way: it looks into folders."""
    return any(frame.f_code.co_filename.startswith("<frozen importlib") for frame, _ in walk_stack(None))


def _is_module(path: object) -> bool:
    """Tell an import from the opening of data: a driver may be imported when a source is made."""
    return not isinstance(path, str) or path.endswith((".py", ".pyc", ".so")) or "site-packages" in path
