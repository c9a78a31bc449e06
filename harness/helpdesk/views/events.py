"""Server-sent events: what tells an open page that something changed."""

from __future__ import annotations

from flask import Blueprint, Response, request

from harness.helpdesk.changes import TooManyListenersError
from harness.helpdesk.desk import Desk


def create_views(desk: Desk) -> Blueprint:
    """Make the route."""
    views = Blueprint("events", __name__)

    @views.get("/events")
    def events() -> Response:
        """Tell every change after the one that the page shows, and after a break those since."""
        after = request.headers.get("Last-Event-ID") or request.args.get("after", "")
        try:
            stream = desk.changes.listen(int(after) if after.isdecimal() else desk.changes.newest())
        except TooManyListenersError:
            message = "Too many pages are open; this one follows when another is closed.\n"
            return Response(message, 503, {"Retry-After": "10"}, mimetype="text/plain")
        return Response(stream, mimetype="text/event-stream")

    return views
