"""The kit as it is measured: its settings files, as a company would write them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.customers import ANSWERED, QUERY
from benchmarks.database import sqlite_database
from benchmarks.exports import stripe_exports
from benchmarks.sizes import Sizes

TOKEN = "benchmark-token"
BILLING = ("first_charge_created_at", "last_charge_amount", "stripe_customer_token")
TIMES = 'types = { created_at = "datetime", current_sign_in_at = "datetime" }'


@dataclass(frozen=True, slots=True)
class Kit:
    """Settings files of the kit in a folder, on the databases and exports of one size."""

    folder: Path
    database: Path
    exports: Path

    @classmethod
    def on(cls, cache: Path, folder: Path, sizes: Sizes) -> Kit:
        """Make the data where ``cache`` has them not yet; settings are written into ``folder``."""
        database = sqlite_database(cache, sizes.users)
        exports = stripe_exports(cache, sizes.users, sizes.export_step)
        return cls(folder, database.absolute(), exports.absolute())

    def sql(self) -> Mapping[str, str]:
        """Answer the environment of the kit with one SQL source."""
        return self._environment("sql", self._fields(), self._sql())

    def sql_and_stripe(self) -> Mapping[str, str]:
        """Answer the environment of the kit with the SQL source and the Stripe exports."""
        return self._environment("sql-and-stripe", self._fields(*BILLING), self._sql(), self._stripe())

    def cached(self) -> Mapping[str, str]:
        """Answer the environment of the kit with both sources, and answers that are kept for an hour."""
        cache = "[cache]\nfresh = 3600\n"
        return self._environment("cached", self._fields(*BILLING), cache, self._sql(), self._stripe())

    def postgresql(self) -> Mapping[str, str]:
        """Answer the environment of the kit with PostgreSQL as its source, whose URL is to be added to it."""
        source = f'[[sources]]\nname = "app"\ntype = "sql"\nurl = "${{DATABASE_URL}}"\nquery = "{QUERY}"\n'
        return self._environment("postgresql", self._fields(), source)

    def _environment(self, name: str, *tables: str) -> Mapping[str, str]:
        file = self.folder / f"{name}.toml"
        file.write_text("\n".join(tables), encoding="utf-8")
        return {"GROOVE_API_TOKEN": TOKEN, "CUSTOM_PROFILE_CONFIG": str(file)}

    @staticmethod
    def _fields(*more: str) -> str:
        return f"[profile]\nfields = {json.dumps([*ANSWERED, *more])}\n"

    def _sql(self) -> str:
        url = json.dumps(f"sqlite:///{self.database}")
        return f'[[sources]]\nname = "app"\ntype = "sql"\nurl = {url}\nquery = "{QUERY}"\n{TIMES}\n'

    def _stripe(self) -> str:
        payments, customers = (
            json.dumps(str(self.exports / f"{kind}.csv")) for kind in ("payments", "customers")
        )
        return (
            '[[sources]]\nname = "billing"\ntype = "stripe_export"\n'
            f"payments = {payments}\ncustomers = {customers}\n"
            'rename = { customer_id = "stripe_customer_token" }\n'
        )
