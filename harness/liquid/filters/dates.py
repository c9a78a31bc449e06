"""The filter ``date``: what Ruby takes for a moment, written by its strftime."""

from __future__ import annotations

import re
from datetime import date as python_date
from typing import Any

from harness.liquid.dates.moment import Moment, from_python, now
from harness.liquid.dates.parse import parse_moment
from harness.liquid.dates.strftime import strftime
from harness.liquid.values.text import to_text

_SECONDS = re.compile(r"[0-9]+\Z")


def date(value: Any, form: Any) -> Any:
    """Write a date by a form; what is no date comes back as it is."""
    text_form = to_text(form)
    if not text_form:
        return value
    moment = to_moment(value)
    return value if moment is None else strftime(moment, text_form)


def to_moment(value: Any) -> Moment | None:
    """Read a moment: seconds since 1970, "now", "today", or a text that has a date in it."""
    if isinstance(value, python_date):
        return from_python(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return Moment(value)
    if not isinstance(value, str):
        return None
    text = value.lower()
    if text in {"now", "today"}:
        return now()
    if _SECONDS.match(text):
        return Moment(int(text)) if len(text) < 4_000 else None
    return parse_moment(text)
