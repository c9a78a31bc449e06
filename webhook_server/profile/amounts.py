"""Amounts of money as a locale writes them, prepared once for each currency."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from babel import Locale
from babel.numbers import format_currency, get_currency_precision

MAX_CURRENCIES = 300
"""Currencies a writer prepares; ISO 4217 knows fewer, others are made up and written the slow way."""

_LARGEST_ADJUSTED = 20
"""Powers of ten up to which the prepared way is taken; Babel itself rounds to 28 digits."""

_PROBES = tuple(map(Decimal, ("0", "-0.001", "1", "-1", "1234567.891", "-1234.5", "12.345", "999999999.995")))


class AmountWriter:
    """Writes amounts in one locale: ``$150.00``, ``1.234,50 €``, ``¥1,500``.

    Babel takes longer for one amount than all other fields of a profile take together, so its result
    is taken apart once for each currency. Where putting it together again does not give exactly what
    Babel gives (Indian grouping, other digits), Babel writes every amount. What rounds to nothing has
    no minus, whoever writes it.
    """

    def __init__(self, locale: Locale) -> None:
        self._locale = locale
        self._prepared: dict[str, Callable[[Decimal], str]] = {}

    def write(self, amount: Decimal, currency: str) -> str | None:
        """Write an amount in major units; None for NaN and infinities."""
        if not amount.is_finite():
            return None
        if amount.adjusted() > _LARGEST_ADJUSTED:
            return self._by_babel(amount, currency)
        write = self._prepared.get(currency)
        if write is None:
            write = self._prepare(currency)
            if len(self._prepared) < MAX_CURRENCIES:
                self._prepared[currency] = write
        return write(amount)

    def _by_babel(self, amount: Decimal, currency: str) -> str:
        if amount.is_signed() and _rounds_to_nothing(amount, get_currency_precision(currency)):
            amount = Decimal(0)
        try:
            return format_currency(amount, currency, locale=self._locale)
        except InvalidOperation:  # more digits than Babel can round
            return f"{amount} {currency}"

    def _prepare(self, currency: str) -> Callable[[Decimal], str]:
        def by_babel(amount: Decimal) -> str:
            return self._by_babel(amount, currency)

        digits = get_currency_precision(currency)
        prepared = _taken_apart(by_babel, digits)
        if prepared is None or any(prepared(probe) != by_babel(probe) for probe in _PROBES):
            return by_babel
        return prepared


def _taken_apart(by_babel: Callable[[Decimal], str], digits: int) -> Callable[[Decimal], str] | None:
    """Find what stands around the digits and between them; None where that is not plain to see."""
    positive = _around(by_babel(Decimal(1234567)), digits)
    negative = _around(by_babel(Decimal(-1234567)), digits)
    if positive is None or negative is None:
        return None
    (before, after, group, point), (minus_before, minus_after, _, _) = positive, negative
    symbols = {ord(","): group, ord("."): point}
    plain = (group, point) in {(",", "."), (",", "")}

    def write(amount: Decimal) -> str:
        number = f"{abs(amount):,.{digits}f}"
        # What rounds to nothing is owed by nobody: $0.00.
        is_negative = amount.is_signed() and number.strip(",.0")
        if not plain:
            number = number.translate(symbols)
        if is_negative:
            return f"{minus_before}{number}{minus_after}"
        return f"{before}{number}{after}"

    return write


def _rounds_to_nothing(amount: Decimal, digits: int) -> bool:
    return not amount or (amount.adjusted() < 0 and not float(f"{amount:.{digits}f}"))


def _around(written: str, digits: int) -> tuple[str, str, str, str] | None:
    """Split ``$1,234,567.00`` into what stands before and after, the group and the decimal sign."""
    before, one, rest = written.partition("1")
    group, two, rest = rest.partition("234")
    again, seven, rest = rest.partition("567")
    point, zeros, after = rest.partition("0" * digits) if digits else ("", "-", rest)
    found = one and two and seven and zeros and again == group
    return (before, after, group, point) if found else None
