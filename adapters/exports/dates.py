"""Whether the day or the month comes first, where one column of a file does not tell."""

from __future__ import annotations

import re
from dataclasses import replace

from adapters.exports.reader import ExportFile
from adapters.exports.report import SetAsideRows

SLASHED = r"^\s*(\d{1,2})[/.\-](\d{1,2})(?:[/.\-]\d{4}|[/.]\d{2})(\D|$)"
"""A date whose first two numbers may be day and month, or month and day.

Three pairs of digits between hyphens are none: ``24-01-15`` begins with the year in some countries' Excel.
"""
DAY_FIRST, MONTH_FIRST = "%d/%m/", "%m/%d/"

_WHOLE = re.compile(
    r"\s*(\d\d?)([/.-])(\d\d?)\2(?:\d{4}|(?<!-)\d\d)(?:\s[\d: ]+(?:[ap]m)?)?\s*", re.IGNORECASE
)
_OTHER_DATE = re.compile(r"\s*(\d{4}[-/.]\d\d?[-/.]\d\d?|$)")


def order_of(first: int, second: int) -> str:
    """Answer the only order that fits the highest first and second numbers of dates; "" for both or none."""
    if (first > 12) == (second > 12):
        return ""
    return DAY_FIRST if first > 12 else MONTH_FIRST


def order_of_other_columns(export: ExportFile) -> tuple[str, str]:
    """Answer the order of a file's dates and the column that tells it.

    Twice "" where no column tells, or two contradict each other.
    Only columns that hold nothing but dates count: what people write into a text has any order.
    """
    highest = {place: [0, 0] for place in range(len(export.header.names))}
    for row in replace(export, set_aside=SetAsideRows()).rows():
        for place in list(highest):
            found = _WHOLE.fullmatch(row.cells[place])
            numbers = (int(found[1]), int(found[3])) if found else (0, 0)
            if found and max(numbers) <= 31 and min(numbers) <= 12:
                highest[place] = [max(pair) for pair in zip(highest[place], numbers, strict=True)]
            elif not _OTHER_DATE.match(row.cells[place]):
                del highest[place]
        if not highest:
            break
    told = {place: order for place, numbers in highest.items() if (order := order_of(*numbers))}
    if len(set(told.values())) != 1:
        return "", ""
    place, order = next(iter(told.items()))
    return order, export.header.names[place]
