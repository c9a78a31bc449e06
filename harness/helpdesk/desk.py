"""The helpdesk itself, behind page and mail alike: what comes in, when it fetches, who is told."""

from __future__ import annotations

import logging
import queue
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from harness.faults.pending import Faults
from harness.helpdesk.changes import FETCH, FETCHING, MESSAGE, SETTINGS, Changes
from harness.helpdesk.fetching import ON_MESSAGE, Webhook
from harness.helpdesk.intake import store_mails
from harness.helpdesk.mailbox import Mail
from harness.helpdesk.previews import Previews
from harness.helpdesk.tried import Tried
from harness.sandbox import Sandbox
from harness.store import INCOMING, Customer, Message, read_settings

_LOG = logging.getLogger(__name__)
_FETCHING_AT_ONCE = 4
_TRIES = 3


class Desk:
    """Takes messages in, fetches profiles, and tells open pages; safe to use from any thread.

    It fetches "every time you receive an incoming message from an email address", in the background, and
    when asked to; never otherwise, and never while the Custom Profile is off.
    """

    def __init__(self, sessions: sessionmaker[Session], webhook: Webhook, sandbox: Sandbox) -> None:
        self.sessions = sessions
        self.webhook = webhook
        self.sandbox = sandbox
        self.changes = Changes(sessions)
        self.previews = Previews()
        self.made_tokens = Previews()
        self.tried = Tried()
        self.faults = Faults()
        self._intake = threading.Lock()
        self._joining = threading.Lock()
        self._asked: dict[tuple[int, int], Future[None]] = {}
        self._fetching: Counter[int] = Counter()
        self._waiting: queue.Queue[int | None] = queue.Queue()
        self._threads: list[threading.Thread] = []

    def receive(self, mails: Iterable[Mail]) -> int:
        """Store messages as they arrive and fetch for whoever wrote them; give how many were new.

        Every message, whatever way it comes, enters here.
        """
        mails = list(mails)
        with self._intake:
            taken, customers = self._store(mails)
        if taken:
            self.changes.note(MESSAGE)
        for customer_id in customers:
            self.fetch_later(customer_id)
        return taken

    def fetch(self, customer_id: int, trigger: str) -> None:
        """Fetch a customer's profile now, and wait for it.

        Where such a fetch is under way already, it is waited for and no other is made: three presses of
        Refresh are one call. Settings or a fault that were chosen since then want a fetch of their own.
        """
        asked = (customer_id, self.changes.newest(SETTINGS))
        mine: Future[None] = Future()
        with self._joining:
            running = self._asked.setdefault(asked, mine)
        if running is not mine:
            running.result()
            return
        try:
            with self._told(customer_id):
                self._fetch(customer_id, trigger)
            mine.set_result(None)
        except BaseException as error:
            mine.set_exception(error)
            raise
        finally:
            with self._joining:
                del self._asked[asked]

    def fetch_later(self, customer_id: int) -> None:
        """Fetch a customer's profile in the background, as after a message."""
        while len(self._threads) < _FETCHING_AT_ONCE:
            # Daemons: a webhook that hangs must not keep the process from ending.
            thread = threading.Thread(target=self._work, name="fetching", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._fetching[customer_id] += 1
        self._waiting.put(customer_id)

    def is_fetching(self, customer_id: int) -> bool:
        """Tell whether a fetch for this customer is under way or waiting."""
        return self._fetching[customer_id] > 0

    def wait(self) -> None:
        """Wait until every fetch in the background is done."""
        self._waiting.join()

    def close(self) -> None:
        """Let listeners and threads go; a fetch under way is not waited for."""
        self.changes.close()
        self.faults.close()
        for _ in self._threads:
            self._waiting.put(None)

    def _store(self, mails: list[Mail]) -> tuple[int, list[int]]:
        for remaining in reversed(range(_TRIES)):
            try:
                with self.sessions.begin() as session:
                    messages = store_mails(session, mails)
                    is_on = read_settings(session).enabled
                    return len(messages), _who_wrote(messages) if is_on else []
            except (IntegrityError, OperationalError):
                # Another process on this database stored the same customer or message a moment earlier.
                if not remaining:
                    raise
        raise AssertionError("unreachable")

    def _work(self) -> None:
        while (customer_id := self._waiting.get()) is not None:
            try:
                with self._told(customer_id):
                    self._fetching[customer_id] -= 1  # it was counted while it waited
                    self._fetch(customer_id, ON_MESSAGE)
            except Exception as error:  # noqa: BLE001 - the thread goes on with the next customer
                # Nobody waits for it who could be told; the text could hold a customer's data.
                _LOG.error("A profile could not be fetched (%s). Press Refresh.", type(error).__name__)
            finally:
                self._waiting.task_done()
        self._waiting.task_done()

    def _fetch(self, customer_id: int, trigger: str) -> None:
        with self.sessions() as session:
            self.webhook.fetch(session, session.get_one(Customer, customer_id), trigger, self.faults)

    @contextmanager
    def _told(self, customer_id: int) -> Iterator[None]:
        """Let open pages show that a fetch is under way, and then what came of it."""
        self._fetching[customer_id] += 1
        try:
            self.changes.note(FETCHING, customer_id)
            yield
        finally:
            self._fetching[customer_id] -= 1
            self.changes.note(FETCH, customer_id)


def _who_wrote(messages: Iterable[Message]) -> list[int]:
    """Name each customer once, who wrote last first: that conversation is opened first."""
    incoming = [message for message in messages if message.direction == INCOMING]
    return list(dict.fromkeys(message.conversation.customer_id for message in reversed(incoming)))
