"""Makes one record per address out of customers, payments, subscriptions and invoices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from adapters.errors import SourceError
from adapters.exports.compiling import Compiled
from adapters.exports.odd_cells import OddCells
from adapters.exports.reader import ExportFile
from adapters.exports.report import FileReport, RepeatedRows, Report
from adapters.exports.rewriting import SMALL, size_of, together
from adapters.exports.rowsets import RowSet
from adapters.exports.workshop import Failed, Loaded, ToLoad, Workshop, fail
from adapters.field_names import clean_key
from adapters.stripe_export import columns, records
from adapters.stripe_export.kinds import KINDS, generation_of, open_as
from adapters.stripe_export.other_exports import OtherExportError
from adapters.stripe_export.sums import sums_of
from adapters.stripe_export.tables import Kind, kind

METADATA_OF = {
    "customers": "metadata",
    "payments": "charge_metadata",
    "subscriptions": "subscription_metadata",
}
"""How the fields begin that hold the metadata of a kind."""

NO_CUSTOMER = "it has no customer id"
UNTOLD = "and no other row tells the address of its customer id"
NO_ADDRESS = f"it has no address, {UNTOLD}"


def compile_exports(
    workshop: Workshop, files: Mapping[str, Sequence[Path]], options: Mapping[str, Any]
) -> Compiled:
    """Make the records of all files, newest first in each kind; ``files`` are those of each option.

    A row without an address has that of its customer id, which any other row may tell. With the option
    ``key`` the customer id itself stands in the address's place, and addresses count for nothing. Of rows
    with the same id the first stands. Stripe's other exports are passed over among files of any kind. Raises
    SourceDataError where a file is none of Stripe's exports.
    """
    by_id = options.get("key") == "customer_id"
    compilation = Compilation(workshop, test_mode=bool(options.get("test_mode")), by_id=by_id)
    by_kind, passed_over = sort_by_kind(files)
    for name in KINDS:
        for exports in together(by_kind[name]):
            compilation.add(name, exports)
    compiled = compilation.finish()
    compiled.report.passed_over = passed_over
    return compiled


def sort_by_kind(
    files: Mapping[str, Sequence[Path]],
) -> tuple[dict[str, list[ExportFile]], dict[str, str]]:
    """Open the files and sort them by kind; those of the option ``files`` may be of any.

    Of these, Stripe's other exports are left out: answer the kind of each by its path, too. Raises what
    open_as() raises, also where none is left.
    """
    sorted_: dict[str, list[ExportFile]] = {name: [] for name in KINDS}
    passed_over: dict[str, str] = {}
    for option, paths in files.items():
        for path in paths:
            try:
                name, export = open_as(option if option in sorted_ else "", path)
                sorted_[name].append(export)
            except OtherExportError as error:
                passed_over[str(path)] = error.kind
                if option in sorted_ or len(passed_over) == sum(map(len, files.values())):
                    raise
    return sorted_, passed_over


class Compilation:
    """One reading of files of all kinds, some after some; ``finish()`` unites them.

    Records are made by address, or ``by_id`` of the customer. ``failed`` is told of a file that cannot be
    read, and may raise that.
    """

    def __init__(
        self,
        workshop: Workshop,
        *,
        test_mode: bool = False,
        by_id: bool = False,
        failed: Failed = fail,
    ) -> None:
        self._workshop = workshop
        self._by_id = by_id
        self._test_mode = test_mode
        self._failed = failed
        self._sets: dict[str, RowSet] = {}
        self._tables = 0

    def add(self, name: str, exports: Sequence[ExportFile]) -> None:
        """Read files of a kind, each older than those of its kind before. Raises SourceError."""
        files: list[ToLoad] = []
        kept: dict[str, str] = {}
        for export in exports:
            try:
                file = self._look(name, export, kept)
            except SourceError as error:
                self._failed(export, error)
            else:
                files.append(file)
        how = kind(name, {cell: key for key, cell in kept.items()}, test_mode=self._test_mode)
        self._tables += 1
        loaded = self._workshop.load(files, how.select, f"{name}_{self._tables}", self._failed)
        reports = [_report(name, file) for file in loaded.files]
        self._read_odd(how, loaded, reports)
        for report, file, rows in zip(reports, loaded.files, loaded.rows_of, strict=True):
            report.set_aside, report.breaks_off = file.export.set_aside, file.export.breaks_off
            report.rows = rows + file.export.set_aside.rows
            report.row_by_row = bool(loaded.lines) and size_of(file.export) > SMALL
        if reports:
            self._sets.setdefault(name, RowSet(self._workshop, name)).add(loaded, reports)

    def _look(self, name: str, export: ExportFile, kept: dict[str, str]) -> ToLoad:
        """Look through a file; ``kept`` maps the keys of metadata to their cells, and is added to."""
        wanted = dict.fromkeys(columns.ALIASES[name], "") | columns.resolve(name, export)
        export, scan = self._workshop.check(export)
        found = columns.metadata_in(export.header.names) if name in METADATA_OF else {}
        for key, column in found.items():
            wanted[kept.setdefault(key, f"metadata_{len(kept)}")] = column
        return ToLoad(export, scan, wanted)

    def _read_odd(self, how: Kind, loaded: Loaded, reports: Sequence[FileReport]) -> None:
        odd = OddCells(self._workshop, loaded)
        for column in how.addresses:
            odd.read_addresses(column)
        for column in how.times:
            for number, decided in odd.read_times(column, f"{{{column}}}").items():
                reports[number].dates[column] = decided
            self._refuse_missing(loaded.table, column, how)
        signs = odd.decimal_signs(how.amounts)
        for number, sign in signs.items():
            reports[number].decimal_sign = sign
        for column in how.amounts:
            odd.read_amounts(column, f"{{{column}}}", signs)
            if column in how.positive:
                self._workshop.run(
                    f"UPDATE {loaded.table} SET reason = 'its {{{column}}} is negative' "
                    f"WHERE reason IS NULL AND {column} < 0"
                )
            self._refuse_missing(loaded.table, column, how)

    def _refuse_missing(self, table: str, column: str, how: Kind) -> None:
        wrong = [f"{column} IS NULL"] if column in how.needed else []
        wrong += [f"{column} NOT BETWEEN 0 AND {records.LATEST}"] if column == "created" else []
        if wrong:
            self._workshop.run(
                f"UPDATE {table} SET reason = 'its {{{column}}} cannot be read' "
                f"WHERE reason IS NULL AND ({' OR '.join(wrong)})"
            )

    @property
    def reports(self) -> list[FileReport]:
        """Answer what was found of each file that could be read."""
        return [report for rows in self._sets.values() for report in rows.reports]

    def finish(self) -> Compiled:
        """Unite all files, and answer the records."""
        self._workshop.progress.adding_up()
        for rows in self._sets.values():
            rows.unite()
            rows.note_set_aside()
        self._take_customer_ids() if self._by_id else self._find_addresses()
        for name, rows in self._sets.items():
            sums_of(self._workshop, name, rows)
        fields, query = records.make(self._workshop, list(self._sets))
        repeated = sum((rows.repeated for rows in self._sets.values()), RepeatedRows())
        return Compiled(fields, query, Report(self.reports, repeated=repeated))

    def _take_customer_ids(self) -> None:
        """Make views ``known_<kind>`` of the rows with a customer id, which stands in the address's place."""
        for name, rows in self._sets.items():
            self._workshop.run(
                f"CREATE VIEW known_{name} AS SELECT * REPLACE (customer_id AS email) FROM {name} "
                "WHERE customer_id <> ''"
            )
            rows.note_without_address("customer_id = ''", NO_CUSTOMER)

    def _find_addresses(self) -> None:
        """Make views ``known_<kind>`` of the rows whose address is known, and set the others aside."""
        lacking = " UNION ALL ".join(
            f"SELECT customer_id FROM {name} WHERE email = ''" for name in self._sets
        )
        count = self._workshop.run(f"SELECT count(*) FROM ({lacking})").fetchone()
        if not count or not count[0]:
            for name in self._sets:
                self._workshop.run(f"CREATE VIEW known_{name} AS SELECT * FROM {name}")
            return
        telling = " UNION ALL ".join(
            f"SELECT customer_id, email, {rank} * {2**40} + row AS rank FROM all_{name} "
            "WHERE reason IS NULL AND email <> '' AND customer_id <> '' "
            f"AND customer_id IN ({lacking})"
            for rank, name in enumerate(self._sets)
        )
        self._workshop.run(
            f"CREATE TABLE addresses AS SELECT customer_id, arg_min(email, rank) AS found "
            f"FROM ({telling}) GROUP BY customer_id"
        )
        for name, rows in self._sets.items():
            self._workshop.run(
                f"CREATE VIEW known_{name} AS SELECT one.* REPLACE (CASE WHEN one.email = '' "
                f"THEN addresses.found ELSE one.email END AS email) FROM {name} AS one "
                "LEFT JOIN addresses ON one.customer_id = addresses.customer_id "
                "WHERE one.email <> '' OR addresses.found IS NOT NULL"
            )
            unknown = "email = '' AND customer_id NOT IN (SELECT customer_id FROM addresses)"
            is_none = "trim(coalesce(email_odd, '')) <> ''"
            rows.note_without_address(f"{unknown} AND NOT {is_none}", NO_ADDRESS)
            wrong = f"its {{{columns.address_in(name)}}} is no address, {UNTOLD}"
            rows.note_without_address(f"{unknown} AND {is_none}", wrong)


def _report(name: str, file: ToLoad) -> FileReport:
    export, header = file.export, file.export.header
    start = METADATA_OF.get(name)
    metadata = [column for column in header.names if start and columns.is_metadata(column)]
    return FileReport(
        path=str(export.path),
        kind=name,
        generation=generation_of(name, header),
        encoding=export.encoding,
        delimiter=header.delimiter,
        header_line=header.line,
        columns={ours: file.wanted[ours] for ours in columns.ALIASES[name] if file.wanted[ours]},
        metadata={column: clean_key(f"{start}_{columns.key_of(column)}") for column in metadata},
        unrecognised=columns.unrecognised(name, header.names),
        unused=[column for column in columns.unused(name, header.names) if column not in metadata],
    )
