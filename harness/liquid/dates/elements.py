"""The elements of a date found in a text, and which of three parts is the year, the month and the day."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction

_SIGNED = re.compile(r"([-+])?([0-9]+)")
_TURN_OF_CENTURY = 69


@dataclass(slots=True)
class Guess:
    """The elements found in a text, and the text that is left to look through."""

    text: str
    elements: dict[str, int] = field(default_factory=dict)
    fraction: Fraction | None = None
    zone: str | None = None
    is_before_christ: bool = False
    completes_century: bool = True

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Find a pattern and blank out what it matched."""
        found = pattern.search(self.text)
        if found:
            self.text = f"{self.text[: found.start()]} {self.text[found.end() :]}"
        return found

    def set(self, **elements: str | None) -> None:
        """Keep the elements that were found, as numbers."""
        self.elements.update({name: int(text) for name, text in elements.items() if text})


def place(
    found: Guess, year: str | None, month: str | None, day: str | None, *, before_christ: bool = False
) -> None:
    """Decide which of three parts is the year, the month and the day, by their shape."""
    if year and month and not day:
        year, month, day = None, year, month
    if not year and day and _is_year(day):
        year, day = day, None
    if year and not re.fullmatch(r"[^-+0-9]*[-+]?[0-9]+", year):
        digits = re.search("[-+]?[0-9]+", year)
        year, day = day, digits[0] if digits else None
    if month and _is_year(month):
        year, month, day = month, day, year
    if day and _is_year(day):
        year, day = day, year
    if year:
        _set_year(found, year)
        found.is_before_christ = before_christ
    for name, text in (("mon", month), ("mday", day)):
        if text and (digits := re.search("[0-9]+", text)):
            found.set(**{name: digits[0]})


def _is_year(text: str) -> bool:
    return text[0] == "'" or len(text) > 2


def _set_year(found: Guess, text: str) -> None:
    signed = _SIGNED.search(text)
    if not signed:
        return
    if signed[1] or len(signed[2]) > 2:
        found.completes_century = False
    elif text[0] == "'":
        found.completes_century = True
    found.set(year=signed[0])


def complete_year(found: Guess) -> None:
    """Write out a year of two digits, and turn one before Christ into its number."""
    year = found.elements.get("year")
    if year is None:
        return
    if found.is_before_christ:
        year = 1 - year
    if found.completes_century and 0 <= year <= 99:
        year += 2000 if year < _TURN_OF_CENTURY else 1900
    found.elements["year"] = year
