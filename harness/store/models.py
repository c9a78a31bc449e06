"""What the helpdesk stand-in remembers, as tables; ``migrations/`` brings a database to them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    TypeDecorator,
    false,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from harness.behaviour import USUAL
from harness.profile import DEFAULT_HEADLINE

INCOMING, OUTGOING = "incoming", "outgoing"
"""A message's direction: from the customer, or from the company's people."""


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

    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: UtcDateTime,
        str: Text,
        bytes: LargeBinary,
        dict[str, Any]: JSON(none_as_null=True),
        dict[str, float]: JSON(none_as_null=True),
        list[list[str]]: JSON(none_as_null=True),
    }


class Settings(Base):
    """The one Custom Profile: what stands under Settings in the helpdesk; ``enabled`` is its toggle.

    ``behaviour`` names one of harness.behaviour: what we assume where the helpdesk's page is silent.
    """

    __tablename__ = "settings"
    __table_args__ = (CheckConstraint("id = 1", name="only_one_profile"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    headline: Mapped[str] = mapped_column(default=DEFAULT_HEADLINE)
    template: Mapped[str] = mapped_column(default="")
    webhook_url: Mapped[str] = mapped_column(default="")
    enabled: Mapped[bool] = mapped_column(default=False, server_default=false())
    behaviour: Mapped[str] = mapped_column(default=USUAL.name, server_default=USUAL.name)


class ApiToken(Base):
    """A token that this helpdesk made; the newest is in use.

    ``replaces`` is the SHA-256 of the one before it: a token given from outside that is the one replaced
    does not come back.
    """

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str]
    created_at: Mapped[datetime]
    replaces: Mapped[str] = mapped_column(default="")


class Customer(Base):
    """Someone who wrote to the company, known by address."""

    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    full_name: Mapped[str] = mapped_column(default="")
    conversations: Mapped[list[Conversation]] = relationship(back_populates="customer")


class Conversation(Base):
    """A thread of messages with one customer; ``updated_at`` is its newest message's time.

    ``haystack`` is what the search looks through: folded as harness.text.fold does.
    """

    __tablename__ = "conversations"
    __table_args__ = (Index("conversations_newest_first", "updated_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    subject: Mapped[str]
    preview: Mapped[str] = mapped_column(default="")
    haystack: Mapped[str] = mapped_column(default="", server_default="", deferred=True)
    updated_at: Mapped[datetime]
    customer: Mapped[Customer] = relationship(back_populates="conversations")
    messages: Mapped[list[Message]] = relationship(
        back_populates="conversation", order_by="Message.sent_at, Message.id"
    )


class Message(Base):
    """One e-mail of either side; ``message_id`` is its Message-ID header, so that no mail comes in twice.

    ``attachments`` is the number of files that came with it; they are not kept.
    """

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
    attachments: Mapped[int] = mapped_column(default=0, server_default="0")
    conversation: Mapped[Conversation] = relationship(back_populates="messages")


class Fetch(Base):
    """One call to the webhook for a customer: the fields that came, or the error and what to do.

    ``trigger`` is ``message`` or ``refresh``; ``elapsed`` and ``times`` are in seconds, by phase. ``url``
    is the whole address that was called, its token masked; ``headers`` and ``body`` are the answer's. A call
    that was tried again is one fetch of several ``attempts``; ``note`` says what else happened. ``fault`` is
    the title of the one that was asked for.
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
    url: Mapped[str] = mapped_column(default="", server_default="")
    headers: Mapped[list[list[str]] | None]
    body: Mapped[bytes | None] = mapped_column(deferred=True)
    times: Mapped[dict[str, float] | None]
    attempts: Mapped[int] = mapped_column(default=1, server_default="1")
    behaviour: Mapped[str] = mapped_column(default="", server_default="")
    note: Mapped[str] = mapped_column(default="", server_default="")
    fault: Mapped[str] = mapped_column(default="", server_default="")
    customer: Mapped[Customer] = relationship()


class Change(Base):
    """Something that open pages should follow; its number only grows.

    Every process that shares the database sees it. ``kind`` is ``message``, ``fetching``, ``fetch`` or
    ``settings``.
    """

    __tablename__ = "changes"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    customer_id: Mapped[int | None]
    made_at: Mapped[datetime]
