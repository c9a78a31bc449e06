"""What open pages follow: changes noted in the database, so that every process that shares it sees them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, sessionmaker

from harness.store import Change

MESSAGE, FETCHING, FETCH, SETTINGS = "message", "fetching", "fetch", "settings"

_LOOK_EVERY = 0.25
_BEAT_EVERY = 15.0
_KEPT = 1000
_OVERLAP = 50  # numbers are given before they are committed: one may be seen after its successor


class TooManyListenersError(Exception):
    """Raise when more pages listen than are let in."""


class Changes:
    """Notes changes, and tells them to whoever listens; safe to use from any thread."""

    def __init__(self, sessions: sessionmaker[Session], *, most_listeners: int = 64) -> None:
        self._sessions = sessions
        self._woken = threading.Condition()
        self._most = most_listeners
        self._listeners = 0
        self._is_closed = False

    def note(self, kind: str, customer_id: int | None = None) -> None:
        """Tell every open page, of every process, that something changed."""
        with self._sessions.begin() as session:
            change = Change(kind=kind, customer_id=customer_id, made_at=datetime.now(UTC))
            session.add(change)
            session.flush()
            if change.id % _KEPT == 0:
                session.execute(delete(Change).where(Change.id <= change.id - _KEPT))
        with self._woken:
            self._woken.notify_all()

    def newest(self, kind: str | None = None) -> int:
        """Give the number of the newest change, or of the newest of a kind; 0 where there is none."""
        query = select(func.max(Change.id))
        with self._sessions() as session:
            return session.scalar(query.where(Change.kind == kind) if kind else query) or 0

    def listen(self, after: int) -> Iterator[str]:
        """Give every change after that number as a server-sent event, until this ends or the page goes.

        A number beyond the newest is from before the numbers began anew, and stands for the newest.
        Raises TooManyListenersError, at once and not while it is read.
        """
        after = min(after, self.newest())
        with self._woken:
            if self._listeners >= self._most or self._is_closed:
                raise TooManyListenersError
            self._listeners += 1
        return self._events(after)

    def close(self) -> None:
        """Let every listener go."""
        with self._woken:
            self._is_closed = True
            self._woken.notify_all()

    def _events(self, after: int) -> Iterator[str]:
        told: set[int] = set()
        beat = time.monotonic()
        try:
            yield "retry: 1000\n\n"
            while not self._is_closed:
                for change in self._since(after, told):
                    told.add(change.id)
                    data = json.dumps({"kind": change.kind, "customer": change.customer_id})
                    yield f"id: {change.id}\ndata: {data}\n\n"
                    beat = time.monotonic()
                told = {number for number in told if number > max(told) - _OVERLAP}
                if time.monotonic() - beat > _BEAT_EVERY:
                    beat = time.monotonic()
                    yield ": still here\n\n"  # how a page that went away is noticed
                with self._woken:
                    if not self._is_closed:
                        self._woken.wait(_LOOK_EVERY)
        finally:
            with self._woken:
                self._listeners -= 1

    def _since(self, after: int, told: set[int]) -> list[Change]:
        start = max(after, max(told, default=0) - _OVERLAP)
        with self._sessions() as session:
            found = session.scalars(select(Change).where(Change.id > start).order_by(Change.id))
            return [change for change in found if change.id not in told]
