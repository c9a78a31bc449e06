"""Where each field of a source goes: worked out once for each key, then looked up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from webhook_server.profile.changes import Change, name_to_tell
from webhook_server.profile.formats import Scalar
from webhook_server.profile.keys import LONGEST_KEY, RESERVED, beside_reserved, clean_key, why_renamed
from webhook_server.profile.privacy import Guard, key_looks_like

FieldFormat = Callable[[Any], Scalar]
"""Writes one value; answers None for None, and raises Unwritable for what it cannot write."""

NOT_LISTED = "[profile] fields does not list it"
"""Why a field of a source is not in a profile that has an allow-list."""

MAX_KEYS = 4096
"""Keys that are remembered; a source with more is served, more slowly."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How the fields of one source appear in the profile.

    ``fields`` chooses among the flattened names (None: all); a name in ``rename`` gets that name as
    it stands, every other one gets ``prefix`` in front. ``formats`` has the names in the profile.
    """

    prefix: str = ""
    rename: Mapping[str, str] = field(default_factory=dict)
    fields: frozenset[str] | None = None
    formats: Mapping[str, FieldFormat] = field(default_factory=dict)

    def name_of(self, key: str) -> str:
        """Answer the name that a flattened field has in the profile."""
        return self.rename.get(key) or f"{self.prefix}{key}"

    def withheld_names(self, changes: Iterable[Change]) -> set[str]:
        """Answer the names in the profile of what privacy withholds."""
        return {self.name_of(change.key) for change in changes if change.kind == "withheld"}


@dataclass(frozen=True, slots=True)
class Route:
    """Where one flattened field goes: to ``name``, or nowhere because of ``refusal``.

    ``is_doubtful``: its name is a secret's, so only true and false may leave.
    ``is_allowed``: settings allow it by name, so its text is not looked at.
    """

    name: str
    refusal: Change | None = None
    renamed: Change | None = None
    format: FieldFormat | None = None
    is_doubtful: bool = False
    is_allowed: bool = False


NOTHING_LISTED = "[profile] fields lists neither it nor anything in it"
"""Why a field that may be nested is not in such a profile."""

MAX_KINDS = 256
"""Kinds of records, by their keys, whose parts are remembered; those of others are worked out each time."""

Parts = tuple[tuple[str, ...], tuple[Change, ...]]
"""The keys of a record that may give a field, and what the other ones report."""

PlainRoute = tuple[str, tuple[Change, ...]]
"""The name of a field that needs no more than that its value be written, and what it reports.

