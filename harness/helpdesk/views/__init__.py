"""The page's routes, one module a part of the page."""

from __future__ import annotations

from flask import Flask

from harness.helpdesk.desk import Desk
from harness.helpdesk.views import custom_profile, editor, events, faults, fetches, inbox, messages, tokens


def add_views(app: Flask, desk: Desk) -> None:
    """Give the application every route, over one desk."""
    for part in (inbox, messages, fetches, custom_profile, tokens, editor, faults, events):
        app.register_blueprint(part.create_views(desk))
