"""The index of exports: how long it takes to build, and what a lookup and a worker cost at any size."""

from __future__ import annotations

import importlib.util
import json
import os
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

from adapters.exports.job import Job
from adapters.stripe_export import StripeExportSource
from benchmarks import builds
from benchmarks.customers import email_of
from benchmarks.database import NotHereError
from benchmarks.kit import TOKEN
from benchmarks.latency import latency_at
from benchmarks.payments import EACH, payments_file
from benchmarks.results import Goal, Result
from benchmarks.servers import Running, kit, running
from benchmarks.sizes import Sizes

TITLE = "An index of exported payments"
SMALL = 10_000
"""Payments of the export that the large one is compared with."""
MOST_BESIDE = 1_000_000
"""Payments that sqlite-utils is given at the most: it takes minutes for more."""
LOOKUPS = 20_000
RATE = 200.0
"""Requests a second while the index is rebuilt."""
SETTLED = 2.5
"""Seconds after which the server begins to read files that were changed."""


def job_of(file: Path, folder: Path) -> Job:
    """Describe the index of one export in a folder."""
    return _source(file, folder).job


def _source(file: Path, folder: Path) -> StripeExportSource:
    return StripeExportSource(payments=str(file.absolute()), index=str(folder.absolute()))


def measure(cache: Path, folder: Path, sizes: Sizes) -> Result:
    """Measure builds, lookups, memory, and answers while it is rebuilt. Raises NotHereError."""
    if importlib.util.find_spec("sqlite_utils") is None:
        raise NotHereError(
            "sqlite-utils not installed: pip install -r requirements/benchmark.txt (make bench does)"
        )
    large = payments_file(cache, sizes.payments)
    small = payments_file(cache, min(SMALL, sizes.payments))
    beside = payments_file(cache, min(MOST_BESIDE, sizes.payments))
    ours = _build("kit", large, folder)
    own = _build("duckdb", large, folder)
    ours_beside = ours if beside == large else _build("kit", beside, folder)
    rows = _build("sqlite-utils", beside, folder)
    _build("kit", small, folder)
    at_small, at_large = _lookups(small, large, folder, sizes)
    memory_small, memory_large = (_worker(file, folder) for file in (small, large))
    quiet, rebuilding = _while_rebuilding(large, folder, sizes)
    return Result(
        TITLE,
        ("", "measured"),
        [
            (f"index of {sizes.payments:,} payments", f"{ours['seconds']:.1f} s, {ours['memory']:.0f} MiB"),
            ("DuckDB's own aggregation of the same file", f"{own['seconds']:.1f} s, {own['memory']:.0f} MiB"),
            (f"sqlite-utils, {min(MOST_BESIDE, sizes.payments):,} payments", f"{rows['seconds']:.1f} s"),
            ("the kit, the same payments", f"{ours_beside['seconds']:.1f} s"),
            (f"CPU of a lookup, {min(SMALL, sizes.payments):,} payments", f"{at_small:.1f} µs"),
            (f"CPU of a lookup, {sizes.payments:,} payments", f"{at_large:.1f} µs"),
            ("memory of a process that looks up, few payments", f"{memory_small:.1f} MiB"),
            ("memory of a process that looks up, all payments", f"{memory_large:.1f} MiB"),
            (f"p99 at {RATE:.0f} requests a second", f"{quiet:.1f} ms"),
            ("p99 while the index is rebuilt", f"{rebuilding:.1f} ms"),
        ],
        [
            Goal("build over DuckDB's own aggregation", ours["seconds"] / own["seconds"], "≤", 2.0),
            Goal("sqlite-utils over the build", rows["seconds"] / ours_beside["seconds"], "≥", 5.0),
            Goal("peak memory of a build", ours["memory"], "≤", 1536, unit="MiB"),
            Goal("lookup over one at few payments", at_large / at_small, "≤", 1.3),
            Goal("CPU of a lookup", at_large, "≤", 60, unit="µs"),
            Goal("memory over that at few payments", memory_large / memory_small, "≤", 1.05),
            Goal("p99 while rebuilding over p99", rebuilding / quiet, "≤", 2.0),
        ],
    )


