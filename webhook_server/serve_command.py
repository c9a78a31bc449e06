"""``custom-profile serve``, as far as it must be there before the server is imported, which takes a while."""

from __future__ import annotations

import signal

import click

from webhook_server.config_option import config_option


@click.command()
@config_option
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="The address to listen on; 0.0.0.0 for all, :: for IPv6 too.",
)
@click.option("--port", type=click.IntRange(0, 65535), help="The port to listen on (default: PORT, or 8000).")
def serve(config: str | None, host: str, port: int | None) -> None:
    """Answer the helpdesk's calls, on a production server.

    SIGHUP reads the settings and tokens anew, SIGTERM finishes the requests under way and ends.
    """
    # It would end a process that does not handle it yet: it waits until the server does.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    from webhook_server.commands import run_server  # noqa: PLC0415 - see above

    run_server(config, host, port)
