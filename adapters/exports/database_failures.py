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
READ_ONLY = frozenset({"25006", "1290", "1792", "1836"})
"""The same for a replica, or a user whose transactions may only read."""
STOPPED = frozenset({"57014", "1969", "3024"})
"""The same for a statement that took longer than is allowed, or that somebody cancelled."""

_FIX = "See that the database answers and takes what is written; it is tried again by itself."
_FIX_RIGHTS = "Let it create, write and drop tables there, or name another user in index_url."
_FIX_FULL = "Make room there; it is tried again by itself."
_FIX_READ_ONLY = "Let index_url name the server that takes writes, the primary, and a user who may write."
_FIX_STOPPED = (
    "Raise the user's statement_timeout (MariaDB: max_statement_time), or name another in index_url."
)


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
    if codes & READ_ONLY:
        return "the database takes no writes, as a replica does", _FIX_READ_ONLY
    if codes & STOPPED:
        return "the database stopped a statement that took longer than it allows", _FIX_STOPPED
    told = translated(error, engine.dialect.loaded_dbapi, engine.url)
    return str(told), told.fix if isinstance(told, SourceError) else ""
