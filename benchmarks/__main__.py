"""``python -m benchmarks``: every part in one run, or those that are named."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks import (
    cpu,
    exports_index,
    liquid,
    lookup,
    memory,
    page,
    postgresql,
    shares,
    throughput,
    workers,
)
from benchmarks.database import NotHereError
from benchmarks.machine import BUSY, busy_share, describe
from benchmarks.results import Result, show
from benchmarks.sizes import SIZES, Sizes

Measure = Callable[[Path, Path, Sizes], Result]
PARTS: Mapping[str, tuple[str, Measure]] = {
    "cpu": (cpu.TITLE, cpu.measure),
    "lookup": (lookup.TITLE, lookup.measure),
    "shares": (shares.TITLE, shares.measure),
    "throughput": (throughput.TITLE, throughput.measure),
    "postgresql": (postgresql.TITLE, postgresql.measure),
    "memory": (memory.TITLE, memory.measure),
    "workers": (workers.TITLE, workers.measure),
    "exports": (exports_index.TITLE, exports_index.measure),
    "liquid": (liquid.TITLE, liquid.measure),
}


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice(list(PARTS)))
@click.option("--size", type=click.Choice(list(SIZES)), default="standard", show_default=True,
              help="quick: see that all runs; long: a million requests for the memory.")  # fmt: skip
@click.option("--write", is_flag=True, help="Put the figures into docs/benchmarks.md.")
@click.option("--cache", type=click.Path(path_type=Path, file_okay=False), default=Path(".benchmarks"),
              show_default=True, help="Where the database and the exports are kept.")  # fmt: skip
def main(parts: Sequence[str], size: str, write: bool, cache: Path) -> None:
    """Measure the kit beside what a careful person would write by hand, and print the ratios.

    PARTS are cpu, lookup, shares, throughput, postgresql, memory, workers, exports and liquid; without
    any, all.
    """
    if write and (size == "quick" or set(parts) not in ({*PARTS}, set())):
        raise click.UsageError("--write keeps figures of one whole run: name no parts, and no --size quick.")
    console = Console()
    busy = _introduce(console)
    results = []
    for name in dict.fromkeys(parts or PARTS):
        results.append(_measure(*PARTS[name], cache, SIZES[size], console))
        show(results[-1], console)
    if write:
        measured = page.section(results, datetime.now(tz=UTC).date(), size, busy)
        page.PAGE.write_text(page.renewed(page.PAGE.read_text("utf-8"), measured), encoding="utf-8")
        console.print("Written to docs/benchmarks.md.")


def _introduce(console: Console) -> float:
    """Print what is measured on, and answer how busy it is with other things, in percent."""
    grid = Table.grid(padding=(0, 2))
    for what, found in describe():
        grid.add_row(f"[dim]{what}", escape(found))
    console.print(grid, "", sep="\n")
    if (busy := busy_share()) > BUSY:
        console.print(
            f"[bold red]The machine is {busy:.0f} % busy with other things:[/] its figures tell little.\n"
        )
    return busy


def _measure(title: str, measure: Measure, cache: Path, sizes: Sizes, console: Console) -> Result:
    """Measure one part, or say what it lacks."""
    try:
        with console.status(f"Measuring: {title}"), tempfile.TemporaryDirectory() as folder:
            return measure(cache, Path(folder), sizes)
    except NotHereError as missing:
        return Result(title, (), missing=[str(missing)])


if __name__ == "__main__":
    main()
