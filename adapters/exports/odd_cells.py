"""The cells of other forms than the usual ones (see typed.py), read by cells.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.exports.addresses import read_address
from adapters.exports.cells import AmbiguousAmountError, decimal_sign, in_parts, read_amount, read_time
from adapters.exports.dates import DAY_FIRST, MONTH_FIRST, SLASHED, order_of, order_of_other_columns
from adapters.exports.numbers import spelled
from adapters.exports.workshop import Loaded, Workshop

_CLOCK = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")


@dataclass(frozen=True, slots=True)
class OddCells:
    """The cells of a table that DuckDB did not read; what has to be decided, is for each of its files.

    Its columns ``reason`` and ``…_odd`` are renewed: a row whose cell cannot be read either gets a
    reason, unless it has one.
    """

    workshop: Workshop
    loaded: Loaded

    @property
    def table(self) -> str:
        """Name it."""
        return self.loaded.table

    def read_addresses(self, column: str) -> None:
        """Read addresses with other letters, or something around them; what is none becomes empty."""
        self._map(column, (column + "_odd",), lambda cells: (read_address(cells[0]), None))

    def read_addresses_or_keys(self, column: str, what: str) -> None:
        """Read the same, and texts without an @ as they are; what is no address sets its row aside."""

        def read(cells: tuple[Any, ...]) -> tuple[str, str | None]:
            found = read_address(cells[0]) if "@" in cells[0] else spelled(cells[0])
            return found, None if found else f"its {what} is no address"

        self._map(column, (column + "_odd",), read)

    def decimal_signs(self, columns: Iterable[str], currency: str = "currency") -> dict[int, str]:
        """Answer the decimal sign that amounts of each file show; not where none does, or they contradict."""
        shown: dict[int, set[str]] = {}
        file = self.loaded.file
        for column in columns:
            asked = f"FROM {self.table} WHERE reason IS NULL AND {column}_odd IS"
            odd = self.workshop.rows(f"SELECT DISTINCT {file}, {column}_odd, {currency} {asked} NOT NULL")
            for number, cell, code in odd:
                shown.setdefault(number, set()).update({decimal_sign(cell, code)} - {""})
            # The usual form, which DuckDB has read, has a point and two decimals.
            usual = f"SELECT DISTINCT {file} {asked} NULL AND {column} IS NOT NULL"
            for (number,) in self.workshop.rows(usual):
                shown.setdefault(number, set()).add(".")
        return {number: signs.pop() for number, signs in shown.items() if len(signs) == 1}

    def read_amounts(
        self, column: str, what: str, decimal: Mapping[int, str], currency: str = "currency"
    ) -> None:
        """Read amounts with decimal commas, separators of thousands, and other numbers of decimals.

        ``decimal`` is the decimal sign of each file's amounts, where something tells it.
        """

        def read(cells: tuple[Any, ...]) -> tuple[int | None, str | None]:
            try:
                return in_parts(read_amount(cells[0], cells[1], decimal.get(cells[2], ""))), None
            except AmbiguousAmountError as error:
                return None, f"its {what} may mean two things: {error}"
            except ValueError:
                return None, f"its {what} cannot be read"

        self._map(column, (column + "_odd", currency, self.loaded.file), read)

    def read_times(self, column: str, what: str) -> dict[int, str]:
        """Read times of other forms; answer in words how, of files whose whole column had to decide it."""

        def read(cells: tuple[Any, ...]) -> tuple[int | None, str | None]:
            try:
                return int(read_time(cells[0]).timestamp()), None
            except (ValueError, OverflowError):
                return None, f"its {what} cannot be read"

        decided = self._read_slashed(column)
        self._map(column, (column + "_odd",), read)
        return decided

    def read(self, column: str, what: str, kind: str) -> dict[int, str]:
        """Read odd cells of a kind of the settings' types; answer in words what files had to decide."""
        if kind in {"date", "datetime"}:
            return self.read_times(column, what)
        readers: Mapping[str, Callable[[str], object]] = {
            "integer": _read_integer,
            "number": lambda cell: str(read_amount(cell, "")),
            "boolean": _refuse,
        }
        if kind in readers:

            def read(cells: tuple[Any, ...]) -> tuple[object, str | None]:
                try:
                    return readers[kind](cells[0]), None
                except AmbiguousAmountError:
                    return None, f"its {what} may mean two things: three digits follow its point"
                except ValueError:
                    return None, f"its {what} is no {kind}"

            self._map(column, (column + "_odd",), read)
        return {}

    def _read_slashed(self, column: str) -> dict[int, str]:
        parts = ", ".join(
            f"max(CAST(regexp_extract({column}_odd, '{SLASHED}', {number}) AS INTEGER))" for number in (1, 2)
        )
        file, slashed = self.loaded.file, f"reason IS NULL AND regexp_matches({column}_odd, '{SLASHED}')"
        asked = f"SELECT {file}, {parts}, count(*) AS rows FROM {self.table} WHERE {slashed}"
        decided: dict[int, str] = {}
        files_of: dict[str, list[int]] = {DAY_FIRST: [], MONTH_FIRST: []}
        for number, first, second, rows in list(self.workshop.rows(f"{asked} GROUP BY ALL HAVING rows > 0")):
            if first > 12 and second > 12:
                decided[number] = (
                    f"{rows} times are neither all day first nor all month first, and are not read"
                )
                continue
            start, why = self._order(number, first, second)
            files_of[start].append(number)
            named = "month first (MM/DD)" if start == MONTH_FIRST else "day first (DD/MM)"
            decided[number] = f"{named}, {why}"
        for start, numbers in files_of.items():
            if numbers:
                self._read_in_order(
                    column, start, f"{slashed} AND {file} IN ({', '.join(map(str, numbers))})"
                )
        return decided

    def _read_in_order(self, column: str, start: str, condition: str) -> None:
        formats = ", ".join(f"'{start}{year}{clock}'" for year in ("%y", "%Y") for clock in _CLOCK)
        reading = f"epoch(try_strptime(translate(trim({column}_odd), '.-', '//'), [{formats}]))"
        self.workshop.run(
            f"UPDATE {self.table} SET {column} = CAST({reading} AS BIGINT), "
            f"{column}_odd = CASE WHEN {reading} IS NULL THEN {column}_odd END WHERE {condition}"
        )

    def _order(self, number: int, first: int, second: int) -> tuple[str, str]:
        """Answer the order for the highest numbers of a file's column, and why it is that one."""
        if order := order_of(first, second):
            return order, "because no other order fits all of the column"
        order, telling = order_of_other_columns(self.loaded.files[number].export)
        if order:
            return order, f"as column {telling} tells"
        return DAY_FIRST, "which is a guess: no day of the column is after the 12th"

    def _map(
        self,
        column: str,
        keys: tuple[str, ...],
        read: Callable[[tuple[Any, ...]], tuple[object, str | None]],
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
