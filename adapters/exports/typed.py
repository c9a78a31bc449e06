"""Typed columns of a table: the usual forms of a cell are read by DuckDB, all others by cells.py.

A typed column ``created`` is made of the cell ``created_cell``; what DuckDB does not read stays in
``created_odd`` until :class:`OddCells` has read each different text once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from adapters.exports.cells import (
    MOST_DIGITS,
    AmbiguousAmountError,
    decimal_sign,
    in_parts,
    read_amount,
    read_time,
)
from adapters.exports.dates import DAY_FIRST, MONTH_FIRST, SLASHED, order_of, order_of_other_columns
from adapters.exports.reader import ExportFile
from adapters.exports.workshop import Workshop

USUAL_TIMES = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d")
_CLOCK = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
YES, NO = "('true', 'yes', '1', 't', 'y')", "('false', 'no', '0', 'f', 'n')"


def text(name: str, cell: str = "") -> str:
    """Select a text without blanks around it."""
    return f"{trimmed(f'{cell or name}_cell')} AS {name}"


def trimmed(cell: str) -> str:
    """Write a cell without blanks around it, fast where there are none in it."""
    return f"CASE WHEN contains({cell}, ' ') THEN trim({cell}) ELSE {cell} END"


def address(name: str, cell: str = "") -> str:
    """Select an e-mail address in lower case; what has no @ is none, and stays as it is."""
    cell = f"{cell or name}_cell"
    return (
        f"CASE WHEN regexp_full_match({cell}, '[!-~]*') "
        f"THEN CASE WHEN contains({cell}, '@') THEN lower({cell}) ELSE {cell} END END AS {name}, "
        f"CASE WHEN {name} IS NULL THEN {cell} END AS {name}_odd"
    )


def _address(text: str) -> str:
    return text.lower() if "@" in text else text


def time(name: str) -> str:
    """Select a time in whole seconds since 1970; an empty cell gives NULL."""
    formats = ", ".join(f"'{form}'" for form in USUAL_TIMES)
    return (
        f"CAST(epoch(try_strptime({name}_cell, [{formats}])) AS BIGINT) AS {name}, "
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
    """Select a yes or no in English words or as 1 and 0; an empty cell gives NULL."""
    word = f"lower({trimmed(f'{name}_cell')})"
    reading = f"CASE WHEN {word} IN {YES} THEN TRUE WHEN {word} IN {NO} THEN FALSE END"
    return _or_odd(name, reading, "BOOLEAN")


def _or_odd(name: str, reading: str, kind: str) -> str:
    odd = f"CASE WHEN {name} IS NULL AND trim({name}_cell) <> '' THEN {name}_cell END AS {name}_odd"
    return f"CAST({reading} AS {kind}) AS {name}, {odd}"


@dataclass(frozen=True, slots=True)
class OddCells:
    """The cells of one file's table that DuckDB did not read.

    Its columns ``reason`` and ``…_odd`` are renewed: a row whose cell cannot be read either gets a
    reason, unless it has one.
    """

    workshop: Workshop
    table: str
    export: ExportFile

    def read_addresses(self, column: str) -> None:
        """Read addresses with letters or blanks that are not of ASCII."""
        self._map(column, (column + "_odd",), lambda cells: (_address(cells[0].strip()), None))

    def decimal_sign(self, columns: Iterable[str], currency: str = "currency") -> str:
        """Answer the decimal sign that amounts of the file show; "" where none does, or they contradict."""
        shown = set()
        for column in columns:
            asked = f"FROM {self.table} WHERE reason IS NULL AND {column}_odd IS"
            odd = list(self.workshop.rows(f"SELECT DISTINCT {column}_odd, {currency} {asked} NOT NULL"))
            shown |= {decimal_sign(cell, code) for cell, code in odd} - {""}
            # The usual form, which DuckDB has read, has a point and two decimals.
            if self.workshop.run(f"SELECT 1 {asked} NULL AND {column} IS NOT NULL LIMIT 1").fetchone():
                shown.add(".")
        return shown.pop() if len(shown) == 1 else ""

    def read_amounts(self, column: str, what: str, decimal: str, currency: str = "currency") -> None:
        """Read amounts with decimal commas, separators of thousands, and other numbers of decimals.

        ``decimal`` is the decimal sign of the file's amounts, "" where nothing tells it.
        """

        def read(cells: tuple[str, ...]) -> tuple[int | None, str | None]:
            try:
                return in_parts(read_amount(cells[0], cells[1], decimal)), None
            except AmbiguousAmountError as error:
                return None, f"its {what} may mean two things: {error}"
            except ValueError:
                return None, f"its {what} cannot be read"

        self._map(column, (column + "_odd", currency), read)

    def read_times(self, column: str, what: str) -> str:
        """Read times of other forms; answer in words how, where the whole column had to decide it."""

        def read(cells: tuple[str, ...]) -> tuple[int | None, str | None]:
            try:
                return int(read_time(cells[0]).timestamp()), None
            except (ValueError, OverflowError):
                return None, f"its {what} cannot be read"

        decided = self._read_slashed(column)
        self._map(column, (column + "_odd",), read)
        return decided

    def read(self, column: str, what: str, kind: str) -> str:
        """Read odd cells of a kind of the settings' types; answer in words what had to be decided."""
        if kind in {"date", "datetime"}:
            return self.read_times(column, what)
        readers: Mapping[str, Callable[[str], object]] = {
            "integer": _read_integer,
            "number": lambda cell: str(read_amount(cell, "")),
            "boolean": _refuse,
        }
        if kind in readers:

            def read(cells: tuple[str, ...]) -> tuple[object, str | None]:
                try:
                    return readers[kind](cells[0]), None
                except AmbiguousAmountError:
                    return None, f"its {what} may mean two things: three digits follow its point"
                except ValueError:
                    return None, f"its {what} is no {kind}"

            self._map(column, (column + "_odd",), read)
        return ""

    def _read_slashed(self, column: str) -> str:
        parts = ", ".join(
            f"max(CAST(regexp_extract({column}_odd, '{SLASHED}', {number}) AS INTEGER))" for number in (1, 2)
        )
        found = self.workshop.run(
            f"SELECT {parts}, count(*) FROM {self.table} "
            f"WHERE reason IS NULL AND regexp_matches({column}_odd, '{SLASHED}')"
        ).fetchone()
        if not found or not found[2]:
            return ""
        first, second, rows = found
        if first > 12 and second > 12:
            return f"{rows} times are neither all day first nor all month first, and are not read"
        start, why = self._order(first, second)
        formats = ", ".join(f"'{start}{year}{clock}'" for year in ("%y", "%Y") for clock in _CLOCK)
        reading = f"epoch(try_strptime(translate(trim({column}_odd), '.-', '//'), [{formats}]))"
        self.workshop.run(
            f"UPDATE {self.table} SET {column} = CAST({reading} AS BIGINT), "
            f"{column}_odd = CASE WHEN {reading} IS NULL THEN {column}_odd END "
            f"WHERE reason IS NULL AND regexp_matches({column}_odd, '{SLASHED}')"
        )
        return f"{'month first (MM/DD)' if start == MONTH_FIRST else 'day first (DD/MM)'}, {why}"

    def _order(self, first: int, second: int) -> tuple[str, str]:
        """Answer the order for the highest numbers of a column, and why it is that one."""
        if order := order_of(first, second):
            return order, "because no other order fits all of the column"
        order, telling = order_of_other_columns(self.export)
        if order:
            return order, f"as column {telling} tells"
        return DAY_FIRST, "which is a guess: no day of the column is after the 12th"

    def _map(
        self,
        column: str,
        keys: tuple[str, ...],
        read: Callable[[tuple[str, ...]], tuple[object, str | None]],
    ) -> None:
        """Read every different odd text once, and put what was read in its place."""
        listed = ", ".join(keys)
        asked = (
            f"SELECT DISTINCT {listed} FROM {self.table} WHERE {column}_odd IS NOT NULL AND reason IS NULL"
        )
        given = list(self.workshop.rows(asked))
        if given:
            self._replace(column, keys, ((*cells, *read(cells)) for cells in given))

    def _replace(self, column: str, keys: tuple[str, ...], read: Iterable[tuple[object, ...]]) -> None:
        lists = [list(values) for values in zip(*read, strict=True)]
        names = [*(f"key_{number}" for number in range(len(keys))), "value", "wrong"]
        unnested = ", ".join(f"unnest(?) AS {name}" for name in names)
        self.workshop.run(f"CREATE OR REPLACE TEMP TABLE odd AS SELECT {unnested}", lists)
        matches = " AND ".join(f"{key} = odd.key_{number}" for number, key in enumerate(keys))
        self.workshop.run(
            f"UPDATE {self.table} SET {column} = odd.value, reason = odd.wrong FROM odd "
            f"WHERE reason IS NULL AND {matches}"
        )
        self.workshop.run("DROP TABLE odd")


def _read_integer(cell: str) -> int:
    number = read_amount(cell, "")
    if number != number.to_integral_value() or abs(number) >= 10**18:
        raise ValueError("it is no whole number of up to 18 digits")
    return int(number)


def _refuse(_cell: str) -> None:
    raise ValueError("it is neither yes nor no")
