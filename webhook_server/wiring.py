"""Settings → sources → service: the one place that knows how the parts fit together."""

from __future__ import annotations

from adapters import registry
from webhook_server.config import Settings
from webhook_server.profile.formats import formatter
from webhook_server.profile.lookup import BoundSource
from webhook_server.profile.service import ProfileService


def build_service(settings: Settings) -> ProfileService:
    """Make the service that settings describe; nothing is opened or connected yet.

    Raises SourceConfigError where a source's options contradict each other or its driver is missing.
    """
    sources = [
        BoundSource(told.name, registry.load(told.type).from_options(told.options), told.shape)
        for told in settings.sources
    ]
    return ProfileService(
        sources,
        formatter=formatter(settings.profile.locale),
        fields=settings.profile.fields,
        deadline=settings.server.deadline,
        unknown_customer=settings.server.unknown_customer,
        incomplete_field=settings.profile.incomplete_field,
    )
