"""Fields that settings add to a profile: constants, and texts or links made of other fields."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter as TemplateReader
from typing import Any
from urllib.parse import quote

from webhook_server.profile.changes import ChangeLog
from webhook_server.profile.formats import LARGEST_EXACT, Scalar
from webhook_server.profile.keys import LITERALS, RESERVED, is_identifier, why_no_identifier

LONGEST_ADDITION = 65_536
"""Characters; a longer one is left out, since half a link leads elsewhere."""

_DOTS = frozenset({".", ".."})
"""Segments of a path that name another one (RFC 3986, section 5.2.4)."""

Withheld = Callable[[], Collection[str]]

_EXAMPLE = "https://admin.example.com/users/{id}"


class AdditionError(ValueError):
    """Raised for an addition that cannot be made; ``key`` is its name, and the text says what to do."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(f"{key}: {message}")
        self.key = key
        self.message = message


@dataclass(frozen=True, slots=True)
class _Template:
    """A text in parts: each a literal and the field that follows it (empty: none)."""

    parts: tuple[tuple[str, str], ...]
    is_link: bool

    def absent(self, fields: Mapping[str, Scalar]) -> str:
        return next((name for _, name in self.parts if name and fields.get(name) is None), "")

    def astray(self, fields: Mapping[str, Scalar]) -> str:
        """Say of a field why a link made of it would lead elsewhere; nothing where none would.

        Browsers resolve dots, quoted ones too; and without what it is about, a link leads to a list.
        """
        for _, name in self.parts if self.is_link else ():
            text = _text(fields[name]) if name else "-"
            if text in _DOTS:
                return f"{name} is nothing but dots, and would lead the link elsewhere"
            if not text.strip():
                return f"{name} is empty, and half a link leads elsewhere"
        return ""

    def fill(self, fields: Mapping[str, Scalar]) -> str:
        texts: list[str] = []
        for literal, name in self.parts:
            texts.append(literal)
            if name:
                text = _text(fields[name])
                texts.append(quote(text, safe="", errors="replace") if self.is_link else text)
        return "".join(texts)


class Additions:
    """Constants, and texts with fields in them: ``https://admin.example.com/users/{id}``.

    In a text that begins with ``http://`` or ``https://`` values are quoted for URLs, elsewhere they
    stand as they are; ``{{`` and ``}}`` are braces. An addition sees the fields of every source, and
    the additions before it. Raises AdditionError for anything but text, numbers, booleans and null,
    and for whatever is more than a field's name between braces.
    """

    def __init__(self, templates: Mapping[str, Any]) -> None:
        self._additions = {key: _read(key, template) for key, template in templates.items()}

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that may be added to a profile."""
        return tuple(self._additions)

    @property
    def placeholders(self) -> Mapping[str, Sequence[str]]:
        """For every addition the fields it is made of, in the order of the additions."""
        return {
            key: [name for _, name in addition.parts if name] if isinstance(addition, _Template) else []
            for key, addition in self._additions.items()
        }

    def add_to(self, fields: dict[str, Scalar], log: ChangeLog, withheld: Withheld = frozenset) -> None:
        """Add to a profile what can be made of it; a field that is there stays as it is.

        ``withheld`` names the fields that a source gives and that do not leave, for the reason; it is asked
        only where one is needed.
        """
        for key, addition in self._additions.items():
            if key in fields:
                log.note("shadowed", key, f"a source gives {key}")
            elif not isinstance(addition, _Template):
                fields[key] = addition
            elif absent := addition.absent(fields):
                is_there = absent in withheld()
                reason = f"privacy withholds {absent}" if is_there else f"there is no {absent} to make it of"
                log.note("unfilled", key, reason)
            elif astray := addition.astray(fields):
                log.note("unfilled", key, astray)
            elif len(text := addition.fill(fields)) > LONGEST_ADDITION:
                log.note("dropped", key, f"it is longer than {LONGEST_ADDITION} characters")
            else:
                fields[key] = text


def _read(key: str, template: Any) -> Scalar | _Template:
    if not is_identifier(key):
        raise AdditionError(key, f"this is no name for a field: {why_no_identifier(key)}.")
    if key in RESERVED:
        raise AdditionError(key, f"the helpdesk always overrides {key}: choose another name.")
    if isinstance(template, str):
        return _read_text(key, template)
    if template is None or isinstance(template, bool):
        return template
    if isinstance(template, int) and abs(template) <= LARGEST_EXACT:
        return template
    if isinstance(template, float) and math.isfinite(template):
        return template
    raise AdditionError(key, "give text, a number JSON can hold, true or false.")


def _read_text(key: str, template: str) -> Scalar | _Template:
    try:
        found = list(TemplateReader().parse(template))
    except ValueError as error:
        reason = f"its braces do not match ({error}): write {_EXAMPLE}, and {{{{ or }}}} for a brace."
        raise AdditionError(key, reason) from None
    parts: list[tuple[str, str]] = []
    for literal, name, specification, conversion in found:
        if name is None:
            parts.append((literal, ""))
        elif specification or conversion or not is_identifier(name):
            why = f" ({why_no_identifier(name)})" if name in LITERALS else ""
            reason = f"between braces stands the name of a field and nothing else, as in {_EXAMPLE}{why}."
            raise AdditionError(key, reason)
        else:
            parts.append((literal, name))
    if not any(name for _, name in parts):
        return "".join(literal for literal, _ in parts)
    return _Template(tuple(parts), template.lower().startswith(("http://", "https://")))


def _text(scalar: Scalar) -> str:
    return str(scalar).lower() if isinstance(scalar, bool) else str(scalar)
