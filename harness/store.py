"""What the helpdesk stand-in remembers: settings, customers, conversations, messages and fetches."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    DateTime,
    Dialect,
    Engine,
    ForeignKey,
    Index,
    Text,
    TypeDecorator,
    create_engine,
    event,
    inspect,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from harness.profile import DEFAULT_HEADLINE

INCOMING, OUTGOING = "incoming", "outgoing"
"""A message's direction: from the customer, or from the company's people."""

_TABLES_NAMED = 3


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, kept in UTC; SQLite has no time zones of its own."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Drop the zone after going to UTC."""
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Say again that it is UTC."""
        return value.replace(tzinfo=UTC) if value else None


class Base(DeclarativeBase):
    """Base of all tables."""

    type_annotation_map = {datetime: UtcDateTime, str: Text, dict[str, Any]: JSON(none_as_null=True)}  # noqa: RUF012


class Settings(Base):
    """The one Custom Profile: what stands under Settings in the helpdesk. The token is not kept here."""

    __tablename__ = "settings"
    __table_args__ = (CheckConstraint("id = 1", name="only_one_profile"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    headline: Mapped[str] = mapped_column(default=DEFAULT_HEADLINE)
    template: Mapped[str] = mapped_column(default="")
    webhook_url: Mapped[str] = mapped_column(default="")


class Customer(Base):
    """Someone who wrote to the company, known by address."""

    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    full_name: Mapped[str] = mapped_column(default="")
    conversations: Mapped[list[Conversation]] = relationship(back_populates="customer")


class Conversation(Base):
    """A thread of messages with one customer; ``updated_at`` is its newest message's time."""

    __tablename__ = "conversations"
    __table_args__ = (Index("conversations_newest_first", "updated_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    subject: Mapped[str]
    preview: Mapped[str] = mapped_column(default="")
    updated_at: Mapped[datetime]
    customer: Mapped[Customer] = relationship(back_populates="conversations")
    messages: Mapped[list[Message]] = relationship(
        back_populates="conversation", order_by="Message.sent_at, Message.id"
    )


class Message(Base):
    """One e-mail of either side; ``message_id`` is its Message-ID header, so that no mail comes in twice."""

    __tablename__ = "messages"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), index=True)
    message_id: Mapped[str] = mapped_column(unique=True)
    references: Mapped[str] = mapped_column(default="")
    direction: Mapped[str]
    author_name: Mapped[str] = mapped_column(default="")
    author_email: Mapped[str] = mapped_column(default="")
    sent_at: Mapped[datetime]
    text: Mapped[str] = mapped_column(default="")
    conversation: Mapped[Conversation] = relationship(back_populates="messages")


class Fetch(Base):
    """One call to the webhook for a customer: the fields that came, or the error and what to do.

    ``trigger`` is ``message`` or ``refresh``; ``elapsed`` is in seconds.
    """

    __tablename__ = "fetches"
    __table_args__ = (Index("fetches_of_customer", "customer_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    fetched_at: Mapped[datetime]
    trigger: Mapped[str]
    status: Mapped[int | None]
    elapsed: Mapped[float]
    fields: Mapped[dict[str, Any] | None]
    error: Mapped[str] = mapped_column(default="")
    fix: Mapped[str] = mapped_column(default="")
    customer: Mapped[Customer] = relationship()


class ForeignDatabaseError(Exception):
    """Raise when a database belongs to something else; the message says which of its tables show that."""


def open_store(url: str) -> Engine:
    """Open a database and make the tables that it lacks.

    Raises ForeignDatabaseError where an SQLite file holds other tables than these, and leaves it as it was;
    SQLAlchemyError where the database cannot be used.
    """
    # Error texts would otherwise hold customers' data.
    engine = create_engine(url, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        _refuse_foreign_tables(engine)
        event.listen(engine, "connect", _prepare_sqlite)
    Base.metadata.create_all(engine)
    return engine


def make_sessions(engine: Engine) -> sessionmaker[Session]:
    """Give the factory of sessions that a process uses; one session belongs to one thread."""
    return sessionmaker(engine, expire_on_commit=False)


def save_settings(session: Session, *, headline: str, template: str, webhook_url: str) -> None:
    """Replace the settings of the Custom Profile."""
    session.merge(Settings(id=1, headline=headline, template=template, webhook_url=webhook_url))


def _refuse_foreign_tables(engine: Engine) -> None:
    inspector = inspect(engine)
    foreign = []
    for name in (*inspector.get_table_names(), *inspector.get_view_names()):
        own = Base.metadata.tables.get(name)
        columns = {column["name"] for column in inspector.get_columns(name)}
        if own is None or columns != set(own.columns.keys()):
            foreign.append(name)
    engine.dispose()
    if foreign:
        others = f" and {len(foreign) - _TABLES_NAMED} more" if len(foreign) > _TABLES_NAMED else ""
        raise ForeignDatabaseError(", ".join(foreign[:_TABLES_NAMED]) + others)


def _prepare_sqlite(connection: Any, _: ConnectionPoolEntry) -> None:
    statements: Iterable[str] = (
        "PRAGMA foreign_keys = ON",
        "PRAGMA journal_mode = WAL",
        "PRAGMA busy_timeout = 5000",
    )
    for statement in statements:
        connection.execute(statement).close()
