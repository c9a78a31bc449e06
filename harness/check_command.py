"""The command ``check``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from harness import check_options, options
from harness.address import shown_url
from harness.baseline import BaselineError, read_baseline, without_known, write_baseline
from harness.caller import Terms
from harness.check_options import Form
from harness.checks import Report, Target, check_target
from harness.checks.hiding import hide_values
from harness.command_steps import report_console
from harness.hostile import CASES
from harness.output import OutputCommand, json_text, print_text
from harness.progress import shown_progress
from harness.recording import RecordingError, read_shape
from harness.report import FORMS, print_report, report_document
from harness.selection import SelectionError, select_rules


@click.command(cls=OutputCommand)
@click.argument("url", required=False)
@check_options.customer_options
@options.full_name_option
@click.option(
    "--template", type=options.READABLE_FILE, metavar="FILE", help="Render this Liquid template too."
)
@options.headline_option
@options.deadline_option
@options.authorities_option
@options.token_options
@check_options.rule_options
@check_options.report_options
@click.pass_context
def check(context: click.Context, /, url: str | None, **given: Any) -> None:
    """Call the webhook at URL as the helpdesk does and apply every rule.

    Exit code 0: passed, perhaps with warnings. 1: something to mend. 2: wrong use. 3: no answer.
    """
    if url is None:
        raise click.UsageError("Give the webhook's URL, or url in the settings.")
    if given["write_baseline"] and given["baseline"] is None:
        raise click.UsageError("Say where to: --write-baseline needs --baseline FILE.")
    if given["hostile"]:
        _ask_first(url, yes=given["yes"])
    try:
        report = _check(url, given)
        if given["write_baseline"]:
            count = write_baseline(given["baseline"], report.results)
            click.echo(f"{given['baseline']} holds {count} findings.", err=True)
        if given["baseline"]:
            report.results = without_known(report.results, read_baseline(given["baseline"]))
        if given["hide_values"]:
            hide_values(report)
    except (BaselineError, RecordingError, SelectionError) as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{given['baseline']} cannot be written: {error.strerror}.") from None
    _refuse_no_address(report)
    # Files first: standard output may be closed before everything is in it.
    for form in sorted(given["forms"], key=lambda form: form.file is None):
        _write(report, form)
    context.exit(report.exit_code)


def _check(url: str, given: dict[str, Any]) -> Report:
    rules = select_rules(given["select"], given["ignore"], hostile=given["hostile"])
    token = options.read_token(given["api_token"], given["api_token_file"])
    emails = check_options.read_emails(given["email"], given["email_file"])
    template = options.read_template(given["template"]) if given["template"] else None
    recorded = read_shape(given["against"]) if given["against"] else None
    terms = Terms(given["deadline"], authorities=given["authorities"])
    with shown_progress() as progress:
        report = check_target(
            Target(url, emails, token, terms, given["calls"], given["hostile"]),
            rules,
            template=template,
            full_name=given["full_name"],
            headline=given["headline"],
            recorded=recorded,
            progress=progress,
        )
    report.fail_on = check_options.failing_severities(given["fail_on"])
    return report


def _ask_first(url: str, *, yes: bool) -> None:
    """Let whoever runs the command say that the webhook is their own."""
    options.refuse_what_is_no_webhook(url, "URL")
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("--hostile asks first. Where nobody can answer, add --yes: it is yours.")
    click.confirm(
        f"{shown_url(url)} gets {len(CASES)} hostile requests: send them only to a webhook of your own."
        " Is it yours?",
        abort=True,
        err=True,
    )


def _refuse_no_address(report: Report) -> None:
    problem = report.call.problem
    if problem and problem.kind == "address":
        raise click.BadParameter(f"{problem.message} {problem.fix}", param_hint="URL")


def _write(report: Report, form: Form) -> None:
    if form.file:
        _write_file(form.file, FORMS[form.name](report))
    elif form.name == "text":
        print_report(report, report_console())
    elif form.name == "json":
        print_text(json_text(report_document(report)))
    else:
        print_text(FORMS[form.name](report).removesuffix("\n"))


def _write_file(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from None
