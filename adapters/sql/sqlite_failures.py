"""What goes wrong with an SQLite file, told without values of a row."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

from adapters.database_refusals import NO_SQL, WRITES
from adapters.errors import SourceDataError, SourceError, SourceUnavailable

_OF_THE_QUERY = re.compile(
    r'near "|no such |not authorized$|incomplete input|unrecognized token|ambiguous column name'
    r"|wrong number of arguments|misuse of |sub-select returns |SELECTs to the left and right "
    r"|aggregate functions are not |row value misused|DISTINCT aggregates |HAVING clause |a GROUP BY "
    r"|\d+\w\w (?:ORDER|GROUP) BY term |(?:ORDER|GROUP) BY |LIMIT clause |no tables specified"
    r"|circular reference|too many "
)
"""How SQLite begins to say of a query that it is wrong, with words of the query alone."""

_OF_THE_MODULE = {
    "Incorrect number of bindings": "parameters beside :email, as ? and $1, have no value",
    "You can only execute one statement": "it is more than one statement",
}
"""How Python's sqlite3 begins to say so, before SQLite is asked, and what is told of it."""

_COMPUTE_FIX = (
    "See what the query makes of a row or the address: malformed JSON, an overflow, a text to search for."
)


def told_of_sqlite(error: BaseException, path: Path) -> SourceError:
    """Turn an error of ``sqlite3`` into a source's."""
    code = getattr(error, "sqlite_errorcode", 0)
    where = f"the database file {path}"
    if not path.exists():
        return SourceUnavailable(f"{where} does not exist; create it, or set another url")
    if path.is_dir():
        told = f"{path} is a folder, and no database file"
        return SourceUnavailable(told, fix="Name the file in the url.")
    if code == sqlite3.SQLITE_NOTADB:
        told = f"the file {path} is no SQLite database, or an encrypted one"
        return SourceUnavailable(told, fix="Name another file in the url.")
    if code == sqlite3.SQLITE_INTERRUPT:
        return SourceUnavailable(f"{where} did not answer in time; does the lookup use an index?")
    if code == sqlite3.SQLITE_READONLY:
        told = f"{where} refused the query: it writes, and a lookup may only read"
        return SourceUnavailable(told, fix=WRITES.fix)
    if why := _wrong_for_everybody(error, code):
        return SourceUnavailable(f"{where} refused the query: {why}", fix=NO_SQL.fix)
    if code & 0xFF == sqlite3.SQLITE_ERROR:
        # Functions may repeat a value: json_extract() its path, a search by MATCH its words.
        return SourceDataError("the query met a value that it cannot compute with", fix=_COMPUTE_FIX)
    return SourceUnavailable(f"{where} did not answer: {error}")


def _wrong_for_everybody(error: BaseException, code: int) -> str:
    """Say what is wrong with the query itself; empty where something else is."""
    said = str(error)
    if code & 0xFF == sqlite3.SQLITE_ERROR:
        return said if _OF_THE_QUERY.match(said) else ""
    return next((told for begin, told in _OF_THE_MODULE.items() if said.startswith(begin)), "")
