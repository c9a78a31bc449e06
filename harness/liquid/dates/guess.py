"""Reading a date out of any text, as Ruby's ``Date._parse`` does: pattern after pattern, the first that fits.

Each pattern takes its part out of the text; what a part means is decided by its shape alone, so "3/4/25" is
the 25th of April 2003.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction

from harness.liquid.dates.elements import Guess, complete_year, place

LONGEST = 128
_DAYS = "sun|mon|tue|wed|thu|fri|sat"
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = "|".join(_MONTH_NAMES)
_ERA = r"(c(?:e|\.e\.)|b(?:ce|\.c\.e\.)|a(?:d|\.d\.)|b(?:c|\.c\.))?"
_LETTER = r"(?u:[^\W\d_])"
_JAPANESE_ERAS = {"m": 1867, "t": 1911, "s": 1925, "h": 1988, "r": 2018}


def _compiled(pattern: str) -> re.Pattern[str]:
    r"""Compile a pattern whose \b knows all letters, and whose \d and \s only ASCII's, as Ruby's do."""
    return re.compile(pattern.replace(r"\b", r"(?u:\b)"), re.IGNORECASE | re.ASCII)


_OTHER = re.compile(r"[^-+',./:@\w\[\]]+|_+")
_DAY = _compiled(rf"\b(?:{_DAYS})[^-/\d\s]*")
_TIME = _compiled(
    r"((?:\d+\s*:\s*\d+(?:\s*:\s*\d+(?:[,.]\d*)?)?|\d+\s*h(?:\s*\d+m?(?:\s*\d+s?)?)?)"
    r"(?:\s*[ap](?:m\b|\.m\.))?|\d+\s*[ap](?:m\b|\.m\.))"
    r"(?:\s*((?:gmt|utc?)?[-+]\d+(?:[,.:]\d+(?::\d+)?)?"
    rf"|(?:{_LETTER}|[.\s])+(?:standard|daylight)\stime\b|{_LETTER}+(?:\sdst)?\b))?"
)
_CLOCK = _compiled(
    r"(\d+)h?(?:\s*:?\s*(\d+)m?(?:\s*:?\s*(\d+)(?:[,.](\d+))?s?)?)?(?:\s*([ap])(?:m\b|\.m\.))?"
)
_EUROPEAN = _compiled(
    rf"('?\d+)[^-\d\s]*\s*({_MONTHS})[^-\d\s']*(?:\s*{_ERA}\s*('?-?\d+(?:(?:st|nd|rd|th)\b)?))?"
)
_AMERICAN = _compiled(rf"\b({_MONTHS})[^-\d\s']*\s*('?\d+)[^-\d\s']*(?:\s*,?\s*{_ERA}\s*('?-?\d+))?")
_ISO = _compiled(r"('?[-+]?\d+)-(\d+)-('?-?\d+)")
_JAPANESE = _compiled(r"\b([mtshr])(\d+)\.(\d+)\.(\d+)")
_VMS = _compiled(rf"('?-?\d+)-({_MONTHS})[^-/.]*-('?-?\d+)")
_VMS_MONTH_FIRST = _compiled(rf"\b({_MONTHS})[^-/.]*-('?-?\d+)(?:-('?-?\d+))?")
_SLASHES = _compiled(r"('?-?\d+)/\s*('?\d+)(?:\D\s*('?-?\d+))?")
_DOTS = _compiled(r"('?-?\d+)\.\s*('?\d+)\.\s*('?-?\d+)")
_WEEK = _compiled(r"\b(\d{2}|\d{4})?-?w(\d{2})(?:-?(\d))?\b|-w-(\d)\b")
_NO_YEAR = _compiled(r"--(\d{2})?-(\d{2})\b")
_NO_YEAR_TIGHT = _compiled(r"--(\d{2})(\d{2})?\b")
_ORDINAL = _compiled(r"\b(\d{2}|\d{4})-(\d{3})\b")
_NO_ORDINAL = _compiled(r"[,.](?:\d{2}|\d{4})-\d{3}\b")
_DAY_OF_YEAR = _compiled(r"\b-(\d{3})\b")
_NO_DAY_OF_YEAR = _compiled(r"\d-\d{3}\b")
_YEAR = _compiled(r"'(\d+)\b")
_MONTH = _compiled(rf"\b({_MONTHS})\S*")
_MONTH_DAY = _compiled(r"(\d+)(?:st|nd|rd|th)\b")
_DIGITS = _compiled(
    r"([-+]?)(\d{2,14})(?:\s*t?\s*(\d{2,6})?(?:[,.](\d*))?)?\s*(z\b|[-+]\d{1,4}\b|\[[-+]?\d[^\]]*\])?"
)
_NO_PLACES = {9, 11, 13}
"""Lengths of a number that says nothing of a date."""

_BEFORE_CHRIST = _compiled(r"\b(bc\b|bce\b|b\.c\.|b\.c\.e\.)")
_LEFT_OVER = _compiled(r"\A\s*(\d{1,2})\s*\Z")


def guess(text: str) -> Guess:
    """Read what a text says of a date and a time; raises ValueError for more than LONGEST characters."""
    if len(text) > LONGEST:
        raise ValueError("the text is too long for a date")
    found = Guess(_OTHER.sub(" ", text))
    found.take(_DAY)
    _read_time(found)
    for read in _SHAPES:
        if read(found):
            break
    if found.take(_BEFORE_CHRIST):
        found.is_before_christ = True
    _read_left_over(found)
    complete_year(found)
    return found


def _read_time(found: Guess) -> None:
    time = found.take(_TIME)
    if not time:
        return
    found.zone = time[2]
    clock = _CLOCK.match(time[1])
    if not clock:
        return
    hour = int(clock[1])
    if clock[5]:
        hour = hour % 12 + (12 if clock[5].lower() == "p" else 0)
    found.set(hour=str(hour), min=clock[2], sec=clock[3])
    if clock[4]:
        found.fraction = Fraction(int(clock[4]), 10 ** len(clock[4]))


def _month(name: str) -> str:
    return str(_MONTH_NAMES.index(name[:3].lower()) + 1)


def _is_bc(era: str | None) -> bool:
    return bool(era) and era[:1].lower() == "b" if era else False


def _read_european(found: Guess) -> bool:
    if match := found.take(_EUROPEAN):
        place(found, match[4], _month(match[2]), match[1], before_christ=_is_bc(match[3]))
    return bool(match)


def _read_american(found: Guess) -> bool:
    if match := found.take(_AMERICAN):
        place(found, match[4], _month(match[1]), match[2], before_christ=_is_bc(match[3]))
    return bool(match)


def _read_japanese(found: Guess) -> bool:
    if match := found.take(_JAPANESE):
        year = int(match[2]) + _JAPANESE_ERAS[match[1].lower()]
        found.set(year=str(year), mon=match[3], mday=match[4])
    return bool(match)


def _read_vms(found: Guess) -> bool:
    if match := found.take(_VMS):
        place(found, match[3], _month(match[2]), match[1])
    elif match := found.take(_VMS_MONTH_FIRST):
        place(found, match[3], _month(match[1]), match[2])
    return bool(match)


def _in_order(pattern: re.Pattern[str]) -> Callable[[Guess], bool]:
    def read(found: Guess) -> bool:
        if match := found.take(pattern):
            place(found, match[1], match[2], match[3])
        return bool(match)

    return read


def _read_week_or_ordinal(found: Guess) -> bool:
    if found.take(_WEEK):
        return True  # Ruby's Time leaves weeks out of account
    if (match := found.take(_NO_YEAR)) or (match := found.take(_NO_YEAR_TIGHT)):
        found.set(mon=match[1], mday=match[2])
    elif not _NO_ORDINAL.search(found.text) and (match := found.take(_ORDINAL)):
        found.set(year=match[1], yday=match[2])
    elif not _NO_DAY_OF_YEAR.search(found.text) and (match := found.take(_DAY_OF_YEAR)):
        found.set(yday=match[1])
    return bool(match)


def _read_year(found: Guess) -> bool:
    if match := found.take(_YEAR):
        found.set(year=match[1])
    return bool(match)


def _read_month(found: Guess) -> bool:
    if match := found.take(_MONTH):
        found.set(mon=_month(match[1]))
    return bool(match)


def _read_month_day(found: Guess) -> bool:
    if match := found.take(_MONTH_DAY):
        found.set(mday=match[1])
    return bool(match)


def _read_digits(found: Guess) -> bool:
    match = found.take(_DIGITS)
    if not match:
        return False
    sign, digits, time, fraction, zone = match.groups()
    if time is None and fraction is not None:
        _place_from_right(found, digits)
    else:
        _place_from_left(found, sign, digits)
    if time and fraction is not None:
        names = ("sec", "min", "hour")
        pairs = [time[max(0, end - 2) : end] for end in range(len(time), 0, -2)]
    else:
        names = ("hour", "min", "sec")
        pairs = [time[start : start + 2] for start in range(0, len(time or ""), 2)] if time else []
    if len(time or "") % 2 == 0:
        found.set(**dict(zip(names, pairs, strict=False)))
    if fraction is not None:
        found.fraction = Fraction(int(fraction or 0), 10 ** len(fraction))
    if zone:
        found.zone = zone.strip("[]").split(":")[-1] if zone[0] == "[" else zone
    return True


def _place_from_left(found: Guess, sign: str, digits: str) -> None:
    length = len(digits)
    if length == 2:
        found.set(mday=digits)
    elif length == 3:
        found.set(yday=digits)
    elif length == 4:
        found.set(mon=digits[:2], mday=digits[2:])
    elif length in {5, 7}:
        found.set(year=sign + digits[:-3], yday=digits[-3:])
    elif length == 6:
        found.set(year=sign + digits[:2], mon=digits[2:4], mday=digits[4:])
    elif length % 2 == 0:
        found.set(year=sign + digits[:4], mon=digits[4:6], mday=digits[6:8])
        found.set(hour=digits[8:10], min=digits[10:12], sec=digits[12:])
        found.completes_century = False


def _place_from_right(found: Guess, digits: str) -> None:
    if len(digits) in _NO_PLACES:
        return
    names = ("sec", "min", "hour", "mday", "mon", "year")
    pairs = [digits[max(0, end - 2) : end] for end in range(len(digits), 0, -2)]
    if len(digits) == 14:
        pairs[5:] = [digits[:4]]
        found.completes_century = False
    found.set(**dict(zip(names, pairs, strict=False)))


_SHAPES: tuple[Callable[[Guess], bool], ...] = (
    _read_european, _read_american, _in_order(_ISO), _read_japanese, _read_vms, _in_order(_SLASHES),
    _in_order(_DOTS), _read_week_or_ordinal, _read_year, _read_month, _read_month_day, _read_digits,
)  # fmt: skip


def _read_left_over(found: Guess) -> None:
    """Take a lone number for the day beside a time, or for the hour beside a day."""
    match = _LEFT_OVER.search(found.text)
    if not match:
        return
    number = int(match[1])
    if "hour" in found.elements and "mday" not in found.elements and 1 <= number <= 31:
        found.elements["mday"] = number
    elif "mday" in found.elements and "hour" not in found.elements and number <= 24:
        found.elements["hour"] = number
