"""The app as a production server's worker runs it: made from the settings, its sources warmed up."""

from __future__ import annotations

from threading import Thread

import structlog
from flask import Flask

from webhook_server.app import STATE
from webhook_server.app import create_app as create_plain_app
from webhook_server.profile.service import ProfileService

log = structlog.get_logger("custom_profile")


def create_app() -> Flask:
    """Make the app from file and environment, and check its sources while it already answers.

    So the first customer does not wait for a connection or for an export to be read, and a source
    that cannot work, or a setting that can do nothing, is logged when the server starts and not when it
    is missed.
    """
    app = create_plain_app()
    Thread(target=check_sources, args=(app.extensions[STATE],), name="check-sources", daemon=True).start()
    return app


def check_sources(service: ProfileService) -> None:
    """Check every source, and the settings against what they give; log what is not in order."""
    for bound in service.all_sources:
        for finding in bound.check():
            if finding.severity == "ok":
                continue
            write = log.error if finding.severity == "error" else log.warning
            write(
                "source_finding", source=bound.name, id=finding.id, message=finding.message, fix=finding.fix
            )
    for doubt in service.inventory().doubts:
        log.warning("setting_finding", key=doubt.key, message=doubt.message)
