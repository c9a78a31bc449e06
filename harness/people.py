"""People replaced by others who do not exist: the same one by the same one, in every field."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from harness.kinds import Kind, is_date
from harness.same_shape import other_date, other_digits, other_ip, other_number, other_seconds, same_shape
from harness.survey import Survey
from harness.text import fold

if TYPE_CHECKING:
    from faker import Faker

_SAME_SHAPE = {"id", "phone", "postcode"}
_LAST_NAME = re.compile(r"last|surname|family", re.IGNORECASE)


class NoFakerError(Exception):
    """Raise where the package that makes people up is not installed; the message says how to install it."""


class Replacer:
    """Replaces what belongs to a person, by a key that is forgotten with this object.

    Without the key nobody can find out who stood where, not even by trying every address.
    ``answers`` are all that will be replaced: what is a name in one is a name in every other.
    ``kept`` are keys of fields whose values stay. ``done`` says for each key what became of its values.
    """

    def __init__(self, answers: Iterable[Mapping[str, Any]], kept: Iterable[str] = ()) -> None:
        self._faker = _faker()
        self._key = secrets.token_bytes(32)
        self._survey = Survey(answers, kept)
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
        kind = self._survey.kind(key, value)
        self.done.setdefault(key, set()).add(kind)
        if kind == "kept" or value == "":
            return value
        return (
            self._text(kind, key, value.strip()) if isinstance(value, str) else self._number(kind, key, value)
        )

    def _number(self, kind: Kind, key: str, value: int | float) -> int | float:  # noqa: PYI041 - both are meant
        person = self._seeded("shape", str(value))
        if kind == "place":
            places = len(repr(value).partition(".")[2])
            degrees = person.latitude() if "lat" in key.lower() else person.longitude()
            return round(float(degrees), places) if isinstance(value, float) else int(degrees)
        return other_seconds(value, person) if kind == "date" else other_number(value, person)

    def _text(self, kind: Kind, key: str, text: str) -> str:
        if kind == "address":
            return self.address(text)
        if kind == "link":
            return self._link(text)
        if kind == "name":
            return self._name(text, is_last=bool(_LAST_NAME.search(key)))
        if kind in _SAME_SHAPE:
            return same_shape(text, self._seeded("shape", text))
        if kind in {"number", "place"}:
            return other_digits(text, self._seeded("shape", text))
        if kind == "ip":
            return other_ip(text, self._seeded(kind, text))
        if kind in {"date", "birthday"} and is_date(text):
            return other_date(text, self._seeded("date", text), of_birth=kind == "birthday")
        person = self._seeded(kind, fold(text) or text)
        return " ".join(person.words(len(text.split()) or 1)) if kind == "text" else _made(kind, person)

    def _name(self, text: str, *, is_last: bool) -> str:
        """Replace a name word by word, so that a first or a last name alone is that of the full name."""
        words = fold(text).split() or [text]
        firsts = 0 if is_last and len(words) == 1 else 1
        made = [str(self._seeded("first name", each).first_name()) for each in words[:firsts]]
        return " ".join(made + [str(self._seeded("last name", each).last_name()) for each in words[firsts:]])

    def _link(self, text: str) -> str:
        try:
            address = urlsplit(text)
        except ValueError:  # brackets that hold no address
            return "https://example.com/"
        if not address.netloc:
            return "example.com"
        parts = [same_shape(part, self._seeded("shape", part)) for part in address.path.split("/")]
        return f"{address.scheme or 'https'}://example.com{'/'.join(parts)}"

    def _seeded(self, kind: str, text: str) -> Faker:
        digest = hmac.new(self._key, f"{kind}\0{text}".encode("utf-8", "surrogatepass"), hashlib.sha256)
        self._faker.seed_instance(int.from_bytes(digest.digest()))
        return self._faker


def _made(kind: Kind, person: Faker) -> str:
    if kind == "street":
        return str(person.street_address())
    if kind == "city":
        return str(person.city())
    return str(person.company() if kind == "company" else person.date_of_birth().isoformat())


def _faker() -> Faker:
    try:
        from faker import Faker  # noqa: PLC0415 - an extra
    except ModuleNotFoundError:
        message = 'Recording needs Faker, which makes people up: pip install "custom-profile-kit[record]".'
        raise NoFakerError(message) from None
    return Faker("en_US")
