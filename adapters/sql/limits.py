"""Whether sessions are as they were asked to be: poolers and servers may have left it out."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from adapters.base import Finding

_READ = {"1", "on"}


def examine(connection: Connection) -> Iterator[Finding]:
    """Warn of a session that may write, or in which a statement may run for ever; say nothing otherwise."""
    backend = connection.dialect.name
    if backend == "postgresql":
        names, fix = ("statement_timeout", "default_transaction_read_only"), _ALTER_ROLE
        asked = ", ".join(f"current_setting('{name}')" for name in names)
        limit, reads = connection.exec_driver_sql(f"SELECT {asked}").one()
    elif backend in {"mysql", "mariadb"}:
        fix = "Let the url name a user who may only read, and set max_statement_time for that user."
        shown = "SHOW SESSION VARIABLES WHERE variable_name IN"
        limits, rights = (
            "('max_statement_time', 'max_execution_time')",
            "('tx_read_only', 'transaction_read_only')",
        )
        limit, reads = (_first_value(connection, f"{shown} {names}") for names in (limits, rights))
    else:
        return
    missing = []
    if not float(limit.rstrip("msinhd") or 0):
        missing.append("a statement may run for ever")
    if reads.lower() not in _READ:
        missing.append("it may write")
    if missing:
        told = f"the server or a pooler before it has not taken the session's settings: {', '.join(missing)}"
        yield Finding("sql-session", "warning", told, fix)


_ALTER_ROLE = (
    "Give the settings to the role: ALTER ROLE profile_reader SET statement_timeout = '1s'; "
    "ALTER ROLE profile_reader SET default_transaction_read_only = on;"
)


def _first_value(connection: Connection, shown: str) -> str:
    row = connection.exec_driver_sql(shown).first()
    return "" if row is None else str(row[1])
