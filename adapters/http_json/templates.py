"""Texts with ``{email}`` in them, and what is put there: quoted for a URL, as it stands in a body."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlsplit

from adapters.http_json.paths import problem_of_path

ADDRESS = "email"
LONGEST = 1000
"""Characters of a value that is put into a URL: no service has customers of longer addresses or ids."""

_PLACE = re.compile(r"\{([^{}]*)\}")
_KINDS = {list: "a list", dict: "an object", bool: "true"}
"""What is no value that an address or a URL could be made with."""

_WHOLE = re.compile(r"\{([^{}]+)\}\Z")

Values = Callable[[str], Any]
"""What stands for the name or path in braces."""


class NobodyError(Exception):
    """Raised for a value that no customer of a service can have."""


class MissingError(Exception):
    """Raised where an earlier answer lacks what is to be put in; the text says so, with its path."""


def places_in(text: str) -> list[str]:
    """List what stands in braces."""
    return _PLACE.findall(text)


def problem_of(url: str, *, first: bool) -> str:
    """Say what is wrong with a URL's template, if anything. The ``first`` knows the address alone."""
    try:
        parts = urlsplit(_PLACE.sub("x", url))
        given = urlsplit(url)
        is_web = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_web = False
    if not is_web or re.search(r"[\s\x00-\x1f]", _PLACE.sub("x", url)):
        return "Not a URL. It should look like https://api.example.com/customers?email={email}"
    if "{" in given.netloc or given.netloc != parts.netloc:
        return "Name the host itself: nothing may be put in there."
    if "@" in parts.netloc:
        return "Credentials do not belong in a URL: give username and password."
    if parts.fragment:
        return "What follows # is never sent: take it away (write %23 for the character)."
    return problem_of_places(places_in(url), first=first)


def problem_of_places(places: list[str], *, first: bool) -> str:
    """Say what is wrong with what stands in braces."""
    for place in places:
        if place == ADDRESS:
            continue
        if first:
            return f"It has {{{place}}}, but only {{{ADDRESS}}} is known here."
        if problem := problem_of_path(place):
            return f"{{{place}}} is no path into the first answer, as {{id}} is. {problem}"
    return ""


def filled_url(template: str, values: Values) -> str:
    """Put values into a URL, each quoted so that it is one part of a path or a query and no more."""

    def put(place: re.Match[str]) -> str:
        text = _as_text(place[1], values(place[1]))
        if text in {".", ".."} or len(text) > LONGEST:
            raise NobodyError
        try:
            return quote(text, safe="")
        except UnicodeEncodeError:
            raise NobodyError from None

    return _PLACE.sub(put, template)


def filled_body(template: Any, values: Values) -> Any:
    """Put values into the texts of a body: ``{email}`` anywhere, a path where it is the whole text."""
    if isinstance(template, Mapping):
        return {name: filled_body(inner, values) for name, inner in template.items()}
    if isinstance(template, list):
        return [filled_body(inner, values) for inner in template]
    if not isinstance(template, str):
        return template
    if whole := _WHOLE.match(template):
        _as_text(whole[1], value := values(whole[1]))
        return value
    return template.replace(f"{{{ADDRESS}}}", str(values(ADDRESS)))


def texts_in(template: Any) -> Iterator[str]:
    """Go through all texts of a body."""
    if isinstance(template, Mapping):
        for inner in template.values():
            yield from texts_in(inner)
    elif isinstance(template, list):
        for inner in template:
            yield from texts_in(inner)
    elif isinstance(template, str):
        yield template


def whole_places_in(template: Any) -> list[str]:
    """List what stands in braces where those are a whole text of a body."""
    return [whole[1] for text in texts_in(template) if (whole := _WHOLE.match(text))]


def _as_text(place: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal) or value == "":
        kind = _KINDS.get(type(value))
        raise MissingError(f"{kind} at {place}, and no value" if kind and value else f"no {place}")
    return str(value)
