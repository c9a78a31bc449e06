"""wrk, the client that asks as fast as it is answered, over connections that it keeps."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.database import NotHereError
from benchmarks.kit import TOKEN
from benchmarks.servers import HOST, Running
from benchmarks.sizes import Sizes

CONNECTIONS = 16
SCRIPT = Path(__file__).with_name("customers.lua")


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of wrk saw; ``p99`` is in milliseconds, ``cpu`` the server's microseconds a request."""

    requests: int
    seconds: float
    p99: float
    cpu: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def find_wrk() -> str:
    """Answer the path of wrk; raise NotHereError where it is not installed."""
    found = shutil.which("wrk")
    if found is None:
        raise NotHereError("wrk is not installed: apt-get install wrk")
    return found


def run(
    server: Running, sizes: Sizes, seconds: float, seed: int, *, step: int = 1, bad_share: float = 0.0
) -> Load:
    """Ask a server for random customers for so many seconds.

    Raises RuntimeError for any answer that is not 200, unless a share of bad requests was asked for, and
    for every connection that broke.
    """
    environ = {
        "BENCHMARK_USERS": str(sizes.users),
        "BENCHMARK_STEP": str(step),
        "BENCHMARK_SEED": str(seed),
        "BENCHMARK_BAD_SHARE": str(bad_share),
        "BENCHMARK_TOKEN": TOKEN,
    }
    # wrk counts in whole seconds.
    words = ["--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{max(1, round(seconds))}s"]
    before = server.cpu_seconds()
    told = subprocess.run(
        [find_wrk(), *words, "--script", str(SCRIPT), f"http://{HOST}:{server.port}"],
        env=os.environ | environ,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = told.stdout.strip().splitlines()
    if told.returncode or not lines or not lines[-1].startswith("{"):
        raise RuntimeError(f"wrk failed on {server.subject.name}: {told.stderr or told.stdout}")
    figures = json.loads(lines[-1])
    if figures["broken"] or (figures["not_ok"] and not bad_share) or not figures["requests"]:
        raise RuntimeError(f"{server.subject.name} did not answer every request with 200: {figures}")
    cpu = (server.cpu_seconds() - before) / figures["requests"] * 1e6
    return Load(figures["requests"], figures["microseconds"] / 1e6, figures["p99_microseconds"] / 1e3, cpu)
