"""What a field's value is about, told by its key and its looks: what must not be recorded as it is.

Kept is only what is surely no person's; whatever is not recognised is text, and is replaced.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Literal

Kind = Literal[
    "kept",
    "word",
    "address",
    "ip",
    "link",
    "phone",
    "birthday",
    "date",
    "name",
    "company",
    "street",
    "city",
    "postcode",
    "place",
    "id",
    "number",
    "text",
]
"""``word`` is one that customers have in common, as a plan's: kept, unless it is in what is replaced."""

_WORDS: tuple[tuple[Kind, frozenset[str]], ...] = (
    ("address", frozenset({"email", "mail"})),
    ("phone", frozenset({"phone", "mobile", "tel", "telephone", "fax", "cell", "whatsapp"})),
    ("birthday", frozenset({"birthday", "birth", "birthdate", "born", "dob", "age"})),
    ("postcode", frozenset({"zip", "zipcode", "postcode", "postal"})),
    ("city", frozenset({"city", "town"})),
    ("street", frozenset({"address", "address1", "address2", "street", "line1", "line2", "addr"})),
    ("company", frozenset({"company", "organisation", "organization", "employer", "school", "business",
                           "firm", "shop", "store"})),
    ("link", frozenset({"url", "link", "website", "homepage", "picture", "avatar", "photo"})),
    ("id", frozenset({"id", "token", "key", "number", "code", "iban", "vat", "tax", "ssn", "passport",
                      "license", "licence", "acct", "last4", "uuid", "reference", "salary"})),
    ("name", frozenset({"name", "firstname", "lastname", "surname", "fullname", "username", "contact",
                        "manager", "owner", "agent"})),
)  # fmt: skip
_COORDINATES = frozenset({"lat", "latitude", "lon", "long", "lng", "longitude"})
_THINGS = frozenset(
    {"brand", "category", "channel", "country", "currency", "edition", "interval", "language", "level",
     "locale", "method", "mode", "plan", "product", "role", "segment", "sku", "source", "state", "status",
     "stage", "subscription", "tag", "tariff", "tier", "timezone", "type", "version"}
)  # fmt: skip
"""What a key is about whose values, where customers have them in common, are nobody's."""

_EMAIL = re.compile(r"[^\s@<>\"'(),;:]+@[^\s@<>\"'(),;:]+\.\w+")
_LINK = re.compile(r"https?://\S+")
_PHONE = re.compile(r"\+?\(?\d[\d ()./-]{6,}")
_DATE = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)?"
    r"|\d\d?[./]\d\d?[./]\d{2,4}",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[^\w\s]{0,2}(?:[A-Z]{1,3}[\s-]?)?-?[\d.,' ]*\d\s?(?:%|[^\w\s]|[A-Z]{3})?")
_NOTHING = re.compile(r"(?:true|false|yes|no|none|null|n/a|-)?", re.IGNORECASE)
_PLAIN_WORDS = re.compile(r"(?!.*\d{5})[^\W\d_][\w&+/.-]{0,30}(?: [\w&+/.-]{1,30}){0,3}")
_CODE = re.compile(r"(?=\S*\d)[\w.#@/:-]{4,}")
"""One word with digits in it: whatever identifies something, and no text."""

_COUNTS = 1000
_FIRST_SECOND, _LAST_SECOND = 10**9, 2 * 10**9  # of dates from 2001 to 2033


def kind_of_field(key: str, value: Any, *, is_shared: bool) -> Kind:
    """Say what a value is about; ``is_shared`` tells that customers have it in common, as they have plans.

    Kept are booleans, null, nought and counts below 1,000; a word that is shared is one under keys such as
    plan and status alone.
    """
    words = _words(key)
    named = next((kind for kind, known in _WORDS if words & known), None)
    if value is None or isinstance(value, bool):
        return "kept"
    if isinstance(value, int | float):
        return _kind_of_number(value, words, named)
    text = str(value).strip()
    if _NOTHING.fullmatch(text):
        return "kept"
    recognised = _kind_of_looks(text)
    if recognised in {"address", "ip"}:
        return recognised
    is_thing = bool(words & _THINGS)
    if named and not (is_thing and named in {"name", "id"}):
        return named
    if recognised:
        return recognised
    if is_shared and is_thing and _PLAIN_WORDS.fullmatch(text):
        return "word"
    return "id" if named == "id" or _CODE.fullmatch(text) else "text"


def is_date(text: str) -> bool:
    """Tell whether a text is a date in numbers, perhaps with a time."""
    return _DATE.fullmatch(text) is not None


def _kind_of_number(value: float, words: set[str], named: Kind | None) -> Kind:
    if words & _COORDINATES:
        return "place"
    if named:
        return "id"
    if value == 0 or (isinstance(value, int) and abs(value) < _COUNTS):
        return "kept"
    return "date" if _FIRST_SECOND <= value < _LAST_SECOND else "number"


def _kind_of_looks(text: str) -> Kind | None:
    if _EMAIL.fullmatch(text):
        return "address"
    if _is_ip(text):
        return "ip"
    if _LINK.fullmatch(text):
        return "link"
    if is_date(text):
        return "date"
    if _PHONE.fullmatch(text) and not re.fullmatch(r"[\d.]+", text):
        return "phone"
    if not _NUMBER.fullmatch(text):
        return None
    is_nought = not re.search(r"[1-9A-Z]", text)
    return "kept" if is_nought or (text.isdecimal() and int(text) < _COUNTS) else "number"


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _words(key: str) -> set[str]:
    separated = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key)
    words = {word.lower() for word in re.split(r"[^A-Za-z0-9]+", separated) if word}
    return words | {word.removesuffix("s") for word in words}
