"""A fault chosen for the next fetch, in the sidebar."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from harness.faults.catalogue import FAULTS, NO_FAULT
from harness.helpdesk.changes import SETTINGS
from harness.helpdesk.desk import Desk


def create_views(desk: Desk) -> Blueprint:
    """Make the route."""
    views = Blueprint("faults", __name__)

    @views.app_context_processor
    def faults() -> dict[str, object]:
        """Let the sidebar offer the faults, and say which one is next."""
        return {"faults": FAULTS.values(), "next_fault": desk.faults.next}

    @views.post("/conversations/<int:conversation_id>/fault")
    def choose(conversation_id: int) -> Response:
        """Choose the fault of the next fetch, or none."""
        name = request.form.get("fault", NO_FAULT)
        if name not in FAULTS and name != NO_FAULT:
            abort(422, "There is no such fault. Go back and choose one from the list.")
        desk.faults.choose(name)
        desk.changes.note(SETTINGS)  # the next fetch may be any customer's: every open page says so
        page = url_for("helpdesk.conversation", conversation_id=conversation_id, _anchor="faults")
        return redirect(page, 303)

    return views
