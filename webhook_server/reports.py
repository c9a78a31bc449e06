"""The reports of ``explain`` and ``fields`` on a terminal; values of a customer only where asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from webhook_server.change_report import print_changes
from webhook_server.profile.identity import Identity
from webhook_server.profile.inventory import Inventory
from webhook_server.profile.outcome import Outcome
from webhook_server.profile.service import Answer
from webhook_server.terminal import STYLES, mask, open_table, printable


def print_explanation(answer: Answer, console: Console, *, values: bool, cache: str) -> None:
    """Print how an answer comes about, and in ``cache`` what is kept of it."""
    _print_addresses(answer, console, values=values)
    console.print(Text.assemble(("Cache\n", "bold"), f"  {cache}\n"))
    _print_outcomes(answer.outcomes, console)
    name_of = str if values else _masking(answer.identity)
    _print_fields(answer, console, name_of, values=values)
    print_changes(answer.changes, console, name_of)


def print_fields(inventory: Inventory, console: Console) -> None:
    """Print what agents can see."""
    table = open_table("What agents can see", "Field", "Source")
    for name, source in inventory.fields.items():
        table.add_row(Text(name), Text(source))
    console.print(table if inventory.fields else Text("No field is known to leave.", "yellow"))
    console.print()
    if inventory.doubts:
        doubts = open_table("Settings that can do nothing as they stand", "Setting", "Why")
        for doubt in inventory.doubts:
            doubts.add_row(Text(printable(doubt.key), "yellow"), Text(printable(doubt.message)))
        console.print(doubts)
        console.print()
    for name, reason in inventory.silent.items():
        console.print(Text(f"{name}: {printable(reason)}", "yellow"))
    print_changes(inventory.changes, console)


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
    table = open_table("Sources", "Source", "State", "ms", "Fields", "")
    table.columns[2].justify = table.columns[3].justify = "right"
    for outcome in outcomes:
        count = "" if outcome.fields is None else str(len(outcome.fields))
        state = Text(outcome.state, STYLES[outcome.state])
        table.add_row(
            outcome.source, state, f"{outcome.seconds * 1000:.1f}", count, Text(printable(outcome.reason))
        )
    console.print(table)
    console.print()


def _masking(identity: Identity | None) -> Callable[[str], str]:
    """Answer what masks the customer's addresses in names: sources may have them as keys of a mapping."""
    spelled = {
        spelling.casefold(): mask(address)
        for address in (identity or Identity(())).addresses
        for spelling in (address, re.sub(r"[^A-Za-z0-9]+", "_", address))
    }
    if not spelled:
        return str
    pattern = re.compile("|".join(map(re.escape, spelled)), re.IGNORECASE)
    return lambda name: pattern.sub(lambda found: spelled[found[0].casefold()], name)


def _print_fields(answer: Answer, console: Console, name_of: Callable[[str], str], *, values: bool) -> None:
    table = open_table("Answer", "Field", "Value" if values else "Kind")
    for name, value in answer.fields.items():
        kind = "null" if value is None else type(value).__name__
        shown = printable(value if isinstance(value, str) else json.dumps(value)) if values else kind
        table.add_row(Text(name_of(name)), Text(shown, "" if values else "dim"))
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
