"""The application: settings in, Flask app out. Nothing happens when this module is imported."""

from __future__ import annotations

import click

from adapters.errors import SourceConfigError
from webhook_server.config import Settings, SettingsError, load_settings
from webhook_server.profile.service import ProfileService
from webhook_server.web import auth, errors, invalidation, log_filter, readiness, views
from webhook_server.web.direct import DirectAnswer
from webhook_server.web.logs import configure_logging
from webhook_server.web.rate_limit import build_failure_limit
from webhook_server.web.telemetry import RequestLog
from webhook_server.web.veil import Unveil, VeiledFlask
from webhook_server.wiring import build_service

STATE = "custom_profile"
"""The key of ``app.extensions`` under which the service stands."""


def create_app(settings: Settings | None = None, *, service: ProfileService | None = None) -> VeiledFlask:
    """Make the webhook's Flask app.

    Without settings they are read from the file and the environment (see load_settings). ``service``
    takes the place of the one that settings describe. Raises SettingsError and SourceConfigError; to the
    command ``flask`` it tells the same without a traceback.
    """
    try:
        settings = settings or load_settings()
        service = service or build_service(settings)
    except (SettingsError, SourceConfigError) as error:
        if click.get_current_context(silent=True) is None:
            raise
        raise click.ClickException(str(error)) from None
    app = VeiledFlask(__name__, static_folder=None)
    # One spelling of the path and no other: what routing forgives, the token check might not see.
    app.url_map.merge_slashes = False
    app.extensions[STATE] = service
    configure_logging()
    log_filter.install()
    limit = build_failure_limit(settings)
    auth.register(app, settings.server.path, limit)
    views.register(app, service, settings.server.path)
    readiness.register(app, service, settings.server.deadline)
    if settings.invalidation_digest is not None:
        invalidation.register(app, service, settings.invalidation_digest, limit)
    errors.register(app)
    app.wsgi_app = DirectAnswer(app, service, settings.server.path)  # type: ignore[method-assign]
    if settings.metrics_digest is not None:
        from webhook_server.web import metrics  # noqa: PLC0415 - its library costs only those who ask for it

        metrics.install(app, service, settings, limit)
    routes = {rule.rule for rule in app.url_map.iter_rules()}
    app.wsgi_app = RequestLog(app.wsgi_app, routes, views.SECURITY_HEADERS)  # type: ignore[method-assign]
    gate = auth.TokenGate(app.wsgi_app, settings.token_digests)
    app.wsgi_app = Unveil(gate)  # type: ignore[method-assign]
    app.seal()
    return app
