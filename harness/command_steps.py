"""What the commands do between reading their options and printing: fetch, render, or fail in words."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.console import Console

from harness.answers import Answer, read_answer, read_fields
from harness.caller import Request, Terms, send, wait_for
from harness.checks import TemplateSource
from harness.liquid import TemplateError
from harness.options import read_text
from harness.profile import User, build_profile
from harness.sandbox import Sandbox
from harness.text import printable

FINDINGS, UNREACHABLE = 1, 3
"""Exit codes beside 0 (passed) and 2 (wrong use)."""

_PLAIN_WIDTH = 100


def report_console() -> Console:
    """Give a console as wide as the terminal, or of a fixed width where there is none."""
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    return Console(highlight=False, width=None if is_terminal else _PLAIN_WIDTH)


def fail(context: click.Context, message: str, exit_code: int = FINDINGS) -> NoReturn:
    """Say on standard error what went wrong, and end with that exit code."""
    click.echo(printable(f"Error: {message}"), err=True)
    context.exit(exit_code)


def fetch_fields(context: click.Context, url: str, email: str, token: str, terms: Terms) -> dict[str, Any]:
    """Call a webhook and give its fields, or fail."""
    request = Request((("email", email), ("api_token", token)), secrets=(token,))
    answered = wait_for(send(url, request, terms))
    if answered.problem and answered.problem.kind == "address":
        raise click.BadParameter(f"{answered.problem.message} {answered.problem.fix}", param_hint="URL")
    unanswered = answered.status is None
    return fields_or_fail(
        context, answered.url, read_answer(answered), UNREACHABLE if unanswered else FINDINGS
    )


def fields_or_fail(
    context: click.Context, name: str, answer: Answer, exit_code: int = FINDINGS
) -> dict[str, Any]:
    """Give an answer's fields, or fail with its error under ``name``."""
    if answer.fields is None:
        fail(context, f"{name}: {answer.error} {answer.fix}", exit_code)
    return answer.fields


def read_data(context: click.Context, path: Path | None) -> dict[str, Any]:
    """Read the fields from the file of --data, or fail."""
    if path is None:
        raise click.UsageError("Give the webhook's URL, or --data FILE.")
    return fields_or_fail(context, str(path), read_fields(read_text(path, "--data").encode()))


def render_profile(
    context: click.Context, template: TemplateSource, fields: dict[str, Any], user: User, headline: str
) -> str:
    """Merge and render; say which fields the helpdesk overrides; fail where the template cannot."""
    profile = build_profile(fields, user, name=headline)
    if profile.overridden:
        keys = ", ".join(override.key for override in profile.overridden)
        click.echo(f"The helpdesk overrides {keys} with its own.", err=True)
    try:
        with Sandbox(processes=1) as sandbox:
            return sandbox.render(template.text, profile.fields)
    except TemplateError as error:
        fail(context, error.of(template.name))


def warn_of_template(template: TemplateSource, *, then: str = "start again") -> None:
    """Say on standard error, with file and line, that a template does not parse."""
    try:
        with Sandbox(processes=1) as sandbox:
            sandbox.parse(template.text)
    except TemplateError as error:
        what = error.of(template.name).removesuffix(".")
        message = f"Warning: {what}. The sidebar shows this until you mend it and {then}."
        click.echo(printable(message), err=True)
