"""Makes an index of any CSV file: the rows of an address together, in the order of the files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from adapters.errors import SourceDataError
from adapters.exports import typed
from adapters.exports.compiling import Compiled, Field
from adapters.exports.odd_cells import OddCells
from adapters.exports.reader import ExportFile, open_export
from adapters.exports.report import FileReport, Report
from adapters.exports.rewriting import together
from adapters.exports.rowsets import RowSet
from adapters.exports.workshop import ToLoad, Workshop

MOST_ROWS = 100
"""Rows of one address that are kept; further ones are counted as set aside."""
TOO_MANY = f"its address has {MOST_ROWS} rows before it"
NO_ADDRESS = "it has no address"

KINDS = {
    "boolean": "yes",
    "date": "date",
    "datetime": "time",
    "integer": "number",
    "number": "decimal",
    "text": "text",
}
"""What records.py calls the types of the settings."""


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the settings or the files: ``cell`` is our name, ``name`` theirs."""

    cell: str
    name: str
    kind: str

    @property
    def select(self) -> str:
        if self.kind in {"date", "datetime"}:
            return typed.time(self.cell)
        reading = {"boolean": typed.yes_or_no, "integer": typed.integer, "number": typed.number}
        return reading.get(self.kind, typed.text)(self.cell)

    @property
    def value(self) -> str:
        if self.kind == "text":
            return f"nullif({self.cell}, '')"
        if self.kind == "date":
            return f"strftime(make_timestamp({self.cell} * 1000000), '%Y-%m-%d')"
        return self.cell


def compile_rows(
    workshop: Workshop, files: Mapping[str, Sequence[Path]], options: Mapping[str, Any]
) -> Compiled:
    """Make the rows of all files, those of the newest first; ``options`` are those of csv_file.py.

    Raises SourceDataError where a file lacks a column that settings name.
    """
    address = options["email_column"]
    opened = [
        open_export(path, lambda names: bool(_alike(names, address)))
        for paths in files.values()
        for path in paths
    ]
    columns = _columns(opened, options)
    rows = RowSet(workshop, "rows")
    for number, exports in enumerate(together(opened)):
        looked = [_look(workshop, export, columns, options) for export in exports]
        _load(workshop, looked, f"rows_{number}", columns, rows)
    workshop.progress.adding_up()
    rows.unite()
    rows.note_set_aside()
    direction = "DESC" if options["row"] == "last" else "ASC"
    values = ", ".join(column.value for column in columns)
    workshop.run(
        f"CREATE VIEW numbered AS SELECT email, json_array({values}) AS record, file, row, row_number() OVER "
        f"(PARTITION BY email ORDER BY file, row {direction}) AS number FROM rows"
    )
    rows.note(f"SELECT file, row, {TOO_MANY!r} AS reason FROM numbered WHERE number > {MOST_ROWS}")
    fields: list[Field] = [(column.name, KINDS[column.kind]) for column in columns]
    query = (
        "SELECT email, CAST(to_json(list(record ORDER BY number)) AS VARCHAR) AS record FROM numbered "
        f"WHERE number <= {MOST_ROWS} GROUP BY email"
    )
    return Compiled(fields, query, Report(rows.reports))


def _columns(opened: Sequence[ExportFile], options: Mapping[str, Any]) -> list[_Column]:
    names = options["columns"] or _names(opened)
    types = {}
    for named, kind in options["types"].items():
        types[_find(names, named) or _needed(opened[0], named)] = kind
    return [_Column(f"column_{place}", name, types.get(name, "text")) for place, name in enumerate(names)]


def _names(opened: Sequence[ExportFile]) -> list[str]:
    """Name the columns of all files; one that another file writes in another case is the same."""
    names: dict[str, None] = {}
    for export in opened:
        own = export.header.names
        known = {_folded(name) for name in names if name not in own}
        names |= dict.fromkeys(name for name in own if name and _folded(name) not in known)
    return list(names)


def _look(
    workshop: Workshop, export: ExportFile, columns: Sequence[_Column], options: Mapping[str, Any]
) -> ToLoad:
    wanted = {"email": _needed(export, options["email_column"])}
    for column in columns:
        found = _find(export.header.names, column.name)
        is_named = column.name in options["columns"] or column.kind != "text"
        wanted[column.cell] = found or (_needed(export, column.name) if is_named else "")
    return ToLoad(*workshop.check(export), wanted)


def _load(
    workshop: Workshop, files: Sequence[ToLoad], table: str, columns: Sequence[_Column], rows: RowSet
) -> None:
    selected = ", ".join([typed.address_or_key("email"), *(column.select for column in columns)])
    reasons = f"CASE WHEN trim(email_cell) = '' THEN '{NO_ADDRESS}' END AS reason"
    loaded = workshop.load(files, f"SELECT {selected}, '' AS id, {reasons}", table)
    reports = [_report(file, columns) for file in files]
    odd = OddCells(workshop, loaded)
    odd.read_addresses_or_keys("email", files[0].wanted["email"])
    for column in columns:
        for number, decided in odd.read(column.cell, column.name, column.kind).items():
            reports[number].dates[column.name] = decided
    for report, file, read in zip(reports, files, loaded.rows_of, strict=True):
        report.set_aside, report.breaks_off = file.export.set_aside, file.export.breaks_off
        report.rows = read + file.export.set_aside.rows
    rows.add(loaded, reports)


def _report(file: ToLoad, columns: Sequence[_Column]) -> FileReport:
    export, wanted = file.export, file.wanted
    report = FileReport(
        str(export.path), "csv", "", export.encoding, export.header.delimiter, export.header.line
    )
    report.columns = {column.name: wanted[column.cell] for column in columns if wanted[column.cell]}
    return report


def _find(names: Sequence[str], wanted: str) -> str | None:
    """Find a name as it is written, else in another case; None also where several are like it."""
    alike = _alike(names, wanted)
    return wanted if wanted in alike else alike[0] if len(alike) == 1 else None


def _alike(names: Sequence[str], wanted: str) -> list[str]:
    return [name for name in names if _folded(name) == _folded(wanted)]


def _needed(export: ExportFile, wanted: str) -> str:
    names = export.header.names
    found = _find(names, wanted)
    if found is None:
        where = f"{export.path}: line {export.header.line}"
        if alike := _alike(names, wanted):
            raise SourceDataError(f"{where}: {wanted!r} may be {' or '.join(alike)}: write it as it is there")
        near = get_close_matches(wanted, names, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(names[:20])}"
        raise SourceDataError(f"{where}: there is no column {wanted!r}; {hint}")
    return found


def _folded(name: str) -> str:
    return name.strip().casefold()
