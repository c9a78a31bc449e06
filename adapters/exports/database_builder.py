"""Writes a generation into the database that replicas share: one builder among all machines."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread
from uuid import uuid4

from sqlalchemy import Engine, Table, create_engine, inspect, select, text, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from adapters.errors import SourceUnavailable
from adapters.exports.database_failures import why_not_written
from adapters.exports.database_tables import INDEXES, digest, prefix, records_table
from adapters.exports.generation import Generation
from adapters.exports.locks import BusyError
from adapters.exports.numbers import Record

BEAT = 2.0
"""Seconds between two signs of life of a builder."""
LEASE = 15.0
"""Seconds without one after which a builder counts as dead; by the clock of whoever waits, no other."""


WAITING = {
    "mariadb": "SET lock_wait_timeout = 2",
    "mysql": "SET lock_wait_timeout = 2",
    "postgresql": "SET LOCAL lock_timeout = '2s'",
}
"""How databases are told not to wait for ever for a table that somebody else holds."""


@dataclass(slots=True)
class DatabaseBuilder:
    """One build into the shared database, under a lease that lapses when its holder dies."""

    url: str
    key: str
    _engine: Engine = field(init=False)
    _name: str = field(init=False)
    _number: int = 0
    """Of the generation that is being made: the beat with which the lease began, which no other build has."""

    def __post_init__(self) -> None:
        self._engine = create_engine(self.url, hide_parameters=True)
        self._name = uuid4().hex

    @contextmanager
    def leased(self) -> Iterator[None]:
        """Hold the lease while the block runs, and leave nothing of a generation that it did not finish.

        Raises BusyError and SourceUnavailable.
        """
        with _told(self._engine):
            self._make_table()
            self._make_row()
            self._acquire()
        ended = Event()
        thread = Thread(target=self._beat, args=(ended,), daemon=True)
        thread.start()
        try:
            with _told(self._engine):
                self._remove_left_over()
                yield
        except BaseException:  # of Ctrl-C too
            self._remove_own()
            raise
        finally:
            ended.set()
            thread.join()
            with _told(self._engine):
                self._change(builder="")
                self._engine.dispose()

    def current(self) -> Generation | None:
        """Answer the generation that is served."""
        with self._engine.connect() as connection:
            told = connection.execute(select(INDEXES.c.told).where(INDEXES.c.name == self.key)).scalar()
        return Generation.from_json(told) if told else None

    def write(self, chunks: Iterable[Sequence[Record]]) -> int:
        """Write the records of the next generation aside, into a table that is this build's alone.

        Answer how many there were. Raises SourceUnavailable where the lease was lost.
        """
        table = records_table(self.key, self._number)
        table.create(self._engine)
        written = 0
        for chunk in chunks:
            if self._holder()[0] != self._name:
                raise _taken_over()
            rows = [{"email_digest": digest(email), "record": record} for _, email, record in chunk]
            with self._engine.begin() as connection:
                connection.execute(table.insert(), rows)
            written += len(rows)
        return written

    def finish(self, generation: Generation) -> None:
        """Let the new generation be served, all at once, and drop what nobody reads any more.

        Raises SourceUnavailable where the lease was lost.
        """
        served = self._served()
        if not self._change(generation=self._number, identity=generation.identity, told=generation.as_json()):
            raise _taken_over()
        kept = {f"{prefix(self.key)}{number}" for number in (self._number, served)}
        for name in inspect(self._engine).get_table_names():
            if name.startswith(prefix(self.key)) and name not in kept:
                self._drop(records_table(self.key, int(name.rpartition("_")[2])))

    def _remove_left_over(self) -> None:
        """Drop what builders that were killed had written: numbers rise, and nobody else builds."""
        served = self._served()
        for name in inspect(self._engine).get_table_names():
            if name.startswith(prefix(self.key)) and (number := int(name.rpartition("_")[2])) > served:
                self._drop(records_table(self.key, number))

    def _remove_own(self) -> None:
        """Drop what this builder has written, unless it is served."""
        with suppress(SQLAlchemyError):  # the next builder does it
            if self._served() != self._number:
                self._drop(records_table(self.key, self._number))

    def _drop(self, table: Table) -> None:
        """Drop a table that nobody reads; where another builder stopped while writing it, the next does."""
        with suppress(SQLAlchemyError), self._engine.begin() as connection:
            if waiting := WAITING.get(self._engine.dialect.name):
                connection.execute(text(waiting))
            table.drop(connection, checkfirst=True)

    def _served(self) -> int:
        with self._engine.connect() as connection:
            found = connection.execute(select(INDEXES.c.generation).where(INDEXES.c.name == self.key))
            return int(found.scalar_one())

    def _make_table(self) -> None:
        try:
            INDEXES.create(self._engine, checkfirst=True)
        except SQLAlchemyError:
            # Another builder may have made it between the look and the making.
            if not inspect(self._engine).has_table(INDEXES.name):
                raise

    def _make_row(self) -> None:
        row = {"name": self.key, "generation": 0, "identity": "", "told": "", "builder": "", "beat": 0}
        try:
            with self._engine.begin() as connection:
                connection.execute(INDEXES.insert(), row)
        except IntegrityError:  # it is there
            pass

    def _acquire(self) -> None:
        began = time.monotonic()
        first = self._holder()
        while first[0]:
            if time.monotonic() - began > LEASE:
                break
            time.sleep(BEAT / 2)
            if (now := self._holder()) != first:
                if now[0]:
                    raise BusyError
                first = now
        with self._engine.begin() as connection:
            taken = connection.execute(
                update(INDEXES)
                .where(INDEXES.c.name == self.key, INDEXES.c.builder == first[0], INDEXES.c.beat == first[1])
                .values(builder=self._name, beat=INDEXES.c.beat + 1)
            )
        if taken.rowcount != 1:
            raise BusyError
        self._number = first[1] + 1

    def _holder(self) -> tuple[str, int]:
        with self._engine.connect() as connection:
            row = connection.execute(
                select(INDEXES.c.builder, INDEXES.c.beat).where(INDEXES.c.name == self.key)
            ).one()
        return row.builder, row.beat

    def _change(self, **values: object) -> bool:
        """Change the index's row while the lease is ours, and say whether it is."""
        with self._engine.begin() as connection:
            changed = connection.execute(
                update(INDEXES)
                .where(INDEXES.c.name == self.key, INDEXES.c.builder == self._name)
                .values(**values)
            )
        return bool(changed.rowcount == 1)

    def _beat(self, ended: Event) -> None:
        while not ended.wait(BEAT):
            try:
                self._change(beat=INDEXES.c.beat + 1)
            except SQLAlchemyError:
                # If it lasts, the lease lapses, and finishing says so.
                continue


def _taken_over() -> SourceUnavailable:
    return SourceUnavailable(
        "another machine took over the building of this index", fix="Nothing: its index serves all."
    )


@contextmanager
def _told(engine: Engine) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise why_not_written(error, engine) from None
