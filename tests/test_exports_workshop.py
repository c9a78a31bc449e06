"""DuckDB's own way of telling Ctrl-C."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import closing

import pytest

from adapters.exports.workshop import Workshop


def test_ctrl_c_while_duckdb_computes_is_told_as_that(tmp_path):
    asked = "SELECT sum(a.range * b.range) FROM range(100000000) a, range(1000000) b"
    with closing(Workshop(tmp_path)) as workshop:
        timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            list(workshop.rows(asked))
        timer.cancel()
