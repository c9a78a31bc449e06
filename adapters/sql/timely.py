"""Connections to PostgreSQL whose every wait ends with the caller's time.

So a lookup may be made in the thread that waits for it: a database that hangs cannot keep it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from importlib import import_module
from threading import BoundedSemaphore, Thread
from typing import Any

from sqlalchemy import URL, Engine, event

from adapters.errors import SourceUnavailable
from adapters.sql.hosts import Hosts
from adapters.sql.session import without_settings
from adapters.time_limit import seconds_left

Connect = Callable[[Sequence[Any], dict[str, Any]], Any]
"""Takes what a driver's connect() takes, and answers what that answers."""

CONNECTING_AT_ONCE = 5
"""Attempts to connect to one host that may be under way.

One that is given up goes on until the driver's own limit, and must not keep the others of several hosts from
being tried.
"""

_RANGES = [
    f"{kind}{form}"
    for kind in ("int4", "int8", "num", "date", "ts", "tstz")
    for form in ("range", "multirange")
]

AS_TEXT = ("interval", *_RANGES)
"""Types that are answered as PostgreSQL writes them: no value of Python's says as much.

``1 mon`` is not 30 days, and a range may end at infinity.
"""


def is_timely(url: URL) -> bool:
    """Tell whether connections to a database can be made so: it takes psycopg, in its version 3."""
    return url.get_backend_name() == "postgresql" and url.get_driver_name() == "psycopg"


def timely_connect(engine: Engine, timeout: float) -> Connect:
    """Answer what connects to PostgreSQL within the caller's time, each connection waiting no longer."""
    connection_class = _timely_class()
    text_loader = import_module("psycopg.types.string").TextLoader
    attempts: dict[tuple[Any, Any], BoundedSemaphore] = {}
    # The driver's own limit, in whole seconds, ends the attempts that nobody waits for any more.
    limit = max(2, math.ceil(timeout))

    def connect(arguments: Sequence[Any], options: dict[str, Any]) -> Any:
        options.setdefault("connect_timeout", limit)
        place = options.get("host"), options.get("port")
        places = attempts.setdefault(place, BoundedSemaphore(CONNECTING_AT_ONCE))
        made = _within_time(lambda: _accepted(connection_class, arguments, options), places)
        if made is None:
            host = options.get("host") or engine.url.host or ""
            raise SourceUnavailable(f"the database {host} did not answer: no connection in time")
        for kind in AS_TEXT:
            made.adapters.register_loader(kind, text_loader)
        try:
            if _is_through_a_pooler(made):
                made.prepare_threshold = None
        except BaseException:
            made.close()
            raise
        return made

    return connect


def _is_through_a_pooler(connection: Any) -> bool:
    """Tell whether a pooler such as PgBouncer stands between: it answers with a process's number of its own.

    There the next lookup may come to another session, in which the name of a statement that was prepared
    stands for nothing, or for what somebody else prepared.
    """
    connection.autocommit = True
    (number,) = connection.execute("SELECT pg_backend_pid()").fetchone()
    return bool(number != connection.info.backend_pid)


def _accepted(connection_class: Any, arguments: Sequence[Any], options: dict[str, Any]) -> Any:
    try:
        return connection_class.connect(*arguments, **options)
    except Exception as error:
        if without_settings(error, options):
            return connection_class.connect(*arguments, **options)
        raise


def connect_with(engine: Engine, connect: Connect | None, hosts: Hosts | None) -> None:
    """Let an engine connect by ``connect`` instead of its driver, to whichever of the hosts answers."""
    if connect is None and hosts is None:
        return

    @event.listens_for(engine, "do_connect")
    def connected(dialect: Any, _record: Any, arguments: list[Any], options: dict[str, Any]) -> Any:
        by = connect or (lambda given, named: dialect.loaded_dbapi.connect(*given, **named))
        if hosts is None:
            return by(arguments, options)

        def to(host: str, port: int | None, seconds: float) -> Any:
            place = {"host": host} | ({"port": port} if port else {})
            limit = {} if connect else {"connect_timeout": max(seconds, 0.001)}
            return by(arguments, {**options, **place, **limit})

        return hosts.connect(to, dialect.loaded_dbapi.Error)


def _timely_class() -> Any:
    psycopg: Any = import_module("psycopg")

    class TimelyConnection(psycopg.Connection):  # type: ignore[misc]
        """A connection that waits for the server no longer than its caller does."""

        def wait(self, gen: Any, *args: Any, timeout: float | None = None, **options: Any) -> Any:
            """Wait as psycopg does, but raise OperationalError when the caller's time is over."""
            left = seconds_left()
            if left < (math.inf if timeout is None else timeout):
                timeout = max(0.0, left)
            return super().wait(gen, *args, timeout=timeout, **options)

    return TimelyConnection


def _within_time(connect: Callable[[], Any], attempts: BoundedSemaphore) -> Any:
    """Connect in a thread of its own, since looking up a host's name cannot be ended.

    Answers None when the caller's time is over; raises what the driver raises.
    """
    left = seconds_left()
    if not attempts.acquire(timeout=None if left == math.inf else max(0.0, left)):
        return None
    made: Future[Any] = Future()

    def run() -> None:
        try:
            connection = connect()
        except BaseException as error:  # noqa: BLE001 - whoever waits for it raises it
            made.set_exception(error)
        else:
            made.set_result(connection)
        finally:
            attempts.release()

    Thread(target=run, name="connect", daemon=True).start()
    try:
        return made.result(None if left == math.inf else max(0.0, seconds_left()))
    except TimeoutError:
        made.add_done_callback(_close_quietly)
        return None


def _close_quietly(made: Future[Any]) -> None:
    if made.exception() is None:
        made.result().close()
