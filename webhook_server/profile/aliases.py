"""What a source of aliases answers → the other addresses of a customer."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from webhook_server.profile.identity import LONGEST_ADDRESS, MAX_ALIASES, MAX_FOUND, normal_form
from webhook_server.profile.keys import clean_key, key_text

_BETWEEN = re.compile(r"[][{}\",;\s]+")
"""What divides addresses: the signs of a list as JSON or PostgreSQL writes one, too."""


def read_aliases(
    records: Sequence[Mapping[Any, Any]], fields: Container[str] | None = None
) -> tuple[list[str], str]:
    """Answer the addresses in a source's records, and what is to be told of those that count for nothing."""
    found, ignored = addresses_in(records, fields)
    told = ["its record gives no address"] if records and not found else []
    if ignored:
        told.append(f"values with an @ that are neither an address nor a list of them: {ignored}")
    if len(found) > MAX_ALIASES:
        told.append(f"of {len(found)} addresses the first {MAX_ALIASES} are looked for")
    return found, "; ".join(told)


def addresses_in(
    records: Iterable[Mapping[Any, Any]], fields: Container[str] | None = None
) -> tuple[list[str], int]:
    """List the addresses in an alias source's records, 100 at most; count the other values with an @.

    With ``fields``, only those fields of a record (by their cleaned names) are looked at.
    A value counts if all of its text is addresses, separated by commas, semicolons or blanks or a list as
    JSON writes it, and so does each item of a list, and each text of an object in one. Addresses inside
    other text do not, nor those of an object that stands alone: a note or an ``owner`` may be someone else.
    """
    found: dict[str, None] = {}
    ignored = 0
    for record in records:
        for name, value in record.items():
            if fields is None or clean_key(key_text(name)) in fields:
                addresses = list(islice(_addresses(value), MAX_FOUND))
                found |= dict.fromkeys(addresses)
                ignored += not addresses and _holds_a_sign(value)
        if len(found) >= MAX_FOUND:
            break
    return list(islice(found, MAX_FOUND)), ignored


def _holds_a_sign(value: Any, levels: int = 3) -> bool:
    """Tell whether an @ stands in a text or nested in a value, as far as is worth looking."""
    if isinstance(value, str):
        return "@" in value[: MAX_FOUND * LONGEST_ADDRESS]
    nested = (
        value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    )
    return levels > 0 and any(_holds_a_sign(inner, levels - 1) for inner in islice(nested, 20))


def _addresses(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if len(value) <= MAX_FOUND * LONGEST_ADDRESS:
            parts = [part for part in _BETWEEN.split(str.__str__(value)) if part]
            if all(normal_form(part) for part in parts):
                yield from parts
    elif isinstance(value, list | tuple):
        for item in islice(value, MAX_FOUND):
            if isinstance(item, str):
                yield from _addresses(item)
            elif isinstance(item, Mapping):
                # As APIs list them: [{"email": "…", "type": "work"}].
                for inner in islice(item.values(), MAX_FOUND):
                    if isinstance(inner, str):
                        yield from _addresses(inner)
