"""Options that the harness's commands share, and what they read: the token, templates, fields."""

from __future__ import annotations

import ssl
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from harness.address import refuse_address
from harness.authorities import FILE_VARIABLE, AuthoritiesError, authorities_of
from harness.caller import DEFAULT_DEADLINE
from harness.checks import TemplateSource
from harness.profile import DEFAULT_HEADLINE

_Command = TypeVar("_Command", bound=Callable[..., Any])

READABLE_FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)

TOKEN_VARIABLE = "GROOVE_API_TOKEN"  # noqa: S105 - the variable's name

_NOT_IN_AN_ADDRESS = frozenset({"Cc", "Cs", "Zl", "Zp"})  # control characters, broken bytes, line breaks


def _refuse_on_command_line(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> str | None:
    name = parameter.name or ""
    if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
        message = (
            f"A token on the command line can be read by everyone on this machine: set {TOKEN_VARIABLE}."
        )
        raise click.UsageError(message, context)
    return value


def email_problem(value: str) -> str | None:
    """Say why something is no e-mail address, or None.

    As lenient as the helpdesk, which sends whatever address a message came from.
    """
    local_part, domain = value.rpartition("@")[::2]
    if any(unicodedata.category(character) in _NOT_IN_AN_ADDRESS for character in value):
        return "It holds a line break or another control character: leave it out."
    if not local_part.strip() or not domain.strip():
        return "That is no e-mail address: give one as in casey@example.com."
    return None


def refuse_what_is_no_email(_: click.Context, __: click.Parameter, value: str) -> str:
    """Give an address back, or raise a usage error."""
    problem = email_problem(value)
    if problem:
        raise click.BadParameter(problem)
    return value


def refuse_what_is_no_webhook(url: str, option: str) -> None:
    """Raise a usage error for an address that no call can be made to."""
    problem = refuse_address(url)
    if problem:
        raise click.BadParameter(f"{problem.message} {problem.fix}", param_hint=option)


def token_options(command: _Command) -> _Command:
    """Add the token, taken from the environment or from a file, never from the command line."""
    command = click.option(
        "--api-token-file",
        type=READABLE_FILE,
        metavar="FILE",
        help="Read the token from this file instead.",
    )(command)
    return click.option(
        "--api-token",
        envvar=TOKEN_VARIABLE,
        show_envvar=True,
        metavar="",
        expose_value=True,
        callback=_refuse_on_command_line,
        help="The token of your API settings page; only from the environment.",
    )(command)


def email_option(command: _Command) -> _Command:
    """Add the customer's address."""
    return click.option(
        "--email",
        required=True,
        metavar="ADDRESS",
        callback=refuse_what_is_no_email,
        help="A customer's e-mail address.",
    )(command)


def emails_option(command: _Command) -> _Command:
    """Add any number of customers' addresses."""

    def refuse(
        context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
    ) -> tuple[str, ...]:
        return tuple(refuse_what_is_no_email(context, parameter, value) for value in values)

    return click.option(
        "--email",
        "emails",
        multiple=True,
        metavar="ADDRESS",
        callback=refuse,
        help="A customer's e-mail address to fetch the fields of; may be repeated.",
    )(command)


def full_name_option(command: _Command) -> _Command:
    """Add the customer's name as the helpdesk knows it."""
    return click.option(
        "--full-name",
        default="",
        metavar="NAME",
        help="The customer's name; templates see full_name, first_name and last_name.",
    )(command)


def headline_option(command: _Command) -> _Command:
    """Add the text above the profile, which is also what the template sees as ``name``."""
    return click.option(
        "--headline",
        default=DEFAULT_HEADLINE,
        show_default=True,
        metavar="TEXT",
        help="The text above the profile; templates see it as name.",
    )(command)


def deadline_option(command: _Command) -> _Command:
    """Add the time that a call may take."""
    return click.option(
        "--deadline",
        type=click.FloatRange(min=0, min_open=True, max=600),
        default=DEFAULT_DEADLINE,
        show_default=True,
        metavar="SECONDS",
        help="Time for a whole call; the helpdesk publishes none.",
    )(command)


def _read_authorities(_: click.Context, __: click.Parameter, path: Path | None) -> ssl.SSLContext | None:
    try:
        return authorities_of(path)
    except AuthoritiesError as error:
        raise click.BadParameter(str(error)) from None


def authorities_option(command: _Command) -> _Command:
    """Add whom to trust beside the public authorities; the command gets a context of TLS, or None."""
    return click.option(
        "--ca-file",
        "authorities",
        type=READABLE_FILE,
        envvar=FILE_VARIABLE,
        show_envvar=True,
        metavar="FILE",
        callback=_read_authorities,
        help="Certificates in PEM to trust beside the public authorities, as of a staging server;"
        " SSL_CERT_DIR names folders of them.",
    )(command)


def read_token(api_token: str | None, api_token_file: Path | None, *, required: bool = True) -> str:
    """Choose the token: the file's before the environment's, the first of a comma-separated list.

    Empty where there is none and none is ``required``: the helpdesk's page can make one.
    """
    text = read_text(api_token_file, "--api-token-file") if api_token_file else api_token or ""
    token = next((part.strip() for part in text.split(",") if part.strip()), "")
    if token or not (required or api_token_file):
        return token
    if api_token_file:
        raise click.UsageError(f"{api_token_file} holds no token: write it there, on one line.")
    raise click.UsageError(
        f"There is no API token. Set {TOKEN_VARIABLE} to the one of your API settings page,"
        " or give --api-token-file FILE."
    )


def read_template(path: Path) -> TemplateSource:
    """Read a template's file."""
    return TemplateSource(str(path), read_text(path, "--template"))


def read_text(path: Path, option: str) -> str:
    """Read a UTF-8 file that an option names; a usage error says why it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"{path} is not UTF-8 (byte {error.start + 1}): save it as UTF-8."
        raise click.BadParameter(message, param_hint=option) from None
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}."
        raise click.BadParameter(message, param_hint=option) from None
