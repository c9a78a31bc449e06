"""The options that every source on an index has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from adapters.options import DatabaseURL, FilePattern

WARN_AFTER_DAYS = 35
"""An export a month, and a few days of grace."""
MEMORY = 1024
"""Mebibytes of data that a build may hold."""
LEAST_MEMORY = 128
"""With these ten million payments were read; with half as many their sums found no room."""


class IndexOptions(Schema):
    """Where the index is kept, and when files count as old."""

    warn_after_days = fields.Integer(
        strict=True,
        load_default=WARN_AFTER_DAYS,
        validate=validate.Range(min=1, max=3650),
        metadata={
            "description": "Days after which an export is told to be old: log and doctor "
            f"(default {WARN_AFTER_DAYS})."
        },
    )
    index = FilePattern(
        validate=validate.Length(min=1),
        metadata={
            "description": "The folder of the index, which holds customers' data (default: one of this user "
            "alone, in TMPDIR or /var/tmp)."
        },
    )
    index_url = DatabaseURL(
        metadata={"description": "The database that replicas share instead of a folder: an SQLAlchemy URL."}
    )
    index_memory = fields.Integer(
        strict=True,
        load_default=MEMORY,
        validate=validate.Range(min=LEAST_MEMORY, max=1_048_576),
        metadata={
            "description": "Mebibytes of data that the building of an index may hold in memory; the rest "
            f"goes to disk; {LEAST_MEMORY} at least (default {MEMORY})."
        },
    )


def index_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer what a job is told of where its index goes, from a source's options."""
    return {
        "folder": given.get("index") or "",
        "url": given.get("index_url") or "",
        "memory": given.get("index_memory", MEMORY),
    }
