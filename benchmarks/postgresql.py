"""Requests a second of one worker on PostgreSQL: the kit beside FastAPI and asyncpg."""

from __future__ import annotations

from pathlib import Path

from benchmarks import wrk
from benchmarks.customers import answer_of, email_of
from benchmarks.database import NotHereError, postgres_database
from benchmarks.kit import Kit
from benchmarks.results import Goal, Result
from benchmarks.servers import UVICORN, peer
from benchmarks.servers import kit as served
from benchmarks.sizes import Sizes
from benchmarks.throughput import COLUMNS, table, take_turns, unsteady

TITLE = "PostgreSQL: requests a second of one worker, 16 connections"
KIT, ASYNCPG = "the kit: PostgreSQL", "(d) FastAPI, asyncpg, uvicorn"


def measure(cache: Path, folder: Path, sizes: Sizes) -> Result:
    """Measure the kit beside (d). Raises NotHereError where wrk or PostgreSQL is missing."""
    wrk.find_wrk()
    result = Result(TITLE, COLUMNS)
    email, answer = email_of(1), answer_of(1)
    with postgres_database(sizes.users) as url:
        environ = {**Kit.on(cache, folder, sizes).postgresql(), "DATABASE_URL": url}
        subjects = [served(KIT, environ, email, answer)]
        try:
            subjects.append(peer(ASYNCPG, "fastapi_asyncpg:app", UVICORN, url, email, answer))
        except NotHereError as missing:
            result.missing.append(f"{ASYNCPG}: {missing}")
        figures = take_turns(subjects, folder, sizes)
    result.rows = table(figures, KIT)
    result.missing += unsteady(figures)
    if ASYNCPG in figures:
        ratio = figures[KIT].rate / figures[ASYNCPG].rate
        result.goals.append(Goal("requests/s over (d)", ratio, "≥", 1.0, 1.2))
    return result
