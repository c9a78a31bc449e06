"""The inbox and one conversation, with the profile beside it."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from harness.frame import SANDBOX
from harness.helpdesk.desk import Desk
from harness.helpdesk.fetching import ON_REFRESH
from harness.helpdesk.frame import frame_response
from harness.helpdesk.inbox import Inbox, read_inbox
from harness.helpdesk.security import is_signed
from harness.helpdesk.sidebar import Sidebar, build_sidebar
from harness.store import Conversation, read_settings

_NO_CONVERSATION = (
    "There is no such conversation; perhaps the helpdesk was started anew."
    " Go to the inbox and open one there."
)
_NO_PROFILE = "There is no profile to show. Open the conversation: beside it stands why, and what to do."


def create_views(desk: Desk) -> Blueprint:
    """Make the routes."""
    views = Blueprint("helpdesk", __name__)

    @views.get("/healthz")
    def health() -> Response:
        """Say that the process lives."""
        return Response("ok\n", mimetype="text/plain")

    @views.get("/")
    def newest() -> str | WerkzeugResponse:
        """Open the newest conversation, of those that a search finds."""
        with desk.sessions() as session:
            inbox = _asked_inbox(session)
            if inbox.conversations:
                found = inbox.conversations[0].id
                page = url_for("helpdesk.conversation", conversation_id=found, q=inbox.search or None)
                return redirect(page)
            is_on = read_settings(session).enabled
            return render_template("empty.html", inbox=inbox, is_on=is_on, change=desk.changes.newest())

    @views.get("/conversations/<int:conversation_id>")
    def conversation(conversation_id: int) -> str:
        """Show a conversation, the inbox on its left and the profile on its right."""
        return _page(desk, conversation_id)

    @views.post("/conversations/<int:conversation_id>/refresh")
    def refresh(conversation_id: int) -> WerkzeugResponse:
        """Fetch the profile anew: "clicking the button at the top of your Custom Profile"."""
        with desk.sessions() as session:
            customer_id, is_on = _open(session, conversation_id).customer_id, read_settings(session).enabled
        if is_on:
            desk.fetch(customer_id, ON_REFRESH)
        return redirect(_refreshed(conversation_id), 303)

    @views.get("/conversations/<int:conversation_id>/profile")
    def profile(conversation_id: int) -> Response:
        """Give the rendered profile alone, for the sidebar's frame; never calls the webhook."""
        with desk.sessions() as session:
            html = _sidebar(desk, session, _open(session, conversation_id)).html
        if html is None:
            abort(404, _NO_PROFILE)
        return frame_response(html, images=is_signed(request.args.get("images", "")))

    return views


def _page(desk: Desk, conversation_id: int) -> str:
    change = desk.changes.newest()  # before anything is read: what changes meanwhile is followed
    with desk.sessions() as session:
        opened = _open(session, conversation_id)
        return render_template(
            "conversation.html",
            conversation=opened,
            inbox=_asked_inbox(session),
            sidebar=_sidebar(desk, session, opened),
            sandbox=SANDBOX,
            change=change,
        )


def _sidebar(desk: Desk, session: Session, opened: Conversation) -> Sidebar:
    is_fetching = desk.is_fetching(opened.customer_id)
    return build_sidebar(session, opened.customer, desk.sandbox, is_fetching=is_fetching)


def _refreshed(conversation_id: int) -> str:
    """Give the address whose fragment gives the keyboard's focus back: a new page would begin at its top."""
    query = request.args.get("q") or None
    return url_for("helpdesk.conversation", conversation_id=conversation_id, q=query, _anchor="refresh")


def _asked_inbox(session: Session) -> Inbox:
    return read_inbox(session, request.args.get("q", ""), request.args.get("after", ""))


def _open(session: Session, conversation_id: int) -> Conversation:
    found = session.get(Conversation, conversation_id) if conversation_id < 2**31 else None
    if found is None:
        abort(404, _NO_CONVERSATION)
    return found
