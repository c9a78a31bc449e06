"""What the terminal shows of fields that do not leave as their source gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from webhook_server.profile.changes import Change
from webhook_server.terminal import STYLES, open_table, printable

TITLE = "Fields that do not leave as their source gives them"

MOST_ALIKE = 10
"""Fields changed alike that are listed one by one."""

NARROW = 72
"""Columns below which a reason stands above its fields: beside them it would have a few letters a line."""


def print_changes(changes: Sequence[Change], console: Console, name_of: Callable[[str], str] = str) -> None:
    """Print every change with its reason; ``name_of`` answers what is shown of a field's name."""
    if not changes:
        return
    alike: dict[tuple[str, str, str], list[Change]] = {}
    for change in changes:
        alike.setdefault((change.source, change.kind, change.reason), []).append(change)
    show = _show_below if console.width < NARROW else _show_beside
    show(list(alike.values()), console, lambda name: printable(name_of(name)))
    console.print()


def _show_beside(groups: Sequence[Sequence[Change]], console: Console, name_of: Callable[[str], str]) -> None:
    table = open_table(TITLE, "Source", "Field", "", "Becomes", "Why")
    for group in groups:
        for key, became in _names(group, name_of):
            kind, reason = _kind(group[0]), Text(printable(group[0].reason))
            table.add_row(group[0].source, Text(key), kind, Text(became), reason)
    console.print(table)


def _show_below(groups: Sequence[Sequence[Change]], console: Console, name_of: Callable[[str], str]) -> None:
    console.print(Text(TITLE, "bold"))
    for group in groups:
        first = group[0]
        reason = Text.assemble(f"{first.source}, ", _kind(first), f": {printable(first.reason)}")
        console.print(Padding(reason, (0, 0, 0, 1)))
        for key, became in _names(group, name_of):
            console.print(Padding(Text(f"{key} → {became}" if became else key, "dim"), (0, 0, 0, 3)))


def _kind(change: Change) -> Text:
    return Text(change.kind.replace("_", " "), STYLES.get(change.kind, ""))


def _names(group: Sequence[Change], name_of: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Answer what is changed and what it becomes; hundreds of one kind would hide the few of others."""
    shown = group if len(group) <= MOST_ALIKE + 1 else group[:MOST_ALIKE]
    for change in shown:
        yield name_of(change.key), name_of(change.became)
    if len(shown) < len(group):
        yield f"… and {len(group) - len(shown):,} more", "…" if group[-1].became else ""
