"""Requests a second of one worker, and how long answers take when it is not asked for all it can give."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks import wrk
from benchmarks.customers import answer_of, email_of
from benchmarks.database import NotHereError
from benchmarks.kit import Kit
from benchmarks.latency import SHARE_OF_PEAK, Latency, latency_at
from benchmarks.peers import constant
from benchmarks.results import Goal, Result
from benchmarks.servers import GUNICORN, UVICORN, Subject, peer, running
from benchmarks.servers import constant as on_the_kits_server
from benchmarks.servers import kit as served
from benchmarks.sizes import Sizes

TITLE = "Requests a second of one worker, 16 connections"
COLUMNS = ("", "requests/s", "kit to it", "CPU µs", "p99 ms", "at 70 % ms")
KIT, CONSTANT = "the kit: SQL", "(c) a constant"
ORM, FASTAPI = "(a) Flask, ORM, gunicorn", "(b) FastAPI, sqlite3, uvicorn"


@dataclass(frozen=True, slots=True)
class Figures:
    """The medians of one subject; ``cpu`` is in microseconds a request, the others are milliseconds."""

    rate: float
    cpu: float
    p99_at_peak: float
    steady: Latency

    @classmethod
    def of(cls, loads: Sequence[wrk.Load], steady: Sequence[Latency]) -> Figures:
        """Take the medians of one subject's rounds."""
        return cls(
            statistics.median(load.rate for load in loads),
            statistics.median(load.cpu for load in loads),
            statistics.median(load.p99 for load in loads),
            sorted(steady, key=lambda one: one.p99)[len(steady) // 2],
        )


def measure(cache: Path, folder: Path, sizes: Sizes) -> Result:
    """Measure the kit beside (a), (b) and (c). Raises NotHereError where wrk is missing."""
    wrk.find_wrk()
    result = Result(TITLE, COLUMNS)
    data = Kit.on(cache, folder, sizes)
    email, answer, environ = email_of(1), answer_of(1), data.sql()
    subjects = [served(KIT, environ, email, answer), on_the_kits_server(environ, constant.PROFILE)]
    peers = ((ORM, "orm_view:create_app()", GUNICORN), (FASTAPI, "fastapi_sqlite:app", UVICORN))
    for name, app, server in peers:
        try:
            subjects.append(peer(name, app, server, str(data.database), email, answer))
        except NotHereError as missing:
            result.missing.append(f"{name}: {missing}")
    figures = take_turns(subjects, folder, sizes)
    result.rows = table(figures, KIT)
    mine, base = figures[KIT], figures[CONSTANT]
    for name, letter, target, aim in ((ORM, "(a)", 4.0, 5.0), (FASTAPI, "(b)", 1.2, 1.5)):
        if name in figures:
            what = f"requests/s over {letter}"
            result.goals.append(Goal(what, mine.rate / figures[name].rate, "≥", target, aim))
    result.missing += unsteady(figures)
    if mine.steady.tells and base.steady.tells:
        result.goals.append(Goal("p99 at 70 % of peak over (c)", mine.steady.p99 / base.steady.p99, "≤", 3.0))
    return result


def take_turns(subjects: Sequence[Subject], folder: Path, sizes: Sizes) -> dict[str, Figures]:
    """Measure servers that all run side by side, one at a time, and answer their medians by name."""
    with ExitStack() as stack:
        servers = [
            stack.enter_context(running(subject, folder / f"{number}.log"))
            for number, subject in enumerate(subjects)
        ]
        for server in servers:
            wrk.run(server, sizes, sizes.warm_up, seed=0)
        seeds = range(1, sizes.rounds + 1)
        loads = [[wrk.run(server, sizes, sizes.seconds, seed) for server in servers] for seed in seeds]
        peaks = [statistics.median(load.rate for load in of_server) for of_server in zip(*loads, strict=True)]
        rates = [(server, peak * SHARE_OF_PEAK) for server, peak in zip(servers, peaks, strict=True)]
        steady = [[latency_at(server, sizes, rate, seed) for server, rate in rates] for seed in seeds]
    columns = zip(subjects, zip(*loads, strict=True), zip(*steady, strict=True), strict=True)
    return {subject.name: Figures.of(of_server, rated) for subject, of_server, rated in columns}


def unsteady(figures: dict[str, Figures]) -> list[str]:
    """Name the subjects whose times at a steady rate are more the client's than theirs."""
    return [
        f"{name} at 70 %: the client itself was {one.steady.client:.1f} ms late; let nothing else run"
        for name, one in figures.items()
        if not one.steady.tells
    ]


def table(figures: dict[str, Figures], mine: str) -> list[Sequence[str]]:
    """Write the figures as rows; the ratio is that of the kit to each."""
    return [
        (
            name,
            f"{one.rate:,.0f}",
            f"{figures[mine].rate / one.rate:.2f}",
            f"{one.cpu:.0f}",
            f"{one.p99_at_peak:.1f}",
            f"{one.steady.p99:.1f}" if one.steady.tells else "-",
        )
        for name, one in figures.items()
    ]
