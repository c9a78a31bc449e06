"""The app as a production server's worker runs it: made from the settings, its sources warmed up."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from threading import Thread

import structlog
from flask import Flask

from adapters.indexed import IndexedSource
from webhook_server.app import STATE
from webhook_server.app import create_app as create_plain_app
from webhook_server.config import Settings
from webhook_server.profile.lookup import BoundSource
from webhook_server.profile.service import ProfileService
from webhook_server.reload import RunningSettings
from webhook_server.web.veil import VeiledFlask

log = structlog.get_logger("custom_profile")


WATCH_EVERY = 10.0
"""Seconds between two looks at the files of indexes while nobody asks."""

CHECK_PATIENCE = 30.0
"""Seconds that a source's check may take before the next one's begins."""


@dataclass(frozen=True, slots=True)
class Held:
    """Settings that the main process of a forking server holds for its workers."""

    running: RunningSettings
    process: int = field(default_factory=os.getpid)


_held: list[Held] = []


def hold(running: RunningSettings) -> None:
    """Let create_app() use these settings, here and in processes that are forked from this one.

    So a worker that is started again runs with what is known to work, whatever the file says by then.
    """
    _held[:] = [Held(running)]


def create_app(settings: Settings | None = None) -> VeiledFlask:
    """Make the app, by default from file and environment, and check its sources while it already answers.

    So the first customer does not wait for a connection or for an export to be read, and a source
    that cannot work, or a setting that can do nothing, is logged when the server starts and not when it
    is missed.
    """
    held = _held[0] if _held else None
    app = create_plain_app(settings or (held.running.current if held else None))
    # A main process that loads the app for its workers is forked: no thread of it must hold a lock then.
    if held is None or held.process != os.getpid():
        warm_up(app)
    return app


def warm_up(app: Flask) -> None:
    """Check an app's sources in a thread of its own: in the process that answers, after any fork."""
    Thread(target=_check, args=(app.extensions[STATE],), name="check-sources", daemon=True).start()


def _check(service: ProfileService) -> None:
    check_sources(service)
    watch_files(service)


def check_sources(service: ProfileService) -> None:
    """Check every source, and the settings against what they give; log what is not in order.

    A source whose check takes longer than CHECK_PATIENCE keeps nobody waiting: it logs when it has ended.
    """
    for bound in service.all_sources:
        check = Thread(target=_log_findings, args=(bound,), name=f"check-{bound.name}", daemon=True)
        check.start()
        check.join(CHECK_PATIENCE)
    for doubt in service.inventory().doubts:
        log.warning("setting_finding", key=doubt.key, message=doubt.message)


def _log_findings(bound: BoundSource) -> None:
    for finding in bound.check():
        if finding.severity == "ok":
            continue
        write = log.error if finding.severity == "error" else log.warning
        write("source_finding", source=bound.name, id=finding.id, message=finding.message, fix=finding.fix)


def watch_files(service: ProfileService) -> None:
    """Let sources with an index notice new files before the next customer, until the service is closed."""
    indexed = [bound for bound in service.all_sources if isinstance(bound.source, IndexedSource)]
    while indexed and not service.is_closed.wait(WATCH_EVERY):
        for bound in indexed:
            bound.check()
