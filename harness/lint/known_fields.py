"""What is known of fields: from the profiles, from the helpdesk's page, and from their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from harness.behaviour import holds_object
from harness.contract import RESERVED_FIELDS

TYPED_BY_CUSTOMERS = frozenset({"email", "first_name", "last_name", "full_name"})
"""Reserved fields that hold what the writer of a message gave out about themselves."""

_MADE_BY_MACHINES = re.compile(
    r"(?:^|_)(?:id|ids|count|at|on|number|total|amount|date|time|year|age|score|quantity|token)\Z"
)
_TYPED_BY_PEOPLE = re.compile(
    r"name|company|organi[sz]ation|title|note|comment|description|message|subject|bio|address|street|(?<![a-z])city"
)
_SEVERAL = 3
_ADDRESS_BY_NAME = re.compile(r"url|uri|link|href|website|homepage|image|photo|picture|avatar|logo|icon")
_ADDRESS = re.compile(r"https?://|/|mailto:|tel:", re.IGNORECASE)
_PLAIN = re.compile(r"[\w.~-]*\Z", re.ASCII)
_FIGURE = re.compile(r"[^\w<>&\"']{0,3}\s?-?[\d.,  ]+\s?(?:%|[^\w<>&\"']{1,3}|[A-Z]{3})?\Z", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:[T ][\d:.]+)?\s?(?:Z|UTC|[+-]\d\d:?\d\d)?\Z", re.ASCII)


class Fields:
    """The fields of some profiles."""

    def __init__(self, profiles: Sequence[Mapping[str, Any]]) -> None:
        self._values: dict[str, list[Any]] = {}
        self._known = sum(map(bool, profiles))
        for profile in profiles:
            for key, value in profile.items():
                self._values.setdefault(key, []).append(value)

    @property
    def has_data(self) -> bool:
        """Tell whether any profile has any field."""
        return bool(self._values)

    @property
    def are_of_several(self) -> bool:
        """Tell whether at least three profiles have fields: fewer may all lack what others have."""
        return self._known >= _SEVERAL

    @property
    def names(self) -> list[str]:
        """List all fields, the helpdesk's own last."""
        return [*self._values, *(name for name in RESERVED_FIELDS if name not in self._values)]

    def sends(self, name: str) -> bool:
        """Tell whether the webhook sends a field of that name."""
        return name in self._values

    def values(self, name: str) -> list[Any]:
        """List the values of a field that are not null; the helpdesk's own fields have none here."""
        return (
            []
            if name in RESERVED_FIELDS
            else [each for each in self._values.get(name, []) if each is not None]
        )

    def objects(self, name: str) -> list[Any]:
        """List the values of a field that are objects, or lists of them: the helpdesk shows nothing there."""
        return list(filter(holds_object, self.values(name)))

    def can_hold_html(self, name: str, *, in_text: bool) -> str:
        """Say why a field's text can hold HTML; nothing where nothing speaks for it.

        Text between tags needs a reason; in attributes everything does that no machine made.
        """
        if name in TYPED_BY_CUSTOMERS:
            return "since customers write it themselves"
        if name in RESERVED_FIELDS:
            return ""
        if values := self.values(name):
            shown = [each for each in values if not holds_object(each)]
            is_typed = bool(_TYPED_BY_PEOPLE.search(name.lower()))
            is_free = _is_text_between_tags if in_text and not is_typed else _is_text_in_attribute
            if not any(map(is_free, _items(shown))):
                return ""
            is_listed = any(isinstance(each, list) for each in shown)
            return f"since it is {'a list of texts' if is_listed else 'text'} in your data"
        return "" if in_text or _MADE_BY_MACHINES.search(name.lower()) else "since it may be any text"

    def is_typed(self, name: str) -> bool:
        """Tell text that people write as they like, by its name and its values."""
        if name in RESERVED_FIELDS:
            return name in TYPED_BY_CUSTOMERS
        values, lowered = self.values(name), name.lower()
        is_address = bool(values) and all(_ADDRESS.match(str(each)) for each in values)
        is_named_so = _TYPED_BY_PEOPLE.search(lowered) and not _ADDRESS_BY_NAME.search(lowered)
        return bool(is_named_so) and not is_address and any(map(_is_text_in_attribute, values or [""]))

    def can_hold_spaces(self, name: str) -> bool:
        """Tell whether a field may hold spaces: the headline and the status may too."""
        has_spaces = any(len(str(value).split()) > 1 for value in self.values(name))
        return name in RESERVED_FIELDS or has_spaces or bool(self.can_hold_html(name, in_text=False))

    def can_break_address(self, name: str) -> bool:
        """Tell whether a field may hold what has a meaning of its own in an address."""
        if name in RESERVED_FIELDS:
            return name not in {"status", "name"}
        if values := self.values(name):
            return any(not isinstance(each, (int, float)) and not _PLAIN.match(str(each)) for each in values)
        return not _MADE_BY_MACHINES.search(name.lower())


def _items(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list):
            yield from _items(value)
        else:
            yield value


def _is_text_in_attribute(value: Any) -> bool:
    return not isinstance(value, (bool, int, float)) and not _is_figure(str(value))


def _is_text_between_tags(value: Any) -> bool:
    return _is_text_in_attribute(value) and not _PLAIN.match(str(value))


def _is_figure(text: str) -> bool:
    return bool(_FIGURE.match(text) or _MOMENT.match(text))
