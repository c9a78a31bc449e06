"""The versions of the schema: which one a database has, and Alembic's way up to the newest."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Inspector, inspect

VERSION_TABLE = "helpdesk_schema"
"""Where Alembic notes a database's version; a name of our own, for databases that others use too."""

FIRST_SCHEMA = {
    "settings": {"id", "headline", "template", "webhook_url"},
    "customers": {"id", "email", "full_name"},
    "conversations": {"id", "customer_id", "subject", "preview", "updated_at"},
    "messages": {
        "id", "conversation_id", "message_id", "references", "direction", "author_name", "author_email",
        "sent_at", "text",
    },
    "fetches": {
        "id", "customer_id", "fetched_at", "trigger", "status", "elapsed", "fields", "error", "fix",
    },
}  # fmt: skip
"""Tables and columns from before versions were noted."""


class NewerDatabaseError(Exception):
    """Raise when a later version of this program made the database."""


def is_first_schema(inspector: Inspector, names: Iterable[str]) -> bool:
    """Tell whether a database's tables are those of the first version, and no others."""
    return set(names) == set(FIRST_SCHEMA) and all(
        {column["name"] for column in inspector.get_columns(name)} == columns
        for name, columns in FIRST_SCHEMA.items()
    )


def upgrade(connection: Connection) -> None:
    """Bring a database to the newest schema, all or nothing; raises NewerDatabaseError."""
    config = _config(connection)
    if connection.dialect.name == "sqlite":
        # Two processes may open a new file at once: the second waits here, and finds the work done.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    inspector = inspect(connection)
    if is_first_schema(inspector, inspector.get_table_names()):
        command.stamp(config, "0001")
    try:
        command.upgrade(config, "head")
    except CommandError:
        known = {revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()}
        version = connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar()  # noqa: S608
        if version in known:
            raise
        raise NewerDatabaseError(str(version)) from None
    connection.commit()


def _config(connection: Connection) -> Config:
    config = Config()
    folder = str(Path(__file__).with_name("migrations"))
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
