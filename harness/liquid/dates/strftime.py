"""Ruby's strftime: its directives, its flags and its widths."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

from harness.liquid.dates.moment import Moment
from harness.liquid.errors import InlineError
from harness.liquid.limits import LONGEST_TEXT, check_length

Writer = Callable[[Moment], str]
"""Writes one part of a moment."""

_DIRECTIVE = re.compile(r"%([-0^#_]*)([0-9]*)(:*)([EO]?)(.?)", re.DOTALL)
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_COMPOSED = {
    "c": "%a %b %e %H:%M:%S %Y", "D": "%m/%d/%y", "F": "%Y-%m-%d", "R": "%H:%M", "r": "%I:%M:%S %p",
    "T": "%H:%M:%S", "X": "%H:%M:%S", "x": "%m/%d/%y", "v": "%e-%^b-%4Y",
}  # fmt: skip
_MODIFIED = {"E": set("cCxXyY"), "O": set("deHkIlmMSuUVwWy")}
_NANOSECONDS = 9
_MOST_COLONS = 3
_KEPT_FORMS = 128
_LONGEST_KEPT = 200
_WIDEST = 65_535


def _week(moment: Moment, first_day: int) -> int:
    """Count the weeks of the year, the first of which begins with the year's first such day."""
    return (moment.yearday + 6 - (moment.weekday - first_day) % 7) // 7


def _iso_week(moment: Moment) -> tuple[int, int]:
    """Give ISO 8601's year and week."""
    year = moment.day[0]
    week = (moment.yearday - (moment.weekday or 7) + 10) // 7
    if week < 1:
        return year - 1, _weeks_of(year - 1)
    return (year + 1, 1) if week > _weeks_of(year) else (year, week)


