"""Opening a database: whose it is, which schema it has, and its way up to the newest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import URL, Connection, Engine, Inspector, create_engine, event, inspect, make_url
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from harness.store.models import Base
from harness.store.schema import FIRST_SCHEMA, VERSION_TABLE, NewerDatabaseError, is_first_schema, upgrade

__all__ = ["ForeignDatabaseError", "NewerDatabaseError", "make_sessions", "open_store", "store_url"]

_TABLES_NAMED = 3


class ForeignDatabaseError(Exception):
    """Raise when a database belongs to something else; the message says which of its tables show that."""


def store_url(place: str) -> URL:
    """Read where the store is: a file's path, or a database's address; ``postgres://`` is psycopg's.

    Raises SQLAlchemy's ArgumentError or ValueError for an address that is none.
    """
    if "://" not in place:
        return URL.create("sqlite", database=place)
    url = make_url(place)
    return url.set(drivername="postgresql+psycopg") if url.drivername in {"postgres", "postgresql"} else url


def open_store(url: str | URL) -> Engine:
    """Open a database and bring its tables up to date.

    Raises ForeignDatabaseError where it holds other tables than these, or tables of other shape under their
    names, and leaves it as it was; NewerDatabaseError where a later version of this program made it;
    SQLAlchemyError where it cannot be used.
    """
    # Error texts would otherwise hold customers' data.
    engine = create_engine(url, hide_parameters=True)
    try:
        _refuse_foreign_tables(engine)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
        with engine.connect() as connection:
            upgrade(connection)
    except BaseException:
        engine.dispose()
        raise
    return engine


def make_sessions(engine: Engine) -> sessionmaker[Session]:
    """Give the factory of sessions that a process uses; one session belongs to one thread."""
    return sessionmaker(engine, expire_on_commit=False)


def _refuse_foreign_tables(engine: Engine) -> None:
    with engine.connect() as connection:
        foreign = _foreign_tables(connection, inspect(connection))
    engine.dispose()  # the connections to come are prepared
    if foreign:
        others = f" and {len(foreign) - _TABLES_NAMED} more" if len(foreign) > _TABLES_NAMED else ""
        raise ForeignDatabaseError(", ".join(foreign[:_TABLES_NAMED]) + others)


def _foreign_tables(connection: Connection, inspector: Inspector) -> list[str]:
    """Name what shows that a database is not ours; a file is ours alone, a server's may hold more."""
    names = [*inspector.get_table_names(), *inspector.get_view_names()]
    if VERSION_TABLE in names or is_first_schema(inspector, names):
        return []
    if connection.dialect.name == "sqlite":
        return [name for name in names if name not in FIRST_SCHEMA or not _is_ours(inspector, name)]
    return [name for name in names if name in Base.metadata.tables]


def _is_ours(inspector: Inspector, name: str) -> bool:
    return {column["name"] for column in inspector.get_columns(name)} == FIRST_SCHEMA[name]


def _prepare_sqlite(connection: Any, _: ConnectionPoolEntry) -> None:
    statements: Iterable[str] = (
        "PRAGMA foreign_keys = ON",
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = NORMAL",
        "PRAGMA busy_timeout = 5000",
    )
    for statement in statements:
        connection.execute(statement).close()
