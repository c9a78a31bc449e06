"""What the server's commands share: the settings file, and how a problem ends a command."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any, TypeVar

import click

from adapters.errors import SourceConfigError
from webhook_server.config import Settings, SettingsError, choose_settings_file, load_settings
from webhook_server.web.logs import configure_logging
from webhook_server.wiring import build_service

_Command = TypeVar("_Command", bound=Callable[..., Any])


class UsageProblem(click.ClickException):
    """A problem that the person at the command line can mend: exit code 2."""

    exit_code = 2


def config_option(command: _Command) -> _Command:
    """Add the option that names the settings file."""
    return click.option(
        "--config",
        envvar="CUSTOM_PROFILE_CONFIG",
        show_envvar=True,
        metavar="FILE",
        help="The settings file (default: custom_profile.toml).",
    )(command)


@contextmanager
def printing_apart() -> Iterator[None]:
    """Send to standard error what a source prints meanwhile, as a function of somebody's own may."""
    with redirect_stdout(sys.stderr):
        yield


def checked_settings(config: str | None) -> Settings:
    """Read the settings and make the sources once, so that what is wrong is told once and plainly.

    Raises UsageProblem.
    """
    configure_logging()  # to standard error: what a command prints is its answer alone
    if config:
        choose_settings_file(config)
    try:
        settings = load_settings()
        with printing_apart():
            build_service(settings).close()
    except (SettingsError, SourceConfigError) as error:
        raise UsageProblem(str(error)) from None
    return settings
