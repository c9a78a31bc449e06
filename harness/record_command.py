"""The command ``record``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich import box
from rich.table import Table
from rich.text import Text

from harness import check_options, options
from harness.answers import read_answer
from harness.caller import Terms, wait_for
from harness.checks.probing import Target, gather
from harness.command_steps import FINDINGS, UNREACHABLE, fail, report_console
from harness.output import OutputCommand
from harness.people import NoFakerError
from harness.progress import shown_progress
from harness.recording import Recording, record
from harness.report.verdict import count
from harness.text import printable


@click.command("record", cls=OutputCommand)
@click.argument("url")
@check_options.customer_options
@options.deadline_option
@options.authorities_option
@options.token_options
@click.option(
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where the recording goes.",
)
@click.option(
    "--keep", multiple=True, metavar="KEY", help="Keep the values of this field: no person is in them."
)
@click.pass_context
def record_command(context: click.Context, /, url: str, output: Path, **given: Any) -> None:
    """Keep what the webhook at URL answers, with its people replaced by others who do not exist.

    Exit code 0: recorded. 1: no customer has fields. 2: wrong use. 3: no answer.
    """
    options.refuse_what_is_no_webhook(url, "URL")
    token = options.read_token(given["api_token"], given["api_token_file"])
    emails = check_options.read_emails(given["email"], given["email_file"])
    terms = Terms(given["deadline"], authorities=given["authorities"])
    target = Target(url, emails, token, terms, calls=1)
    with shown_progress() as progress:
        evidence = wait_for(gather(target, (), progress))
    first = read_answer(evidence.first.call)
    if evidence.first.status is None:
        fail(context, f"{evidence.first.call.url}: {first.error} {first.fix}", UNREACHABLE)
    try:
        recording = record(evidence, given["keep"])
    except NoFakerError as error:
        raise click.UsageError(str(error)) from None
    if not recording.customers:
        why = f"{first.error} {first.fix}" if first.error else "It knows nobody under the addresses given."
        fail(context, f"{evidence.first.call.url}: {why}", FINDINGS)
    try:
        recording.write(output)
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror}.") from None
    _tell(recording, output)


def _tell(recording: Recording, output: Path) -> None:
    console = report_console()
    told = [f"{output}: {count(len(recording.customers), 'customer')}"]
    if recording.unknown:
        told.append(f"{count(recording.unknown, 'address', 'addresses')} without fields left out")
    if recording.without:
        told.append(f"{count(recording.without, 'answer')} left out that held no object")
    console.print(Text(f"{'; '.join(told)}.", style="bold"))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Key", style="cyan", overflow="fold")
    table.add_column("Values")
    for key, kinds in recording.done.items():
        replaced = [kind for kind in kinds if kind != "kept"]
        text = f"replaced as {', '.join(replaced)}" if replaced else "kept"
        table.add_row(Text(printable(key)), Text(text, style="" if replaced else "yellow"))
    console.print(table)
    console.print("Look through the file before you share it: what is kept is kept as it was.", style="dim")
