"""Serves the constant with the kit's own server and every one of its settings, whatever they become.

``python -m benchmarks.peers.serve_constant --port 8000`` is ``custom-profile serve`` with another app
in the place of its own; it wants the kit's environment.
"""

from __future__ import annotations

from benchmarks.peers import constant
from webhook_server import production


def create_app(*_settings: object) -> constant.ConstantFlask:
    """Make the constant's app, whatever the server has to say to its own."""
    return constant.create_app()


# Before the server imports it by name; and not below the condition, because a worker that is spawned
# instead of forked imports this module too.
production.create_app = create_app  # type: ignore[assignment]

from webhook_server.serve_command import serve  # noqa: E402

if __name__ == "__main__":
    serve()
