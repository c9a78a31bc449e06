"""A moment from text, as Ruby's ``Time.parse`` makes it: larger parts that are missing are now's."""

from __future__ import annotations

import re
from fractions import Fraction

from harness.liquid.dates.guess import Guess, guess
from harness.liquid.dates.moment import DAY, Moment, days_from_civil, now

_OFFSET = re.compile(r"([+-])([0-9]{2})(:?)([0-9]{2})(?:\3([0-9]{2}))?\Z")
_HOURS = re.compile(r"[+-][0-9]{2}\Z")
_NAMED_HOURS = {
    "UTC": 0, "Z": 0, "UT": 0, "GMT": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5,
    "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    **{letter: hours for hours, letter in enumerate("ABCDEFGHIKLM", 1)},
    **{letter: -hours for hours, letter in enumerate("NOPQRSTUVWXY", 1)},
}  # fmt: skip
_PARTS = ("year", "mon", "mday", "hour", "min", "sec")
_LEAST = {"mon": 1, "mday": 1, "hour": 0, "min": 0, "sec": 0}


def zone_offset(zone: str | None) -> int | None:
    """Give a zone's seconds east of UTC; None for one that Ruby does not know."""
    name = (zone or "").upper()
    if found := _OFFSET.match(name):
        seconds = (int(found[2]) * 60 + int(found[4])) * 60 + int(found[5] or 0)
        return -seconds if found[1] == "-" else seconds
    if _HOURS.match(name):
        return int(name) * 3600
    hours = _NAMED_HOURS.get(name)
    return None if hours is None else hours * 3600


def parse_moment(text: str) -> Moment | None:
    """Read a moment; None where the text says nothing of one, or what cannot be."""
    try:
        found = guess(text)
    except ValueError:
        return None
    if not found.elements and found.fraction is None:
        return None
    offset = zone_offset(found.zone)
    parts = _filled(found, offset or 0)
    return _moment(parts, found, offset)


def _filled(found: Guess, offset: int) -> dict[str, int]:
    """Fill the parts larger than the largest given one from now, and the smaller ones with their least."""
    parts = dict(found.elements)
    present = now()
    local = Moment(present.seconds, offset=offset)
    values = dict(zip(_PARTS, (*local.day, *local.clock), strict=True))
    for name in _PARTS:
        if name in parts or (name == "mon" and "yday" in parts):
            break
        parts[name] = values[name]
    return {**_LEAST, **parts}


def _moment(parts: dict[str, int], found: Guess, offset: int | None) -> Moment | None:
    if "yday" in parts:
        days = _day_of_year(parts)
    elif 1 <= parts["mon"] <= 12 and 1 <= parts["mday"] <= 31:
        days = days_from_civil(parts["year"], parts["mon"], 1) + parts["mday"] - 1
    else:
        return None
    hour, minute, second = parts["hour"], parts["min"], parts["sec"]
    is_clock = hour < 24 or (hour == 24 and not minute and not second)
    if days is None or not is_clock or minute > 59 or second > 60:
        return None
    seconds = days * DAY + hour * 3600 + minute * 60 + second - (offset or 0)
    return Moment(seconds, found.fraction or Fraction(0), offset or 0, "" if offset else "UTC")


def _day_of_year(parts: dict[str, int]) -> int | None:
    first = days_from_civil(parts["year"], 1, 1)
    length = days_from_civil(parts["year"] + 1, 1, 1) - first
    return first + parts["yday"] - 1 if 1 <= parts["yday"] <= length else None
