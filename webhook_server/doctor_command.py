"""``custom-profile doctor``: whether all is in order before the helpdesk asks."""

from __future__ import annotations

import click
from rich.console import Console

from webhook_server.command_options import UsageProblem, checked_settings, printing_apart
from webhook_server.config import token_traits
from webhook_server.config_option import config_option
from webhook_server.doctor.diagnosis import Diagnosis, Patient
from webhook_server.doctor.examination import examine
from webhook_server.doctor.report import print_json, print_report, worst
from webhook_server.terminal import open_console
from webhook_server.wiring import build_service

READ = "Mend what it says; docs/settings.md has every setting."


@click.command()
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for CI.")
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings too.")
@click.option(
    "--ignore", "ignored", multiple=True, metavar="ID", help="Leave findings of this id out; may be repeated."
)
@click.pass_context
def doctor(
    context: click.Context, config: str | None, as_json: bool, strict: bool, ignored: tuple[str, ...]
) -> None:
    """Examine settings, sources and server, and say how to mend what is not in order.

    Exit code 0: in order. 1: errors (with --strict, warnings too). 2: the settings cannot be read.
    """
    try:
        settings = checked_settings(config)
    except UsageProblem as problem:
        if as_json:
            click.echo(print_json([Diagnosis("settings", "error", "settings", problem.message, READ)]))
        raise
    with printing_apart():
        service = build_service(settings)
        try:
            # On a terminal it says that it is at work; elsewhere rich writes nothing.
            with Console(stderr=True).status("Examining…"):
                patient = Patient(settings, service, token_traits())
                found = [diagnosis for diagnosis in examine(patient) if diagnosis.id not in ignored]
        finally:
            service.close()
    if as_json:
        click.echo(print_json(found))
    else:
        print_report(found, open_console())
    context.exit(worst(found) in {"error", "warning" if strict else "error"})
