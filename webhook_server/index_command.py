"""``custom-profile index``: builds the indexes of sources before anybody asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from adapters.errors import SourceError
from adapters.indexed import BuiltIndex, IndexedSource
from webhook_server.command_options import UsageProblem, checked_settings
from webhook_server.config_option import config_option
from webhook_server.profile.lookup import BoundSource
from webhook_server.terminal import open_console, printable
from webhook_server.wiring import build_service

SHOWN = 5
"""Rows set aside that are named for each source."""
INTERRUPTED = 130
WIDE = 10_000
"""Columns that no table takes."""


@click.command()
@config_option
@click.argument("names", nargs=-1)
@click.option(
    "--accept", is_flag=True, help="Take the files as they are, also where one looks cut, emptied or too old."
)
@click.pass_context
def index(context: click.Context, config: str | None, names: tuple[str, ...], accept: bool) -> None:
    """Build the indexes of exported files now, and say what they were made of.

    NAMES are sources of the settings; without any, all that have an index. A server goes on with what it
    has until a new index is whole. Interrupt it whenever you like, and begin again.

    Exit code 0: built. 1: one could not be built. 2: the settings cannot be read, or no source fits.
    """
    service = build_service(checked_settings(config))
    try:
        sources = _chosen(service.all_sources, names)
        built = {bound.name: _build(bound.name, source, accept=accept) for bound, source in sources}
    except KeyboardInterrupt:
        click.echo("Interrupted: what was there before stays in service.", err=True)
        context.exit(INTERRUPTED)
    finally:
        service.close()
    _print(built, open_console())
    context.exit(any(isinstance(result, SourceError) for result in built.values()))


def _chosen(bound: Sequence[BoundSource], names: Sequence[str]) -> list[tuple[BoundSource, IndexedSource]]:
    with_index = [(one, one.source) for one in bound if isinstance(one.source, IndexedSource)]
    known = [one.name for one, _ in with_index]
    if unknown := [name for name in names if name not in known]:
        raise UsageProblem(
            f"No source with an index is called {', '.join(unknown)}; there are: {', '.join(known)}."
        )
    if not with_index:
        raise UsageProblem("No source of these settings has an index: types stripe_export and csv do.")
    return [(one, source) for one, source in with_index if not names or one.name in names]


def _build(name: str, source: IndexedSource, *, accept: bool) -> BuiltIndex | SourceError:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(name, total=None)

        def tell(step: str, what: str, share: float | None) -> None:
            told = f"{name}: {step} {printable(what)}"
            # Without a share rich shows that something goes on.
            progress.update(
                task, description=told, completed=share or 0.0, total=None if share is None else 1.0
            )

        try:
            return source.build_index(tell, accept=accept)
        except SourceError as error:
            return error


def _print(built: dict[str, BuiltIndex | SourceError], console: Console) -> None:
    indexes = {name: result for name, result in built.items() if isinstance(result, BuiltIndex)}
    table = _table(indexes, with_place=True)
    is_wide = console.measure(table, options=console.options.update(max_width=WIDE)).maximum <= console.width
    if indexes:
        console.print(table if is_wide else _table(indexes, with_place=False))
    if not is_wide:  # a path is whole, to be copied
        for name, index_ in indexes.items():
            console.print(Text(f"{name}: {printable(index_.place)}", "dim"), soft_wrap=True)
    for name, result in built.items():
        if isinstance(result, SourceError):
            told = Text.assemble(("✗ ", "bold red"), (f"{name}: ", "bold"), printable(str(result)))
            console.print(told, soft_wrap=True)
            if result.fix:
                console.print(Text(f"  → {printable(result.fix)}", "dim"), soft_wrap=True)
        else:
            for doubt in (*result.warnings, *result.shown[:SHOWN]):
                console.print(Text.assemble(("! ", "yellow"), f"{name}: ", printable(doubt)), soft_wrap=True)


def _table(indexes: Mapping[str, BuiltIndex], *, with_place: bool) -> Table:
    table = Table(box=None, padding=(0, 3, 0, 0), header_style="dim")
    for column in ("Source", "Rows", "Addresses", "Set aside", "Seconds"):
        table.add_column(column, justify="left" if column == "Source" else "right")
    if with_place:
        table.add_column("Index", no_wrap=True)
    for name, result in indexes.items():
        aside = Text(f"{result.set_aside:,}", "yellow" if result.set_aside else "")
        counts = (f"{result.rows:,}", f"{result.addresses:,}", aside, f"{result.seconds:.1f}")
        place = [Text(printable(result.place), "dim")] if with_place else []
        table.add_row(Text(name, "bold"), *counts, *place)
    return table
