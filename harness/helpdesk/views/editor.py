"""The template editor's routes: one look at what is being written, and its preview in a frame."""

from __future__ import annotations

from flask import Blueprint, Response, abort, jsonify, request

from harness.behaviour import USUAL
from harness.frame import SCHEMES
from harness.helpdesk.desk import Desk
from harness.helpdesk.editor import look_at, offered_customers, vocabulary
from harness.helpdesk.frame import frame_response
from harness.helpdesk.profile_form import read_form
from harness.liquid.limits import LARGEST_TEMPLATE
from harness.store import Customer


def create_views(desk: Desk) -> Blueprint:
    """Make the routes."""
    views = Blueprint("editor", __name__)
    words = vocabulary()

    @views.app_context_processor
    def editor() -> dict[str, object]:
        """Let the template's field offer customers and words; they are looked up where it is shown."""
        return {"editor_customers": customers, "editor_words": words}

    def customers() -> list[Customer]:
        with desk.sessions() as session:
            return offered_customers(session)

    @views.post("/editor/look")
    def look() -> Response | tuple[Response, int]:
        """Give marks, fields and a preview of what stands in the form; nothing is saved or fetched."""
        form = read_form(request.form)
        if len(form.template) > LARGEST_TEMPLATE:
            return jsonify(problem=form.problems["template"]), 422
        behaviour = USUAL.name if "behaviour" in form.problems else form.behaviour
        email = request.form.get("customer", "").strip()[:320]
        return jsonify(look_at(desk, form.template, form.headline, behaviour, email).as_data())

    @views.get("/editor/previews/<name>")
    def preview(name: str) -> Response:
        """Give a preview, light or dark as asked."""
        html = desk.previews.get(name)
        if html is None:
            abort(404, "This preview is gone. Go back to Settings, and change the template to see another.")
        scheme = request.args.get("scheme", "")
        return frame_response(html, scheme=scheme if scheme in SCHEMES else "light dark")

    return views
