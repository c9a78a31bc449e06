"""What a field's value is about, told by its key and its looks: what must not be recorded as it is."""

from __future__ import annotations

import re
from typing import Any, Literal

Kind = Literal[
    "kept",
    "address",
    "name",
    "phone",
    "street",
    "city",
    "postcode",
    "company",
    "birthday",
    "link",
    "id",
    "text",
]

_WORDS: tuple[tuple[Kind, frozenset[str]], ...] = (
    ("address", frozenset({"email", "mail", "emails"})),
    ("phone", frozenset({"phone", "mobile", "tel", "telephone", "fax", "cell", "whatsapp"})),
    ("birthday", frozenset({"birthday", "birth", "birthdate", "dob"})),
    ("postcode", frozenset({"zip", "zipcode", "postcode", "postal"})),
    ("city", frozenset({"city", "town"})),
    ("street", frozenset({"address", "address1", "address2", "street", "line1", "line2", "addr"})),
    ("company", frozenset({"company", "organisation", "organization", "employer", "school", "business"})),
    ("link", frozenset({"url", "link", "website", "homepage", "picture", "avatar", "photo"})),
    ("id", frozenset({"id", "token", "key", "number", "code", "ip", "iban", "last4", "uuid", "reference"})),
    ("name", frozenset({"name", "firstname", "lastname", "surname", "fullname", "username", "contact"})),
)  # fmt: skip
_THINGS = frozenset({"plan", "product", "sku", "item", "store", "shop", "card", "tariff", "status", "tag"})
_EMAIL = re.compile(r"[^\s@<>\"'(),;:]+@[^\s@<>\"'(),;:]+\.\w+")
_LINK = re.compile(r"https?://\S+")
_PHONE = re.compile(r"\+?\(?\d[\d ()./-]{6,}")
_DATE = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)?"
    r"|\d\d?[./]\d\d?[./]\d{2,4}",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    r"[^\w\s]?[A-Z]{0,3}\s?-?[\d.,' ]*\d(?:[.,]\d+)?\s?(?:%|[^\w\s]|[A-Z]{3})?"  # a number, money, a share
    r"|(?:true|false|yes|no|none|null|n/a|-)",
    re.IGNORECASE,
)


def kind_of_field(key: str, value: Any, *, is_shared: bool) -> Kind:
    """Say what a value is about; ``is_shared`` tells that customers have it in common, as they have plans.

    What is neither known to be harmless nor shared is text, and is replaced: a person could be in it.
    """
    if value is None or isinstance(value, bool | float):
        return "kept"
    words = _words(key)
    named = next((kind for kind, known in _WORDS if words & known), None)
    if isinstance(value, int):
        return "id" if named in {"id", "phone"} else "kept"
    text = str(value).strip()
    if _EMAIL.fullmatch(text):
        return "address"
    if named and not (named == "name" and words & _THINGS):
        return named
    if _LINK.fullmatch(text):
        return "link"
    if _DATE.fullmatch(text):
        return "kept"
    if _PHONE.fullmatch(text) and not re.fullmatch(r"[\d.]+", text):
        return "phone"
    if not text or _HARMLESS.fullmatch(text):
        return "kept"
    return "kept" if is_shared and not _EMAIL.search(text) else "text"


def _words(key: str) -> set[str]:
    separated = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key)
    return {word.lower() for word in re.split(r"[^A-Za-z0-9]+", separated) if word}
