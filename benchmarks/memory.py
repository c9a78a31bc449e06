"""Memory of a worker with the SQL source and the Stripe exports, from its first answer to its last."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import linear_regression

from benchmarks import exports, wrk
from benchmarks.customers import answer_of, email_of
from benchmarks.kit import Kit
from benchmarks.results import Goal, Result
from benchmarks.servers import Running, Subject, running
from benchmarks.servers import kit as served
from benchmarks.sizes import Sizes

TITLE = "Memory of a worker, and the time to its first answer"
MEBIBYTE = 2**20
BAD_SHARE = 0.1
"""How many of the requests are of strangers or have a wrong token."""
SAMPLES = 20
STARTS = 3
SETTLED = 0.2
"""The share of the requests after which its connections, threads and kept answers should be made."""


def measure(cache: Path, folder: Path, sizes: Sizes) -> Result:
    """Measure resident memory under load, its slope, and starts. Raises NotHereError without wrk."""
    wrk.find_wrk()
    step = sizes.export_step
    environ = Kit.on(cache, folder, sizes).sql_and_stripe()
    subject = served("the kit", environ, email_of(step), answer_of(step) | exports.answer_of(step))
    started = min(_start(subject, folder, number) for number in range(STARTS))
    with running(subject, folder / "soak.log") as server:
        first = _resident(server)
        samples = soak(server, sizes)
    last = samples[-1]
    growth = slope(samples)
    return Result(
        TITLE,
        ("", "measured"),
        [
            (f"start to first whole answer, best of {STARTS}", f"{started:.2f} s"),
            ("memory at the first answer", f"{first:.1f} MB"),
            (f"after {last[0]:,.0f} requests, 10 % of them bad", f"{last[1]:.1f} MB"),
            ("most seen", f"{max(memory for _, memory in samples):.1f} MB"),
            ("growth per 100,000 requests, once settled", f"{growth:+.2f} MB"),
        ],
        [
            Goal("start to first answer", started, "≤", 1.0, unit="s"),
            Goal("a worker under load", max(memory for _, memory in samples), "≤", 90, unit="MB"),
            Goal("growth per 100,000 requests", growth, "<", 1.0, unit="MB"),
        ],
    )


def soak(server: Running, sizes: Sizes) -> list[tuple[float, float]]:
    """Load a server until it has answered enough; answer pairs of requests so far and megabytes then."""
    samples: list[tuple[float, float]] = []
    done, seconds = 0, 1.0
    while done < sizes.soak_requests or len(samples) < 3:
        load = wrk.run(server, sizes, seconds, seed=len(samples), step=sizes.export_step, bad_share=BAD_SHARE)
        done += load.requests
        samples.append((done, _resident(server)))
        seconds = max(1.0, sizes.soak_requests / SAMPLES / load.rate)
    return samples


def slope(samples: Sequence[tuple[float, float]]) -> float:
    """Answer the megabytes per 100,000 requests after the first fifth of the samples, least squares."""
    total = samples[-1][0]
    settled = [sample for sample in samples if sample[0] >= total * SETTLED] if len(samples) > 3 else samples
    requests, memory = zip(*settled, strict=True)
    return linear_regression(requests, memory).slope * 100_000


def _start(subject: Subject, folder: Path, number: int) -> float:
    with running(subject, folder / f"start-{number}.log") as server:
        return server.started


def _resident(server: Running) -> float:
    return float(server.workers()[0].memory_info().rss) / MEBIBYTE
