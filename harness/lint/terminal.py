"""The findings for a person at a terminal: each with its line, a caret under it, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate, takewhile

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from harness.lint.findings import Finding
from harness.lint.results import Linted, count
from harness.lint.rules import BY_ID
from harness.text import printable

_MARKS = {"error": ("✗", "bold red"), "warning": ("!", "bold yellow"), "info": ("i", "bold blue")}
_CARETS = {"error": "red", "warning": "yellow", "info": "blue"}
_TAB = "    "
_GUTTER = 5
_MOST_OF_A_CELL = 8
"""Characters that one column of a terminal may take, with marks above and below: more are cut off."""


def print_findings(linted: Sequence[Linted], console: Console) -> None:
    """Print each template's findings, then the verdict; width and colours are the console's business."""
    for each in linted:
        lines = each.text.split("\n")
        for finding in each.findings:
            console.print()
            _print_finding(each, finding, lines[finding.line - 1], console)
    console.print()
    _print_verdict(linted, console)
    console.print()


def _print_finding(linted: Linted, finding: Finding, line: str, console: Console) -> None:
    mark, style = _MARKS[finding.severity]
    place = f"{linted.name}:{finding.line}:{finding.column}"
    head = Text.assemble(
        (f"{mark} ", style), (f"{finding.rule_id}  ", "dim"), (BY_ID[finding.rule_id].title, "bold")
    )
    console.print(head)
    console.print(Text(f"{' ' * _GUTTER} ╭ {printable(place)}", style="dim"), soft_wrap=True)
    _print_excerpt(finding, line, console)
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column(overflow="fold")
    rows.add_row("Found", Text(printable(finding.message)))
    fix = Text(printable(finding.fix))
    if finding.replacement:
        fix.append("  --fix does it", style="green")
    rows.add_row("Fix", fix)
    console.print(Padding(rows, (0, 0, 0, _GUTTER + 1)))


def _print_excerpt(finding: Finding, line: str, console: Console) -> None:
    """Print the line, cut to the console's width around the place, and carets under it."""
    line = line.rstrip("\r")
    end = finding.end_column if finding.end_line == finding.line else len(line) + 1
    room = max(20, console.width - _GUTTER - 4)
    start, near = finding.column - 1, room * _MOST_OF_A_CELL
    # Of a long line no more is looked at than could be shown: there may be thousands of findings in it.
    before, marked, after = (
        printable(part).replace("\t", _TAB)
        for part in (
            line[max(0, start - near) : start],
            line[start : min(end - 1, start + near)],
            line[end - 1 : end - 1 + near],
        )
    )
    indented = before.lstrip()
    before = " " * min(2, len(before) - len(indented)) + indented
    before = _tail(before, max(room // 3, room - cell_len(marked) - cell_len(after)))
    marked = _head(marked, room - cell_len(before))
    after = _head(after, room - cell_len(before) - cell_len(marked))
    colour = _CARETS[finding.severity]
    shown = Text.assemble(
        (f"{finding.line:>{_GUTTER}} │ ", "dim"), before, (marked, f"bold {colour}"), after, no_wrap=True
    )
    console.print(shown, soft_wrap=True)
    carets = "^" * max(1, cell_len(marked))
    under = Text.assemble((f"{' ' * _GUTTER} ╰ ", "dim"), " " * cell_len(before), (carets, colour))
    console.print(under, soft_wrap=True)


def _head(text: str, room: int) -> str:
    """Cut a text at its end to a width in cells."""
    if cell_len(text) <= room:
        return text
    return f"{text[: _fitting(text, room)]}…" if room > 0 else ""


def _tail(text: str, room: int) -> str:
    """Cut a text at its beginning to a width in cells."""
    if cell_len(text) <= room:
        return text
    return f"…{text[len(text) - _fitting(reversed(text), room) :]}"


def _fitting(characters: Iterable[str], room: int) -> int:
    """Count the characters that leave a cell of a width free, each looked at once."""
    widths = accumulate(map(cell_len, characters))
    return sum(1 for _ in takewhile(lambda width: width < room, widths))


def _print_verdict(linted: Sequence[Linted], console: Console) -> None:
    errors, warnings = count(linted, "error"), count(linted, "warning")
    fixable = sum(finding.replacement is not None for each in linted for finding in each.findings)
    templates = _counted(len(linted), "template")
    if mended := sum(each.mended for each in linted):
        console.print(Text(f"✓ {_counted(mended, 'finding')} mended.", style="green"))
    if not errors and not warnings:
        badge, sentence = (" CLEAN ", "bold white on green"), f"Nothing to mend in {templates}."
    else:
        found = [
            _counted(number, noun) for number, noun in ((errors, "error"), (warnings, "warning")) if number
        ]
        colour = "red" if errors else "yellow"
        badge = (f" {' AND '.join(found).upper()} ", f"bold {'white' if errors else 'black'} on {colour}")
        sentence = f"in {templates}." + (f" --fix mends {fixable} of them." if fixable else "")
    console.print(Text.assemble(badge, " ", (sentence, "bold")))


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
