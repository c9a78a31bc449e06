"""What is asked of a server for every session: it only reads, and ends by itself what takes too long."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy import URL, Engine, event
from sqlalchemy.engine.interfaces import DBAPIModule

from adapters.sql.mysql_types import decoders

MYSQL = {"mysql", "mariadb"}
LIBPQ = {"psycopg", "psycopg2"}
"""Drivers that hand PostgreSQL its settings while they connect."""

NO_SETTINGS = "unsupported startup parameter"
"""How PgBouncer begins to say that it takes none; another's session must not be changed by SET there."""

AFTER_THE_SERVER = 0.25
"""Seconds that a driver waits longer than the server's own limit, whose word says more."""

NEGLIGIBLE = 0.05
"""Seconds by which the statements of one lookup may together outlast its limit in MariaDB and MySQL."""

TIME_LIMIT = "/*M!100101 max_statement_time = {seconds} *//*!50720 max_execution_time = {milliseconds} */"
READ_ONLY = "/*M!100000 tx_read_only = 1 *//*!50720 transaction_read_only = 1 */"
"""Names differ between MariaDB and MySQL; each reads the comment that is for it."""

_READS = {"read-write": "primary", "read-only": "standby"}
"""libpq tells servers apart by whether sessions may write, which ours never may; so we ask for the role."""


def limits_of(backend: str, timeout: float) -> Mapping[str, str]:
    """Name the settings of a session that only reads, each with its value."""
    milliseconds = max(1, math.ceil(timeout * 1000))
    if backend == "postgresql":
        return {"statement_timeout": str(milliseconds), "default_transaction_read_only": "on"}
    return {}


def connect_arguments(url: URL, timeout: float) -> dict[str, Any]:
    """Answer what the driver is given so that sessions are as they should be."""
    if url.get_backend_name() == "postgresql" and url.get_driver_name() in LIBPQ:
        own = " ".join(f"-c {name}={value}" for name, value in limits_of("postgresql", timeout).items())
        made: dict[str, Any] = {"options": " ".join(filter(None, [own, str(url.query.get("options", ""))]))}
        if "client_encoding" not in url.query:
            made["client_encoding"] = "utf8"  # of a database in SQL_ASCII psycopg would read bytes
        wanted = url.query.get("target_session_attrs")
        if isinstance(wanted, str) and wanted in _READS:
            made["target_session_attrs"] = _READS[wanted]
        return made
    if url.get_backend_name() in MYSQL and url.get_driver_name() == "pymysql":
        waits = timeout + AFTER_THE_SERVER
        return {"connect_timeout": timeout, "read_timeout": waits, "write_timeout": waits, "conv": decoders()}
    return {}


def without_settings(error: Exception, options: dict[str, Any]) -> bool:
    """Take the settings out of a driver's options where a pooler refuses them; tell whether it did."""
    return NO_SETTINGS in str(error) and options.pop("options", None) is not None


def limit_sessions(engine: Engine, url: URL, timeout: float) -> None:
    """Let every new connection set what its driver could not hand over."""
    backend = url.get_backend_name()
    if backend in MYSQL:
        _on_connect(engine, lambda dbapi, cursor: _limit_mysql(dbapi, cursor, timeout))
    elif backend == "postgresql" and url.get_driver_name() not in LIBPQ:
        settings = limits_of(backend, timeout)
        _on_connect(engine, lambda _dbapi, cursor: _set_all(cursor, settings))


def _on_connect(engine: Engine, act: Callable[[DBAPIModule, Any], None]) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        try:
            act(engine.dialect.loaded_dbapi, cursor)
        finally:
            cursor.close()


def _set_all(cursor: Any, settings: Mapping[str, str]) -> None:
    for name, value in settings.items():
        cursor.execute(f"SET {name} = {value}")


def _limit_mysql(dbapi: DBAPIModule, cursor: Any, timeout: float) -> None:
    """Set the limits and the zone of a session of MariaDB or MySQL.

    A ``TIMESTAMP`` comes in the session's time zone and without it, so that must be known.
    """
    zone = "SET SESSION time_zone = '+00:00'"
    limits = _time_limit(timeout), READ_ONLY
    try:
        cursor.execute(f"{zone}, {', '.join(limits)}")
    except dbapi.Error:
        # What speaks MySQL's language and is neither may lack one of them: the doctor says so.
        cursor.execute(zone)
        for limit in limits:
            with suppress(dbapi.Error):
                cursor.execute(f"SET SESSION {limit}")


def _time_limit(seconds: float) -> str:
    milliseconds = max(1, math.ceil(seconds * 1000))
    return TIME_LIMIT.format(seconds=milliseconds / 1000, milliseconds=milliseconds)


class SharedLimit:
    """Lets the statements of one lookup end within one ``timeout``, in MariaDB and MySQL.

    Their sessions limit each statement. To shorten that takes a round trip, so a lookup that has taken less
    than NEGLIGIBLE seconds is let be.
    """

    def __init__(self, backend: str, dbapi: DBAPIModule, timeout: float) -> None:
        self.applies = backend in MYSQL
        self._dbapi = dbapi
        self._timeout = timeout

    def shorten(self, connection: Any, limit: float, left: float) -> float:
        """Let the next statement take what is left; answer the limit that holds now."""
        if limit - left < NEGLIGIBLE:
            return limit
        self._set(connection, left)
        return left

    def restore(self, connection: Any, limit: float) -> None:
        """Let a statement take ``timeout`` again."""
        if limit != self._timeout:
            self._set(connection, self._timeout)

    def _set(self, connection: Any, seconds: float) -> None:
        cursor = connection.cursor()
        # What speaks MySQL's language and is neither may lack it: the doctor says so.
        with suppress(self._dbapi.Error):
            cursor.execute(f"SET SESSION {_time_limit(seconds)}")
        cursor.close()
