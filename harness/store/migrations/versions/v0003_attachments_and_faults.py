"""How many files came with a message, and which fault a fetch was made to meet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add columns; messages and fetches from before had none of either."""
    op.add_column("messages", sa.Column("attachments", sa.Integer, nullable=False, server_default="0"))
    op.add_column("fetches", sa.Column("fault", sa.Text, nullable=False, server_default=""))
