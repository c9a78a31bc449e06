"""What the command lint does with each template: read, fix, look over, print."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from harness.command_steps import fail, report_console
from harness.lint import Finding, lint_template
from harness.lint.document import json_document, sarif
from harness.lint.fixing import diff, fix_template
from harness.lint.reading import Render
from harness.lint.results import Linted
from harness.lint.terminal import print_findings
from harness.output import json_text, print_text
from harness.payload import PayloadError, read_payload
from harness.text import printable

_MARK = "\ufeff"
_DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan"}


@dataclass(frozen=True, slots=True)
class Job:
    """What to do with every template."""

    profiles: Sequence[Mapping[str, Any]]
    is_chosen: Callable[[Finding], bool]
    render: Render
    is_fixing: bool
    shows_diff: bool


def read_profiles(context: click.Context, path: Path) -> list[dict[str, Any]]:
    """Read the fields of one customer, or a list of several customers' fields, or fail."""
    try:
        value = read_payload(path.read_bytes().removeprefix(_MARK.encode())).value
    except PayloadError as error:
        fail(context, f"{path}: That is no valid JSON. {error}")
    except OSError as error:
        raise click.BadParameter(f"{path} cannot be read: {error.strerror}.", param_hint="--data") from None
    profiles = value if isinstance(value, list) else [value]
    if not all(isinstance(each, dict) for each in profiles):
        fail(
            context, f'{path}: Give the fields of a customer, {{"key": value, …}}, or a list of such objects.'
        )
    return profiles


def lint_one(path: Path, job: Job) -> Linted:
    """Look over one template, fixed before where that is the job."""
    text, name = _read(path), "<stdin>" if str(path) == "-" else str(path)
    if not (job.is_fixing or job.shows_diff):
        return Linted(name, text, _chosen(text, job))
    fixed, mended = fix_template(text, profiles=job.profiles, is_chosen=job.is_chosen, render=job.render)
    if job.shows_diff:
        _print_diff(diff(text, fixed, name))
    if not job.is_fixing:
        return Linted(name, text, _chosen(text, job))
    if fixed != text:
        _write(path, fixed)
    return Linted(name, fixed, _chosen(fixed, job), mended)


def _chosen(text: str, job: Job) -> list[Finding]:
    found = lint_template(text, profiles=job.profiles, render=job.render)
    return [each for each in found if job.is_chosen(each)]


def _read(path: Path) -> str:
    """Read a template as it is, line ends included; a usage error says why it cannot be read."""
    try:
        body = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        return body.decode("utf-8").removeprefix(_MARK)
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{path} is not UTF-8 (byte {error.start + 1}): save it as UTF-8.") from None
    except OSError as error:
        raise click.UsageError(f"{path} cannot be read: {error.strerror}.") from None


def _write(path: Path, text: str) -> None:
    if str(path) == "-":
        raise click.UsageError("--fix writes to files: give a file in the place of -.")
    try:
        mark = _MARK if path.read_bytes().startswith(_MARK.encode()) else ""
        path.write_bytes((mark + text).encode())
    except OSError as error:
        raise click.UsageError(f"{path} cannot be written: {error.strerror}.") from None


def _print_diff(text: str) -> None:
    console = report_console()
    for line in text.splitlines():
        console.print(Text(printable(line), style=_DIFF_STYLES.get(line[:1], "")), soft_wrap=True)


def print_linted(linted: Sequence[Linted], form: str) -> None:
    """Print the findings as text, JSON or SARIF."""
    if form == "text":
        print_findings(linted, report_console())
    else:
        print_text(json_text(sarif(linted) if form == "sarif" else json_document(linted)))
