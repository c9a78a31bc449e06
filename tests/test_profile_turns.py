"""Turns: one thread at a time runs, nobody is held up, and who waits gives the turn up."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter, sleep

import pytest

from webhook_server.profile import turns
from webhook_server.profile.turns import PATIENCE, in_turn, out_of_turn

pytestmark = pytest.mark.timing


def test_blocks_run_one_after_another(monkeypatch):
    monkeypatch.setattr(turns, "PATIENCE", 10)
    running: list[int] = []
    most = []

    def run(_):
        with in_turn():
            running.append(1)
            most.append(len(running))
            sleep(0.0005)
            running.pop()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(run, range(12)))
    assert max(most) == 1


def test_nobody_waits_longer_than_the_patience():
    hung = threading.Event()

    def hang():
        with in_turn():
            hung.wait(5)

    with ThreadPoolExecutor(1) as threads:
        threads.submit(hang)
        sleep(0.05)
        started = perf_counter()
        with in_turn():
            waited = perf_counter() - started
        hung.set()
    assert PATIENCE * 0.9 < waited < PATIENCE + 0.1


def test_turn_is_free_while_its_owner_waits_and_taken_again():
    waiting, done = threading.Event(), threading.Event()

    def wait():
        with in_turn():
            with out_of_turn():
                waiting.set()
                done.wait(5)
            with out_of_turn():
                pass

    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(wait)
        waiting.wait(5)
        started = perf_counter()
        with in_turn():
            assert perf_counter() - started < PATIENCE / 2
        done.set()
        asked.result()
    with in_turn():
        pass


def test_error_gives_the_turn_back():
    for _ in range(3):
        try:
            with in_turn():
                raise ValueError
        except ValueError:
            pass
    started = perf_counter()
    with in_turn():
        assert perf_counter() - started < PATIENCE / 2
