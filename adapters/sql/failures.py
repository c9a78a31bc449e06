"""What goes wrong with a database, told without parameters, values of a row or the URL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.engine.interfaces import DBAPIModule
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from adapters.database_refusals import missing_package, refusal_of, where_is
from adapters.errors import SourceDataError, SourceError, SourceUnavailable
from adapters.sql.hosts import places_of
from adapters.sql.sqlite_failures import told_of_sqlite
from adapters.time_limit import seconds_left

NO_SUCH_VALUE = "22P02"
"""PostgreSQL's state for a text that is no value of the column's type."""

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

DATA_EXCEPTION = "22"
"""The class of SQLSTATE for values that cannot be computed with (SQL, ISO/IEC 9075-2)."""

SEVERAL_ROWS = {"21000", 1242}
"""What PostgreSQL, and MariaDB and MySQL, say of a subselect that may give one row and gives more."""

SEVERAL = "a subselect of the query finds more than one row for this customer"

NO_EXPRESSION = {1139}
"""What MariaDB says of a text that is no regular expression, such as an address that is searched by."""

NO_SUCH_KEY = "what is looked up is no value of the column's type; is lookup_by the right field?"


TLS_FIX = "Mend ssl_ca, ssl_cert or ssl_key in the url, or let the server's user read them."


def translated(
    error: Exception,
    dbapi: DBAPIModule,
    url: URL,
    missing: Callable[[BaseException], str] = lambda _: "",
    key: str | None = None,
) -> Exception:
    """Turn SQLAlchemy's errors and the driver's into those of a source; answer others as they are.

    ``missing`` says of the driver's error which name the database does not know, or an empty text; ``key`` is
    what was looked up.
    """
    told: object = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    if _codes(told) & SEVERAL_ROWS:
        return SourceDataError(SEVERAL, fix="Let it find one: ORDER BY …, and LIMIT 1.")
    if isinstance(told, dbapi.DataError) or _is_of_a_value(told):
        return SourceDataError(_explain_data(told, key))
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


def _codes(error: object) -> set[object]:
    """Answer MariaDB's or MySQL's number, which says more than a state, or else the SQLSTATE."""
    arguments = getattr(error, "args", ())
    number = arguments[0] if arguments else None
    return {number if isinstance(number, int) else getattr(error, "sqlstate", None)}


def _is_of_a_value(error: object) -> bool:
    state = getattr(error, "sqlstate", None) or ""
    return state.startswith(DATA_EXCEPTION) or not _codes(error).isdisjoint(NO_EXPRESSION)


def _explain_data(error: object, key: str | None) -> str:
    if getattr(error, "sqlstate", None) == NO_SUCH_VALUE:
        # PostgreSQL repeats the value.
        is_of_the_key = key is None or f'"{key}"' in str(error)
        return NO_SUCH_KEY if is_of_the_key else "the query cannot turn a value of the row into another type"
    return "the query met a value that it cannot compute with, or one that the driver cannot read"


def _explained(error: BaseException, url: URL) -> SourceError:
    if url.get_backend_name() == "sqlite":
        return told_of_sqlite(error, Path(str(url.database)))
    where = where_is(url, places_of(url))
    timed_out = _was_cancelled(error) or seconds_left() <= 0
    if not timed_out and (found := refusal_of(error, url, where)):
        return SourceUnavailable(found.message, fix=found.fix)
    return SourceUnavailable(_explain(error, where))


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
