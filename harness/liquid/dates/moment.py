"""A moment with its offset from UTC, in any year: Python's datetime ends with the year 9999."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction

DAY = 86_400
_CYCLE_YEARS, _CYCLE_DAYS = 400, 146_097
_DAYS_TO_EPOCH = 719_468


NONE = Fraction(0)


class Moment:
    """A moment: seconds since 1970 in UTC, their fraction, the offset in seconds, and the zone's name.

    ``is_utc`` where it was given in UTC, and not only where the clocks show the same.
    """

    __slots__ = ("_clock", "_day", "fraction", "is_utc", "offset", "seconds", "zone")

    def __init__(
        self,
        seconds: int,
        fraction: Fraction = NONE,
        offset: int = 0,
        zone: str = "UTC",
        *,
        is_utc: bool = False,
    ) -> None:
        self.seconds = seconds
        self.fraction = fraction
        self.offset = offset
        self.zone = zone
        self.is_utc = is_utc
        self._day: tuple[int, int, int] | None = None
        self._clock: tuple[int, int, int] | None = None

    @property
    def day(self) -> tuple[int, int, int]:
        """Year, month and day where the moment is."""
        if self._day is None:
            self._day = civil_from_days((self.seconds + self.offset) // DAY)
        return self._day

    @property
    def clock(self) -> tuple[int, int, int]:
        """Hour, minute and second where the moment is."""
        if self._clock is None:
            seconds = (self.seconds + self.offset) % DAY
            self._clock = seconds // 3600, seconds // 60 % 60, seconds % 60
        return self._clock

    @property
    def weekday(self) -> int:
        """The day of the week, 0 for Sunday."""
        return ((self.seconds + self.offset) // DAY + 4) % 7

    @property
    def yearday(self) -> int:
        """The day of the year, 1 for the first."""
        year, month, day = self.day
        return days_from_civil(year, month, day) - days_from_civil(year, 1, 1) + 1


def days_from_civil(year: int, month: int, day: int) -> int:
    """Count the days from 1970-01-01 to a day of the Gregorian calendar, carried back without end."""
    year -= month <= 2
    cycle, of_cycle = divmod(year, _CYCLE_YEARS)
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return cycle * _CYCLE_DAYS + of_cycle * 365 + of_cycle // 4 - of_cycle // 100 + of_year - _DAYS_TO_EPOCH


def civil_from_days(days: int) -> tuple[int, int, int]:
    """Give year, month and day for a number of days from 1970-01-01."""
    cycle, of_cycle = divmod(days + _DAYS_TO_EPOCH, _CYCLE_DAYS)
    year = (of_cycle - of_cycle // 1460 + of_cycle // 36_524 - of_cycle // 146_096) // 365
    of_year = of_cycle - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    return year + cycle * _CYCLE_YEARS + (month <= 2), month, day


def from_python(value: date) -> Moment:
    """Give a Python date's midnight, or a datetime; one without a zone counts as UTC."""
    if not isinstance(value, datetime):
        return Moment(days_from_civil(value.year, value.month, value.day) * DAY)
    offset = value.utcoffset()
    seconds = 0 if offset is None else int(offset.total_seconds())
    days = days_from_civil(value.year, value.month, value.day)
    local = days * DAY + value.hour * 3600 + value.minute * 60 + value.second
    name = "UTC" if not seconds else ""
    return Moment(local - seconds, Fraction(value.microsecond, 1_000_000), seconds, name)


def now() -> Moment:
    """Give the present moment, in UTC as the helpdesk's server."""
    return from_python(datetime.now(UTC))
