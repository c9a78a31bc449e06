"""The application: settings in, Flask app out. Nothing happens when this module is imported."""

from __future__ import annotations

from flask import Flask

from webhook_server.config import Settings, load_settings
from webhook_server.profile.service import ProfileService
from webhook_server.web import errors, invalidation, telemetry, views
from webhook_server.web.auth import TokenGate
from webhook_server.wiring import build_service

STATE = "custom_profile"
"""The key of ``app.extensions`` under which the service stands."""


def create_app(settings: Settings | None = None, *, service: ProfileService | None = None) -> Flask:
    """Make the webhook's Flask app.

    Without settings they are read from the file and the environment (see load_settings). ``service``
    takes the place of the one that settings describe. Raises SettingsError and SourceConfigError.
    """
    settings = settings or load_settings()
    service = service or build_service(settings)
    app = Flask(__name__, static_folder=None)
    # One spelling of the path and no other: what routing forgives, the token check might not see.
    app.url_map.merge_slashes = False
    app.extensions[STATE] = service
    telemetry.configure_logging()
    telemetry.register(app)
    views.register(app, service, settings.server.path)
    if settings.invalidation_digest is not None:
        invalidation.register(app, service, settings.invalidation_digest)
    errors.register(app)
    app.wsgi_app = TokenGate(app.wsgi_app, settings.token_digests)  # type: ignore[method-assign]
    return app
