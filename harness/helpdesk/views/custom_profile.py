"""Settings → Custom Profile: toggle, headline, template, address, and Testing before Save."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from harness.behaviour import BEHAVIOURS
from harness.contract import RESERVED_FIELDS
from harness.frame import SANDBOX
from harness.helpdesk.changes import SETTINGS
from harness.helpdesk.desk import Desk
from harness.helpdesk.frame import frame_response
from harness.helpdesk.profile_form import (
    ProfileForm,
    changed_elsewhere,
    read_form,
    revision_of,
    store_form,
    stored_form,
)
from harness.helpdesk.security import is_signed
from harness.helpdesk.tokens import tokens_in_use
from harness.helpdesk.trial import Trial, judge_profile, try_profile
from harness.liquid import TemplateError, TemplateSyntaxError


def create_views(desk: Desk) -> Blueprint:
    """Make the routes."""
    views = Blueprint("settings", __name__)

    @views.get("/settings")
    def settings() -> WerkzeugResponse:
        """Begin with the Custom Profile."""
        return redirect(url_for("settings.custom_profile"))

    @views.get("/settings/custom-profile")
    def custom_profile() -> str:
        """Show what is saved."""
        with desk.sessions() as session:
            form = stored_form(session)
        saved = "saved" in request.args
        return _page(desk, form, saved=saved, template_problem=_why_no_template(desk, form) if saved else "")

    @views.post("/settings/custom-profile")
    def change() -> str | WerkzeugResponse | tuple[str, int]:
        """Test what stands in the form, or judge it by the rules, without saving it; or save it."""
        form = read_form(request.form)
        wanted = request.form.get("do")
        if wanted == "judge":
            return render_template("settings/_found.html", trial=judge_profile(desk, form))
        if wanted in {"fetch", "test"}:  # the page's script fetches first, and then asks for the judgement
            return _page(desk, form, trial=try_profile(desk, form, judged=wanted == "test"), tested=True)
        if form.problems:
            return _page(desk, form), 422
        if changed := _save(desk, form):
            return _page(desk, form, changed=changed), 409
        return redirect(url_for("settings.custom_profile", saved=1), 303)

    @views.get("/previews/<name>")
    def preview(name: str) -> Response:
        """Give a rendering that was not saved, for a frame."""
        html = desk.previews.get(name)
        if html is None:
            abort(404, "This preview is gone. Go back to Settings and test again.")
        return frame_response(html, images=is_signed(request.args.get("images", "")))

    return views


def _why_no_template(desk: Desk, form: ProfileForm) -> str:
    try:
        desk.sandbox.parse(form.template)
    except TemplateSyntaxError as error:
        return error.with_line
    except TemplateError as error:
        return str(error).removesuffix(".")
    return ""


def _save(desk: Desk, form: ProfileForm) -> Sequence[str]:
    """Save what stands in the form, unless somebody changed settings meanwhile, which are then given."""
    with desk.sessions.begin() as session:
        if changed := changed_elsewhere(form, stored_form(session)):
            return changed
        store_form(session, form)
    desk.changes.note(SETTINGS)
    return ()


def _page(
    desk: Desk,
    form: ProfileForm,
    trial: Trial | None = None,
    *,
    saved: bool = False,
    tested: bool = False,
    changed: Sequence[str] = (),
    template_problem: str = "",
) -> str:
    with desk.sessions() as session:
        revision = revision_of(stored_form(session))
        has_token = bool(tokens_in_use(session, desk.webhook.api_token).current)
    return render_template(
        "settings/custom_profile.html",
        form=form,
        trial=trial,
        saved=saved,
        tested=tested,
        changed=changed,
        template_problem=template_problem,
        # A form that was tested keeps its own; after a refusal, Save means it.
        revision=form.revision if tested and form.revision else revision,
        change=desk.changes.newest(),
        has_token=has_token,
        behaviours=BEHAVIOURS.values(),
        deadline=desk.webhook.deadline,
        reserved=RESERVED_FIELDS,
        sandbox=SANDBOX,
    )
