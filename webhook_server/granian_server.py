"""Granian as this webhook needs it: no death of a worker, no reload and no restart loses a request.

Granian's own main process gives up when a worker dies twice within seconds, lets every worker listen
on a socket that it opens itself (what waits in it is lost with the worker) and, on SIGHUP, stops old
workers whether or not the new ones came up. Here the main process holds the sockets, so that what waits
is taken over by the next worker, and a worker leaves when its successor is ready.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Sequence
from functools import partial
from multiprocessing import Pipe
from typing import Any

import structlog
from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces
from granian.server.mp import MPServer

from webhook_server.granian_dispatch import serve_worker
from webhook_server.granian_members import TICK, Member, are_ready
from webhook_server.granian_worker import STOPPING_SECONDS, load_app
from webhook_server.reload import RunningSettings
from webhook_server.web.log_filter import GRANIAN_LOGGING
from webhook_server.worker_memory import share_memory

STARTING_SECONDS = 60.0
"""How long a worker may take until it can answer."""

PARTING_SECONDS = 0.2
"""How long it does so when the whole server stops: for requests that are on their way."""

FAILED_STARTS = 5
"""So many times in a row no worker came up, then the main process gives up and ends with 1."""

LISTEN_EVERY = 5.0
"""Seconds between two looks at whether every worker has been heard of."""

LONGEST_PAUSE = 30.0
"""Seconds between attempts to start workers that do not come up while others answer."""

log = structlog.get_logger("custom_profile")


class WebhookServer(MPServer):
    """The main process: keeps the socket, the settings and so many workers."""

    def __init__(self, running: RunningSettings, listeners: Sequence[socket.socket]) -> None:
        address, port = listeners[0].getsockname()[:2]
        super().__init__(
            "webhook_server.production:create_app",
            address=address,
            port=port,
            interface=Interfaces.WSGI,
            http=HTTPModes.http1,
            workers=len(listeners),
            blocking_threads=1,  # see granian_dispatch
            workers_kill_timeout=STOPPING_SECONDS,
            log_dictconfig=GRANIAN_LOGGING,
            log_level="warning",  # type: ignore[arg-type]
        )
        self._running = running
        self._listeners = listeners
        self._members: list[Member] = []
        self._leaving: list[Member] = []
        self._failures = 0
        self._listened = time.monotonic()

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT; renew the settings on SIGHUP. Raises SystemExit on failure."""
        share_memory()
        self.serve(spawn_target=serve_worker)

    def _init_shared_socket(self) -> None:
        """Do nothing: the sockets are open, and stay so whatever happens to workers."""

    def _choose_socket(self, index: int) -> int:
        """Let the worker that is started next accept from its own socket; answer the socket's inode."""
        holder: Any = SocketHolder
        self._sso = self._listeners[index]
        self._shd = holder(self._sso.fileno(), False, self.backlog)
        return os.fstat(self._sso.fileno()).st_ino

    def _spawn_workers(self, spawn_target: Any, target_loader: Any) -> None:
        # Its handler is in place: what came while the server started (see serve_command) is heard now.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
        self._spawn_target = spawn_target
        self._members = [self._begin(index) for index in range(self.workers)]
        self._judge(self._members)

    def _serve_loop(self, spawn_target: Any, target_loader: Any) -> None:
        while not self._is_told_to_stop() and self._failures < FAILED_STARTS:
            self.main_loop_interrupt.wait(self._pause())
            self.main_loop_interrupt.clear()
            if self._is_told_to_stop():
                break
            if self.reload_signal:
                self.reload_signal = False
                self._renew()
            self._end_silent()
            self._replace_dead()
            self._see_off()

    def shutdown(self, exit_code: int = 0) -> None:
        """Let every worker finish its requests, and end."""
        for member in self._members:
            member.say_farewell()
        time.sleep(PARTING_SECONDS)
        self.wrks = [member.worker for member in (*self._members, *self._leaving)]
        self.interrupt_children.clear()
        super().shutdown(exit_code or int(self._failures >= FAILED_STARTS))  # type: ignore[no-untyped-call]

    def _begin(self, index: int) -> Member:
        ours, theirs = Pipe()
        loader = partial(load_app, self._running.current, self._choose_socket(index), theirs)
        worker = self._spawn_worker(index, self._spawn_target, loader)
        worker.start()
        theirs.close()
        return Member(worker, ours)

    def _is_told_to_stop(self) -> bool:
        return bool(self.interrupt_signal)

    def _are_ready(self, members: list[Member]) -> bool:
        return are_ready(members, STARTING_SECONDS, self._is_told_to_stop)

    def _judge(self, members: list[Member]) -> None:
        if self._are_ready(members):
            self._failures = 0
        elif not self._is_told_to_stop():
            others = [member for member in self._members if member not in members]
            most = FAILED_STARTS - any(member.worker.is_alive() for member in others)
            self._failures = min(self._failures + 1, most)
            log.error("worker_did_not_start", attempt=self._failures)

    def _pause(self) -> float:
        if self._leaving:
            return TICK
        return min(2.0**self._failures, LONGEST_PAUSE) if self._failures else LISTEN_EVERY

    def _end_silent(self) -> None:
        before, self._listened = self._listened, time.monotonic()
        if self._listened - before > 3 * LISTEN_EVERY:
            # It was busy, or held up itself, as in a container that was paused: all have their time again.
            for member in self._members:
                member.heard = self._listened
        for member in self._members:
            if member.worker.is_alive() and member.is_silent():
                log.error("worker_hangs")
                member.worker.kill()
                member.worker.join(timeout=LISTEN_EVERY)

    def _replace_dead(self) -> None:
        begun = []
        for index, member in enumerate(self._members):
            if not member.worker.is_alive():
                log.error("worker_died", exit_code=member.worker.inner.exitcode)
                self._members[index] = self._begin(index)
                begun.append(self._members[index])
                member.lifeline.close()
        if begun:
            self._judge(begun)

    def _renew(self) -> None:
        """Put new workers with new settings in the place of the old, all or none."""
        if not self._running.renew():
            return
        fresh = [self._begin(index) for index in range(self.workers)]
        if not self._are_ready(fresh):
            self._running.go_back()
            self._leaving += fresh
            log.error("reload_refused", problems="No worker came up with them.")
            return
        for member in self._members:
            member.say_farewell()
        self._leaving += self._members
        self._members = fresh
        log.info("reloaded")

    def _see_off(self) -> None:
        self._leaving = [member for member in self._leaving if member.is_leaving(STOPPING_SECONDS)]
