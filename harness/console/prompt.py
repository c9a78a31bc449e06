"""The prompt itself: reads lines from a person or from a pipe, and prints what they give."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.console.session import Answer, Session
from harness.contract import RESERVED_FIELDS
from harness.liquid.values.text import inspect
from harness.text import printable

_HELP = """\
plan | upcase            an expression: shows its value
orders > 2 and plan      a condition: shows true or false
assign n = orders | plus: 1    a tag: what it sets stays
Hello {{ plan }}         a template: shows what it renders; blocks may take several lines
.fields  .help  .quit    this program's own"""

ReadLine = Callable[[bool], str]
"""Reads a line, the argument telling whether it goes on with the one before; raises EOFError at the end."""


def converse(session: Session, read_line: ReadLine, console: Console) -> bool:
    """Read to the end, printing what each line gives; False where any of them was an error."""
    is_right, waiting = True, ""
    while True:
        try:
            line = read_line(bool(waiting))
        except EOFError:
            break
        except KeyboardInterrupt:
            waiting = ""
            continue
        if not waiting and line.strip().startswith("."):
            if line.strip() in {".quit", ".exit"}:
                return is_right
            _command(line.strip(), session, console)
        elif waiting or line.strip():
            answer = session.read(waiting + line)
            waiting = f"{waiting}{line}\n" if answer.kind == "unfinished" else ""
            _print(answer, console)
            is_right = is_right and answer.kind != "error"
    if waiting:
        _print(Answer("error", "The last block was never closed."), console)
    return is_right and not waiting


def _print(answer: Answer, console: Console) -> None:
    text = printable(answer.text)
    if answer.kind == "error":
        console.print(Text(text, style="red"), soft_wrap=True)
    elif answer.kind == "value":
        console.print(Text(text, style="dim" if text == "nil" else "cyan"), soft_wrap=True)
    elif answer.kind == "text":
        console.print(Text(text), soft_wrap=True)
    for remark in answer.remarks:
        console.print(Text.assemble(("! ", "bold yellow"), (printable(remark), "dim")), soft_wrap=True)


def _command(name: str, session: Session, console: Console) -> None:
    if name == ".fields":
        _print_fields(session, console)
    elif name == ".help":
        console.print(Text(_HELP))
    else:
        console.print(Text(f"There is no {printable(name)}: .fields, .help and .quit are all.", style="red"))


def _print_fields(session: Session, console: Console) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Name", style="cyan", overflow="fold")
    table.add_column("Value", overflow="fold")
    table.add_column("From", style="dim", no_wrap=True)
    origins = {name: "helpdesk" if name in RESERVED_FIELDS else "webhook" for name in session.fields}
    for name, value in {**session.fields, **session.variables}.items():
        origin = "variable" if name in session.variables else origins[name]
        table.add_row(Text(printable(name)), Text(printable(inspect(value))), origin)
    console.print(table)


def piped_lines() -> ReadLine:
    """Read standard input line by line, without a prompt."""
    lines: Iterator[str] = iter(sys.stdin)

    def read_line(_: bool) -> str:
        line = next(lines, None)
        if line is None:
            raise EOFError
        return line.rstrip("\r\n")

    return read_line


def prompted_lines(session: Session) -> ReadLine:
    """Read from a person: history of earlier days, completion, and a line of help below."""
    from prompt_toolkit import PromptSession  # noqa: PLC0415 - only a person at a terminal needs it
    from prompt_toolkit.formatted_text import FormattedText  # noqa: PLC0415
    from prompt_toolkit.history import FileHistory  # noqa: PLC0415

    from harness.console.completion import LiquidCompleter  # noqa: PLC0415

    path = _history_file()
    prompts: PromptSession[str] = PromptSession(
        history=FileHistory(str(path)) if path else None,
        completer=LiquidCompleter(session),
        complete_while_typing=True,
        bottom_toolbar=f" {len(session.fields)} fields · Tab completes · .help · Ctrl-D ends ",
    )

    def read_line(goes_on: bool) -> str:
        return prompts.prompt(FormattedText([("ansicyan bold", "   ... " if goes_on else "liquid ")]))

    return read_line


def _history_file() -> Path | None:
    """Give the file of the history, readable by its owner alone; None where it cannot be written."""
    path = Path(click.get_app_dir("custom-profile")) / "liquid_history"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError:
        return None
    return path
