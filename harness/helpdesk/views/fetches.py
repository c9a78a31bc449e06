"""One fetch opened step by step, and a customer's history of them."""

from __future__ import annotations

import json
from typing import TypeVar

from flask import Blueprint, Response, abort, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from harness.caller import sent_headers
from harness.frame import SANDBOX
from harness.helpdesk.desk import Desk
from harness.helpdesk.frame import frame_response
from harness.helpdesk.history import customer_history
from harness.helpdesk.indenting import indented
from harness.helpdesk.rendering import Rendered
from harness.helpdesk.security import is_signed
from harness.helpdesk.sidebar import render_fetch
from harness.helpdesk.steps import field_rows, judge_fetch
from harness.store import Conversation, Customer, Fetch, read_settings

STEPS = {
    "rendered": "Rendered",
    "template": "Template",
    "fields": "Fields",
    "json": "JSON",
    "http": "HTTP",
    "rules": "Rules",
}
"""The tabs over one fetch."""

_LONGEST_SHOWN = 100_000
_Row = TypeVar("_Row", Fetch, Customer)


def create_views(desk: Desk) -> Blueprint:
    """Make the routes."""
    views = Blueprint("fetches", __name__)

    @views.get("/fetches/<int:fetch_id>")
    def fetch(fetch_id: int) -> str:
        """Show one step of a fetch; ``step`` says which."""
        step = request.args.get("step", "rendered")
        if step not in STEPS:
            abort(404, f"A fetch has no step of that name. Open one of {', '.join(STEPS.values())}.")
        with desk.sessions() as session:
            return _page(desk, session, _open(session, Fetch, fetch_id), step)

    @views.get("/fetches/<int:fetch_id>/profile")
    def profile(fetch_id: int) -> Response:
        """Give one fetch's rendered profile alone, for a frame."""
        with desk.sessions() as session:
            rendered = _rendered(desk, session, _open(session, Fetch, fetch_id))
        if rendered is None or rendered.html is None:
            abort(404, "This fetch has no profile to show. Open its other steps to see why.")
        return frame_response(rendered.html, images=is_signed(request.args.get("images", "")))

    @views.get("/customers/<int:customer_id>/history")
    def history(customer_id: int) -> str:
        """Show every fetch for a customer, and what differs from one to the next."""
        change = desk.changes.newest()
        before = request.args.get("before", type=int)
        with desk.sessions() as session:
            customer = _open(session, Customer, customer_id)
            return render_template(
                "history.html",
                customer=customer,
                conversation_id=_conversation_of(session, customer_id),
                entries=customer_history(session, customer, before),
                change=change,
            )

    return views


def _page(desk: Desk, session: Session, opened: Fetch, step: str) -> str:
    rendered = _rendered(desk, session, opened)
    settings = read_settings(session)
    return render_template(
        f"fetch/{step}.html",
        fetch=opened,
        customer=opened.customer,
        conversation_id=_conversation_of(session, opened.customer_id),
        steps=STEPS,
        step=step,
        rendered=rendered,
        settings=settings,
        rows=field_rows(opened.fields or {}, rendered, settings.template) if rendered else [],
        results=judge_fetch(opened, rendered, opened.customer.email) if step == "rules" else [],
        body={"json": _indented, "http": _as_it_came}.get(step, lambda _: "")(opened.body),
        is_lost=_is_lost(opened),
        sent=sent_headers(opened.url),
        sandbox=SANDBOX,
    )


def _rendered(desk: Desk, session: Session, opened: Fetch) -> Rendered | None:
    if opened.fields is None:
        return None
    return render_fetch(opened, opened.customer, read_settings(session), desk.sandbox)


def _open(session: Session, table: type[_Row], number: int) -> _Row:
    found = session.get(table, number) if number < 2**31 else None
    if found is None:
        abort(404, "There is nothing of that number. Go to the inbox and open a conversation there.")
    return found


def _conversation_of(session: Session, customer_id: int) -> int | None:
    query = select(Conversation.id).where(Conversation.customer_id == customer_id)
    return session.scalar(query.order_by(Conversation.updated_at.desc()).limit(1))


def _is_lost(fetch: Fetch) -> bool:
    """Tell an answer whose body came and could not be unpacked, or was too large, from one without a body."""
    told = {name.lower(): value for name, value in fetch.headers or ()}
    has_come = told.get("content-length", "0") != "0" or "transfer-encoding" in told
    return has_come and not fetch.body and fetch.fields is None and bool(fetch.error)


def _as_it_came(body: bytes | None) -> str:
    """Write a body's bytes, those that are no UTF-8 escaped."""
    return _cut((body or b"").decode("utf-8", "backslashreplace"))


def _indented(body: bytes | None) -> str:
    """Write JSON on lines of its own, each name and value as it came; anything else as it came too."""
    text = (body or b"").decode("utf-8", "backslashreplace")
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return _cut(text)
    return _cut(indented(text))


def _cut(text: str) -> str:
    cut = f"\n… {len(text) - _LONGEST_SHOWN:,} more characters" if len(text) > _LONGEST_SHOWN else ""
    return text[:_LONGEST_SHOWN] + cut
