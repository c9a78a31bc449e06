"""The toggle, tokens, changes that pages follow, the search, and every step of a fetch."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from harness.text import fold

revision = "0002"
down_revision = "0001"

_AT_ONCE = 1000


def upgrade() -> None:
    """Add tables and columns; a profile from before the toggle was on."""
    op.add_column("settings", sa.Column("enabled", sa.Boolean, nullable=False, server_default=sa.true()))
    op.add_column("settings", sa.Column("behaviour", sa.Text, nullable=False, server_default="usual"))
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("replaces", sa.Text, nullable=False),
    )
    op.create_table(
        "changes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("customer_id", sa.Integer),
        sa.Column("made_at", sa.DateTime, nullable=False),
        sqlite_autoincrement=True,
    )
    for name in ("url", "behaviour", "note"):
        op.add_column("fetches", sa.Column(name, sa.Text, nullable=False, server_default=""))
    op.add_column("fetches", sa.Column("headers", sa.JSON))
    op.add_column("fetches", sa.Column("body", sa.LargeBinary))
    op.add_column("fetches", sa.Column("times", sa.JSON))
    op.add_column("fetches", sa.Column("attempts", sa.Integer, nullable=False, server_default="1"))
    op.add_column("conversations", sa.Column("haystack", sa.Text, nullable=False, server_default=""))
    _fill_haystacks()


def _fill_haystacks() -> None:
    """Let the search find the conversations that are there."""
    connection = op.get_bind()
    texts: dict[int, list[str]] = {}
    heads = "SELECT c.id, c.subject, u.full_name, u.email FROM conversations c JOIN customers u"
    for number, *words in connection.execute(sa.text(f"{heads} ON u.id = c.customer_id")):
        texts[number] = words
    for number, text in connection.execute(sa.text("SELECT conversation_id, text FROM messages ORDER BY id")):
        texts[number].append(text)
    rows = [{"number": number, "words": fold(" ".join(words))} for number, words in texts.items()]
    statement = sa.text("UPDATE conversations SET haystack = :words WHERE id = :number")
    for start in range(0, len(rows), _AT_ONCE):
        connection.execute(statement, rows[start : start + _AT_ONCE])
