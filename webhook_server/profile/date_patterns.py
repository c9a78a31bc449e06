"""Patterns of dates as CLDR spells them, and those of others that are taken for them."""

from __future__ import annotations

import re

from babel.dates import parse_pattern

_QUOTED = re.compile(r"'[^']*'")
_LETTERS = re.compile(r"[yMdEHhmsQwL]")
_DIRECTIVE = re.compile(r"%([-#]?)([A-Za-z%])")
_DIRECTIVES = {
    "Y": "yyyy", "y": "yy", "m": "MM", "d": "dd", "e": "d", "H": "HH", "I": "hh", "M": "mm", "S": "ss",
    "p": "a", "B": "MMMM", "b": "MMM", "h": "MMM", "A": "EEEE", "a": "EEE", "j": "DDD", "Z": "zzz", "z": "xx",
    "F": "yyyy-MM-dd", "T": "HH:mm:ss", "R": "HH:mm", "D": "MM/dd/yy", "%": "%",
}  # fmt: skip
"""strftime's letters (POSIX) → CLDR's (UTS 35, Date Field Symbol Table)."""


def is_sound(pattern: str) -> bool:
    """Tell whether a text is a pattern in CLDR's letters that writes what it seems to."""
    try:
        parse_pattern(pattern).format  # noqa: B018 - an unknown letter is found when it is read
    except Exception:  # noqa: BLE001 - Babel raises several kinds for a pattern it does not know
        return False
    plain = _QUOTED.sub("", pattern)
    if _LETTERS.search(plain) is None or _is_strftimes(plain) or _is_of_years_alone(plain):
        return False
    return _months_and_minutes(pattern) == pattern


def meant_by(pattern: str) -> str:
    """Answer the pattern in CLDR's letters for one in others'; an empty text where that is not known.

    Others' are strftime's (``%Y-%m-%d``), and those in which ``Y`` and ``D`` are year and day
    (``DD.MM.YYYY``): in CLDR's they are the year of a week and the day of a year. And where ``m`` stands for
    the month (``dd/mm/yyyy``) or ``M`` for the minute (``HH:MM``), it is the other one in CLDR's.
    """
    plain = _QUOTED.sub("", pattern)
    if _is_strftimes(plain):
        if any(letter not in _DIRECTIVES for _, letter in _DIRECTIVE.findall(plain)):
            return ""
        # Letters between directives stand for themselves, which CLDR wants quoted.
        return re.sub(rf"{_DIRECTIVE.pattern}|[A-Za-z]+", _respelt, pattern)
    respelt = pattern
    if _is_of_years_alone(plain):
        respelt = re.sub(rf"{_QUOTED.pattern}|Y+|D+", _of_days_and_years, pattern)
    respelt = _months_and_minutes(respelt)
    return "" if respelt == pattern else respelt


def _is_strftimes(plain: str) -> bool:
    return any(letter != "%" for _, letter in _DIRECTIVE.findall(plain))


def _is_of_years_alone(plain: str) -> bool:
    """Tell whether a week's year stands without a week, or a year's day beside a month."""
    return ("Y" in plain and not re.search("[wW]", plain)) or (
        "D" in plain and bool(re.search("[ML]", plain))
    )


def _months_and_minutes(pattern: str) -> str:
    """Write months as ``M`` and minutes as ``m``, told by what stands beside them."""
    parts = [found[0] for found in re.finditer(rf"{_QUOTED.pattern}|([A-Za-z])\1*|[^A-Za-z']+|'", pattern)]
    fields = [index for index, part in enumerate(parts) if part[0].isalpha()]
    has_date = any(parts[index][0] in "yuYdD" for index in fields)
    for place, index in enumerate(fields):
        before = parts[fields[place - 1]][0] if place else ""
        after = parts[fields[place + 1]][0] if place + 1 < len(fields) else ""
        is_minute = before in {"h", "H", "k", "K"} or after in {"s", "S"}
        letters = parts[index]
        if letters[0] == "m" and not is_minute and has_date:
            parts[index] = letters.upper()
        elif letters in {"M", "MM"} and is_minute:
            parts[index] = letters.lower()
    return "".join(parts)


def _respelt(found: re.Match[str]) -> str:
    if not found[2]:
        return f"'{found[0]}'"
    letters = _DIRECTIVES[found[2]]
    # With a hyphen: without a zero in front.
    return letters[0] if found[1] and letters in {"MM", "dd", "HH", "hh", "mm", "ss"} else letters


def _of_days_and_years(found: re.Match[str]) -> str:
    return found[0] if found[0][0] == "'" else found[0].lower()
