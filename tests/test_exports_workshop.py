"""DuckDB's own ways of telling Ctrl-C and how far it is."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import closing, contextmanager

import pytest
from exports_folder import ExportsFolder

from adapters.exports import progress
from adapters.exports.building import build
from adapters.exports.options import LEAST_MEMORY
from adapters.exports.reader import open_export
from adapters.exports.workshop import ToLoad, Workshop

LONG = "SELECT sum(a.range * b.range) FROM range(100000) a, range(100000) b"
"""Takes one thread many seconds; of several, those behind would have to end before Ctrl-C is told."""


@contextmanager
def ctrl_c():
    """Press Ctrl-C a moment after the block begins, which has to end by it."""
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            yield
    finally:
        timer.cancel()


def test_ctrl_c_while_duckdb_computes_is_told_as_that(tmp_path):
    with closing(Workshop(tmp_path, threads=1)) as workshop, ctrl_c():
        list(workshop.rows(LONG))


def test_ctrl_c_while_duckdb_reads_a_file_is_told_as_that(tmp_path):
    path = tmp_path / "members.csv"
    path.write_text("email,level\ncasey@example.com,gold\n")
    with closing(Workshop(tmp_path, threads=1)) as workshop, ctrl_c():
        file = ToLoad(*workshop.check(open_export(path, lambda _names: True)), {"email": "email"})
        workshop.load([file], f"SELECT email_cell, ({LONG}) AS sum", "rows")


def test_file_is_read_with_less_memory_than_it_has_bytes(tmp_path):
    path = tmp_path / "members.csv"
    with path.open("w") as stream:
        stream.write("email,note\n")
        stream.writelines(f"customer-{number}@example.com,{'a' * 1_000}\n" for number in range(70_000))
    memory = LEAST_MEMORY // 2
    assert path.stat().st_size > memory * 1_048_576
    with closing(Workshop(tmp_path, memory=memory)) as workshop:
        file = ToLoad(*workshop.check(open_export(path, lambda _names: True)), {"email": "email"})
        assert workshop.load([file], "SELECT email_cell", "rows").rows == 70_000
        assert workshop.run("SELECT count(DISTINCT email_cell) FROM rows").fetchone() == (70_000,)


def test_how_far_a_build_is_is_told_from_the_first_byte_to_the_last_address(tmp_path, monkeypatch):
    monkeypatch.setattr(progress, "EVERY", 0.001)
    folder = ExportsFolder(tmp_path, customers=50_000)
    folder.write(2)
    told = []
    build(folder.job, progress.Progress(lambda *step: told.append(step)))
    steps = list(dict.fromkeys(step for step, *_ in told))
    assert steps == ["looking", "reading", "adding up", "writing"]
    shares = {step: [share for of, _, share in told if of == step and share is not None] for step in steps}
    assert shares["reading"], "DuckDB says how far it is"
    assert all(0 <= share <= 1 for of in shares.values() for share in of)
    assert shares["writing"] == sorted(shares["writing"])
    assert shares["writing"][-1] > 0.99
    assert 0.3 < shares["writing"][0] < 0.5, "20,000 of 50,000 addresses"
