"""The fault that the next fetch meets, chosen in the page; after it the webhook is asked again."""

from __future__ import annotations

import threading

from harness.faults.catalogue import FAULTS, Fault
from harness.faults.server import FaultServer


class Faults:
    """Stands between the helpdesk and its webhook for one fetch; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._server = FaultServer()
        self._next: Fault | None = None

    @property
    def next(self) -> Fault | None:
        """The fault of the next fetch, or None."""
        return self._next

    def choose(self, name: str) -> None:
        """Let the next fetch meet the fault of that name; any other name, and it meets none."""
        with self._lock:
            self._next = FAULTS.get(name)

    def take(self) -> Fault | None:
        """Give the fault of the next fetch, which is then no longer the next one's."""
        with self._lock:
            fault, self._next = self._next, None
        return fault

    def address(self, fault: Fault, url: str) -> str:
        """Give the address to call in the place of the webhook's."""
        return self._server.address(fault.name, url)

    def close(self) -> None:
        """Stop what answers."""
        self._server.close()
