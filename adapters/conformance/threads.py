"""The part of the contract about a source that many threads ask, and a process that was forked."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from functools import partial
from threading import Barrier
from typing import TypeVar

import pytest

from adapters.base import CustomerSource
from adapters.conformance.bounded import ended_together
from adapters.conformance.outages import MakeSource
from adapters.conformance.values import copy_of

THREADS = 8
THREAD_SECONDS = 30
"""How long lookups of several threads may take together."""

Answer = TypeVar("Answer")


class Threads:
    """Tests of one source that several ask at once."""

    def test_threads_get_the_same_answer(self, source: CustomerSource, known_email: str) -> None:
        """One instance serves many threads, each with the answer to its own question."""
        expected = copy_of(source.lookup(known_email))
        at_once = Barrier(THREADS)

        def ask(number: int) -> list[object]:
            at_once.wait(THREAD_SECONDS)
            email = f"nobody-{number}@invalid" if number % 2 else known_email
            return [copy_of(source.lookup(email)) for _ in range(10)]

        answers = _from_threads(ask)
        known = [answer for asked in answers[::2] for answer in asked]
        wrong = sum(answer != expected for answer in known)
        assert not wrong, f"of {len(known)} answers to several threads, {wrong} differ from a single thread's"
        strangers = [answer for asked in answers[1::2] for answer in asked]
        assert strangers == [None] * len(strangers), (
            "a thread that asked for an unknown address got a record, while others asked for a known one"
        )

    def test_threads_may_be_the_first_to_ask(self, make_source: MakeSource, known_email: str) -> None:
        """A source that nobody has asked yet may be asked by many threads at once."""
        made = make_source()
        at_once = Barrier(THREADS)

        def ask(_number: int) -> object:
            at_once.wait(THREAD_SECONDS)
            return copy_of(made.lookup(known_email))

        answers = _from_threads(ask)
        made.close()
        assert None not in answers, "a thread that asked while the source began found nobody"

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="not applicable: this system has no fork()")
    @pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
    def test_forked_child_gets_the_same_answer(self, source: CustomerSource, known_email: str) -> None:
        """One instance serves parent and child after fork()."""
        expected = copy_of(source.lookup(known_email))
        fork = multiprocessing.get_context("fork")
        receiver, sender = fork.Pipe(duplex=False)
        child = fork.Process(target=lambda: sender.send(copy_of(source.lookup(known_email)) == expected))
        child.start()
        sender.close()
        arrived = receiver.poll(20)
        same = receiver.recv() if arrived else False
        child.join(5)
        if child.is_alive():
            child.kill()
        assert same, "after fork() the child got no answer, or another one"
        assert copy_of(source.lookup(known_email)) == expected, "after fork() the parent's answer changed"


def _from_threads(ask: Callable[[int], Answer]) -> list[Answer]:
    calls = [partial(ask, number) for number in range(THREADS)]
    told = f"asked by {THREADS} threads at once, the source did not answer all within {THREAD_SECONDS} s"
    return ended_together(THREAD_SECONDS, calls, told)
