"""A customer's message written in the page, or sent by the command: a real mail, taken in as any other."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.wrappers import Response as WerkzeugResponse

from harness.helpdesk.desk import Desk
from harness.helpdesk.incoming import receive
from harness.mail.compose import SenderError, compose, read_sender
from harness.mail.reading import MailError
from harness.store import Conversation, Message

_MOST_REFERENCES = 20


@dataclass(frozen=True, slots=True)
class MessageForm:
    """What stands in the form; ``conversation_id`` is 0 where a new conversation is to begin."""

    sender: str = ""
    subject: str = ""
    text: str = ""
    conversation_id: int = 0


def create_views(desk: Desk) -> Blueprint:
    """Make the routes."""
    views = Blueprint("messages", __name__)

    @views.get("/messages/new")
    def new() -> str:
        """Show an empty form."""
        return _page(MessageForm())

    @views.post("/messages/new")
    def send() -> str | Response | WerkzeugResponse | tuple[str | Response, int]:
        """Let the message arrive, and open its conversation; the command is answered in JSON."""
        form = _read(request.form)
        wants_json = request.accept_mimetypes.best == "application/json"
        try:
            arrived = receive(desk, _composed(form))
        except (SenderError, MailError) as error:
            problem = str(error) if isinstance(error, SenderError) else f"It was not taken: {error}"
            return (jsonify(error=problem), 422) if wants_json else (_page(form, problem), 422)
        number = arrived.conversation_id
        if wants_json:
            page = url_for("helpdesk.conversation", conversation_id=number)
            return jsonify(conversation=number, page=page)
        search = request.args.get("q") or None
        place = f"message-{arrived.message}" if form.conversation_id else None
        return redirect(
            url_for("helpdesk.conversation", conversation_id=number, q=search, _anchor=place), 303
        )

    def _composed(form: MessageForm) -> bytes:
        """Write the mail; one of a conversation answers its newest message, and needs no more than a text."""
        if not form.conversation_id:
            return compose(read_sender(form.sender), form.subject, form.text)
        with desk.sessions() as session:
            found = session.get(Conversation, form.conversation_id)
            if found is None:
                raise MailError(f"there is no conversation {form.conversation_id}.")
            customer = (found.customer.full_name, found.customer.email)
            sender = read_sender(form.sender) if form.sender else customer
            subject = form.subject or f"Re: {found.subject}"
            return compose(sender, subject, form.text, _references(session, found.id))

    return views


def _references(session: Session, conversation_id: int) -> list[str]:
    query = (
        select(Message.message_id)
        .where(Message.conversation_id == conversation_id)
        .order_by(Message.sent_at.desc(), Message.id.desc())
        .limit(_MOST_REFERENCES)
    )
    return list(reversed(session.scalars(query).all()))


def _page(form: MessageForm, problem: str = "") -> str:
    return render_template("message.html", form=form, problem=problem)


def _read(sent: ImmutableMultiDict[str, str]) -> MessageForm:
    number = sent.get("conversation", "")
    is_number = number.isascii() and number.isdecimal() and len(number) < 10
    return MessageForm(
        sender=sent.get("sender", "").strip(),
        subject=sent.get("subject", "").strip(),
        text=sent.get("text", ""),
        conversation_id=int(number) if is_number else 0,
    )