def _weeks_of(year: int) -> int:
    def last_day(year: int) -> int:
        return (year + year // 4 - year // 100 + year // 400) % 7

    return 53 if last_day(year) == 4 or last_day(year - 1) == 3 else 52


_NUMBERS: dict[str, tuple[int, str, Callable[[Moment], int]]] = {
    "C": (2, "0", lambda moment: moment.day[0] // 100),
    "y": (2, "0", lambda moment: moment.day[0] % 100),
    "m": (2, "0", lambda moment: moment.day[1]),
    "d": (2, "0", lambda moment: moment.day[2]),
    "e": (2, " ", lambda moment: moment.day[2]),
    "j": (3, "0", lambda moment: moment.yearday),
    "H": (2, "0", lambda moment: moment.clock[0]),
    "k": (2, " ", lambda moment: moment.clock[0]),
    "I": (2, "0", lambda moment: moment.clock[0] % 12 or 12),
    "l": (2, " ", lambda moment: moment.clock[0] % 12 or 12),
    "M": (2, "0", lambda moment: moment.clock[1]),
    "S": (2, "0", lambda moment: moment.clock[2]),
    "s": (1, "0", lambda moment: moment.seconds),
    "u": (1, "0", lambda moment: moment.weekday or 7),
    "w": (1, "0", lambda moment: moment.weekday),
    "g": (2, "0", lambda moment: _iso_week(moment)[0] % 100),
    "V": (2, "0", lambda moment: _iso_week(moment)[1]),
    "U": (2, "0", lambda moment: _week(moment, 0)),
    "W": (2, "0", lambda moment: _week(moment, 1)),
}
"""Directives that write a number: its least width, what it is padded with, and what it is."""

_YEARS: dict[str, Callable[[Moment], int]] = {
    "Y": lambda moment: moment.day[0],
    "G": lambda moment: _iso_week(moment)[0],
}

_TEXTS: dict[str, Callable[[Moment], str]] = {
    "B": lambda moment: _MONTHS[moment.day[1] - 1],
    "b": lambda moment: _MONTHS[moment.day[1] - 1][:3],
    "h": lambda moment: _MONTHS[moment.day[1] - 1][:3],
    "A": lambda moment: _DAYS[moment.weekday],
    "a": lambda moment: _DAYS[moment.weekday][:3],
    "p": lambda moment: "AM" if moment.clock[0] < 12 else "PM",
    "P": lambda moment: "am" if moment.clock[0] < 12 else "pm",
    "Z": lambda moment: moment.zone,
    "n": lambda _: "\n",
    "t": lambda _: "\t",
    "%": lambda _: "%",
}
_WRITTEN_SMALL = frozenset("pZ")


def strftime(moment: Moment, form: str) -> str:
    """Write a moment; a directive that Ruby does not know stays as it is, one cut off is an inline error."""
    written, length = [], 0
    plan = _kept_plan(form) if len(form) <= _LONGEST_KEPT else _plan(form)
    for part in plan:
        text = part if isinstance(part, str) else part(moment)
        length += len(text)
        if length > LONGEST_TEXT:
            check_length(length)
        written.append(text)
    return "".join(written)


@functools.lru_cache(_KEPT_FORMS)
def _kept_plan(form: str) -> tuple[str | Writer, ...]:
    return _plan(form)


def _plan(form: str) -> tuple[str | Writer, ...]:
    """Read a form once: what is written as it stands, and what writes a part of a moment."""
    parts: list[str | Writer] = []
    position = 0
    while found := _DIRECTIVE.search(form, position):
        parts.append(form[position : found.start()])
        if (_colons(found) or found[4]) and found[5] in {"", "%"}:
            parts.append(form[found.start() : found.start(5)])
            position = found.start(5)
        else:
            parts.append(_directive(found))
            position = found.end()
    return (*(part for part in parts if part), form[position:])


def _colons(found: re.Match[str]) -> int:
    """Count a directive's colons as Ruby does, which passes over each four of them."""
    return len(found[3]) % (_MOST_COLONS + 1)


def _directive(found: re.Match[str]) -> str | Writer:
    flags, digits, written, modifier, name = found.groups()
    colons = _colons(found)
    if not name:
        raise InlineError(f"invalid format: {found.string}")
    if modifier and name not in _MODIFIED[modifier]:
        return found[0]
    width = int(digits or 0) if len(digits) < 6 else _WIDEST + 1
    if width > _WIDEST:
        raise InlineError(f"invalid format: {found.string}")
    if name == "z" and (colons or not written):
        return lambda moment: _offset(moment, flags, width, colons)
    if colons:
        return found[0]
    return _number(flags, width, name) or _text(flags, width, name) or found[0]


def _number(flags: str, width: int, name: str) -> Writer | None:
    if name in "YG":
        year = _YEARS[name]
        return lambda moment: _year(year(moment), flags, width)
    if name in "LN":
        digits = width or (3 if name == "L" else _NANOSECONDS)
        return lambda moment: _fraction(moment, digits)
    if name not in _NUMBERS:
        return None
    least, padding, number = _NUMBERS[name]
    if "-" in flags:
        return lambda moment: str(number(moment))
    width, is_zero = width or least, _padding(flags, padding) == "0"
    return lambda moment: str(number(moment)).zfill(width) if is_zero else str(number(moment)).rjust(width)


def _text(flags: str, width: int, name: str) -> Writer | None:
    if name in _COMPOSED:
        form = _COMPOSED[name]
        is_large = "^" in flags
        flags = flags.rpartition("-")[2]  # a hyphen here drops the padding asked for before it
        return lambda moment: _aligned(_composed(moment, form, is_large=is_large), flags, width)
    if name not in _TEXTS:
        return None
    text = _TEXTS[name]
    if not flags and not width:
        return text
    return lambda moment: _aligned(_cased(text(moment), flags, name), flags, width)


def _composed(moment: Moment, form: str, *, is_large: bool) -> str:
    text = strftime(moment, form)
    return text.upper() if is_large else text


def _cased(text: str, flags: str, name: str) -> str:
    if "#" in flags:
        return text.lower() if name in _WRITTEN_SMALL else text.upper()
    return text.upper() if "^" in flags else text


def _aligned(text: str, flags: str, width: int) -> str:
    return (
        text if "-" in flags or not text else text.rjust(width, "0" if _padding(flags, " ") == "0" else " ")
    )


def _padding(flags: str, usual: str) -> str:
    """Give what the last of the flags asks to pad with."""
    for flag in reversed(flags):
        if flag in "0_":
            return "0" if flag == "0" else " "
    return usual


def _year(year: int, flags: str, width: int) -> str:
    text, width = str(year), width or (4 if year >= 0 else 5)
    if "-" in flags:
        return text
    return text.zfill(width) if _padding(flags, "0") == "0" else text.rjust(width)


def _fraction(moment: Moment, digits: int) -> str:
    return f"{int(moment.fraction * 10**digits):0{digits}d}"


def _offset(moment: Moment, flags: str, width: int, colons: int) -> str:
    """Write the offset from UTC: +hhmm, and with one to three colons +hh:mm, +hh:mm:ss, the shortest."""
    sign = "-" if moment.offset < 0 or (moment.is_utc and "-" in flags) else "+"
    hours, rest = divmod(abs(moment.offset), 3600)
    minutes, seconds = divmod(rest, 60)
    tail = [f"{minutes:02d}", f"{seconds:02d}"][: 2 if colons == 2 else 1]
    if colons == 3:
        tail = [f"{minutes:02d}", f"{seconds:02d}"][: 2 if seconds else 1 if minutes else 0]
    rest_text = (":" if colons else "") + (":" if colons else "").join(tail) if tail else ""
    hour_width = max(2, width - 1 - len(rest_text))
    if _padding(flags.rpartition("-")[2], "0") == " ":
        return f"{sign}{hours}".rjust(hour_width + 1) + rest_text
    return sign + f"{hours:0{hour_width}d}" + rest_text
