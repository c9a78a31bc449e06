"""The options of ``check``, and what they are read into."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from harness import options
from harness.contract import SEVERITIES, Severity
from harness.report import FORMS
from harness.settings import CheckSettingsError, find_settings, load_table, read_settings

_Command = TypeVar("_Command", bound=Callable[..., Any])
_WRITABLE_FILE = click.Path(dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True)
class Form:
    """A form of the report, and the file it goes to; None is standard output."""

    name: str
    file: Path | None


def _load_settings(context: click.Context, _: click.Parameter, path: Path | None) -> None:
    try:
        if path:
            context.default_map = read_settings(path)
        elif found := find_settings(Path()):
            context.default_map = load_table(*found)
    except CheckSettingsError as error:
        raise click.UsageError(str(error), context) from None


def _read_forms(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> list[Form]:
    forms = []
    for value in values:
        name, separator, file = value.partition("=")
        if name not in FORMS or (separator and not file):
            raise click.BadParameter(f"{value!r} is not one of {', '.join(FORMS)}, with or without =FILE.")
        forms.append(Form(name, Path(file) if file else None))
    if sum(form.file is None for form in forms) > 1:
        raise click.BadParameter("Only one form can go to standard output: give the others =FILE.")
    return forms


def _read_emails(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> list[str]:
    return [options.refuse_what_is_no_email(context, parameter, value) for value in values]


def customer_options(command: _Command) -> _Command:
    """Add whom to ask for: --email more than once, --email-file."""
    command = click.option(
        "--email-file",
        type=options.READABLE_FILE,
        metavar="FILE",
        help="More addresses, one a line; # begins a comment.",
    )(command)
    return click.option(
        "--email",
        multiple=True,
        metavar="ADDRESS",
        callback=_read_emails,
        help="A customer's e-mail address; give several to compare their fields.",
    )(command)


def rule_options(command: _Command) -> _Command:
    """Add which rules count: --select, --ignore, --baseline, --write-baseline, --against, --fail-on."""
    added = (
        click.option("--select", multiple=True, metavar="IDS", help="Only these rules: CP101; CP1 for all."),
        click.option("--ignore", multiple=True, metavar="IDS", help="Not these rules."),
        click.option("--hostile", is_flag=True, help="Send hostile requests too; asks first."),
        click.option("--yes", is_flag=True, help="Do not ask: the webhook is mine."),
        click.option("--baseline", type=_WRITABLE_FILE, metavar="FILE", help="Known findings."),
        click.option("--write-baseline", is_flag=True, help="Write the baseline, and pass."),
        click.option(
            "--against",
            type=options.READABLE_FILE,
            metavar="FILE",
            help="Tell which keys and types changed since custom-profile record wrote this file.",
        ),
        click.option(
            "--fail-on",
            type=click.Choice([*SEVERITIES, "never"]),
            default="error",
            show_default=True,
            help="The mildest severity that ends in exit code 1.",
        ),
    )  # fmt: skip
    for add in reversed(added):
        command = add(command)
    return command


def report_options(command: _Command) -> _Command:
    """Add in which forms to report, how often to call, and where settings are."""
    command = click.option(
        "--config",
        type=options.READABLE_FILE,
        metavar="FILE",
        is_eager=True,
        expose_value=False,
        callback=_load_settings,
        help="Settings: as it is, those of custom_profile.toml or pyproject.toml in this folder.",
    )(command)
    command = click.option(
        "--calls",
        type=click.IntRange(1, 1000),
        default=5,
        show_default=True,
        metavar="NUMBER",
        help="How many times the first call is made, for the times.",
    )(command)
    command = click.option(
        "--hide-values",
        is_flag=True,
        help="Report the fields' keys and types alone, no profile and no address: for logs that others read.",
    )(command)
    return click.option(
        "--format",
        "forms",
        multiple=True,
        default=("text",),
        metavar="FORM[=FILE]",
        callback=_read_forms,
        help=f"{', '.join(FORMS)}; several at once, each into a file: --format junit=report.xml",
    )(command)


def failing_severities(fail_on: str) -> tuple[Severity, ...]:
    """List the severities that fail a check: the one given, and every worse one."""
    if fail_on == "never":
        return ()
    return SEVERITIES[: [*SEVERITIES].index(_severity(fail_on)) + 1]


def _severity(name: str) -> Severity:
    return next(severity for severity in SEVERITIES if severity == name)


def read_emails(emails: list[str], file: Path | None) -> tuple[str, ...]:
    """Put given addresses and those of a file together, each once; a usage error says which is wrong."""
    found = list(emails)
    if file:
        for number, line in enumerate(options.read_text(file, "--email-file").splitlines(), 1):
            address = line.partition("#")[0].strip()
            problem = options.email_problem(address) if address else None
            if problem:
                raise click.BadParameter(f"{file}, line {number}: {problem}", param_hint="--email-file")
            found += [address] if address else []
    if not found:
        raise click.UsageError("Give a customer's address: --email ADDRESS, or --email-file FILE.")
    return tuple(dict.fromkeys(found))
