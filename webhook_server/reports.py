"""The reports of ``explain`` and ``fields`` on a terminal; values of a customer only where asked for."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from webhook_server.profile.changes import Change
from webhook_server.profile.inventory import Inventory
from webhook_server.profile.lookup import Outcome
from webhook_server.profile.service import Answer

STYLES = {
    "found": "green", "unknown": "dim", "stale": "yellow", "late": "red", "failed": "red",
    "withheld": "magenta", "dropped": "yellow", "shadowed": "yellow", "unformatted": "yellow",
}  # fmt: skip


def print_explanation(answer: Answer, console: Console, *, values: bool) -> None:
    """Print how an answer came about."""
    _print_addresses(answer, console, values=values)
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
    for name, reason in inventory.silent.items():
        console.print(Text(f"{name}: {reason}", "yellow"))
    _print_changes(inventory.changes, console)


def _print_addresses(answer: Answer, console: Console, *, values: bool) -> None:
    console.print(Text("Identity", "bold"))
    for number, address in enumerate(answer.addresses, 1):
        console.print(f"  {number}. {address if values else mask(address)}", markup=False)
    if answer.cached:
        console.print("  answered from the cache", style="dim")
    console.print()


def _print_outcomes(outcomes: Sequence[Outcome], console: Console) -> None:
    table = _table("Sources", "Source", "State", "ms", "Fields", "")
    table.columns[2].justify = table.columns[3].justify = "right"
    for outcome in outcomes:
        count = "" if outcome.fields is None else str(len(outcome.fields))
        state = Text(outcome.state, STYLES[outcome.state])
        table.add_row(outcome.source, state, f"{outcome.seconds * 1000:.1f}", count, Text(outcome.reason))
    console.print(table)
    console.print()


def _print_fields(answer: Answer, console: Console, *, values: bool) -> None:
    table = _table("Answer", "Field", "Value" if values else "Kind")
    for name, value in answer.fields.items():
        kind = "null" if value is None else type(value).__name__
        table.add_row(Text(name), Text(str(value) if values else kind, "" if values else "dim"))
    reason = "no source answered" if _is_outage(answer) else "no source knows this address"
    empty = Text(f"The answer is empty: {reason}.", "yellow")
    console.print(table if answer.fields else empty)
    console.print()


def _print_changes(changes: Sequence[Change], console: Console) -> None:
    if not changes:
        return
    table = _table(
        "Fields that do not leave as their source gives them", "Source", "Field", "", "Becomes", "Why"
    )
    for change in changes:
        kind = Text(change.kind.replace("_", " "), STYLES.get(change.kind, ""))
        table.add_row(change.source, Text(change.key), kind, Text(change.became), Text(change.reason))
    console.print(table)
    console.print()


def _is_outage(answer: Answer) -> bool:
    return bool(answer.outcomes) and all(outcome.missing for outcome in answer.outcomes)


def mask(address: str) -> str:
    """Write an address so that a report may be shown around: ``c…@e…``."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain[:1]}…"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 1))
    for column in columns:
        table.add_column(column, header_style="dim", overflow="fold")
    return table