Without a name the field goes nowhere.
"""


class Routes:
    """The routes of one source's fields; threads may share it.

    ``wanted`` are the names of which a profile is made (None: all); other fields are left out here, before
    anybody looks at their values.
    """

    def __init__(
        self, source: str, shape: Shape, guard: Guard | None, wanted: frozenset[str] | None = None
    ) -> None:
        self.shape = shape
        self._wanted = wanted
        self._chosen = _names_before(shape, wanted)
        self.source = source
        self._guard = guard
        self.allow: frozenset[str] = guard.allow if guard else frozenset()
        self._routes: dict[str | tuple[str, str], Route] = {}
        self.plain: dict[str, PlainRoute | None] = {}
        self._parts: dict[tuple[str, ...], Parts] = {}

    def route(self, key: str, own: str = "") -> Route:
        """Answer where a flattened field goes; ``own`` is the name that a nested one has in its mapping."""
        says_nothing = not own or self._guard is None or self._guard.says(own) == "pass"
        place = key if says_nothing else (key, own)
        route = self._routes.get(place)
        if route is None:
            route = self._find(key, "" if says_nothing else own)
            if len(self._routes) < MAX_KEYS:
                self._routes[place] = route
        return route

    def parts(self, record: dict[Any, Any]) -> Parts | None:
        """Tell the entries that may give a field from those that cannot; None where all may."""
        if self._wanted is None and self.shape.fields is None:
            return None
        keys = tuple(record)
        try:
            return self._parts[keys]
        except KeyError:
            pass
        except TypeError:
            return None
        if not all(type(key) is str and len(key) <= LONGEST_KEY for key in keys):
            return None
        told = [(key, self._why_nothing(key)) for key in keys]
        parts = (
            tuple(key for key, change in told if change is None),
            tuple(change for _, change in told if change is not None),
        )
        if len(self._parts) < MAX_KINDS and len(keys) <= MAX_KINDS:
            self._parts[keys] = parts
        return parts

    def may_give(self, given: str) -> bool:
        """Tell whether an entry of a record may give a field, whatever its value is."""
        return self._why_nothing(given) is None

    def _why_nothing(self, given: str) -> Change | None:
        """Say why no field can come of an entry; None where one may."""
        if key_looks_like(given[:LONGEST_KEY]):
            return None
        key = clean_key(given)
        refusal = self.route(key).refusal
        if refusal is None or refusal.kind != "not_chosen":
            return None
        if any(_is_in(name, key) for name in self._chosen):
            return None
        reason = NOTHING_LISTED if refusal.reason == NOT_LISTED else refusal.reason
        return Change("not_chosen", self.source, key, reason)

    def learn(self, given: str) -> None:
        """Remember in ``plain`` an entry of the record's own level, where it is plain."""
        if len(given) > LONGEST_KEY or given in self.plain or len(self.plain) >= MAX_KEYS:
            return
        if key_looks_like(given[:LONGEST_KEY]):
            return  # it is looked at each time
        key = clean_key(given)
        route = self.route(key)
        if route.refusal:
            self.plain[given] = "", (route.refusal,)
            return
        if route.format or route.is_doubtful or route.is_allowed:
            self.plain[given] = None
            return
        cleaned = () if given == key else (self.cleaned(given, key),)
        self.plain[given] = route.name, cleaned if route.renamed is None else (*cleaned, route.renamed)

    def cleaned(self, given: str, key: str) -> Change:
        """Tell that a key was no Liquid identifier."""
        return Change("renamed", self.source, name_to_tell(given), why_renamed(given), key)

    def _find(self, key: str, own: str) -> Route:
        shape = self.shape
        if shape.fields is not None and key not in shape.fields:
            reason = "the source's fields do not list it"
            return Route(key, Change("not_chosen", self.source, key, reason))
        name = shape.name_of(key)
        reason = "the settings say so"
        if name in RESERVED:
            name, reason = beside_reserved(self.source, name), f"the helpdesk overrides {name}"
        renamed = None if name == key else Change("renamed", self.source, key, reason, name)
        is_allowed, verdicts = self._judge(key, name, own)
        if "never" in verdicts:
            return Route(name, Change("withheld", self.source, key, Guard.reason("never", "")))
        if self._wanted is not None and name not in self._wanted:
            return Route(name, Change("not_chosen", self.source, key, NOT_LISTED))
        is_doubtful = "unless_harmless" in verdicts
        return Route(name, None, renamed, shape.formats.get(name), is_doubtful, is_allowed)

    def _judge(self, key: str, name: str, own: str) -> tuple[bool, set[str]]:
        if self._guard is None or key in self.allow or name in self.allow:
            return True, set()
        return False, {self._guard.says(judged) for judged in (key, name, own) if judged}


def _names_before(shape: Shape, wanted: frozenset[str] | None) -> frozenset[str]:
    """Answer the flattened names that may be in a profile, as they are before they are renamed."""
    if shape.fields is not None:
        return shape.fields
    names = (wanted or frozenset()) | RESERVED  # one of those leaves beside its name, under another
    return frozenset(
        [
            *(key for key, name in shape.rename.items() if name in names),
            *(name.removeprefix(shape.prefix) for name in names if name.startswith(shape.prefix)),
        ]
    )


def _is_in(name: str, key: str) -> bool:
    """Tell whether a flattened name is a key's own, or of something nested under it."""
    # What is nested under a key that is cut is under a name that is cut earlier.
    return len(key) > LONGEST_KEY // 2 or name == key or name.startswith(f"{key}_")
