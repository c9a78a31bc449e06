"""A moment from text, as Ruby's ``Time.parse`` makes it: larger parts that are missing are now's."""

from __future__ import annotations

import re
from fractions import Fraction

from harness.liquid.dates.elements import Guess
from harness.liquid.dates.guess import guess
from harness.liquid.dates.moment import DAY, NONE, Moment, days_from_civil, now
from harness.liquid.errors import internal_error

_OFFSET = re.compile(r"([+-])([0-9]{2})(:?)([0-9]{2})(?:\3([0-9]{2}))?\Z")
_PLAIN = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[t ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)? ?(z|utc|[-+][0-9]{2}:?[0-9]{2})?)?\Z"
)
_ALWAYS_THERE = 28
_HOURS = re.compile(r"[+-][0-9]{2}\Z")
_NAMED_HOURS = {
    "UTC": 0, "Z": 0, "UT": 0, "GMT": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5,
    "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    **{letter: hours for hours, letter in enumerate("ABCDEFGHIKLM", 1)},
    **{letter: -hours for hours, letter in enumerate("NOPQRSTUVWXY", 1)},
}  # fmt: skip
_UTC = {"utc", "z", "ut", "-00:00", "-0000", "-00"}
_LARGEST_PART = 2**31
_PARTS = ("year", "mon", "mday", "hour", "min", "sec")
_LEAST = {"mon": 1, "mday": 1, "hour": 0, "min": 0, "sec": 0}
_BITS = {"mon": 4, "mday": 5, "hour": 5, "min": 6, "sec": 6}
_LONGEST_YEAR, _SHORTEST_MONTH, _LAST_MONTH = 366, 28, 12


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
    if (plain := _PLAIN.match(text)) and (moment := _plain_moment(plain)):
        return moment
    try:
        found = guess(text)
    except ValueError:
        return None
    if not found.elements and found.fraction is None:
        return None
    offset = zone_offset(found.zone)
    parts = _filled(found, offset or 0)
    return _moment(parts, found, offset)


def _plain_moment(match: re.Match[str]) -> Moment | None:
    """Read the form that most dates have, for speed; None leaves what is special in it to the others."""
    year, month, day, hour, minute, second = (int(text or 0) for text in match.groups()[:6])
    is_utc = match[8] in _UTC
    offset = 0 if is_utc else zone_offset(match[8]) or 0
    is_usual = 1 <= month <= 12 and 1 <= day <= _ALWAYS_THERE and hour < 24 and minute < 60 and second < 60
    if not is_usual or abs(offset) >= DAY:
        return None
    fraction = Fraction(int(match[7]), 10 ** len(match[7])) if match[7] else NONE
    seconds = days_from_civil(year, month, day) * DAY + hour * 3600 + minute * 60 + second - offset
    return Moment(seconds, fraction, offset, "" if offset else "UTC", is_utc=is_utc)


def _filled(found: Guess, offset: int) -> dict[str, int]:
    """Fill the parts larger than the largest given one from now, and the smaller ones with their least."""
    parts = dict(found.elements)
    if "year" in parts:
        return {**_LEAST, **parts}
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
        return _by_day_of_year(parts, found, offset)
    if offset:
        _move_to_utc(parts, offset)
    if not _are_possible(parts) or abs(offset or 0) >= DAY:
        return None
    days = days_from_civil(parts["year"], parts["mon"], 1) + parts["mday"] - 1
    seconds = days * DAY + parts["hour"] * 3600 + parts["min"] * 60 + parts["sec"]
    zone, is_utc = "" if offset else "UTC", found.zone in _UTC
    return Moment(seconds, found.fraction or NONE, offset or 0, zone, is_utc=is_utc)


def _are_possible(parts: dict[str, int]) -> bool:
    """Tell whether there is such a day and time; raises where Ruby fails to read one of them.

    Ruby looks at one part after the other, at first only for how many bits it has, and fails at 32.
    """
    for name, bits in _BITS.items():
        if parts[name] >= _LARGEST_PART:
            raise internal_error()
        if parts[name] >> bits:
            return False
    is_day = 1 <= parts["mon"] <= _LAST_MONTH and parts["mday"] >= 1
    is_clock = parts["hour"] < 24 or (parts["hour"] == 24 and not (parts["min"] or parts["sec"]))
    return is_day and is_clock and parts["min"] <= 59 and parts["sec"] <= 60


def _by_day_of_year(parts: dict[str, int], found: Guess, offset: int | None) -> Moment | None:
    """Place a day of the year as Ruby does: guess, see which day that is, and go on by the difference."""
    day_of_year = parts.pop("yday")
    if not 1 <= day_of_year <= _LONGEST_YEAR:
        return None
    month, day = (day_of_year - 1) // 31 + 1, (day_of_year - 1) % 31 + 1
    guessed = _moment({**parts, "mon": month, "mday": day}, found, offset)
    if guessed is None or guessed.yearday == day_of_year:
        return guessed
    day += day_of_year - guessed.yearday
    length = _month_length(parts["year"], month)
    if day > _SHORTEST_MONTH and day > length:
        if month == _LAST_MONTH:
            return None
        month, day = month + 1, day - length
    return _moment({**parts, "mon": month, "mday": day}, found, offset)


def _move_to_utc(parts: dict[str, int], offset: int) -> None:
    """Take the offset off the clock; what is carried over moves the day within its month, or to the next.

    As in Ruby, a part that the offset does not touch is left as it is, possible or not.
    """
    carried, sign = abs(offset), -1 if offset > 0 else 1
    for name, size in (("sec", 60), ("min", 60), ("hour", 24)):
        carried, step = divmod(carried, size)
        if step:
            more, parts[name] = divmod(parts[name] + sign * step, size)
            carried += sign * more
    if not carried:
        return
    parts["mday"] += sign * carried
    year, month = parts["year"], parts["mon"]
    if sign > 0 and month <= 12 and parts["mday"] > _month_length(year, month):
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        parts.update(year=year, mon=month, mday=1)
    elif sign < 0 and parts["mday"] < 1:
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
        parts.update(year=year, mon=month, mday=_month_length(year, month))


def _month_length(year: int, month: int) -> int:
    """Count the days of a month; to Ruby the month 0 is as long as December."""
    following = year * 12 + month
    return days_from_civil(following // 12, following % 12 + 1, 1) - days_from_civil(
        (following - 1) // 12, (following - 1) % 12 + 1, 1
    )
