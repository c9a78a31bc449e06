"""CPU of one lookup through the SQL adapter, beside the same query on a cursor from SQLAlchemy's pool."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from pathlib import Path
from time import process_time
from typing import Any

from sqlalchemy import create_engine

from adapters.options import load_options
from adapters.sql import SqlSource
from benchmarks.customers import QUERY, answer_of, email_of, some_emails
from benchmarks.database import sqlite_database
from benchmarks.results import Goal, Result
from benchmarks.servers import UnfairError
from benchmarks.sizes import Sizes

TITLE = "CPU of one lookup in SQLite, in process"

Lookup = Callable[[str], Mapping[str, Any] | None]


def measure(cache: Path, folder: Path, sizes: Sizes) -> Result:
    """Measure both by turns, the medians of the rounds."""
    database = sqlite_database(cache, sizes.users).absolute()
    options = {"url": f"sqlite:///{database}", "query": QUERY}
    source = SqlSource.from_options(load_options(SqlSource.options, options, folder))
    engine = create_engine(f"sqlite:///{database}")
    columns = list(answer_of(1))
    statement = QUERY.replace(":email", "?")

    def by_hand(email: str) -> Mapping[str, Any] | None:
        connection = engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute(statement, (email,))
            row = cursor.fetchone()
            cursor.close()
        finally:
            connection.close()
        return None if row is None else dict(zip(columns, row, strict=True))

    lookups: Mapping[str, Lookup] = {"a cursor from the pool": by_hand, "the adapter": source.lookup}
    taken = _take_turns(lookups, sizes)
    source.close()
    engine.dispose()
    base, ours = taken.values()
    return Result(
        TITLE,
        ("", "µs", "ratio"),
        [(name, f"{spent:.1f}", f"{spent / base:.2f}") for name, spent in taken.items()],
        [Goal("lookup over a cursor from SQLAlchemy's pool", ours / base, "≤", 1.4)],
    )


def _take_turns(lookups: Mapping[str, Lookup], sizes: Sizes) -> dict[str, float]:
    first, second = (lookup(email_of(1)) for lookup in lookups.values())
    if first != second:
        raise UnfairError(f"one answers {first} and the other {second}")
    rounds: dict[str, list[float]] = {name: [] for name in lookups}
    for turn in range(sizes.cpu_rounds + 1):
        for name, lookup in lookups.items():
            emails = some_emails(turn, sizes.cpu_requests, sizes.users)
            started = process_time()
            for email in emails:
                lookup(email)
            if turn:  # the first warms up
                rounds[name].append((process_time() - started) / len(emails) * 1e6)
    return {name: statistics.median(spent) for name, spent in rounds.items()}
