"""The one row of settings: read, and changed in part."""

from __future__ import annotations

from sqlalchemy.orm import Session

from harness.store.models import Settings


def read_settings(session: Session) -> Settings:
    """Give the settings of the Custom Profile, made with their defaults where there are none yet."""
    settings = session.get(Settings, 1)
    if settings is None:
        settings = Settings(id=1, headline=Settings.headline.default.arg, template="", webhook_url="")
        session.add(settings)
        session.flush()
    return settings


def save_settings(
    session: Session,
    *,
    headline: str | None = None,
    template: str | None = None,
    webhook_url: str | None = None,
    enabled: bool | None = None,
    behaviour: str | None = None,
) -> Settings:
    """Change what is given of the settings; with an address and nothing said of the toggle, it goes on."""
    settings = read_settings(session)
    if enabled is None and webhook_url:
        enabled = True
    changes = {
        "headline": headline,
        "template": template,
        "webhook_url": webhook_url,
        "enabled": enabled,
        "behaviour": behaviour,
    }
    for name, value in changes.items():
        if value is not None:
            setattr(settings, name, value)
    return settings
