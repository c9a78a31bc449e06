"""Settings → API: the token, shown once when it is made, and never again."""

from __future__ import annotations

from flask import Blueprint, render_template

from harness.helpdesk.changes import SETTINGS
from harness.helpdesk.desk import Desk
from harness.helpdesk.tokens import GRACE, regenerate, tokens_in_use


def create_views(desk: Desk) -> Blueprint:
    """Make the routes."""
    views = Blueprint("tokens", __name__, url_prefix="/settings")

    @views.get("/api")
    def api() -> str:
        """Say which token is in use, without showing it."""
        return _page("")

    @views.post("/api")
    def make() -> str:
        """Make a new token and show it, this once; a redirect could not carry it."""
        with desk.sessions.begin() as session:
            token = regenerate(session, desk.webhook.api_token)
        desk.changes.note(SETTINGS)
        return _page(token)

    def _page(token: str) -> str:
        with desk.sessions() as session:
            tokens = tokens_in_use(session, desk.webhook.api_token)
        return render_template("settings/api.html", tokens=tokens, token=token, grace=GRACE)

    return views
