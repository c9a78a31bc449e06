"""How long ago a time was, in words: whole units, counted as people count them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal

from babel import Locale
from babel.dates import format_timedelta

_WORDS = {
    "cs": ("dnes", "nyní"), "da": ("i dag", "nu"), "de": ("heute", "jetzt"), "en": ("today", "now"),
    "es": ("hoy", "ahora"), "fi": ("tänään", "nyt"), "fr": ("aujourd\u2019hui", "maintenant"),
    "it": ("oggi", "ora"), "ja": ("今日", "今"), "nb": ("i dag", "nå"), "nl": ("vandaag", "nu"),
    "pl": ("dzisiaj", "teraz"), "pt": ("hoje", "agora"), "sv": ("i dag", "nu"),
}  # fmt: skip
"""What CLDR calls this very day and this very second, which Babel leaves out."""


def days_in_words(day: date, today: date, locale: Locale) -> str:
    """Write how far a day is from today, in days, weeks, months or years."""
    if day == today:
        return _nothing(locale, "day")
    units = _calendar_units(min(day, today), max(day, today))
    days = abs((day - today).days)
    whole = units or (timedelta(weeks=days // 7) if days >= 7 else timedelta(days=days))
    return _directed(whole, is_past=day < today, locale=locale)


def time_in_words(moment: datetime, now: datetime, locale: Locale) -> str:
    """Write how far a time is from now, both aware and in one zone, in seconds or larger units."""
    seconds = int(abs((moment - now).total_seconds()))
    if not seconds:
        return _nothing(locale, "second")
    earlier, later = sorted((moment, now))
    # A month is over when its day has come again, at the same time of the day.
    until = later.date() if later.time() >= earlier.time() else later.date() - timedelta(days=1)
    whole = _calendar_units(earlier.date(), until)
    if whole is None:
        for unit in (604_800, 86_400, 3600, 60, 1):
            if seconds >= unit:
                whole = timedelta(seconds=seconds // unit * unit)
                break
    assert whole is not None  # noqa: S101 - a second is over
    return _directed(whole, is_past=moment < now, locale=locale)


def _calendar_units(earlier: date, later: date) -> timedelta | None:
    """Answer the whole years, else months, as Babel counts these; None for less than a month."""
    months = (later.year - earlier.year) * 12 + later.month - earlier.month - (later.day < earlier.day)
    if months >= 12:
        return timedelta(days=365 * (months // 12))
    return timedelta(days=30 * months) if months > 0 else None


def _directed(whole: timedelta, *, is_past: bool, locale: Locale) -> str:
    return format_timedelta(-whole if is_past else whole, threshold=1, add_direction=True, locale=locale)


def _nothing(locale: Locale, unit: Literal["day", "second"]) -> str:
    words = _WORDS.get(locale.language)
    if words is not None:
        return words[unit == "second"]
    # Babel tells none of a unit as still to come: of the form for what is over, the number is changed.
    over = timedelta(days=-3) if unit == "day" else timedelta(seconds=-3)
    return format_timedelta(over, unit, threshold=1, add_direction=True, locale=locale).replace("3", "0")
