"""The people of the sample company: two dozen with a story, and a few hundred made from lists of names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sample_data.resources import TODAY, load, seeded

HOW_MANY = 300
# Reserved for examples by RFC 2606: no message ever reaches anyone there.
MAIL_DOMAINS = ("example.com", "example.net", "example.org")
# How the customers without a story pay, and how many of a hundred do so.
SHARES = {"none": 30, "customer_only": 6, "active": 34, "ended": 24, "past_due": 3, "trialing": 3}
# Letters that Unicode does not take apart into a plain one and its accent.
PLAIN_LETTERS = str.maketrans({"ß": "ss", "ł": "l", "Ł": "L", "\N{LATIN SMALL LETTER DOTLESS I}": "i"})


@dataclass(frozen=True)
class Address:
    """Where somebody's card is registered; ``country`` is an ISO 3166 code in capitals."""

    line1: str
    city: str
    state: str
    zip: str
    country: str


@dataclass(frozen=True)
class Person:
    """Somebody with an account at the sample company; times are UTC."""

    id: int
    email: str
    first_name: str
    last_name: str
    company: str
    region: str
    currency: str
    locale: str
    time_zone: str
    address: Address
    joined: datetime
    story: str
    plan: str
    interval: str
    told: dict[str, Any] = field(default_factory=dict)
    """What ``people.toml`` states of this person beyond the rest: a sign-in count, charges, a card's name."""

    @property
    def full_name(self) -> str:
        """Write the name as the person's own language does."""
        if self.locale == "ja_JP":
            return f"{self.last_name} {self.first_name}"
        return f"{self.first_name} {self.last_name}"


def slug(text: str) -> str:
    """Spell a name with the letters of an e-mail address: ``Grażyna`` becomes ``grazyna``."""
    spelled = unicodedata.normalize("NFKD", text.translate(PLAIN_LETTERS))
    return re.sub(r"[^a-z0-9]+", "", spelled.encode("ascii", "ignore").decode().lower())


def make_people() -> list[Person]:
    """Make everybody with an account, in the order in which they joined, numbered from 1."""
    rng = seeded("people")
    names = load("names.toml")
    rows = [_told(row, names[row["country"]], rng) for row in load("people.toml")["people"]]
    taken = {row["email"] for row in rows}
    third_joined = sorted(row["joined"] for row in rows)[2]
    rows.extend(_invented(rng, names, taken, third_joined) for _ in range(HOW_MANY - len(rows)))
    rows.sort(key=lambda row: row["joined"])
    return [Person(id=number, **row) for number, row in enumerate(rows, 1)]


def make_strangers(count: int, part: str) -> list[Person]:
    """Make people without an account (their ``id`` is 0), who bought something all the same."""
    rng = seeded(part)
    names = load("names.toml")
    taken: set[str] = set()
    begin = datetime(2019, 1, 1)  # noqa: DTZ001
    return [Person(id=0, **_invented(rng, names, taken, begin, guest="guest.")) for _ in range(count)]


def _told(row: dict[str, Any], country: dict[str, Any], rng: Random) -> dict[str, Any]:
    """Complete one row of ``people.toml`` with what its country supplies."""
    known = ("email", "first_name", "last_name", "company", "joined", "story")
    place = _place(rng, country, row["country"])
    return place | {
        **{name: row[name] for name in known},
        "currency": row.get("currency", country["currency"]),
        "plan": row.get("plan", "Starter"),
        "interval": row.get("interval", "month"),
        "told": {name: value for name, value in row.items() if name not in known},
    }


def _place(rng: Random, country: dict[str, Any], code: str) -> dict[str, Any]:
    """Choose a town and a street, and take from the country what holds for all who live there."""
    city, state, zip_code, time_zone = rng.choice(country["towns"])
    line1 = rng.choice(country["streets"]).format(rng.randint(1, 180))
    return {
        "address": Address(line1, city, state, zip_code, code.upper()),
        "time_zone": time_zone,
        "region": country["region"],
        "locale": country["locale"],
    }


def _invented(
    rng: Random, names: dict[str, Any], taken: set[str], after: datetime, guest: str = ""
) -> dict[str, Any]:
    """Make a person who joined between ``after`` and today: more of them lately, for the company grows."""
    code = rng.choices(list(names), [country["share"] for country in names.values()])[0]
    country = names[code]
    first, _, first_spelled = rng.choice(country["first_names"]).partition("|")
    last, _, last_spelled = rng.choice(country["last_names"]).partition("|")
    place = _place(rng, country, code)
    company = rng.choice(country["studio"]).format(first=first, last=last, town=place["address"].city)
    spelled = guest + (first_spelled or slug(first)), last_spelled or slug(last)
    email = next(email for email in _addresses(rng, *spelled, company) if email not in taken)
    taken.add(email)
    since = rng.random() ** 0.4 * ((TODAY - after).total_seconds() - 86_400)
    return place | {
        "email": email,
        "first_name": first,
        "last_name": last,
        "company": company,
        "joined": after + timedelta(seconds=60 + int(since)),
        "currency": country["currency"],
        "story": rng.choices(list(SHARES), list(SHARES.values()))[0],
        "plan": rng.choices(("Solo", "Studio", "Guild"), (55, 35, 10))[0],
        "interval": rng.choices(("month", "year"), (45, 55))[0],
    }


def _addresses(rng: Random, first: str, last: str, company: str) -> Iterator[str]:
    """Propose e-mail addresses, the most natural ones first, without end."""
    domain = rng.choice(MAIL_DOMAINS)
    if rng.random() < 0.25 and len(slug(company)) > 5:
        yield f"{first}@{slug(company)}.example"
    yield rng.choice((f"{first}.{last}@{domain}", f"{first[0]}.{last}@{domain}", f"{first}@{last}.example"))
    number = 2
    while True:
        yield f"{first}.{last}{number}@{domain}"
        number += 1
