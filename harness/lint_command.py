"""The command lint."""

from __future__ import annotations

import difflib
import ssl
from pathlib import Path
from typing import Any

import click

from harness import options
from harness.caller import Terms
from harness.command_steps import fetch_fields
from harness.lint import BY_ID, Finding, selects
from harness.lint.results import exit_code
from harness.lint_steps import Job, lint_one, print_linted, read_profiles
from harness.output import OutputCommand
from harness.sandbox import SandboxWhenNeeded

_TEMPLATE = click.Path(exists=True, dir_okay=False, readable=True, allow_dash=True, path_type=Path)


def _read_ids(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> list[str]:
    """Read ids of rules, with x for any digit, separated by commas; refuse what no rule has."""
    patterns = [part.strip() for each in given for part in each.split(",") if part.strip()]
    for pattern in patterns:
        if not any(selects([pattern], rule_id) for rule_id in BY_ID):
            near = difflib.get_close_matches(pattern.upper(), BY_ID, n=1)
            hint = f" Did you mean {near[0]}?" if near else " Ids are as in CP531, or CP53x for several."
            raise click.BadParameter(f"No rule for templates has the id {pattern}.{hint}")
    return patterns


@click.command(cls=OutputCommand)
@click.argument("templates", nargs=-1, required=True, type=_TEMPLATE, metavar="TEMPLATE...")
@click.option(
    "--data",
    multiple=True,
    type=options.READABLE_FILE,
    metavar="FILE",
    help="A JSON file with the fields of one customer, or a list of several; may be repeated.",
)
@click.option("--url", metavar="URL", help="Fetch the fields from this webhook instead.")
@options.emails_option
@options.deadline_option
@options.authorities_option
@options.token_options
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "sarif"]), default="text", show_default=True
)
@click.option("--fix", is_flag=True, help="Mend what can be mended safely, in the files themselves.")
@click.option("--diff", "shows_diff", is_flag=True, help="Show what --fix does; without it, write nothing.")
@click.option("--select", multiple=True, callback=_read_ids, metavar="IDS", help="Apply these rules alone.")
@click.option("--ignore", multiple=True, callback=_read_ids, metavar="IDS", help="Leave these rules out.")
@click.pass_context
def lint(
    context: click.Context,
    templates: tuple[Path, ...],
    data: tuple[Path, ...],
    url: str | None,
    emails: tuple[str, ...],
    deadline: float,
    authorities: ssl.SSLContext | None,
    api_token: str | None,
    api_token_file: Path | None,
    form: str,
    fix: bool,
    shows_diff: bool,
    select: list[str],
    ignore: list[str],
) -> None:
    """Look templates over: Liquid, fields, HTML. TEMPLATE may be - for standard input.

    With fields, from --data or from --url and --email, it also tells fields that nobody sends and fields that
    some customers lack. Exit code 0: clean. 1: findings. 2: wrong use. 3: the webhook did not answer.
    """
    if url is not None and not emails:
        raise click.UsageError("Give at least one --email ADDRESS with --url.")
    if emails and url is None:
        raise click.UsageError("Give the webhook's --url, or leave --email out.")
    profiles: list[dict[str, Any]] = [profile for path in data for profile in read_profiles(context, path)]
    if url is not None:
        token = options.read_token(api_token, api_token_file)
        terms = Terms(deadline, authorities=authorities)
        profiles += [fetch_fields(context, url, email, token, terms) for email in emails]

    def is_chosen(finding: Finding) -> bool:
        return (not select or selects(select, finding.rule_id)) and not selects(ignore, finding.rule_id)

    if shows_diff and form != "text":
        raise click.UsageError("--diff is for people: leave it out, or take --format text.")
    with SandboxWhenNeeded() as sandbox:
        job = Job(profiles, is_chosen, sandbox.report, is_fixing=fix, shows_diff=shows_diff)
        linted = [lint_one(path, job) for path in templates]
    print_linted(linted, form)
    context.exit(exit_code(linted))
