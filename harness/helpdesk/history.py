"""A customer's fetches, newest first, with what came, went or changed between one good fetch and the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from harness.helpdesk.steps import as_json, type_name
from harness.store import Customer, Fetch

PAGE = 50
LONGEST_VALUE = 300
"""Characters of a value that are shown."""

_BEFORE_DIFFERENCE = 40


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two fetches' fields: keys that came and went, and what changed in both."""

    came: tuple[tuple[str, str], ...] = ()
    went: tuple[tuple[str, str], ...] = ()
    retyped: tuple[tuple[str, str, str], ...] = ()
    changed: tuple[tuple[str, str, str], ...] = ()

    def __bool__(self) -> bool:
        """Tell whether anything differs."""
        return bool(self.came or self.went or self.retyped or self.changed)


@dataclass(frozen=True, slots=True)
class Entry:
    """One fetch of the history; ``difference`` is None for a failed fetch and for the first good one."""

    fetch: Fetch
    difference: Difference | None


def customer_history(session: Session, customer: Customer, before: int | None = None) -> list[Entry]:
    """List a customer's fetches, newest first, at most PAGE of them; ``before`` goes on from that fetch."""
    query = select(Fetch).where(Fetch.customer_id == customer.id).order_by(Fetch.id.desc())
    if before is not None:
        query = query.where(Fetch.id < before)
    fetches = list(session.scalars(query.limit(PAGE)))
    good = [fetch for fetch in fetches if fetch.fields is not None]
    if good and (earlier := _good_before(session, good[-1])) is not None:
        good.append(earlier)
    following = dict(zip((fetch.id for fetch in good), good[1:], strict=False))
    return [
        Entry(fetch, difference(following[fetch.id].fields or {}, fetch.fields or {}))
        if fetch.id in following
        else Entry(fetch, None)
        for fetch in fetches
    ]


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> Difference:
    """Compare two fetches' fields; null has a type of its own, so that a value that went missing shows."""
    both = [key for key in new if key in old]
    retyped = [key for key in both if type_name(old[key]) != type_name(new[key])]
    return Difference(
        came=tuple((key, shorten(as_json(new[key]))) for key in new if key not in old),
        went=tuple((key, shorten(as_json(old[key]))) for key in old if key not in new),
        retyped=tuple((key, _typed(old[key]), _typed(new[key])) for key in retyped),
        changed=tuple(
            (key, *_shorten_both(as_json(old[key]), as_json(new[key])))
            for key in both
            if old[key] != new[key] and key not in retyped
        ),
    )


def shorten(text: str, start: int = 0) -> str:
    """Cut a long text on both sides of what begins at ``start``, and mark where something is missing."""
    end = start + LONGEST_VALUE
    return f"{'…' if start else ''}{text[start:end]}{'…' if len(text) > end else ''}"


def _shorten_both(old: str, new: str) -> tuple[str, str]:
    """Cut two long texts so that the place where they begin to differ is seen."""
    pairs = enumerate(zip(old, new, strict=False))
    alike = next((place for place, (ours, theirs) in pairs if ours != theirs), min(len(old), len(new)))
    start = 0 if alike < LONGEST_VALUE // 2 else alike - _BEFORE_DIFFERENCE
    return shorten(old, start), shorten(new, start)


def _typed(value: Any) -> str:
    name = type_name(value)
    return name if value is None else f"{name} {shorten(as_json(value))}"


def _good_before(session: Session, fetch: Fetch) -> Fetch | None:
    query = select(Fetch).where(
        Fetch.customer_id == fetch.customer_id, Fetch.id < fetch.id, Fetch.fields.is_not(None)
    )
    return session.scalar(query.order_by(Fetch.id.desc()).limit(1))
