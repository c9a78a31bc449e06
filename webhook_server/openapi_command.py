"""``custom-profile openapi``: the server's description, for people's tools."""

from __future__ import annotations

import json
from importlib.metadata import version

import click
from marshmallow import ValidationError

from webhook_server.config.schemas import ServerSchema
from webhook_server.web.openapi import describe


def _checked_path(_context: click.Context, _option: click.Parameter, path: str) -> str:
    try:
        ServerSchema(only=("path",)).load({"path": path})
    except ValidationError as error:
        raise click.BadParameter(error.messages_dict["path"][0]) from None
    return path


@click.command()
@click.option(
    "--path",
    default="/profile",
    show_default=True,
    callback=_checked_path,
    help="The path of the webhook, where [server] path gives another one.",
)
def openapi(path: str) -> None:
    """Print the OpenAPI 3.1 description of the webhook server, as JSON."""
    click.echo(json.dumps(describe(path, version("custom-profile-kit")), ensure_ascii=False, indent=2))
