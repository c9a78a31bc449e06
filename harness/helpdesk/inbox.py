"""The inbox's list: newest first, searched, and read page by page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import Session, joinedload

from harness.store import Conversation
from harness.text import fold

PAGE = 50

_LONGEST_SEARCH = 200


@dataclass(frozen=True, slots=True)
class Inbox:
    """One page of conversations; ``older`` is what the next page begins after, empty at the end."""

    conversations: list[Conversation]
    total: int
    search: str = ""
    older: str = ""
    is_first_page: bool = True


def read_inbox(session: Session, search: str = "", after: str = "") -> Inbox:
    """Read a page of the conversations that hold every word of a search, in any case and accents."""
    search = " ".join(search.split())[:_LONGEST_SEARCH]
    query = _matching(select(Conversation), search)
    page = query.options(joinedload(Conversation.customer)).order_by(
        Conversation.updated_at.desc(), Conversation.id.desc()
    )
    place = _read_place(after)
    if place is not None:
        page = page.where(tuple_(Conversation.updated_at, Conversation.id) < place)
    found = list(session.scalars(page.limit(PAGE + 1)))
    shown = found[:PAGE]
    total = session.scalar(_matching(select(func.count()).select_from(Conversation), search)) or 0
    return Inbox(
        shown, total, search, _place(shown[-1]) if len(found) > PAGE else "", is_first_page=place is None
    )


def _matching(query: Select[Any], search: str) -> Select[Any]:
    for word in fold(search).split():
        query = query.where(Conversation.haystack.contains(word, autoescape=True))
    return query


def _place(conversation: Conversation) -> str:
    return f"{conversation.updated_at.timestamp():.6f}-{conversation.id}"


def _read_place(text: str) -> tuple[datetime, int] | None:
    moment, _, number = text.rpartition("-")
    try:
        return datetime.fromtimestamp(float(moment), UTC), int(number)
    except (ValueError, OverflowError, OSError):
        return None
