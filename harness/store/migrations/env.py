"""What Alembic runs: every version that is missing, over the connection it was given."""

from __future__ import annotations

from alembic import context

from harness.store.models import Base
from harness.store.schema import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=False,  # whoever called began the transaction, and ends it
)
context.run_migrations()
