"""People replaced by others who do not exist: the same one by the same one, in every field."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import string
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from harness.kinds import Kind, kind_of_field

if TYPE_CHECKING:
    from faker import Faker


class NoFakerError(Exception):
    """Raise where the package that makes people up is not installed; the message says how to install it."""


class Replacer:
    """Replaces what belongs to a person, by a key that is forgotten with this object.

    Without the key nobody can find out who stood where, not even by trying every address.
    ``kept`` are keys of fields whose values stay. ``done`` says for each key what became of its values.
    """

    def __init__(self, answers: Iterable[Mapping[str, Any]], kept: Iterable[str] = ()) -> None:
        self._faker = _faker()
        self._key = secrets.token_bytes(32)
        self._kept = frozenset(kept)
        self._common = _values_in_common(answers)
        self.done: dict[str, set[Kind]] = {}

    def address(self, email: str) -> str:
        """Replace an e-mail address; capitals and blanks make no other person."""
        person = self._seeded("address", email.strip().lower())
        local = f"{person.first_name()}.{person.last_name()}".lower()
        return f"{re.sub('[^a-z.]', '', local)}{person.random_int(1, 99)}@example.com"

    def fields(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Replace the values of one customer's fields; types and keys stay."""
        return {key: self._value(key, value) for key, value in fields.items()}

    def _value(self, key: str, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {inner: self._value(f"{key}_{inner}", each) for inner, each in value.items()}
        if isinstance(value, list):
            return [self._value(key, each) for each in value]
        if key in self._kept:
            kind: Kind = "kept"
        else:
            kind = kind_of_field(key, value, is_shared=(key, str(value)) in self._common)
        self.done.setdefault(key, set()).add(kind)
        if kind == "kept" or value == "":
            return value
        made = self._made(kind, str(value))
        return int(made) if isinstance(value, int) else made

    def _made(self, kind: Kind, text: str) -> str:
        if kind == "address":
            return self.address(text)
        if kind == "link":
            return self._link(text)
        person = self._seeded(kind, text)
        if kind in {"id", "phone", "postcode"}:
            return _same_shape(text, person)
        if kind == "text":
            return " ".join(person.words(max(1, len(text.split()))))
        if kind == "name":
            return str(person.name() if " " in text.strip() else person.first_name())
        makers = {"street": person.street_address, "city": person.city, "company": person.company}
        return str(makers[kind]() if kind in makers else person.date_of_birth().isoformat())

    def _link(self, text: str) -> str:
        address = urlsplit(text)
        path = _same_shape(address.path, self._seeded("link", text))
        return f"{address.scheme or 'https'}://example.com{path}"

    def _seeded(self, kind: str, text: str) -> Faker:
        digest = hmac.new(self._key, f"{kind}\0{text}".encode("utf-8", "surrogatepass"), hashlib.sha256)
        self._faker.seed_instance(int.from_bytes(digest.digest()))
        return self._faker


def _values_in_common(answers: Iterable[Mapping[str, Any]]) -> frozenset[tuple[str, str]]:
    # Two addresses of one person have everything in common, which makes none of it common to people.
    people = {json.dumps(answer, sort_keys=True, default=str): answer for answer in answers}
    counted = Counter(
        (key, str(each))
        for answer in people.values()
        for key, value in answer.items()
        for each in (value if isinstance(value, list) else [value])
    )
    return frozenset(pair for pair, count in counted.items() if count > 1)


def _same_shape(text: str, person: Faker) -> str:
    """Write other letters and digits in the place of these; what stands before the first _ stays, as cus_."""
    prefix, separator, rest = text.partition("_")
    kept, changed = (prefix + separator, rest) if separator and prefix.isalpha() else ("", text)
    return kept + "".join(
        _like(character, person, first=not kept and not at) for at, character in enumerate(changed)
    )


def _like(character: str, person: Faker, *, first: bool) -> str:
    if character.isdigit():
        return str(person.random_int(1 if first else 0, 9))
    if character.isalpha():
        letters = string.ascii_uppercase if character.isupper() else string.ascii_lowercase
        return str(person.random_element(letters))
    return character


def _faker() -> Faker:
    try:
        from faker import Faker  # noqa: PLC0415 - an extra
    except ModuleNotFoundError:
        message = 'Recording needs Faker, which makes people up: pip install "custom-profile-kit[record]".'
        raise NoFakerError(message) from None
    return Faker("en_US")
