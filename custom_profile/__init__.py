"""The command ``custom-profile``: a click group whose subcommands are found through entry points.

The server, the helpdesk stand-in and the sample company each register their own commands in the
entry-point group ``custom_profile.commands``, so that none of them has to import another.
"""

from __future__ import annotations

import errno
import os
import sys
from importlib.metadata import EntryPoint, entry_points, version
from pathlib import Path
from typing import Any

import click

COMMANDS_GROUP = "custom_profile.commands"


class EntryPointGroup(click.Group):
    """A click group that imports a subcommand only when it is asked for."""

    @staticmethod
    def _entry_points() -> dict[str, EntryPoint]:
        return {point.name: point for point in entry_points(group=COMMANDS_GROUP)}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name every command that an installed distribution registers."""
        return sorted(self._entry_points())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command; one that cannot be imported becomes a command that says so."""
        point = self._entry_points().get(cmd_name)
        if point is None:
            return None
        try:
            command = point.load()
        except Exception as error:  # noqa: BLE001 - other people's code: it may break only itself
            problem = str(error) if isinstance(error, ImportError) else f"{type(error).__name__}: {error}"
            return _broken_command(cmd_name, f"{point.value} cannot be imported: {problem}.")
        if not isinstance(command, click.Command):
            return _broken_command(cmd_name, f"{point.value} is not a click command.")
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand that was asked for; a full disk under its output is told in a line."""
        try:
            try:
                return super().invoke(ctx)
            finally:
                if sys.stdout is not None:
                    sys.stdout.flush()
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            _write_no_more()
            raise click.ClickException(f"The output cannot be written: {error.strerror}.") from None


def _write_no_more() -> None:
    """Let what is still buffered go nowhere: Python would try it again at its end, and complain."""
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _broken_command(name: str, problem: str) -> click.Command:
    def fail(**_: object) -> None:
        message = f"The command {name!r} is installed but {problem} Reinstall the package that brings it."
        raise click.ClickException(message)

    return click.Command(
        name,
        callback=fail,
        short_help=f"(broken: {problem})",
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )


@click.group(cls=EntryPointGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("custom-profile-kit"), prog_name="custom-profile")
def main() -> None:
    """Show your own customer data beside every conversation in the Groove helpdesk."""
