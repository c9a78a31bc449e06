"""The server's commands: ``custom-profile serve``."""

from __future__ import annotations

import socket

import click
from granian import Granian
from granian.constants import Interfaces
from granian.errors import ConfigurationError

from adapters.errors import SourceConfigError
from webhook_server.config import Settings, SettingsError, choose_settings_file, load_settings
from webhook_server.wiring import build_service

THREADS = 4
"""Requests that one worker answers at once."""


class UsageProblem(click.ClickException):
    """A problem that the person at the command line can mend: exit code 2."""

    exit_code = 2


@click.command()
@click.option(
    "--config",
    envvar="CUSTOM_PROFILE_CONFIG",
    show_envvar=True,
    metavar="FILE",
    help="The settings file (default: custom_profile.toml).",
)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="The address to listen on; 0.0.0.0 for all."
)
@click.option("--port", type=click.IntRange(0, 65535), help="The port to listen on (default: PORT, or 8000).")
def serve(config: str | None, host: str, port: int | None) -> None:
    """Answer the helpdesk's calls, on a production server."""
    if config:
        choose_settings_file(config)
    settings = _checked_settings()
    port = settings.server.port if port is None else port
    _refuse_busy_port(host, port)
    click.echo(f"Webhook on http://{host}:{port}{settings.server.path}", err=True)
    try:
        Granian(
            "webhook_server.production:create_app",
            factory=True,
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=settings.server.workers,
            blocking_threads=THREADS,
            respawn_failed_workers=True,
            log_level="warning",  # type: ignore[arg-type]
        ).serve()
    except ConfigurationError as error:
        raise UsageProblem(str(error)) from None


def _checked_settings() -> Settings:
    """Read the settings and make the sources once here, so that what is wrong is told once and plainly."""
    try:
        settings = load_settings()
        build_service(settings).close()
    except (SettingsError, SourceConfigError) as error:
        raise UsageProblem(str(error)) from None
    return settings


def _refuse_busy_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            problem = (
                f"{host}:{port} cannot be listened on: {error.strerror}. Set PORT or --port to another one."
            )
            raise UsageProblem(problem) from None
