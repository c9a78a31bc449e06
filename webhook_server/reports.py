"""The reports of ``explain`` and ``fields`` on a terminal; values of a customer only where asked for."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from webhook_server.profile.changes import Change
from webhook_server.profile.identity import Identity
from webhook_server.profile.inventory import Inventory
from webhook_server.profile.outcome import Outcome
from webhook_server.profile.service import Answer

STYLES = {
    "found": "green", "unknown": "dim", "stale": "yellow", "late": "red", "failed": "red",
    "withheld": "magenta", "dropped": "yellow", "shadowed": "yellow", "unformatted": "yellow",
}  # fmt: skip
DEFAULT_WIDTH, WIDTH_OF_A_FILE = 80, 240
"""Columns that rich takes where nothing tells it; those of a pipe or a file, where no name is broken."""

MOST_ALIKE = 10
"""Fields changed alike that are listed one by one."""

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Escape what would command a terminal: control characters, and those that turn the writing round."""
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def printable_json(text: str) -> str:
    """Escape the same in JSON that json.dumps has indented, where such an escape means the character."""
    return "\n".join(printable(line) for line in text.split("\n"))


def open_console() -> Console:
    """Make the console that reports are printed on."""
    # What a terminal cannot write becomes a question mark, and not the end of the command.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    console = Console(highlight=False)
    if not console.is_terminal and console.width == DEFAULT_WIDTH:
        console.width = WIDTH_OF_A_FILE
    return console


def print_explanation(answer: Answer, console: Console, *, values: bool, cache: str) -> None:
    """Print how an answer comes about, and in ``cache`` what is kept of it."""
    _print_addresses(answer, console, values=values)
    console.print(Text.assemble(("Cache\n", "bold"), f"  {cache}\n"))
    _print_outcomes(answer.outcomes, console)
    _print_fields(answer, console, values=values)
    _print_changes(answer.changes, console)


def print_fields(inventory: Inventory, console: Console) -> None:
    """Print what agents can see."""
    table = _table("What agents can see", "Field", "Source")
    for name, source in inventory.fields.items():
        table.add_row(Text(name), Text(source))
    console.print(table if inventory.fields else Text("No field is known to leave.", "yellow"))
    console.print()
    if inventory.doubts:
        doubts = _table("Settings that can do nothing as they stand", "Setting", "Why")
        for doubt in inventory.doubts:
            doubts.add_row(Text(printable(doubt.key), "yellow"), Text(printable(doubt.message)))
        console.print(doubts)
        console.print()
    for name, reason in inventory.silent.items():
        console.print(Text(f"{name}: {printable(reason)}", "yellow"))
    _print_changes(inventory.changes, console)


def _print_addresses(answer: Answer, console: Console, *, values: bool) -> None:
    console.print(Text("Identity", "bold"))
    identity = answer.identity or Identity(())
    grid = Table.grid(padding=(0, 2))
    for number, (address, origin) in enumerate(zip(identity.addresses, identity.origins, strict=False), 1):
        shown = printable(address if values else mask(address))
        grid.add_row(Text(f"  {number}. {shown}"), Text(printable(origin), "dim"))
    console.print(grid)
    console.print()


def _print_outcomes(outcomes: Sequence[Outcome], console: Console) -> None:
    table = _table("Sources", "Source", "State", "ms", "Fields", "")
    table.columns[2].justify = table.columns[3].justify = "right"
    for outcome in outcomes:
        count = "" if outcome.fields is None else str(len(outcome.fields))
        state = Text(outcome.state, STYLES[outcome.state])
        table.add_row(
            outcome.source, state, f"{outcome.seconds * 1000:.1f}", count, Text(printable(outcome.reason))
        )
    console.print(table)
    console.print()


def _print_fields(answer: Answer, console: Console, *, values: bool) -> None:
    table = _table("Answer", "Field", "Value" if values else "Kind")
    for name, value in answer.fields.items():
        kind = "null" if value is None else type(value).__name__
        shown = printable(value if isinstance(value, str) else json.dumps(value)) if values else kind
        table.add_row(Text(name), Text(shown, "" if values else "dim"))
    empty = Text(f"The answer is empty: {_why_empty(answer)}.", "yellow")
    console.print(table if answer.fields else empty)
    console.print()


def _why_empty(answer: Answer) -> str:
    if answer.outage:
        return "no source answered"
    knowing = [outcome.source for outcome in answer.outcomes if outcome.fields is not None]
    if knowing:
        verb = "knows" if len(knowing) == 1 else "know"
        return f"{' and '.join(knowing)} {verb} this address, and nothing of what was answered leaves"
    missing = ", ".join(outcome.source for outcome in answer.outcomes if outcome.missing)
    return f"{missing} did not answer, and no other knows it" if missing else "no source knows this address"


def _print_changes(changes: Sequence[Change], console: Console) -> None:
    if not changes:
        return
    table = _table(
        "Fields that do not leave as their source gives them", "Source", "Field", "", "Becomes", "Why"
    )
    alike: dict[tuple[str, str, str], list[Change]] = {}
    for change in changes:
        alike.setdefault((change.source, change.kind, change.reason), []).append(change)
    for group in alike.values():
        # Hundreds of one kind would hide the few of others.
        shown = group if len(group) <= MOST_ALIKE + 1 else group[:MOST_ALIKE]
        for change in shown:
            _add_change(table, change, change.key)
        if len(shown) < len(group):
            _add_change(table, group[-1], f"… and {len(group) - len(shown):,} more", became="…")
    console.print(table)
    console.print()


def _add_change(table: Table, change: Change, key: str, became: str | None = None) -> None:
    kind = Text(change.kind.replace("_", " "), STYLES.get(change.kind, ""))
    becomes = change.became and (became or change.became)
    cells = (Text(printable(cell)) for cell in (becomes, change.reason))
    table.add_row(change.source, Text(printable(key)), kind, *cells)


def mask(address: str) -> str:
    """Write an address so that a report may be shown around: ``c…@e…``."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain[:1]}…"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 1))
    table.min_width = len(title) + 1  # or a narrow table would break its own title
    for column in columns:
        table.add_column(column, header_style="dim", overflow="fold")
    return table
