"""Settings → API: the token, shown once when it is made, and never again."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from harness.helpdesk.changes import SETTINGS
from harness.helpdesk.desk import Desk
from harness.helpdesk.tokens import GRACE, MOST_TRIED, regenerate, tokens_in_use


def create_views(desk: Desk) -> Blueprint:
    """Make the routes."""
    views = Blueprint("tokens", __name__, url_prefix="/settings")

    @views.get("/api")
    def api() -> str:
        """Say which token is in use; the one that was just made is shown, this once."""
        token = desk.made_tokens.take(request.args.get("made", ""))
        with desk.sessions() as session:
            tokens = tokens_in_use(session, desk.webhook.api_token)
        return render_template(
            "settings/api.html", tokens=tokens, token=token or "", grace=GRACE, most_tried=MOST_TRIED
        )

    @views.post("/api")
    def make() -> Response:
        """Make a new token, and redirect to where it is shown: to load that page again makes no other."""
        with desk.sessions.begin() as session:
            token = regenerate(session, desk.webhook.api_token)
        desk.changes.note(SETTINGS)
        return redirect(url_for("tokens.api", made=desk.made_tokens.keep(token)), 303)

    return views
