"""The schema's versions for Alembic; harness.store.schema runs them."""
