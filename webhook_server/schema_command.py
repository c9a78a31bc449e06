"""``custom-profile schema``: the settings file's JSON Schema, for editors."""

from __future__ import annotations

import click

from adapters import registry
from webhook_server.config.json_schema import schema_text


@click.command()
def schema() -> None:
    """Print the JSON Schema of the settings file, for editors that complete and check TOML.

    Put it beside the settings: custom-profile schema > custom_profile.schema.json

    An adapter that cannot be imported is left out, and standard error says so.
    """
    for problem in registry.loadable()[1]:
        click.echo(f"Left out: {problem}", err=True)
    click.echo(schema_text(), nl=False)
