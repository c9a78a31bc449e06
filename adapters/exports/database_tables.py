"""The tables of indexes that replicas share, in any database that SQLAlchemy speaks.

One row of ``custom_profile_indexes`` says for each index which generation is served; every generation is
a table of its own, whose rows are found by a digest of the address: databases differ in how they compare
text.
"""

from __future__ import annotations

from hashlib import sha256

from sqlalchemy import Column, Integer, MetaData, String, Table, Text
from sqlalchemy.dialects import mysql

LONG = Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")

_METADATA = MetaData()

INDEXES = Table(
    "custom_profile_indexes",
    _METADATA,
    Column("name", String(32), primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("identity", String(64), nullable=False),
    Column("told", LONG, nullable=False),
    Column("builder", String(32), nullable=False),
    Column("beat", Integer, nullable=False),
)
"""``told`` is what generation.py writes; ``builder`` holds the lease while ``beat`` grows."""


def records_table(key: str, generation: int) -> Table:
    """Describe the table of one generation."""
    return Table(
        f"{prefix(key)}{generation}",
        MetaData(),
        Column("email_digest", String(64), primary_key=True),
        Column("record", LONG, nullable=False),
    )


def prefix(key: str) -> str:
    """Answer how the names of an index's tables begin."""
    return f"custom_profile_{key}_"


def digest(email: str) -> str:
    """Answer what an address is found by."""
    return sha256(email.encode("utf-8", "surrogatepass")).hexdigest()
