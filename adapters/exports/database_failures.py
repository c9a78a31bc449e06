"""Says why a generation could not be written into the shared database, and what to do."""

from __future__ import annotations

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from adapters.errors import SourceError, SourceUnavailable
from adapters.sql.failures import translated

RIGHTS = frozenset({"42501", "1142", "1143"})
"""PostgreSQL's state for what a role may not do; MariaDB's and MySQL's numbers."""
FULL = frozenset({"53100", "1021", "1114"})
"""The same for a full disk, or a full table."""

_FIX = "See that the database answers and takes what is written; it is tried again by itself."
_FIX_RIGHTS = "Let it create, write and drop tables there, or name another user in index_url."
_FIX_FULL = "Make room there; it is tried again by itself."


def why_not_written(error: SQLAlchemyError, engine: Engine) -> SourceUnavailable:
    """Turn what went wrong with the shared database into an error of the source, without values of a row."""
    message, fix = _explained(error, engine)
    return SourceUnavailable(f"the shared index cannot be written: {message}", fix=fix or _FIX)


def _explained(error: SQLAlchemyError, engine: Engine) -> tuple[str, str]:
    driver = error.orig if isinstance(error, DBAPIError) else None
    if driver is not None and engine.dialect.name == "sqlite":  # SQLite's own words hold no values
        fix = _FIX_FULL if "full" in str(driver) else ""
        return f"the database file {engine.url.database}: {driver}", fix
    codes = {str(getattr(driver, "sqlstate", "")), *map(str, getattr(driver, "args", ())[:1])}
    if codes & RIGHTS:
        return f"the user {engine.url.username!r} may not create or change tables there", _FIX_RIGHTS
    if codes & FULL:
        return "the database's disk is full", _FIX_FULL
    told = translated(error, engine.dialect.loaded_dbapi, engine.url)
    return str(told), told.fix if isinstance(told, SourceError) else ""
