"""How long answers take while a server is asked at a steady rate."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.customers import some_emails
from benchmarks.servers import HOST, Running, url_of
from benchmarks.sizes import Sizes

SHARE_OF_PEAK = 0.7
CLIENTS_SHARE = 0.5
"""How much of a 99th percentile may be the client's own: with more, it tells nothing of the server."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Two 99th percentiles in milliseconds: of the answers, and of what the client itself was late."""

    p99: float
    client: float

    @property
    def tells(self) -> bool:
        """Say whether the figure is the server's and not the client's."""
        return self.client <= self.p99 * CLIENTS_SHARE


def latency_at(server: Running, sizes: Sizes, rate: float, seed: int) -> Latency:
    """Measure at so many requests a second. Raises RuntimeError where the server refuses or drops one."""
    emails = some_emails(seed, max(100, int(rate * sizes.seconds)), sizes.users)
    base = f"http://{HOST}:{server.port}"
    paths = [url_of(server.port, email).removeprefix(base) for email in emails]
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.steady"],
        input=json.dumps({"host": HOST, "port": server.port, "paths": paths, "rate": rate}),
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode:
        raise RuntimeError(f"{server.subject.name} at {rate:.0f} requests a second: {told.stderr.strip()}")
    found = json.loads(told.stdout)
    return Latency(_p99(found["seconds"]), _p99(found["late"]))


def _p99(seconds: Sequence[float]) -> float:
    """Answer the 99th percentile in milliseconds, 0 of too few to have one."""
    return statistics.quantiles(seconds, n=100)[98] * 1e3 if len(seconds) > 1 else 0.0
