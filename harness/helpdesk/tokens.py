"""The API token: given from outside or made here, and how long the one before it is still tried."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from harness.store import ApiToken

GRACE = timedelta(hours=24)
"""How long a replaced token is tried where the new one is refused; ours: the helpdesk's page is silent."""

_BYTES = 24


@dataclass(frozen=True, slots=True)
class Tokens:
    """The token in use, empty where there is none, and the one before it while it is still tried.

    ``is_given`` tells that it comes from the environment or a file, and not from this page.
    """

    current: str = field(repr=False)
    previous: str = field(default="", repr=False)
    previous_until: datetime | None = None
    created_at: datetime | None = None
    is_given: bool = False


def tokens_in_use(session: Session, given: str, *, now: datetime | None = None) -> Tokens:
    """Choose between the token given at the start and those made here.

    The newest one made here is used, unless another was given than the one it replaced: whoever starts the
    helpdesk with a token of their own means that one.
    """
    made = list(session.scalars(select(ApiToken).order_by(ApiToken.id.desc()).limit(2)))
    if not made or (given and given != made[0].token and _digest(given) not in _replaced(session)):
        return Tokens(given, is_given=bool(given))
    newest, older = made[0], made[1:]
    until = newest.created_at + GRACE
    before = older[0].token if older else given
    if _digest(before) != newest.replaces or until <= (now or datetime.now(UTC)):
        return Tokens(newest.token, created_at=newest.created_at)
    return Tokens(newest.token, before, until, newest.created_at)


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
