"""The API token: given from outside or made here, and how long the one before it is still tried."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from harness.store import ApiToken

GRACE = timedelta(hours=24)
"""How long a replaced token is tried where the new one is refused; ours: the helpdesk's page is silent."""

MOST_TRIED = 5
"""Tokens made here that are kept in use, the newest with them: each other one may cost a fetch a call."""

_BYTES = 24


@dataclass(frozen=True, slots=True)
class Tokens:
    """The token in use, empty where there is none, and those before it while they are still tried.

    ``previous`` holds each of those, the newest first, and until when it is tried. ``is_given`` tells that
    the one in use comes from the environment or a file, and not from this page.
    """

    current: str = field(repr=False)
    previous: tuple[tuple[str, datetime], ...] = field(default=(), repr=False)
    created_at: datetime | None = None
    is_given: bool = False


def tokens_in_use(session: Session, given: str, *, now: datetime | None = None) -> Tokens:
    """Choose between the token given at the start and those made here.

    The newest one made here is used, unless another was given than the one it replaced: whoever starts the
    helpdesk with a token of their own means that one.
    """
    made = list(session.scalars(select(ApiToken).order_by(ApiToken.id.desc()).limit(MOST_TRIED)))
    if not made or (given and given != made[0].token and _digest(given) not in _replaced(session)):
        return Tokens(given, is_given=bool(given))
    previous = _before(made, given, now or datetime.now(UTC))
    return Tokens(made[0].token, tuple(previous), made[0].created_at)


def _before(made: Sequence[ApiToken], given: str, now: datetime) -> Iterator[tuple[str, datetime]]:
    """Give each token that was replaced and is still tried: to replace it twice must not end its time."""
    for place, token in enumerate(made):
        until = token.created_at + GRACE
        before = made[place + 1].token if place + 1 < len(made) else given
        if until <= now or not before or _digest(before) != token.replaces:
            return
        yield before, until


def regenerate(session: Session, given: str) -> str:
    """Make a new token and give it, this once; the one in use until now has its time of grace."""
    before = tokens_in_use(session, given).current
    token = secrets.token_hex(_BYTES)
    session.add(
        ApiToken(token=token, created_at=datetime.now(UTC), replaces=_digest(before) if before else "")
    )
    session.flush()
    return token


def _replaced(session: Session) -> set[str]:
    return set(session.scalars(select(ApiToken.replaces)))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