def _build(what: str, file: Path, folder: Path) -> dict[str, float]:
    place = folder / f"{what}-{file.stem}"
    place.mkdir(exist_ok=True)
    return builds.run(what, file, place)


def _lookups(small: Path, large: Path, folder: Path, sizes: Sizes) -> tuple[float, float]:
    """Answer the CPU microseconds of a lookup in both, by turns, the median of the rounds."""
    sources = [(file, _source(file, folder / f"kit-{file.stem}")) for file in (small, large)]
    taken: list[list[float]] = [[], []]
    for turn in range(sizes.cpu_rounds + 1):
        for number, (file, source) in enumerate(sources):
            choose = random.Random(turn)
            customers = max(1, int(file.stem.rpartition("-")[2]) // EACH)
            emails = [email_of(choose.randint(1, customers)) for _ in range(LOOKUPS)]
            started = time.process_time()
            found = [source.lookup(email) for email in emails]
            spent = time.process_time() - started
            if None in found:
                raise RuntimeError(f"{file} lacks customers that it should have")
            if turn:
                taken[number].append(spent / LOOKUPS * 1e6)
    for _, source in sources:
        source.close()
    return statistics.median(taken[0]), statistics.median(taken[1])


WORKER = """
import random, sys
import psutil
from adapters.stripe_export import StripeExportSource
from benchmarks.customers import email_of
source = StripeExportSource(payments=sys.argv[1], index=sys.argv[2])
for _ in range(20_000):
    source.lookup(email_of(random.randint(1, int(sys.argv[3]))))
source.close()
print(psutil.Process().memory_info().rss / 2**20)
"""


def _worker(file: Path, folder: Path) -> float:
    place = folder / f"kit-{file.stem}"
    customers = max(1, int(file.stem.rpartition("-")[2]) // EACH)
    words = [str(file.absolute()), str(place.absolute()), str(customers)]
    done = subprocess.run([sys.executable, "-c", WORKER, *words], capture_output=True, text=True, check=True)
    return float(done.stdout)


def _while_rebuilding(file: Path, folder: Path, sizes: Sizes) -> tuple[float, float]:
    """Answer the p99 of answers in milliseconds, quiet and while the index is rebuilt; medians of rounds."""
    place = folder / f"kit-{file.stem}"
    settings = folder / "exports.toml"
    paths = (json.dumps(str(path.absolute())) for path in (file, place))
    settings.write_text(
        '[profile]\nfields = ["charge_count"]\n[[sources]]\nname = "billing"\ntype = "stripe_export"\n'
        "payments = {}\nindex = {}\n".format(*paths),
        encoding="utf-8",
    )
    environ = {"GROOVE_API_TOKEN": TOKEN, "CUSTOM_PROFILE_CONFIG": str(settings)}
    email = email_of(1)
    source = _source(file, place)
    answer = {"charge_count": (source.lookup(email) or {})["charge_count"]}
    source.close()
    quiet, rebuilding = [], []
    with running(kit("the kit", environ, email, answer), folder / "exports.log") as server:
        latency_at(server, sizes, RATE, 0)
        for turn in range(1, sizes.rounds + 1):
            quiet.append(latency_at(server, sizes, RATE, turn).p99)
            rebuilding.append(_one_rebuild(server, file, sizes, turn))
    return statistics.median(quiet), statistics.median(rebuilding)


def _one_rebuild(server: Running, file: Path, sizes: Sizes, turn: int) -> float:
    os.utime(file)
    deadline = time.monotonic() + 30
    while len(server.workers()) < 2:
        if time.monotonic() > deadline:
            raise RuntimeError("the server did not rebuild the index of a changed file")
        latency_at(server, Sizes(users=sizes.users, seconds=0.2), RATE, turn)
    return latency_at(server, sizes, RATE, turn).p99
