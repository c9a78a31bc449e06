"""Calls in threads that nobody has to wait for: a source that hangs is told of, and never hangs the suite."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import copy_context
from threading import Thread
from time import monotonic
from typing import TypeVar

import pytest

Value = TypeVar("Value")


def started(call: Callable[[], Value]) -> Future[Value]:
    """Begin a call in a thread that ends with the process, with the caller's time limit."""
    future: Future[Value] = Future()
    context = copy_context()

    def run() -> None:
        try:
            future.set_result(context.run(call))
        except BaseException as error:  # noqa: BLE001 - it is raised again where it is waited for
            future.set_exception(error)

    Thread(target=run, daemon=True, name="contract").start()
    return future


def ended_within(seconds: float, call: Callable[[], Value], told: str) -> Value:
    """Answer what a call answers, or fail with what is told when it has not ended after so many seconds."""
    return _answer(started(call), seconds, told)


def ended_together(seconds: float, calls: Iterable[Callable[[], Value]], told: str) -> list[Value]:
    """Make calls at once, each in a thread of its own, and answer what they answer, in order."""
    until = monotonic() + seconds
    with _often_switched():
        return [_answer(one, until - monotonic(), told) for one in [started(call) for call in calls]]


def _answer(future: Future[Value], seconds: float, told: str) -> Value:
    try:
        future.exception(max(0, seconds))
    except TimeoutError:
        pytest.fail(told, pytrace=False)
    return future.result()


@contextmanager
def _often_switched() -> Iterator[None]:
    """Let threads take turns so often that what they share and should not is seen."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)
