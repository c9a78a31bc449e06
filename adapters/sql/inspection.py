"""What can be told of a database before it is missed: whether it answers, may write, and uses an index."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version

from sqlalchemy import Connection, Executable

from adapters.base import Finding
from adapters.errors import SourceDataError, SourceError
from adapters.sql import collations, limits, plans, rights
from adapters.sql.nearest import nearest

PROBE = "nobody@invalid"
"""An address that no customer has: the name ``invalid`` is reserved by RFC 2606."""

PROBES = (PROBE, "0", "00000000-0000-0000-0000-000000000000", "2000-01-01", "false")
"""What stands for the value of a lookup: of the first, PostgreSQL makes no number, UUID, date or boolean."""

NAMES = {"postgresql": "PostgreSQL", "sqlite": "SQLite", "mysql": "MySQL", "mariadb": "MariaDB"}
"""What the databases that can be looked into are called."""

Connect = Callable[[], AbstractContextManager[Connection]]
Look = Callable[[Connection, str], Iterable[Finding]]
"""Takes a value of PROBES too."""


def check_lookup(ask_for_nobody: Callable[[], object]) -> Iterator[Finding]:
    """Report whether the database answers the lookup of an address that nobody has."""
    try:
        ask_for_nobody()
    except SourceError as error:
        fix = error.fix or "See that the database is up and the query fits it."
        yield Finding("sql-lookup", "error", str(error), fix)
    else:
        yield Finding("sql-lookup", "ok", "the database answers the lookup")


def doubts_of_types(told: Iterable[tuple[str, Iterable[str], Sequence[str]]]) -> Iterator[Finding]:
    """Warn of ``types`` for columns that there are not.

    ``told`` are what settings call each of the types, whose they are, and the columns that are given.
    """
    for name, typed, columns in told:
        for column in typed:
            if column not in columns:
                problem = (
                    f"{name} says what {column!r} is, and no such column is read{nearest(column, columns)}"
                )
                yield Finding(
                    "sql-types", "warning", problem, "Mend its name in types, or take it out there."
                )


@dataclass(frozen=True, slots=True)
class Asked:
    """One statement of a source: as settings write it, and what it is called where there are several.

    ``is_made`` if the kit wrote it, from a table's names.
    """

    statement: Callable[[], Executable]
    written: str
    name: str = ""
    is_made: bool = False


def examine(connect: Connect, questions: Sequence[Asked]) -> Iterator[Finding]:
    """Report which database it is, what the role may do there, and how each lookup finds its row.

    ``connect`` raises SourceError for whatever goes wrong with its connection. Nothing is changed, and no
    customer's row is read.
    """

    def look_at_plans(connection: Connection, probe: str) -> Iterable[Finding]:
        for asked in questions:
            for found in plans.examine(connection, asked.statement(), asked.written, probe):
                yield replace(found, message=f"{asked.name}: {found.message}") if asked.name else found

    def look_at_collations(connection: Connection, _: str) -> Iterable[Finding]:
        written = [asked.written for asked in questions if not asked.is_made]
        return [found for query in written for found in collations.examine(connection, query)]

    def look_at_rights(connection: Connection, probe: str) -> Iterable[Finding]:
        tables: set[str] = set()
        to_grant: set[str] = set()
        for asked in questions:
            read = plans.tables_of(connection, asked.statement(), asked.written, probe)
            tables |= read
            to_grant |= plans.to_be_granted(connection, asked.written, read)
        return rights.examine(connection, tables, to_grant)

    looks: dict[str, Look] = {
        "sql-server": lambda connection, _: _name_server(connection),
        "sql-session": lambda connection, _: limits.examine(connection),
        "sql-rights": look_at_rights,
        "sql-index": look_at_plans,
        "sql-collation": look_at_collations,
    }
    for name, look in looks.items():
        try:
            findings = _look(connect, look)
        except SourceError as error:
            fix = error.fix or "Look at it yourself: the role may lack the right to be told."
            yield Finding(name, "warning", f"it cannot be looked at: {error}", fix)
        else:
            yield from findings


def _look(connect: Connect, look: Look) -> list[Finding]:
    """Look with the first value that the column of the lookup takes."""
    for probe in PROBES[:-1]:
        with suppress(SourceDataError), connect() as connection:
            return list(look(connection, probe))
    with connect() as connection:
        return list(look(connection, PROBES[-1]))


def _name_server(connection: Connection) -> Iterator[Finding]:
    dialect = connection.dialect
    kind = "mariadb" if getattr(dialect, "is_mariadb", False) else dialect.name
    number = ".".join(map(str, (dialect.server_version_info or ())[:3]))
    driver = "" if kind == "sqlite" else f", driver {dialect.driver}{_driver_version(dialect.driver)}"
    yield Finding("sql-server", "ok", f"{NAMES.get(kind, kind)} {number}{driver}")
    if kind not in NAMES:
        known = ", ".join(NAMES.values())
        told = f"rights and indexes of {kind} are not looked at, only those of {known}"
        fix = "See yourself that the role may only read, and that the lookup uses an index."
        yield Finding("sql-not-examined", "ok", told, fix)


def _driver_version(driver: str) -> str:
    try:
        return f" {version(driver)}"
    except PackageNotFoundError:
        return ""
