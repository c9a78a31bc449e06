"""Workers as the main process sees them: a process, a line to it, and how far its end has come."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait

from granian.server.mp import WorkerProcess

from webhook_server.granian_worker import FAREWELL, READY

FAREWELL_SECONDS = 2.0
"""How long a worker asks its callers to come back on new connections before it is stopped."""

SILENT_SECONDS = 30.0
"""After so long without a word from a worker, something there never lets go of the interpreter."""

TICK = 0.1
"""Seconds between looks at workers that start or are about to leave."""


@dataclass(slots=True)
class Member:
    """A worker and the line to it.

    ``stop_at`` is when it is to be stopped, if it is to leave, and ``heard`` when it spoke last (both in
    monotonic seconds).
    """

    worker: WorkerProcess
    lifeline: Connection
    stop_at: float = 0.0
    heard: float = field(default_factory=time.monotonic)

    def is_silent(self) -> bool:
        """Listen to what the worker has said, and tell whether that was too long ago."""
        try:
            while self.lifeline.poll():
                self.lifeline.recv_bytes()
                self.heard = time.monotonic()
        except (EOFError, OSError):
            return False  # it is gone, which is seen elsewhere
        return time.monotonic() - self.heard > SILENT_SECONDS

    def has_said_ready(self) -> bool:
        """Read what came over the line; no when that is its end."""
        try:
            return self.lifeline.recv_bytes() == READY
        except (EOFError, OSError):
            return False

    def say_farewell(self) -> None:
        """Let the worker close its connections with answers for a while."""
        self.stop_at = time.monotonic() + FAREWELL_SECONDS
        try:
            self.lifeline.send_bytes(FAREWELL)
        except OSError:
            self.stop_at = 0.0  # it is gone already

    def is_leaving(self, patience: float) -> bool:
        """Help a worker to its end, after ``patience`` seconds by force; say whether it still lives."""
        now = time.monotonic()
        if not self.worker.is_alive():
            self.lifeline.close()
            return False
        if now >= self.stop_at + patience:
            self.worker.kill()
        elif now >= self.stop_at and not self.worker.interrupt_by_parent:
            self.worker.terminate()
        return True


def are_ready(members: Sequence[Member], within: float, is_told_to_stop: Callable[[], bool]) -> bool:
    """Wait until workers can answer; no when one ends before, takes longer, or a signal comes between."""
    due = time.monotonic() + within
    waiting = list(members)
    while waiting and time.monotonic() < due and not is_told_to_stop():
        told = wait([member.lifeline for member in waiting], timeout=TICK)
        for member in [member for member in waiting if member.lifeline in told]:
            if not member.has_said_ready():
                return False
            waiting.remove(member)
    return not waiting
