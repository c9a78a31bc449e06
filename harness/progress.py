"""How far a long run is, on the terminal of whoever waits for it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from harness.checks.probing import Progress as Told

_QUIET_SECONDS = 1.0
"""A run that is over before this shows no progress."""


@contextmanager
def shown_progress() -> Iterator[Told | None]:
    """Show on a terminal's standard error how far a check is that takes longer than a moment."""
    console = Console(stderr=True)
    if not console.is_terminal or sys.stderr is None:
        yield None
        return
    columns = (TextColumn("Calling"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    started = time.monotonic()
    with Progress(*columns, console=console, transient=True, auto_refresh=False) as bar:
        task = bar.add_task("calls", total=None, visible=False)

        def tell(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, visible=time.monotonic() - started > _QUIET_SECONDS)
            bar.refresh()

        yield tell
