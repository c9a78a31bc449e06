"""URLs of databases that name several hosts, as libpq reads them and SQLAlchemy does not."""

from __future__ import annotations

import re

_SEVERAL = re.compile(
    r"(?P<start>[^:/?#]+://(?:[^:/]*(?::[^@]*)?@)?)(?P<places>[^/?@]*,[^/?@]*)"
    r"(?P<rest>(?:[/?].*)?)\Z",
    re.DOTALL,
)
_PLACE = re.compile(r"(?:\[[^\]]*\]|[^:\[\]]*)(?::\d+)?\Z")


def spelled_for_sqlalchemy(text: str) -> str:
    """Write a URL of several hosts, ``//app@db1:5432,db2:5432/app``, so that SQLAlchemy can read it.

    Any other URL stays as it is. Raises ValueError where a port is no number.
    """
    found = _SEVERAL.match(text)
    if found is None:
        return text
    places = found["places"].split(",")
    if not all(map(_PLACE.match, places)):
        raise ValueError("a host is written as name:port")
    path, _, query = found["rest"].partition("?")
    named = "&".join(f"host={place}" for place in places)
    return f"{found['start']}{path}?{named}{f'&{query}' if query else ''}"
