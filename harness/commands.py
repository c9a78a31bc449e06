"""The harness's command render."""

from __future__ import annotations

import ssl
from pathlib import Path

import click

from harness import options
from harness.caller import Terms
from harness.command_steps import (
    fetch_fields,
    read_data,
    render_profile,
)
from harness.helpdesk_commands import helpdesk
from harness.output import OutputCommand, html_text, json_text, print_text
from harness.profile import User
from harness.text import html_to_text, printable
from harness.watching import watch

__all__ = ["helpdesk", "render"]


@click.command(cls=OutputCommand)
@click.argument("url", required=False)
@options.email_option
@options.full_name_option
@click.option("--template", type=options.READABLE_FILE, metavar="FILE", help="The Liquid template.")
@click.option(
    "--data", type=options.READABLE_FILE, metavar="FILE", help="Read the fields from this JSON file."
)
@options.headline_option
@options.deadline_option
@options.authorities_option
@options.token_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "text", "json"]),
    default="html",
    show_default=True,
    help="The rendered HTML, the same as readable text, or the fetched JSON.",
)
@click.option("--watch", "is_watching", is_flag=True, help="Render again whenever the template is saved.")
@click.pass_context
def render(
    context: click.Context,
    url: str | None,
    email: str,
    full_name: str,
    template: Path | None,
    data: Path | None,
    headline: str,
    deadline: float,
    authorities: ssl.SSLContext | None,
    api_token: str | None,
    api_token_file: Path | None,
    form: str,
    is_watching: bool,
) -> None:
    """Fetch the fields of one customer from URL, or read them from --data, and print the profile.

    Exit code 0: printed. 1: the answer or the template is wrong. 2: wrong use. 3: no answer. With --watch
    errors are told and it goes on, until Ctrl-C; the webhook is called once.
    """
    if url is not None and data is not None:
        raise click.UsageError("Give either the webhook's URL or --data FILE, not both.")
    if template is None and (form != "json" or is_watching):
        raise click.UsageError("Give --template FILE, or --format json to see only the fields.")
    token = options.read_token(api_token, api_token_file) if url is not None else ""
    terms = Terms(deadline, authorities=authorities)
    fetched = fetch_fields(context, url, email, token, terms) if url is not None else None

    def show() -> None:
        fields = read_data(context, data) if fetched is None else fetched
        if template is None or form == "json":
            print_text(json_text(fields))
            return
        source, user = options.read_template(template), User(email, full_name)
        html = render_profile(context, source, fields, user, headline)
        print_text(printable(html_to_text(html)) if form == "text" else html_text(html))

    if is_watching:
        watch([path for path in (template, data) if path is not None], show)
    else:
        show()
