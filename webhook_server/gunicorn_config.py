"""Configuration for gunicorn: ``gunicorn --config python:webhook_server.gunicorn_config``.

Address and number of workers are gunicorn's own affair: ``--bind`` or ``PORT``, ``--workers`` or
``WEB_CONCURRENCY``. What stands here may be set otherwise on its command line; the logger and the worker
should stay, because gunicorn's own repeat URLs, and so the token.
"""

from __future__ import annotations

import os
import shutil
import sys
from typing import Any

from flask import Flask

from adapters.errors import SourceConfigError
from webhook_server import production
from webhook_server.config import SettingsError, choose_metrics_folder, forget_secrets
from webhook_server.reload import RunningSettings
from webhook_server.web.logs import configure_logging
from webhook_server.web.metrics_files import make_folder
from webhook_server.worker_memory import set_aside_what_stays

wsgi_app = "webhook_server.gunicorn_config:application()"
worker_class = "webhook_server.gunicorn_parts.QuietThreadWorker"
logger_class = "webhook_server.gunicorn_parts.QuietLogger"
threads = 16
timeout = 30
graceful_timeout = 20
keepalive = 5
control_socket_disable = True
limit_request_line = 8190
access_log_format = "%(h)s %(m)s %(U)s %(s)s %(B)s %(M)sms"

_held: list[RunningSettings] = []
_folders: list[str] = []


def _running() -> RunningSettings:
    """Answer the settings that workers run with; on the first call they are read."""
    if not _held:
        configure_logging()
        try:
            running = RunningSettings.load()
            if running.current.metrics_digest is not None and running.current.metrics_folder is None:
                _count_together()
                running = RunningSettings.load()
            _held.append(running)
        except (SettingsError, SourceConfigError) as error:
            sys.exit(f"Error: {error}")
        production.hold(_held[0])
    return _held[0]


def _count_together() -> None:
    """Make a folder in which the workers count together, and remove it when the main process ends."""
    # Not TemporaryDirectory, which every worker that ends would remove as well.
    folder = make_folder()
    choose_metrics_folder(folder)
    _folders.append(folder)


def on_exit(server: Any) -> None:  # noqa: ARG001 - gunicorn's signature
    """Remove what was made for the workers."""
    for folder in _folders:
        shutil.rmtree(folder, ignore_errors=True)
    _folders.clear()


def application() -> Flask:
    """Make the app; with ``--preload`` that is the first that is done, before there is a worker."""
    _running()
    return production.create_app()


def on_starting(server: Any) -> None:
    """Read the settings before there is a worker, so that what is wrong with them is told once.

    Some settings cannot work in several workers, and gunicorn alone knows how many there will be.
    """
    os.environ["WEB_CONCURRENCY"] = str(server.cfg.workers)
    _held.clear()
    _running()


def nworkers_changed(server: Any, new: int, old: int | None) -> None:  # noqa: ARG001 - gunicorn's signature
    """Take back a further worker, asked for by SIGTTIN, whose kept answers nobody could invalidate."""
    if new > 1 and _held:
        settings = _held[0].current
        if settings.invalidation_digest is not None and not settings.cache.url:
            server.log.error("Each of several workers keeps its own answers: one goes on, set [cache] url.")
            server.num_workers = 1


def on_reload(server: Any) -> None:  # noqa: ARG001 - gunicorn's signature
    """Read them anew on SIGHUP; where they cannot work, the new workers run with those before."""
    _running().renew()


def post_worker_init(worker: Any) -> None:
    """Forget secrets that are read, and check the sources of an app that came with the fork."""
    forget_secrets(_running().current)
    if worker.cfg.preload_app:
        production.warm_up(worker.wsgi)
    set_aside_what_stays()
