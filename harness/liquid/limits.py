"""How much a template may ask for when it renders in this process: far above what a sidebar needs."""

from __future__ import annotations

from harness.liquid.errors import TemplateLimitError

LARGEST_TEMPLATE = 500_000
"""Characters of a template."""

MOST_NODES = 1_000_000
"""Tags, outputs and texts rendered, each counted once a pass through a loop."""

MOST_ITEMS = 1_000_000
"""Items of one list, and items that the loops and filters of one rendering go through in all."""

LONGEST_TEXT = 5_000_000
"""Characters of one text, and of what is rendered."""

LONGEST_NUMBER = 10_000
"""Bits of one integer."""

_TOO_MUCH = "The template asks for too much: {}. Ask for less, or for fewer of it."


def too_much(what: str) -> TemplateLimitError:
    """Give the error for a template that asks for too much of something."""
    return TemplateLimitError(_TOO_MUCH.format(what))


def check_length(length: int) -> None:
    """Refuse a text of more than LONGEST_TEXT characters."""
    if length > LONGEST_TEXT:
        raise too_much(f"a text of {length:,} characters, and {LONGEST_TEXT:,} are allowed")


def check_items(count: int) -> None:
    """Refuse a list of more than MOST_ITEMS items."""
    if count > MOST_ITEMS:
        raise too_much(f"a list of {count:,} items, and {MOST_ITEMS:,} are allowed")


def check_number(number: int) -> int:
    """Give the number back, or refuse one of more than LONGEST_NUMBER bits."""
    if number.bit_length() > LONGEST_NUMBER:
        raise too_much("a number of more than 3,000 digits")
    return number
