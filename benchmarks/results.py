"""What was measured, as tables: on the terminal and as Markdown."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from rich.console import Console
from rich.markup import escape
from rich.table import Table

TIMES = "\N{MULTIPLICATION SIGN}"
COMPARISONS = {"≤": operator.le, "≥": operator.ge, "<": operator.lt}


@dataclass(frozen=True, slots=True)
class Goal:
    """A target that was set before, and what was measured; ``aim`` is what was hoped for beyond it."""

    what: str
    measured: float
    sign: Literal["≤", "≥", "<"]
    target: float
    aim: float | None = None
    unit: str = TIMES

    @property
    def reached(self) -> bool:
        """Say whether the target was reached."""
        return bool(COMPARISONS[self.sign](self.measured, self.target))

    def cells(self) -> tuple[str, str, str, str]:
        """Write the goal as a row of a table."""
        aim = f" (aim {self.sign} {self.aim:g} {self.unit})" if self.aim is not None else ""
        target = f"{self.sign} {self.target:g} {self.unit}{aim}"
        return (
            self.what,
            f"{self.measured:.2f} {self.unit}",
            target,
            "reached" if self.reached else "not reached",
        )


@dataclass(slots=True)
class Result:
    """One part's figures; ``missing`` says what could not be measured, and how it could."""

    title: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


GOAL_COLUMNS = ("Target", "Measured", "Wanted", "")


def show(result: Result, console: Console) -> None:
    """Print one part's tables."""
    console.rule(f"[bold]{escape(result.title)}", align="left")
    if result.rows:
        console.print(_table(result.columns, result.rows))
    if result.goals:
        console.print()
        console.print(
            _table(GOAL_COLUMNS, [_coloured(goal) for goal in result.goals], text_columns=(0, 2, 3))
        )
    for problem in result.missing:
        console.print(f"[bold red]NOT MEASURED[/] {escape(problem)}")
    console.print()


def markdown(result: Result) -> str:
    """Write one part as a section of Markdown."""
    parts = [f"### {result.title}"]
    if result.rows:
        parts.append(_markdown_table(result.columns, result.rows))
    if result.goals:
        rows = [
            (*goal.cells()[:3], goal.cells()[3] if goal.reached else "**not reached**")
            for goal in result.goals
        ]
        parts.append(_markdown_table(GOAL_COLUMNS, rows, text_columns=(0, 2, 3)))
    parts += [f"**Not measured:** {problem}" for problem in result.missing]
    return "\n\n".join(parts)


def _coloured(goal: Goal) -> Sequence[str]:
    *cells, verdict = goal.cells()
    return (*map(escape, cells), f"[{'green' if goal.reached else 'bold red'}]{verdict}[/]")


def _table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], text_columns: Sequence[int] = (0,)
) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for number, name in enumerate(columns):
        table.add_column(name, justify="left" if number in text_columns else "right")
    for row in rows:
        table.add_row(*row)
    return table


def _markdown_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], text_columns: Sequence[int] = (0,)
) -> str:
    rule = ["---" if number in text_columns else "---:" for number in range(len(columns))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (columns, rule, *rows))
