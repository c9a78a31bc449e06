"""``custom-profile exports``: what is in the files that Stripe's dashboard exported."""

from __future__ import annotations

import io
import json
import sys

import click
from rich.console import Console

WIDTH_OF_A_FILE = 160


@click.group()
def exports() -> None:
    """Look into the files that Stripe's dashboard exported."""


@exports.command()
@click.argument("files", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with up to 1,000 rows set aside a file.")
@click.option(
    "--strict",
    is_flag=True,
    help="Exit with 1 for any doubt, too: a row set aside, dates guessed, a file passed over or cut.",
)
@click.option("--test-mode", is_flag=True, help="The files were exported in Stripe's test mode.")
@click.pass_context
def doctor(
    context: click.Context, files: tuple[str, ...], as_json: bool, strict: bool, test_mode: bool
) -> None:
    """Say of every file what it is, what each column became, and what was set aside and why.

    FILES are paths, folders or patterns. Nothing of a customer's is printed.

    Exit code 0: all files could be read. 1: some could not (with --strict: or some of a file is in doubt).
    """
    # What reads exports takes long to import: only this command pays for it.
    from adapters.exports.progress import Progress  # noqa: PLC0415
    from adapters.stripe_export.doctor import diagnose  # noqa: PLC0415
    from adapters.stripe_export.doctor_report import print_diagnosis, printable  # noqa: PLC0415

    with Console(stderr=True).status("Reading…") as status:
        progress = Progress(lambda step, what, _share: status.update(f"{step} {printable(what)}"))
        diagnosis = diagnose(files, test_mode=test_mode, progress=progress)
    if as_json:
        click.echo(json.dumps(diagnosis.as_json(), indent=2))
    else:
        console = _console()
        with console.capture() as printed:
            print_diagnosis(diagnosis, console)
        click.echo("\n".join(line.rstrip() for line in printed.get().splitlines()))
    context.exit(bool(diagnosis.unread or (strict and diagnosis.is_doubtful)))


def _console() -> Console:
    # What a terminal cannot write becomes a question mark, and not the end of the command.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    console = Console(highlight=False)
    if not console.is_terminal and console.width == 80:
        console.width = WIDTH_OF_A_FILE
    return console
