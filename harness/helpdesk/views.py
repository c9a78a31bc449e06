"""The page's routes."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, render_template, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, sessionmaker
from werkzeug.wrappers import Response as WerkzeugResponse

from harness.frame import SANDBOX
from harness.helpdesk.fetching import ON_REFRESH, Webhook
from harness.helpdesk.frame import frame_response
from harness.helpdesk.sidebar import build_sidebar
from harness.sandbox import Sandbox
from harness.store import Conversation

_INBOX_LENGTH = 200
_NO_CONVERSATION = (
    "There is no such conversation; perhaps the helpdesk was started anew."
    " Go to the inbox and open one there."
)


def create_views(sessions: sessionmaker[Session], webhook: Webhook, sandbox: Sandbox) -> Blueprint:
    """Make the routes over a store, a webhook, and what renders templates."""
    views = Blueprint("helpdesk", __name__)

    @views.get("/healthz")
    def health() -> Response:
        """Say that the process lives."""
        return Response("ok\n", mimetype="text/plain")

    @views.get("/")
    def newest() -> str | WerkzeugResponse:
        """Open the newest conversation."""
        with sessions() as session:
            inbox = _inbox(session, 1)
        if not inbox:
            return render_template("empty.html")
        return redirect(url_for("helpdesk.conversation", conversation_id=inbox[0].id))

    @views.get("/conversations/<int:conversation_id>")
    def conversation(conversation_id: int) -> str:
        """Show a conversation, the inbox on its left and the profile on its right."""
        with sessions() as session:
            opened = _open(session, conversation_id)
            webhook.fetch_if_due(session, opened)
            return render_template(
                "conversation.html",
                conversation=opened,
                inbox=_inbox(session, _INBOX_LENGTH),
                sidebar=build_sidebar(session, opened.customer, sandbox),
                sandbox=SANDBOX,
            )

    @views.post("/conversations/<int:conversation_id>/refresh")
    def refresh(conversation_id: int) -> WerkzeugResponse:
        """Fetch the profile anew: "clicking the button at the top of your Custom Profile"."""
        with sessions() as session:
            webhook.fetch(session, _open(session, conversation_id).customer, ON_REFRESH)
        # The fragment gives the keyboard's focus back to the button; the new page would begin at its top.
        page = url_for("helpdesk.conversation", conversation_id=conversation_id, _anchor="refresh")
        return redirect(page, 303)

    @views.get("/conversations/<int:conversation_id>/profile")
    def profile(conversation_id: int) -> Response:
        """Give the rendered profile alone, for the sidebar's frame; never calls the webhook."""
        with sessions() as session:
            html = build_sidebar(session, _open(session, conversation_id).customer, sandbox).html
        if html is None:
            abort(
                404,
                "There is no profile to show. Open the conversation: beside it stands why, and what to do.",
            )
        return frame_response(html)

    return views


def _inbox(session: Session, length: int) -> list[Conversation]:
    query = (
        select(Conversation)
        .options(joinedload(Conversation.customer))
        .order_by(Conversation.updated_at.desc(), Conversation.id.desc())
        .limit(length)
    )
    return list(session.scalars(query))


def _open(session: Session, conversation_id: int) -> Conversation:
    found = session.get(Conversation, conversation_id) if conversation_id < 2**63 else None
    if found is None:
        abort(404, _NO_CONVERSATION)
    return found
