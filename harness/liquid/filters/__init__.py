"""The standard filters, by the name that a template calls them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.liquid.filters import arrays, encodings, markup, numbers, selection, strings
from harness.liquid.filters.dates import date

FILTERS: dict[str, Callable[..., Any]] = {
    "date": date,
    **arrays.FILTERS,
    **encodings.FILTERS,
    **markup.FILTERS,
    **numbers.FILTERS,
    **selection.FILTERS,
    **strings.FILTERS,
}

WALKERS = frozenset({**arrays.FILTERS, **selection.FILTERS}.values()) - {
    arrays.default, arrays.first, arrays.last, arrays.size, arrays.slice_,
}  # fmt: skip
"""The filters that go through each item of a list."""
