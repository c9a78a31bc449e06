"""What the reports on a terminal have in common: its console, tables, colours, and what is safe to print."""

from __future__ import annotations

import io
import re
import sys

from rich.console import Console
from rich.table import Table

STYLES = {
    "found": "green", "unknown": "dim", "stale": "yellow", "late": "red", "failed": "red",
    "withheld": "magenta", "dropped": "yellow", "shadowed": "yellow", "unformatted": "yellow",
}  # fmt: skip
DEFAULT_WIDTH, WIDTH_OF_A_FILE = 80, 240
"""Columns that rich takes where nothing tells it; those of a pipe or a file, where no name is broken."""

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


def mask(address: str) -> str:
    """Write an address so that a report may be shown around: ``c…@e…``."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain[:1]}…"


def open_table(title: str, *columns: str) -> Table:
    """Make a table of a report, with a title above its columns."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 1))
    table.min_width = len(title) + 1  # or a narrow table would break its own title
    for column in columns:
        table.add_column(column, header_style="dim", overflow="fold")
    return table
