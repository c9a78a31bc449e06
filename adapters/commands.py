"""``custom-profile adapters`` and ``custom-profile adapter new``: what is installed, and how to add to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from shlex import quote
from urllib.parse import urlsplit
from urllib.request import url2pathname

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from adapters import registry
from adapters.base import CustomerSource
from adapters.errors import SourceConfigError
from adapters.scaffold.write import write_package


@click.command()
@click.argument("names", nargs=-1)
@click.pass_context
def adapters(context: click.Context, names: tuple[str, ...]) -> None:
    """List the adapters that are installed, or show the options of those that are NAMED.

    Exit code 0: shown. 1: one of those NAMED cannot be used. 2: there is none of that name.
    """
    console = Console(soft_wrap=not names)
    known = registry.installed()
    for name in names:
        if name not in known:
            raise click.UsageError(_unknown(name))
    loaded = [(name, _load(name)) for name in names or known]
    if names:
        for name, adapter in loaded:
            _show(name, adapter, console)
    else:
        _list(loaded, console)
    if names and any(isinstance(adapter, str) for _, adapter in loaded):
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


def _load(name: str) -> type[CustomerSource] | str:
    try:
        return registry.load(name)
    except SourceConfigError as error:
        return str(error)


def _unknown(name: str) -> str:
    try:
        registry.load(name)
    except SourceConfigError as error:
        return str(error)
    return ""


def _list(loaded: list[tuple[str, type[CustomerSource] | str]], console: Console) -> None:
    table = Table.grid(padding=(0, 2))
    for name, found in loaded:
        if isinstance(found, str):
            table.add_row(f"[red]✗[/] [bold]{name}", f"[red]{escape(found)}")
        else:
            table.add_row(f"[green]✓[/] [bold]{name}", escape(_first_line(found)))
    console.print(table)
    console.print("\n[dim]custom-profile adapters NAME shows the options of one.")


def _show(name: str, found: type[CustomerSource] | str, console: Console) -> None:
    console.print(f'[bold]type = "{name}"')
    if isinstance(found, str):
        console.print(f"[red]{escape(found)}")
        return
    console.print(f"{escape(_first_line(found))}\n")
    table = Table.grid(padding=(0, 2))
    for option, field in found.options().fields.items():
        needed = "[yellow]required[/]" if field.required else ""
        described = str(field.metadata.get("description", ""))
        table.add_row(f"  [bold]{escape(field.data_key or option)}", needed, escape(described))
    console.print(table, "", sep="\n")


def _first_line(adapter_class: type[CustomerSource]) -> str:
    return (adapter_class.__doc__ or "").strip().partition("\n")[0]
