"""``custom-profile adapters`` and ``custom-profile adapter new``: what is installed, and how to add to it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from importlib.metadata import distribution
from pathlib import Path
from shlex import quote
from urllib.parse import urlsplit
from urllib.request import url2pathname

import click
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from adapters import registry
from adapters.errors import SourceConfigError
from adapters.listing import Entry, Option, entry
from adapters.scaffold.write import write_package


@click.command()
@click.argument("names", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def adapters(context: click.Context, names: tuple[str, ...], as_json: bool) -> None:
    """List the adapters that are installed with their options, or show what the options of those NAMED mean.

    Exit code 0: shown. 1: one of those NAMED cannot be used. 2: there is none of that name.
    """
    known = registry.installed()
    for name in names:
        if name not in known:
            raise click.UsageError(entry(name).problem)
    found = [entry(name) for name in names or known]
    if as_json:
        click.echo(json.dumps([one.as_dict() for one in found], ensure_ascii=False, indent=2))
    elif names:
        for one in found:
            _show(one, Console())
    else:
        _list(found, Console())
    if names and any(one.problem for one in found):
        context.exit(1)


@click.group()
def adapter() -> None:
    """Write an adapter of your own."""


@adapter.command()
@click.argument("name")
@click.option(
    "--directory",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Where the package goes (default: custom-profile-NAME, here).",
)
def new(name: str, directory: Path | None) -> None:
    """Make the package of an adapter NAMED so, which can be installed and passes its tests at once.

    Exit code 0: made. 2: the name or the folder cannot be taken.
    """
    folder = directory or Path(f"custom-profile-{name.replace('_', '-')}")
    try:
        written = write_package(name, folder)
    except SourceConfigError as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        raise click.UsageError(f"{folder} cannot be written: {error.strerror}") from None
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"Made the package of the adapter [bold]{name}[/]:\n")
    for path in written:
        console.print(f"  {escape(str(path))}")
    console.print("\nNow try it:\n")
    for line in (
        f"cd {folder}",
        "python -m venv .venv",
        *(f".venv/bin/pip install {quote(place)}" for place in _places_of_the_kit()),
        ".venv/bin/pip install --editable '.[test]'",
        ".venv/bin/pytest",
    ):
        console.print(f"  {escape(line)}")
    console.print("\nREADME.md says how to go on.")


def _places_of_the_kit() -> Iterator[str]:
    """Answer where the kit was installed from, unless that is an index, which pip asks anyway (PEP 610)."""
    told = distribution("custom-profile-kit").read_text("direct_url.json")
    url = json.loads(told)["url"] if told else ""
    if url.startswith("file:"):
        yield url2pathname(urlsplit(url).path)


def _list(found: Sequence[Entry], console: Console) -> None:
    width = max(len(one.name) for one in found)
    for one in found:
        mark, told = (
            ("[red]✗[/]", f"[red]{escape(one.problem)}") if one.problem else ("[green]✓[/]", one.summary)
        )
        # A line that names a command is not broken.
        console.print(f"{mark} [bold]{one.name.ljust(width)}[/]  {told}", soft_wrap=True)
        if one.doubt:
            console.print(Padding(f"[yellow]{escape(one.doubt)}", (0, 0, 0, width + 4)))
        options = (f"{option.name} (required)" if option.required else option.name for option in one.options)
        if one.options:
            console.print(Padding(f"[dim]{escape(', '.join(options))}", (0, 0, 0, width + 4)))
    console.print("\n[dim]custom-profile adapters NAME says what the options of one mean.")


def _show(one: Entry, console: Console) -> None:
    console.print(f'[bold]type = "{one.name}"')
    if one.problem:
        console.print(f"[red]{escape(one.problem)}", soft_wrap=True)
        return
    if one.doubt:
        console.print(f"[yellow]{escape(one.doubt)}")
    console.print(f"{escape(one.summary)}\n")
    table = Table.grid(padding=(0, 2))
    _add_rows(table, one.options, "  ")
    console.print(table, "", sep="\n")


def _add_rows(table: Table, options: Sequence[Option], indent: str) -> None:
    for option in options:
        needed = "[yellow]required[/]" if option.required else ""
        name = f"{indent}[bold]{escape(option.name)}"
        table.add_row(name, f"[dim]{option.kind}", needed, escape(option.description))
        _add_rows(table, option.options, f"{indent}  ")
