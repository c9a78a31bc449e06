"""Two workers beside one: how much of a second core the kit turns into answers."""

from __future__ import annotations

import statistics
from contextlib import ExitStack
from pathlib import Path

import psutil

from benchmarks import wrk
from benchmarks.customers import answer_of, email_of
from benchmarks.kit import Kit
from benchmarks.results import Goal, Result
from benchmarks.servers import kit as served
from benchmarks.servers import running
from benchmarks.sizes import Sizes

TITLE = "Two workers beside one"
CORES_WANTED = 3
"""One for each worker, and one for the client."""


def measure(cache: Path, folder: Path, sizes: Sizes) -> Result:
    """Measure one worker and two, taking turns. Raises NotHereError where wrk is missing."""
    wrk.find_wrk()
    environ = Kit.on(cache, folder, sizes).sql()
    with ExitStack() as stack:
        servers = []
        for count in (1, 2):
            subject = served(
                f"{count} workers", {**environ, "WEB_CONCURRENCY": str(count)}, email_of(1), answer_of(1)
            )
            servers.append(stack.enter_context(running(subject, folder / f"workers-{count}.log")))
        for server in servers:
            wrk.run(server, sizes, sizes.warm_up, seed=0)
        seeds = range(1, sizes.rounds + 1)
        loads = [[wrk.run(server, sizes, sizes.seconds, seed).rate for server in servers] for seed in seeds]
    one, two = (statistics.median(rates) for rates in zip(*loads, strict=True))
    result = Result(
        TITLE,
        ("", "requests/s", "ratio"),
        [("one worker", f"{one:,.0f}", "1.00"), ("two workers", f"{two:,.0f}", f"{two / one:.2f}")],
    )
    cores = psutil.cpu_count() or 1
    if cores >= CORES_WANTED:
        result.goals.append(Goal("two workers over one", two / one, "≥", 1.8))
    else:
        result.missing.append(
            f"whether two workers give 1.8 times what one gives: that takes {CORES_WANTED} cores, one "
            f"of them for the client, and this machine has {cores}. The ratio is what the client left."
        )
    return result
