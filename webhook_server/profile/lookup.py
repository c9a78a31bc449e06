"""Sources side by side, within a deadline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from threading import BoundedSemaphore, Thread
from time import perf_counter
from typing import Any, Literal

from adapters.base import CustomerSource
from adapters.errors import SourceError
from webhook_server.profile.identity import Identity
from webhook_server.profile.merge import Shape

State = Literal["found", "unknown", "failed", "late"]

THREADS_PER_SOURCE = 8
"""Lookups one source may have under way; hung ones hold theirs until they end."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of asking one source; ``reason`` never holds a value of the customer's."""

    source: str
    state: State
    seconds: float
    record: Mapping[Any, Any] | None = None
    reason: str = ""

    @property
    def missing(self) -> bool:
        """Tell whether the source's fields are missing although it may have some."""
        return self.state in {"failed", "late"}


class BoundSource:
    """A source with its name and shape, and the threads that its lookups may take."""

    def __init__(self, name: str, source: CustomerSource, shape: Shape | None = None) -> None:
        self.name = name
        self.source = source
        self.shape = shape or Shape()
        self._slots = BoundedSemaphore(THREADS_PER_SOURCE)

    def ask(self, identity: Identity) -> Outcome:
        """Ask the source in this thread; whatever it raises becomes an outcome."""
        started = perf_counter()
        try:
            record = self._first_record(identity)
        except SourceError as error:
            return Outcome(self.name, "failed", perf_counter() - started, reason=str(error))
        except Exception as error:  # noqa: BLE001 - sources are other people's code; one costs only its fields
            reason = f"{type(error).__name__} in {_place(error)}"
            return Outcome(self.name, "failed", perf_counter() - started, reason=reason)
        seconds = perf_counter() - started
        if record is None:
            return Outcome(self.name, "unknown", seconds)
        if not isinstance(record, Mapping):
            reason = f"it answered {type(record).__name__}, not a mapping"
            return Outcome(self.name, "failed", seconds, reason=reason)
        return Outcome(self.name, "found", seconds, record)

    def ask_in_thread(self, identity: Identity) -> Future[Outcome] | None:
        """Ask the source in a thread of its own; None where earlier lookups hold all it may have."""
        if not self._slots.acquire(blocking=False):
            return None
        future: Future[Outcome] = Future()

        def run() -> None:
            try:
                future.set_result(self.ask(identity))
            finally:
                self._slots.release()

        # A daemon: a hung source must not hold up the end of the process.
        Thread(target=run, name=f"source-{self.name}", daemon=True).start()
        return future

    def _first_record(self, identity: Identity) -> Any:
        for address in identity.addresses:
            if (record := self.source.lookup(address)) is not None:
                return record
        return None


def ask_all(sources: Sequence[BoundSource], identity: Identity, deadline: float) -> list[Outcome]:
    """Ask every source and answer the outcomes in their order, within ``deadline`` seconds.

    Local sources are asked in this thread, while the others are under way in theirs.
    """
    started = perf_counter()
    remote = {bound.name: bound.ask_in_thread(identity) for bound in sources if not bound.source.is_local}
    local = {bound.name: bound.ask(identity) for bound in sources if bound.source.is_local}
    under_way = [future for future in remote.values() if future is not None]
    if under_way:
        wait(under_way, timeout=max(0.0, deadline - (perf_counter() - started)))
    return [
        local[bound.name] if bound.name in local else _settle(bound.name, remote[bound.name], started)
        for bound in sources
    ]


def _settle(name: str, future: Future[Outcome] | None, started: float) -> Outcome:
    if future is None:
        return Outcome(name, "late", 0.0, reason="all its threads still wait for earlier lookups")
    if future.done():
        return future.result()
    return Outcome(name, "late", perf_counter() - started, reason="it did not answer within the deadline")


def _place(error: Exception) -> str:
    """Name where an error was raised; its text may hold a customer's data."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "an unknown place"
    return f"{trace.tb_frame.f_globals.get('__name__', '?')}, line {trace.tb_lineno}"
