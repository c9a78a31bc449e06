"""A line to Redis: commands from many threads go over it in order, many together, from one thread."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import Empty, Full, Queue
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redis import Redis

MOST_WAITING = 1000
"""Commands that may wait for their turn; further ones are refused."""

TOGETHER = 100
"""Commands of one round trip."""

Command = Sequence[Any]
"""A Redis command and its arguments: ``("SET", key, value)``."""


class RedisLine:
    """Sends commands in the order in which they came, in a thread that begins with the first.

    A crowd costs a few round trips and no thread for each; whoever waits, waits for a Future.
    """

    def __init__(self, client: Redis) -> None:
        self._redis = client
        self._lock = Lock()
        self._begin()

    def _begin(self) -> None:
        self._waiting: Queue[tuple[Command, Future[Any]] | None] = Queue(MOST_WAITING)
        self._thread: Thread | None = None
        self._process = os.getpid()

    def send(self, command: Command, done: Callable[[Future[Any]], None] | None = None) -> Future[Any] | None:
        """Take a command on; ``done`` is told what came of it. None where too many wait already."""
        future: Future[Any] = Future()
        if done is not None:
            future.add_done_callback(done)
        with self._lock:
            if self._process != os.getpid():  # a thread does not survive a fork
                self._begin()
            if self._thread is None:
                self._thread = Thread(
                    target=self._run, args=(self._waiting,), name="redis-writer", daemon=True
                )
                self._thread.start()
        try:
            self._waiting.put_nowait((command, future))
        except Full:
            return None
        return future

    def close(self) -> None:
        """Let the thread end after what waits."""
        with self._lock:
            if self._thread is not None and self._process == os.getpid():
                self._waiting.put(None)
                self._thread.join(1.0)
            self._begin()

    def _run(self, waiting: Queue[tuple[Command, Future[Any]] | None]) -> None:
        while (first := waiting.get()) is not None:
            some = [first]
            ended = False
            while len(some) < TOGETHER:
                try:
                    following = waiting.get_nowait()
                except Empty:
                    break
                if following is None:
                    ended = True
                    break
                some.append(following)
            self._send([command for command, _ in some], [future for _, future in some])
            if ended:
                return

    def _send(self, commands: Sequence[Command], futures: Sequence[Future[Any]]) -> None:
        try:
            pipeline: Any = self._redis.pipeline(transaction=False)
            for command in commands:
                pipeline.execute_command(*command)
            answers: Sequence[Any] = pipeline.execute(raise_on_error=False)
        except Exception as error:  # noqa: BLE001 - whatever Redis does, whoever asked is told
            answers = [error] * len(futures)
        for future, answer in zip(futures, answers, strict=True):
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)
