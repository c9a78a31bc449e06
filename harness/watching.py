"""Do something again whenever a file is saved, until Ctrl-C."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from harness.text import printable

INTERVAL = 0.2
"""Seconds between two looks at the files; looking works on every file system, and with every editor."""

_Stamp = tuple[int, int, int]


def watch(paths: Sequence[Path], show: Callable[[], None]) -> None:
    """Call ``show`` now and after each save of one of the files; what goes wrong is told, and it goes on."""
    seen: list[_Stamp | None] = []
    try:
        while True:
            stamps = [_stamp(path) for path in paths]
            # A file that is away is being saved by an editor which puts another in its place.
            if stamps != seen and None not in stamps:
                seen = stamps
                _show(paths[0], show)
            time.sleep(INTERVAL)
    except KeyboardInterrupt:
        click.echo(err=True)


def _stamp(path: Path) -> _Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _show(path: Path, show: Callable[[], None]) -> None:
    if sys.stdout.isatty():
        click.clear()
    started = time.perf_counter()
    try:
        show()
    except click.exceptions.Exit:
        pass  # the reason has been told
    except click.ClickException as error:
        click.echo(printable(f"Error: {error.format_message()}"), err=True)
    sys.stdout.flush()
    took = (time.perf_counter() - started) * 1000
    told = f"── {path} · {time.strftime('%H:%M:%S')} · {took:.0f} ms · waiting for the next save, Ctrl-C ends"
    click.echo(click.style(printable(told), dim=True), err=True)
