"""Typed columns of a table, as DuckDB makes them of cells in their usual forms.

A typed column ``created`` is made of the cell ``created_cell``; what DuckDB does not read stays in
``created_odd`` until odd_cells.py has read each different text once.
"""

from __future__ import annotations

from adapters.exports.addresses import LONGEST, USUAL
from adapters.exports.cells import MOST_DIGITS

USUAL_TIMES = (
    *("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"),
    "%Y-%m-%d %H:%M:%S UTC",
)
BEFORE_USUAL = -30_610_224_001
"""The last second of the year 999: DuckDB takes two digits for a year too, as in 26-06-13."""
_YES = ("true", "yes", "1", "t", "y")
_NO = ("false", "no", "0", "f", "n")
_EXCELS_YES = (
    "wahr",
    "vrai",
    "verdadero",
    "verdadeiro",
    "vero",
    "waar",
    "prawda",
    "sant",
    "sand",
    "sann",
    "tosi",
)
_EXCELS_NO = ("falsch", "faux", "falso", "onwaar", "fałsz", "falskt", "falsk", "usann", "epätosi")
"""What Excel makes of true and false where it speaks another language, in files that it saves."""
YES, NO = f"{(*_YES, *_EXCELS_YES)}", f"{(*_NO, *_EXCELS_NO)}"
"""As SQL's IN wants them."""


def text(name: str, cell: str = "") -> str:
    """Select a text without blanks around it."""
    return f"{trimmed(f'{cell or name}_cell')} AS {name}"


def trimmed(cell: str) -> str:
    """Write a cell without blanks around it, fast where there are none in it."""
    return f"CASE WHEN contains({cell}, ' ') THEN trim({cell}) ELSE {cell} END"


def address(name: str, cell: str = "") -> str:
    """Select an e-mail address in lower case; an empty cell gives an empty text."""
    cell = f"{cell or name}_cell"
    return _address(name, cell, f"{cell} = ''")


def address_or_key(name: str) -> str:
    """Select an e-mail address in lower case, or what has no @ and is none: that stays as it is."""
    cell = f"{name}_cell"
    return _address(name, cell, f"regexp_full_match({cell}, '[!-?A-~]*')")


def _address(name: str, cell: str, stays: str) -> str:
    is_usual = f"strlen({cell}) <= {LONGEST} AND regexp_full_match({cell}, '{USUAL}')"
    return (
        f"CASE WHEN {is_usual} THEN lower({cell}) WHEN {stays} THEN {cell} END "
        f"AS {name}, "
        f"CASE WHEN {name} IS NULL THEN {cell} END AS {name}_odd"
    )


def time(name: str) -> str:
    """Select a time in whole seconds since 1970; an empty cell gives NULL."""
    formats = ", ".join(f"'{form}'" for form in USUAL_TIMES)
    return (
        f"nullif(greatest(CAST(epoch(try_strptime({name}_cell, [{formats}])) AS BIGINT), {BEFORE_USUAL}), "
        f"{BEFORE_USUAL}) AS {name}, "
        f"CASE WHEN {name} IS NULL AND trim({name}_cell) <> '' THEN {name}_cell END AS {name}_odd"
    )


def amount(name: str) -> str:
    """Select an amount in ten-thousandths of the currency's unit; an empty cell gives NULL."""
    cell = f"{name}_cell"
    return (
        f"CASE WHEN strpos({cell}, '.') = length({cell}) - 2 "
        f"THEN CAST(try_cast({cell} AS DECIMAL({MOST_DIGITS - 2}, 2)) * 10000 AS BIGINT) END AS {name}, "
        f"CASE WHEN {name} IS NULL AND trim({cell}) <> '' THEN {cell} END AS {name}_odd"
    )


def integer(name: str) -> str:
    """Select a whole number of up to 18 digits; an empty cell gives NULL."""
    return _or_odd(
        name, f"CASE WHEN regexp_full_match({name}_cell, '-?[0-9]{{1,18}}') THEN {name}_cell END", "BIGINT"
    )


def number(name: str) -> str:
    """Select a decimal number, as exact text; an empty cell gives NULL."""
    usual = "-?[0-9]+([.]([0-9]{1,2}|[0-9]{4,}))?"
    return _or_odd(
        name, f"CASE WHEN regexp_full_match({name}_cell, '{usual}') THEN {name}_cell END", "VARCHAR"
    )


def yes_or_no(name: str) -> str:
    """Select a yes or no, in English words, as Excel writes it or as 1 and 0; an empty cell gives NULL."""
    word = f"lower({trimmed(f'{name}_cell')})"
    reading = f"CASE WHEN {word} IN {YES} THEN TRUE WHEN {word} IN {NO} THEN FALSE END"
    return _or_odd(name, reading, "BOOLEAN")


def _or_odd(name: str, reading: str, kind: str) -> str:
    odd = f"CASE WHEN {name} IS NULL AND trim({name}_cell) <> '' THEN {name}_cell END AS {name}_odd"
    return f"CAST({reading} AS {kind}) AS {name}, {odd}"
