"""Runs one command and ends it, with all that it started, as soon as its own input ends.

``python -m sample_data.guard COMMAND…``: whoever started it holds the other end of its input. When they
close it, or die, however suddenly, the command is told to end (SIGTERM), and whatever of its process group
is left after PATIENCE is killed. A server that has not answered yet has nothing to finish, and may not even
hear the signal while it starts: until something is written to the guard's input, STARTING_PATIENCE is all it
gets. The exit code is the command's, or 128 + the signal that ended it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress

PATIENCE = 5.0
"""Seconds that a command has between being told to end and being killed."""
STARTING_PATIENCE = 1.0
"""The same, before the first byte of input."""


def guard(command: list[str]) -> int:
    """Run a command in a process group of its own until it ends or standard input does."""
    ended, started = threading.Event(), threading.Event()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0)  # noqa: S603 - our caller's

    def stop(*_: object) -> None:
        _signal_group(process.pid, signal.SIGTERM)
        if not ended.wait(PATIENCE if started.is_set() else STARTING_PATIENCE):
            _signal_group(process.pid, signal.SIGKILL)

    def stop_at_end_of_input() -> None:
        while os.read(sys.stdin.fileno(), 1024):
            started.set()
        stop()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: threading.Thread(target=stop, daemon=True).start())
    threading.Thread(target=stop_at_end_of_input, daemon=True).start()
    if hasattr(os, "waitid"):
        # Waits without reaping: so long, the group's number cannot become somebody else's.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    else:
        process.wait()
    ended.set()
    _signal_group(process.pid, signal.SIGKILL)
    code = process.wait()
    return 128 - code if code < 0 else code


def _signal_group(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


if __name__ == "__main__":
    sys.exit(guard(sys.argv[1:]))
