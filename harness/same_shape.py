"""Values written anew in the shape that they have: as many digits, the same signs, a date that exists."""

from __future__ import annotations

import ipaddress
import re
import string
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from faker import Faker

_PREFIXES = frozenset(
    {"acct", "card", "ch", "cs", "cus", "evt", "in", "inv", "pi", "plan", "pm", "price", "prod", "py", "re",
     "seti", "si", "src", "sub", "tok", "txn"}
)  # fmt: skip
"""What identifiers of payment services begin with, and no person's name."""

_TIME = re.compile(r"(?<=[T ])\d\d:\d\d(:\d\d)?(\.\d+)?", re.IGNORECASE)
_YEARS_BACK = 3


def same_shape(text: str, person: Faker) -> str:
    """Write other letters and digits in the place of these; cus_ and its like stay."""
    prefix, separator, rest = text.partition("_")
    kept, changed = (prefix + separator, rest) if separator and prefix in _PREFIXES else ("", text)
    return kept + "".join(
        _like(character, person, first=not kept and not at) for at, character in enumerate(changed)
    )


def other_digits(text: str, person: Faker) -> str:
    """Write other digits, and leave the rest: the sign of a currency, a country's letters, points."""
    first = re.search(r"\d", text)
    starts = first.start() if first and not text.startswith("0.", first.start()) else -1
    return "".join(
        _like(each, person, first=at == starts) if each.isdigit() else each for at, each in enumerate(text)
    )


def other_number(value: float, person: Faker) -> float:
    """Give a number of the same type, with as many digits."""
    digits, exponent, power = repr(value).partition("e")
    made = other_digits(digits, person) + exponent + power
    return int(made) if isinstance(value, int) else float(made)


def other_date(text: str, person: Faker, *, of_birth: bool = False) -> str:
    """Write another date in the same form; numbers of days and months are at most 12, in whichever order."""
    day = re.split("[Tt ]", text)[0]

    def number(found: re.Match[str]) -> str:
        if len(found[0]) == 4:
            latest = 2005 if of_birth else int(found[0])
            return str(person.random_int(latest - (60 if of_birth else _YEARS_BACK), latest))
        return f"{person.random_int(1, 12 if len(found[0]) == 2 else 9):0{len(found[0])}}"

    def time(found: re.Match[str]) -> str:
        seconds = f":{person.random_int(0, 59):02}" if found[1] else ""
        fraction = f".{'0' * (len(found[2]) - 1)}" if found[2] else ""
        return f"{person.random_int(0, 23):02}:{person.random_int(0, 59):02}{seconds}{fraction}"

    return re.sub(r"\d+", number, day) + _TIME.sub(time, text[len(day) :])


def other_seconds(value: float, person: Faker) -> float:
    """Give other seconds since 1970, of the three years before."""
    return value - person.random_int(0, _YEARS_BACK * 365 * 86_400)


def other_ip(text: str, person: Faker) -> str:
    """Give another address of a network: a private one, or one of those that are for examples."""
    if ipaddress.ip_address(text).version == 4:
        return str(person.ipv4_private())
    return f"2001:db8:{person.ipv6().split(':', 2)[2]}"


def _like(character: str, person: Faker, *, first: bool) -> str:
    if character.isdigit():
        return str(person.random_int(1 if first else 0, 9))
    if character.isalpha():
        letters = string.ascii_uppercase if character.isupper() else string.ascii_lowercase
        return str(person.random_element(letters))
    return character
