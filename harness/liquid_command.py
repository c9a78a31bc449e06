"""The command liquid."""

from __future__ import annotations

import ssl
import sys
from pathlib import Path

import click
from rich.text import Text

from harness import options
from harness.caller import Terms
from harness.command_steps import FINDINGS, fetch_fields, read_data, report_console
from harness.console import Session
from harness.console.prompt import converse, piped_lines, prompted_lines
from harness.output import OutputCommand
from harness.profile import User, build_profile


@click.command(cls=OutputCommand)
@click.argument("url", required=False)
@options.email_option
@options.full_name_option
@click.option(
    "--data", type=options.READABLE_FILE, metavar="FILE", help="Read the fields from this JSON file."
)
@options.headline_option
@options.deadline_option
@options.authorities_option
@options.token_options
@click.pass_context
def liquid(
    context: click.Context,
    url: str | None,
    email: str,
    full_name: str,
    data: Path | None,
    headline: str,
    deadline: float,
    authorities: ssl.SSLContext | None,
    api_token: str | None,
    api_token_file: Path | None,
) -> None:
    """Read Liquid against the profile of one customer, from URL or from --data, and print what it gives.

    Lines come from the prompt or from a pipe: expressions, conditions, tags, templates. Exit code 0: all was
    right. 1: a line of a pipe was an error. 2: wrong use. 3: the webhook did not answer.
    """
    if (url is None) == (data is None):
        raise click.UsageError("Give either the webhook's URL or --data FILE.")
    if url is not None:
        token = options.read_token(api_token, api_token_file)
        fields = fetch_fields(context, url, email, token, Terms(deadline, authorities=authorities))
    else:
        fields = read_data(context, data)
    session = Session(build_profile(fields, User(email, full_name), name=headline).fields)
    console = report_console()
    is_person = sys.stdin is not None and sys.stdin.isatty()
    if is_person:
        console.print(Text(f"Liquid as the helpdesk renders it, for {email}.", style="bold"))
    is_right = converse(session, prompted_lines(session) if is_person else piped_lines(), console)
    context.exit(0 if is_person or is_right else FINDINGS)
