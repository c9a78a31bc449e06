"""When the people of the sample company signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sample_data.people import Person
from sample_data.resources import TODAY

# Blocks that RFC 5737 reserves for documentation: they belong to nobody.
NETWORKS = ("192.0.2.{}", "198.51.100.{}", "203.0.113.{}")
DEVICES = ("Firefox on Windows", "Safari on iPad", "Chrome on Android", "Safari on iPhone", "Chrome on macOS")


@dataclass(frozen=True)
class Visit:
    """One sign-in, at a time in UTC."""

    at: datetime
    ip_address: str
    device: str


def visits(rng: Random, person: Person, *, stays: bool) -> list[Visit]:
    """Let somebody sign in, oldest first: one who ``stays`` came by lately, others lost interest one day.

    A few never signed in. ``people.toml`` may state how many visits there were and when the last one was.
    """
    told_last = person.told.get("last_sign_in")
    if not person.told and not stays and rng.random() < 0.15:
        return []
    count = person.told.get("sign_ins", rng.choices((1, 4, 12, 30, 60), (10, 30, 35, 18, 7))[0])
    first = person.joined + timedelta(minutes=rng.randint(1, 30), seconds=rng.randint(0, 59))
    recent = TODAY - timedelta(minutes=rng.randint(20, 20_000))
    lost_interest = first + (TODAY - first) * (rng.random() ** 3)
    last = max(first, told_last or (recent if stays else lost_interest))
    span = (last - first).total_seconds()
    between = (first + timedelta(seconds=int(rng.random() * span)) for _ in range(count - 2))
    times = sorted({first, last, *between} if count > 1 else {last})
    # Most come from one place with one device, and now and then from somewhere else.
    home, device = _address(rng), rng.choice(DEVICES)
    return [
        Visit(at.replace(microsecond=0), home, device)
        if rng.random() < 0.8
        else Visit(at.replace(microsecond=0), _address(rng), rng.choice(DEVICES))
        for at in times
    ]


def _address(rng: Random) -> str:
    return rng.choice(NETWORKS).format(rng.randint(1, 254))
