"""What a profile looks like, whoever it is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from webhook_server.profile.additions import Additions
from webhook_server.profile.formats import Scalar


@dataclass(frozen=True, slots=True)
class ProfileOptions:
    """The choices that hold for every answer.

    ``fields`` is the allow-list and order (None: every field), ``deadline`` seconds for the whole
    answer, ``incomplete_field`` and ``as_of_field`` names of fields that say what is missing or old
    (empty: none).
    """

    fields: Sequence[str] | None = None
    additions: Additions | None = None
    deadline: float = 2.0
    unknown_customer: Mapping[str, Scalar] = field(default_factory=dict)
    incomplete_field: str = ""
    as_of_field: str = ""
    strip_plus_tags: bool = False


def wanted_names(options: ProfileOptions, keys: Iterable[str]) -> frozenset[str] | None:
    """Answer the names of every field of a source that a profile is made of; None where that is all.

    They are those of the allow-list, those that additions are made of, and ``keys``: the fields by
    which other sources are looked up.
    """
    if options.fields is None:
        return None
    placeholders = options.additions.placeholders.values() if options.additions else ()
    return frozenset([*options.fields, *(name for names in placeholders for name in names), *keys])
