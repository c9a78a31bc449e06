"""``python -m benchmarks.builds``: one build of an index in its own process: time and peak memory."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click

MEMORY = 1024
"""Mebibytes that DuckDB may hold, whoever asks it."""


def run(what: str, file: Path, folder: Path) -> dict[str, float]:
    """Build in a fresh process; answer seconds, and MiB at the most. Raises RuntimeError."""
    command = [sys.executable, "-m", "benchmarks.builds", what, str(file), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{what} failed: {done.stderr}")
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


@click.command()
@click.argument("what", type=click.Choice(["kit", "duckdb", "sqlite-utils"]))
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("folder", type=click.Path(path_type=Path))
def main(what: str, file: Path, folder: Path) -> None:
    """Build, and print seconds and peak memory as JSON."""
    started = time.monotonic()
    {"kit": _kit, "duckdb": _duckdb, "sqlite-utils": _sqlite_utils}[what](file, folder)
    seconds = time.monotonic() - started
    print(json.dumps({"seconds": seconds, "memory": _peak()}))


def _peak() -> float:
    """Answer the most MiB that this process held; getrusage() would count its parent's too."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _kit(file: Path, folder: Path) -> None:
    from adapters.exports.building import build  # noqa: PLC0415 - the others must not pay for it
    from benchmarks.exports_index import job_of  # noqa: PLC0415

    build(job_of(file, folder))


def _duckdb(file: Path, folder: Path) -> None:
    """Compute the same answers in one statement, into a table of DuckDB's own."""
    import duckdb  # noqa: PLC0415

    database: Any = duckdb.connect(str(folder / "own.duckdb"))
    database.execute(f"SET memory_limit = '{MEMORY}MiB'")
    paid, at = "\"Status\" IN ('Paid', 'Refunded')", '"Created date (UTC)"'
    database.execute(
        f"""
        CREATE TABLE customers AS
        SELECT lower("Customer Email") AS email,
               count(*) FILTER ({paid}) AS charges, count(*) FILTER (NOT ({paid})) AS failed,
               min({at}) FILTER ({paid}) AS first_at, max({at}) FILTER ({paid}) AS last_at,
               arg_min("Amount", {at}) FILTER ({paid}) AS first_amount,
               arg_max("Amount", {at}) FILTER ({paid}) AS last_amount,
               arg_max("Currency", {at}) FILTER ({paid}) AS currency,
               arg_max("Customer ID", {at}) FILTER ({paid}) AS customer_id,
               arg_max(id, {at}) FILTER ({paid}) AS last_id,
               sum("Amount" - "Amount Refunded") FILTER ({paid}) AS net,
               sum("Amount Refunded") FILTER ({paid}) AS refunded
        FROM read_csv('{file}') GROUP BY 1
        """
    )
    database.close()


def _sqlite_utils(file: Path, folder: Path) -> None:
    """Put the rows as they are into SQLite, and an index on the address."""
    database = str(folder / "rows.db")
    tool = [sys.executable, "-m", "sqlite_utils"]
    subprocess.run([*tool, "insert", database, "payments", str(file), "--csv", "--silent"], check=True)
    subprocess.run([*tool, "create-index", database, "payments", "Customer Email"], check=True)


if __name__ == "__main__":
    main()
