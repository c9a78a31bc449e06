"""What goes wrong with a database, told without parameters, values of a row or the URL."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.engine.interfaces import DBAPIModule
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from adapters.database_refusals import NO_SQL, WRITES, missing_package, refusal_of, where_is
from adapters.errors import SourceDataError, SourceUnavailable
from adapters.sql.hosts import places_of
from adapters.time_limit import seconds_left

NO_SUCH_VALUE = "22P02"
"""PostgreSQL's state for a text that is no value of the column's type."""

_OF_THE_QUERY = re.compile(
    r'near "|no such |not authorized$|incomplete input|unrecognized token|ambiguous column name'
    r"|wrong number of arguments|misuse of |sub-select returns |SELECTs to the left and right "
)
"""How SQLite begins to say of a query that it is wrong, with words of the query alone."""

CANCELLED = "57014"
"""PostgreSQL's state for a statement that its limit ended."""

OUT_OF_TIME = {1969, 3024}
"""What MariaDB and MySQL say of such a statement."""

REFUSED_STATEMENT = "42"
"""The class of SQLSTATE for a statement that is wrong or not permitted (SQL, ISO/IEC 9075-2)."""


NO_SUCH_LETTER = {"22P05", 1267, 1270, 1271, 3854}
"""What PostgreSQL, and MariaDB and MySQL, say of a letter that the column's character set lacks.

The latter also of two collations that do not go together, whatever the letters.
"""

NO_SUCH_KEY = "what is looked up is no value of the column's type; is lookup_by the right field?"


TLS_FIX = "Mend ssl_ca, ssl_cert or ssl_key in the url, or let the server's user read them."


def translated(
    error: Exception, dbapi: DBAPIModule, url: URL, missing: Callable[[BaseException], str] = lambda _: ""
) -> Exception:
    """Turn SQLAlchemy's errors and the driver's into those of a source; answer others as they are.

    ``missing`` says of the driver's error which name the database does not know, or an empty text.
    """
    told: object = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    if isinstance(told, dbapi.DataError):
        return SourceDataError(_explain_data(told))
    if isinstance(told, dbapi.Error):
        if name := missing(told):
            return SourceUnavailable(f"the database refused the query: {name}")
        return _explained(told, url)
    if isinstance(error, SQLAlchemyError):
        return SourceUnavailable(f"the database did not answer ({type(error).__name__})")
    if isinstance(error, OSError) and error.strerror:
        # PyMySQL reads them before it connects; what fails later is an error of the driver's own.
        told_file = f"a file that the url names for TLS cannot be read: {error.strerror}"
        return SourceUnavailable(told_file, fix=TLS_FIX)
    if lacking := missing_package(error):
        return SourceUnavailable(lacking.message, fix=lacking.fix)
    if isinstance(error, ValueError | ArithmeticError):
        # Raised by the driver for a cell; its text holds the value.
        return SourceDataError(
            "the driver cannot read a value of the row; cast its column to text in a query"
        )
    return error


class NobodyError(SourceDataError):
    """Raised for an address that a database cannot hold: nobody has it."""


def cannot_be_kept(address: str | None, error: Exception) -> bool:
    """Tell whether a driver's error means that the database lacks a letter of an address."""
    if address is None or address.isascii():
        return False
    number = error.args[0] if error.args else None
    return isinstance(error, UnicodeEncodeError) or not NO_SUCH_LETTER.isdisjoint(
        (getattr(error, "sqlstate", None), number)
    )


def refuse_twins(keys: Sequence[str]) -> None:
    """Raise SourceDataError where two columns have one name: one of them would be lost."""
    if len(set(keys)) != len(keys):
        twins = ", ".join(sorted({key for key in keys if keys.count(key) > 1}))
        raise SourceDataError(f"the query gives more than one column named {twins}; name them apart with AS")


def _explain_data(error: object) -> str:
    if getattr(error, "sqlstate", None) == NO_SUCH_VALUE:
        return NO_SUCH_KEY
    return "the query met a value that it cannot compute with, or one that the driver cannot read"


def _explained(error: BaseException, url: URL) -> SourceUnavailable:
    where = where_is(url, places_of(url))
    timed_out = _was_cancelled(error) or seconds_left() <= 0
    if url.get_backend_name() == "sqlite":
        return _of_sqlite(error, Path(str(url.database)))
    if not timed_out and (found := refusal_of(error, url, where)):
        return SourceUnavailable(found.message, fix=found.fix)
    return SourceUnavailable(_explain(error, where))


def _of_sqlite(error: BaseException, path: Path) -> SourceUnavailable:
    code = getattr(error, "sqlite_errorcode", 0)
    if not path.exists():
        return SourceUnavailable(f"the database file {path} does not exist; create it, or set another url")
    if code == sqlite3.SQLITE_INTERRUPT:
        told = f"the database file {path} did not answer in time; does the lookup use an index?"
        return SourceUnavailable(told)
    if code == sqlite3.SQLITE_READONLY:
        told = f"the database file {path} refused the query: it writes, and a lookup may only read"
        return SourceUnavailable(told, fix=WRITES.fix)
    if code & 0xFF == sqlite3.SQLITE_ERROR:
        # Functions may repeat a value: json_extract() its path, a search by MATCH its words.
        why = error if _OF_THE_QUERY.match(str(error)) else "it cannot be computed"
        return SourceUnavailable(f"the database file {path} refused the query: {why}", fix=NO_SQL.fix)
    return SourceUnavailable(f"the database file {path} did not answer: {error}")


def _explain(error: BaseException, hosts: str) -> str:
    if _was_cancelled(error):
        return f"the database {hosts} did not answer in time; does the lookup use an index?"
    if seconds_left() <= 0:
        return f"the database {hosts} did not answer in time"
    # Other drivers repeat values of the row in their messages: name the kind of error alone.
    state = getattr(error, "sqlstate", None) or ""
    kind = type(error).__name__
    if state.startswith(REFUSED_STATEMENT):
        return f"the database refused the query: {kind} ({state}); do its names fit the tables?"
    return f"the database {hosts} did not answer: {kind}{f' ({state})' if state else ''}"


def _was_cancelled(error: BaseException) -> bool:
    number = error.args[0] if error.args else None
    return getattr(error, "sqlstate", None) == CANCELLED or number in OUT_OF_TIME
