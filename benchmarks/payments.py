"""Payments of any number, always the same: four of each customer, as the dashboard exports them."""

from __future__ import annotations

from pathlib import Path

import duckdb

from benchmarks.customers import email_of

EACH = 4
"""Payments of one customer."""
HEADER = (
    "id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Converted Amount,"
    "Converted Amount Refunded,Converted Currency,Decline Reason,Description,Fee,Refunded date (UTC),"
    "Statement Descriptor,Status,Seller Message,Taxes On Fee,Card ID,Customer ID,Customer Description,"
    "Customer Email,Invoice ID,Transfer"
)
"""The columns that the dashboard chooses by default."""


def payments_file(folder: Path, rows: int) -> Path:
    """Answer an export of so many payments, made where it is missing."""
    path = folder / f"payments-{rows}.csv"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    before, after = email_of(7).split("7")
    names = HEADER.split(",")
    made = ", ".join(
        f'{value} AS "{name}"' for name, value in zip(names, _values(before, after), strict=True)
    )
    database = duckdb.connect()
    database.execute(f"CREATE TABLE numbers AS SELECT range AS n FROM range({rows})")
    customer = f"1 + (n * 7919) % {max(1, rows // EACH)}"
    database.execute(
        f"COPY (SELECT {made} FROM (SELECT n, {customer} AS customer FROM numbers)) TO '{beside}' "
        "(HEADER, DELIMITER ',', QUOTE '\"', FORCE_QUOTE (\"Description\"))"
    )
    database.close()
    beside.rename(path)
    return path


def _values(before: str, after: str) -> list[str]:
    amount = "format('{:d}.{:02d}', 10 + n % 900, n % 100)"
    failed, refunded = "n % 17 = 0", "n % 23 = 0"
    return [
        "'ch_3' || lpad(n::VARCHAR, 23, '0')",
        "strftime(make_timestamp((1400000000 + (n * 7919) % 300000000) * 1000000), '%Y-%m-%d %H:%M:%S')",
        amount,
        f"CASE WHEN {refunded} THEN {amount} ELSE '0.00' END",
        "'usd'",
        f"CASE WHEN {failed} THEN 'false' ELSE 'true' END",
        amount,
        "'0.00'",
        "'usd'",
        "''",
        "'A month of Studio, with tax'",
        "'1.23'",
        "''",
        "'KILNWRIGHT'",
        f"CASE WHEN {failed} THEN 'Failed' WHEN {refunded} THEN 'Refunded' ELSE 'Paid' END",
        "'Payment complete.'",
        "'0.00'",
        "'card_' || lpad(n::VARCHAR, 24, '0')",
        "'cus_' || lpad(customer::VARCHAR, 14, '0')",
        "''",
        f"'{before}' || customer || '{after}'",
        "'in_' || lpad(n::VARCHAR, 24, '0')",
        "''",
    ]
