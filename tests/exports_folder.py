"""Exports whose answers tell of which generation they are, and builders of their index as processes."""

from __future__ import annotations

import json
import subprocess
from decimal import Decimal
from pathlib import Path

from adapters.exports.builder import COMMAND
from adapters.exports.job import Job
from adapters.stripe_export.source import COMPILER

HEADER = "id,Created date (UTC),Amount,Amount Refunded,Currency,Status,Customer ID,Customer Email\n"


class ExportsFolder:
    """A folder with an export of payments: in generation 7 every customer paid 7.00, seven times."""

    def __init__(self, folder: Path, customers: int = 200) -> None:
        self.path = folder / "payments.csv"
        self.index = folder / "index"
        self.customers = customers
        self.job = Job(COMPILER, {"payments": str(self.path)}, {"test_mode": False}, folder=str(self.index))

    @property
    def settings(self) -> dict[str, str]:
        """The options of a source that reads it."""
        return {"payments": str(self.path), "index": str(self.index)}

    def text(self, generation: int) -> str:
        """Write a generation as CSV."""
        rows = [
            f"ch_{number}_{payment},2013-06-26 12:36:36,{generation}.00,0.00,usd,Paid,cus_{number},"
            f"{email(number)}\n"
            for number in range(self.customers)
            for payment in range(generation)
        ]
        return HEADER + "".join(rows)

    def write(self, generation: int) -> None:
        """Replace the export, all at once."""
        aside = self.path.with_suffix(".new")
        aside.write_text(self.text(generation), encoding="utf-8")
        aside.replace(self.path)

    def generation_of(self, record) -> int:
        """Tell of which generation a record is; fails where it is of two."""
        count = record["charge_count"]
        assert record["last_charge_amount"].amount == count
        assert record["charge_total"].amount == Decimal(count) * count
        return count

    def start_builder(self, **how) -> subprocess.Popen:
        """Start a builder's process."""
        process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **how)
        process.stdin.write(self.job.as_json() + "\n")
        process.stdin.flush()
        return process

    def build(self, **how) -> dict:
        """Build in a process of its own, and answer what it told at last."""
        return told(self.start_builder(**how))

    def left(self) -> set[str]:
        """Name what is in the index's folder."""
        return {path.name for path in self.job.place.iterdir()}


def email(number: int) -> str:
    return f"customer-{number}@example.com"


def told(process: subprocess.Popen) -> dict:
    """Answer the last line that a builder wrote, when it has ended."""
    with process:
        lines = process.stdout.readlines()
    return json.loads(lines[-1]) if lines else {}
