"""The command ``custom-profile helpdesk`` and those below it."""

from __future__ import annotations

import ssl
from pathlib import Path

import click

from harness import options
from harness.command_steps import warn_of_template
from harness.message_command import message
from harness.output import OutputGroup
from harness.profile import DEFAULT_HEADLINE

_DATABASE = "helpdesk.sqlite"
_DATABASE_HELP = (
    "Keep everything in this SQLite file, or in the database at this address (postgresql://…);"
    " :memory: keeps nothing."
)


@click.group(cls=OutputGroup, invoke_without_command=True)
@click.option("--webhook-url", metavar="URL", help="The webhook that the helpdesk calls.")
@click.option(
    "--template", type=options.READABLE_FILE, metavar="FILE", help="The Liquid template of the profile."
)
@click.option(
    "--headline", metavar="TEXT", help=f"The text above the profile.  [default: {DEFAULT_HEADLINE}]"
)
@click.option(
    "--mailbox", type=options.READABLE_FILE, metavar="FILE", help="Messages that arrive: an mbox file."
)
@click.option(
    "--database",
    default=_DATABASE,
    show_default=True,
    envvar="HELPDESK_DATABASE",
    show_envvar=True,
    metavar="FILE or URL",
    help=_DATABASE_HELP,
)
@click.option(
    "--deadline",
    type=click.FloatRange(min=0, min_open=True, max=600),
    metavar="SECONDS",
    help="Time for a whole fetch, in place of the chosen behaviour's; the helpdesk publishes none.",
)
@options.authorities_option
@options.token_options
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=5050,
    show_default=True,
    envvar="HELPDESK_PORT",
    show_envvar=True,
)
@click.option(
    "--smtp-port",
    type=click.IntRange(0, 65535),
    metavar="PORT",
    help="Take mail from any mail program on this port too; needs the extra smtp.",
)
@click.pass_context
def helpdesk(
    context: click.Context,
    webhook_url: str | None,
    template: Path | None,
    headline: str | None,
    mailbox: Path | None,
    database: str,
    deadline: float | None,
    authorities: ssl.SSLContext | None,
    api_token: str | None,
    api_token_file: Path | None,
    host: str,
    port: int,
    smtp_port: int | None,
) -> None:
    """Show a helpdesk's page with the customer's profile in the sidebar, until Ctrl-C.

    What is given here is saved as its settings; what is not given stays as it was, or is set in the page.
    """
    context.obj = database
    if context.invoked_subcommand is not None:
        return
    from harness.helpdesk.run import Start, run_helpdesk  # noqa: PLC0415 - check and render need no Flask

    if webhook_url is not None:
        options.refuse_what_is_no_webhook(webhook_url, "--webhook-url")
    source = options.read_template(template) if template else None
    if source:
        warn_of_template(source)
    run_helpdesk(
        Start(
            webhook_url=webhook_url,
            api_token=options.read_token(api_token, api_token_file, required=False),
            headline=headline,
            template=source.text if source else None,
            mailbox=mailbox,
            database=database,
            deadline=deadline,
            authorities=authorities,
            host=host,
            port=port,
            smtp_port=smtp_port,
        )
    )


helpdesk.add_command(message)


_FOLDER = click.Path(file_okay=False, path_type=Path)


@helpdesk.command("export")
@click.argument("folder", type=_FOLDER)
@click.pass_obj
def export_settings(database: str, folder: Path) -> None:
    """Write the settings to FOLDER, as helpdesk.toml and profile.liquid; the token is not among them.

    As in: custom-profile helpdesk --database helpdesk.sqlite export custom-profile/
    """
    from harness.helpdesk.exchange import export_to  # noqa: PLC0415 - check and render need no database

    for path in export_to(database, folder):
        click.echo(f"Wrote {path}")


@helpdesk.command("import")
@click.argument("folder", type=_FOLDER)
@click.pass_obj
def import_settings(database: str, folder: Path) -> None:
    """Read the settings from FOLDER, where export wrote them; all of them, or none where one is wrong."""
    from harness.helpdesk.database import shown_place  # noqa: PLC0415 - check and render need no database
    from harness.helpdesk.exchange import import_from  # noqa: PLC0415

    template = import_from(database, folder)
    warn_of_template(options.read_template(template), then="import it again")
    click.echo(f"Read {folder} into {shown_place(database)}")
