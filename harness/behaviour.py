"""How the helpdesk may behave where its page is silent: named assumptions of ours, none of them Groove's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One set of assumptions: seconds for a whole fetch, tries after the first, lists, bytes of an answer.

    ``keeps_lists`` tells whether a list reaches the template; what holds an object never does.
    """

    name: str
    title: str
    meaning: str
    deadline: float
    retries: int
    keeps_lists: bool
    max_bytes: int


USUAL = Behaviour(
    "usual", "Usual", "What a careful helpdesk would do.", 5.0, 0, keeps_lists=True, max_bytes=1_000_000
)
STRICT = Behaviour(
    "strict", "Strict", "A webhook that passes here has room to spare.", 2.0, 0, keeps_lists=False,
    max_bytes=100_000,
)  # fmt: skip
PATIENT = Behaviour(
    "patient", "Patient", "Waits for slow servers, and tries again.", 30.0, 2, keeps_lists=True,
    max_bytes=5_000_000,
)  # fmt: skip

BEHAVIOURS = {behaviour.name: behaviour for behaviour in (USUAL, STRICT, PATIENT)}
"""All of them by name, the usual one first."""


def behaviour_named(name: str) -> Behaviour:
    """Give the behaviour of that name, and the usual one for a name of another version."""
    return BEHAVIOURS.get(name, USUAL)


@dataclass(frozen=True, slots=True)
class Usable:
    """Fields that reach the template, and the keys of those that do not."""

    fields: dict[str, Any]
    left_out: tuple[str, ...]


def usable_fields(fields: Mapping[str, Any], behaviour: Behaviour) -> Usable:
    """Leave out what will not work: "Nested keys will not work", and lists where they are not kept."""
    left_out = tuple(
        key
        for key, value in fields.items()
        if holds_object(value) or (isinstance(value, list) and not behaviour.keeps_lists)
    )
    return Usable({key: value for key, value in fields.items() if key not in left_out}, left_out)


def holds_object(value: Any) -> bool:
    """Tell whether a field's value is an object, or a list with one in it."""
    if isinstance(value, list):
        return any(holds_object(item) for item in value)
    return isinstance(value, dict)
