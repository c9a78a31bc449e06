"""What the server's commands share: settings that are read, and how a problem ends a command."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

import click

from adapters.errors import SourceConfigError
from webhook_server.config import Settings, SettingsError, choose_settings_file, load_settings
from webhook_server.web.logs import configure_logging
from webhook_server.wiring import build_service


class UsageProblem(click.ClickException):
    """A problem that the person at the command line can mend: exit code 2."""

    exit_code = 2


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
