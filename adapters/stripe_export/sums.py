"""Sums of an export, to be compared with what the dashboard shows."""

from __future__ import annotations

from adapters.exports.cells import written
from adapters.exports.rowsets import RowSet
from adapters.exports.workshop import Workshop
from adapters.stripe_export.tables import GIVEN_BACK

_COUNTED = {
    "payments": {
        "charges": "count(*) FILTER (charged)",
        "charged": "sum(amount) FILTER (charged)",
        "refunded": f"sum({GIVEN_BACK}) FILTER (charged)",
        "net": f"sum(amount - {GIVEN_BACK}) FILTER (charged)",
        "not charged": "count(*) FILTER (NOT charged)",
    },
    "invoices": {
        "invoices": "count(*)",
        "total": "sum(total)",
        "paid": "sum(coalesce(amount_paid, 0))",
    },
}
LONGEST_STATUS = 40
_COUNTS = {"charges", "not charged", "invoices"}


def sums_of(workshop: Workshop, name: str, rows: RowSet) -> None:
    """Put the sums of each currency into the report of every file: of its good rows, repeated or not."""
    if name not in _COUNTED:
        return
    if name == "payments":
        _note_refunds(workshop, rows)
        _note_statuses(workshop, rows)
    sums = _COUNTED[name]
    listed = ", ".join(sums.values())
    asked = (
        f"SELECT file, currency, {listed} FROM all_{name} WHERE reason IS NULL "
        "GROUP BY file, currency ORDER BY file, currency"
    )
    for file, currency, *found in list(workshop.rows(asked)):
        rows.reports[file].sums[currency] = {
            what: f"{value:,}" if what in _COUNTS else written(int(value or 0), currency)
            for what, value in zip(sums, found, strict=True)
        }


def _note_refunds(workshop: Workshop, rows: RowSet) -> None:
    asked = (
        "SELECT file, count(*) FILTER (amount_refunded IS NULL), count(*) FILTER (amount_refunded > amount) "
        "FROM all_payments WHERE reason IS NULL AND (amount_refunded > amount "
        "OR (is_refunded_in_part AND amount_refunded IS NULL)) GROUP BY file"
    )
    for file, unknown, excessive in list(workshop.rows(asked)):
        rows.reports[file].unknown_refunds = unknown
        rows.reports[file].excessive_refunds = excessive


def _note_statuses(workshop: Workshop, rows: RowSet) -> None:
    """Note the statuses that are not known and that two customers share: such a text is nobody's name."""
    asked = (
        "SELECT file, unknown_status, count(*) AS rows FROM all_payments "
        f"WHERE unknown_status <> '' AND length(unknown_status) <= {LONGEST_STATUS} "
        "GROUP BY file, unknown_status "
        "HAVING count(DISTINCT CASE WHEN customer_id <> '' THEN customer_id ELSE email END) > 1 "
        "ORDER BY file, rows DESC, unknown_status"
    )
    for file, status, count in list(workshop.rows(asked)):
        rows.reports[file].unknown_statuses[status] = count
