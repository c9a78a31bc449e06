"""What stands still: the package's own files, the day on which the company's data ends, dates as text."""

from __future__ import annotations

import tomllib
from datetime import datetime
from importlib.resources import files
from importlib.resources.abc import Traversable
from random import Random
from typing import Any

TODAY = datetime(2026, 10, 31, 9, 0, 0)  # noqa: DTZ001 - like every time in the company, UTC without saying so
"""The moment at which the sample company's data ends, in UTC."""


def folder_files() -> Traversable:
    """Find the files that are copied as they are into the built folder."""
    return files("sample_data") / "files" / "folder"


def load(name: str) -> dict[str, Any]:
    """Read one of the package's own TOML files, such as ``names.toml``."""
    return tomllib.loads((files("sample_data") / "files" / name).read_text(encoding="utf-8"))


def seeded(part: str) -> Random:
    """Make the random generator of one part of the company: the same numbers in every build.

    Each part has its own, so that a change to one leaves the others as they were.
    """
    return Random(f"kilnwright {part}")  # noqa: S311 - believable data, not secrets


def written(moment: datetime | None) -> str:
    """Write a moment as the database and Stripe's exports do (``2013-06-16 12:36:36``), or nothing."""
    return moment.strftime("%Y-%m-%d %H:%M:%S") if moment else ""
