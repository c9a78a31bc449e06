"""The option that names the settings file, apart from what reads it: a command may have to begin earlier."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])


def config_option(command: _Command) -> _Command:
    """Add the option that names the settings file."""
    return click.option(
        "--config",
        envvar="CUSTOM_PROFILE_CONFIG",
        show_envvar=True,
        metavar="FILE",
        help="The settings file (default: custom_profile.toml).",
    )(command)
