"""What the template editor shows beside the text: a customer's preview, marks on lines, fields to put in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from harness.contract import RESERVED_FIELDS
from harness.helpdesk.desk import Desk
from harness.helpdesk.fetching import newest_fetch
from harness.helpdesk.marks import Mark, marks
from harness.helpdesk.rendering import Rendered, render_profile
from harness.helpdesk.steps import as_json
from harness.liquid.environment import plain_environment
from harness.liquid.expression_syntax import is_name
from harness.profile import User
from harness.store import Conversation, Customer
from harness.text import shown_key

_OFFERED_CUSTOMERS = 50
_LONGEST_VALUE = 80
_BLOCKS = frozenset({"if", "unless", "case", "for", "tablerow", "capture", "comment", "raw", "ifchanged"})
_WITHIN_BLOCKS = frozenset({"elsif", "else", "when"})


@dataclass(frozen=True, slots=True)
class FieldEntry:
    """A field to put in: its value for this customer, and whether a template can write its name.

    One that it cannot write is named so that it can be seen.
    """

    name: str
    value: str
    is_reserved: bool
    is_writable: bool


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a template being written; ``preview`` names the rendering, ``problem`` says why none is."""

    preview: str
    problem: str
    note: str
    marks: Sequence[Mark]
    fields: Sequence[FieldEntry]

    def as_data(self) -> dict[str, Any]:
        """Give it as JSON's values."""
        return asdict(self)


def look_at(desk: Desk, template: str, headline: str, behaviour: str, email: str) -> Look:
    """Render a template with what was last fetched for a customer, by a test or for a conversation.

    Nothing is fetched and nothing is kept.

    An address for which nothing was fetched stands for a customer whom the webhook does not know.
    """
    with desk.sessions() as session:
        user, fetched = _customer(desk, session, email)
    note = "" if fetched is not None else _unknown(email)
    fields = fetched or {}
    rendered = render_profile(
        desk.sandbox, template, fields, user, headline=headline, behaviour=desk.webhook.behaviour(behaviour)
    )
    return Look(
        preview=desk.previews.keep(rendered.html) if rendered.html is not None else "",
        problem=rendered.problem,
        note=note,
        marks=marks(template, fetched, desk.sandbox),
        fields=tuple(_entries(fields, rendered)),
    )


def offered_customers(session: Session) -> list[Customer]:
    """List customers to preview with, who wrote last first."""
    query = (
        select(Customer)
        .join(Conversation)
        .group_by(Customer.id)
        .order_by(func.max(Conversation.updated_at).desc())
        .limit(_OFFERED_CUSTOMERS)
    )
    return list(session.scalars(query))


def vocabulary() -> dict[str, list[str]]:
    """List the words of Liquid that can be completed: filters and tags."""
    environment = plain_environment()
    tags = {name for name in environment.tags if name.isalpha()}
    return {
        "filters": sorted(environment.filters),
        "tags": sorted(tags | _WITHIN_BLOCKS | {f"end{name}" for name in tags & _BLOCKS}),
    }


def _customer(desk: Desk, session: Session, email: str) -> tuple[User, Mapping[str, Any] | None]:
    customer = session.scalar(select(Customer).where(Customer.email == email.lower()))
    if customer is None:
        return User(email), desk.tried.since(email, None)
    fetch = newest_fetch(session, customer, successful=True)
    tried = desk.tried.since(email, fetch.fetched_at if fetch else None)
    user = User(customer.email, full_name=customer.full_name)
    return user, tried if tried is not None or fetch is None else fetch.fields


def _unknown(email: str) -> str:
    if not email:
        return "Choose a customer to see their fields."
    return "Nothing was fetched for this address: shown as for a customer whom the webhook does not know."


def _entries(fetched: Mapping[str, Any], rendered: Rendered) -> list[FieldEntry]:
    shown = rendered.profile.fields
    names = [name for name in fetched if name not in rendered.left_out and name not in RESERVED_FIELDS]
    return [_entry(name, shown.get(name)) for name in (*names, *RESERVED_FIELDS)]


def _entry(name: str, value: Any) -> FieldEntry:
    is_writable = is_name(name)
    return FieldEntry(
        name if is_writable else shown_key(name), _value(value), name in RESERVED_FIELDS, is_writable
    )


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else as_json(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
