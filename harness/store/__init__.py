"""What the helpdesk stand-in remembers: its tables, opened in SQLite or PostgreSQL and kept up to date."""

from __future__ import annotations

from harness.store.models import (
    INCOMING,
    OUTGOING,
    ApiToken,
    Base,
    Change,
    Conversation,
    Customer,
    Fetch,
    Message,
    Settings,
)
from harness.store.opening import (
    ForeignDatabaseError,
    NewerDatabaseError,
    make_sessions,
    open_store,
    store_url,
)
from harness.store.settings import read_settings, save_settings

__all__ = [
    "INCOMING",
    "OUTGOING",
    "ApiToken",
    "Base",
    "Change",
    "Conversation",
    "Customer",
    "Fetch",
    "ForeignDatabaseError",
    "Message",
    "NewerDatabaseError",
    "Settings",
    "make_sessions",
    "open_store",
    "read_settings",
    "save_settings",
    "store_url",
]
