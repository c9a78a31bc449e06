"""Customers in any database that SQLAlchemy speaks to.

Two forms: a ``query`` with ``:email`` in it, or ``table``, ``email_column`` and ``columns``. The
address is always bound as a parameter, never written into the statement.
"""

from adapters.sql.source import SqlSource

__all__ = ["SqlSource"]
