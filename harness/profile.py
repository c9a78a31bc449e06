"""The helpdesk's merge: fetched fields, then the six reserved fields, which always win."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DEFAULT_HEADLINE = "Custom Profile"


@dataclass(frozen=True, slots=True)
class User:
    """The person in the conversation, as the helpdesk knows them; unknown is empty text."""

    email: str
    full_name: str = ""
    status: str = ""

    @property
    def first_name(self) -> str:
        """Give the first word of the name."""
        return self.full_name.partition(" ")[0]

    @property
    def last_name(self) -> str:
        """Give the name without its first word."""
        return self.full_name.partition(" ")[2].strip()


@dataclass(frozen=True, slots=True)
class Override:
    """A field of the webhook that the helpdesk replaced by its own."""

    key: str
    webhook_value: Any
    helpdesk_value: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What the template sees, and which fetched fields it does not see because they were overridden."""

    fields: dict[str, Any]
    overridden: tuple[Override, ...]


def build_profile(fetched: Mapping[str, Any], user: User, *, name: str = DEFAULT_HEADLINE) -> Profile:
    """Merge fetched fields with the reserved ones.

    "There are a few reserved fields which Groove will always override"; ``name`` is that "of your custom
    profile", the others are the user's. Fetched fields keep their order and come first.
    """
    reserved = {
        "name": name,
        "status": user.status,
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "full_name": user.full_name,
    }
    overridden = tuple(
        Override(key, value, reserved[key]) for key, value in fetched.items() if key in reserved
    )
    return Profile({**fetched, **reserved}, overridden)
