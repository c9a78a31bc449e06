"""Output that ends in words: for a terminal without Unicode, a full disk, a pipe that nobody reads."""

from __future__ import annotations

import codecs
import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

_PLAIN = {
    "✓": "+",
    "✗": "x",
    "·": "-",
    "•": "*",
    "…": "...",
    "—": "-",
    "“": '"',
    "”": '"',
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{NO-BREAK SPACE}": " ",
}
_HANDLER = "custom_profile.plain"


class OutputCommand(click.Command):
    """A command whose output never ends in a traceback; exit code 1 where it could not be written."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command between making standard output ready and seeing that all of it was written."""
        with _written_in_full():
            return super().invoke(ctx)


class OutputGroup(click.Group):
    """A group of commands whose output never ends in a traceback, as OutputCommand's does not."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for, and see that all of its output was written."""
        with _written_in_full():
            return super().invoke(ctx)


def print_text(text: str) -> None:
    """Print to standard output in its own encoding, which click replaces by UTF-8 where it is ASCII."""
    click.echo(text, file=sys.stdout)


def json_text(value: Any) -> str:
    """Write JSON for standard output: readable, escaped where its encoding lacks a character."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return text if _can_be_printed(text) else json.dumps(value, indent=2)


def html_text(html: str) -> str:
    """Give HTML for standard output, with character references where its encoding needs them."""
    encoding = _encoding()
    return html if _can_be_printed(html) else html.encode(encoding, "xmlcharrefreplace").decode(encoding)


def _can_be_printed(text: str) -> bool:
    try:
        text.encode(_encoding())
    except UnicodeEncodeError:
        return False
    return True


def _encoding() -> str:
    return getattr(sys.stdout, "encoding", None) or "utf-8"


@contextmanager
def _written_in_full() -> Iterator[None]:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors=_HANDLER)
    try:
        try:
            yield
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except BrokenPipeError:
        _write_no_more()
        raise click.exceptions.Exit(1) from None  # whoever closed the pipe has read enough
    except OSError as error:
        _write_no_more()
        raise click.ClickException(f"The output cannot be written: {error.strerror}.") from None


def _write_no_more() -> None:
    """Let what is still buffered go nowhere: Python would try it again at its end, and complain."""
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _write_plainly(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(_PLAIN.get(character, "?") for character in missing), error.end


codecs.register_error(_HANDLER, _write_plainly)
