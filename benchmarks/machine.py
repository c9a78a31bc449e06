"""What the figures were measured on, without saying whose machine it is."""

from __future__ import annotations

import platform
import sqlite3
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

PACKAGES = (
    "flask",
    "granian",
    "sqlalchemy",
    "psycopg",
    "gunicorn",
    "fastapi",
    "uvicorn",
    "uvloop",
    "httptools",
    "asyncpg",
)


BUSY = 10.0
"""Percent of the processor's time: with more of it taken by others, figures tell little."""


def describe() -> list[tuple[str, str]]:
    """Describe the processor, the memory and the versions that count."""
    return [
        ("Processor", f"{_processor()}, {psutil.cpu_count()} cores"),
        ("Memory", f"{psutil.virtual_memory().total / 2**30:.0f} GB"),
        ("System", f"{platform.system()}, {platform.machine()}"),
        ("Python", f"{platform.python_implementation()} {platform.python_version()}"),
        ("SQLite", sqlite3.sqlite_version),
        ("Packages", ", ".join(f"{name} {found}" for name in PACKAGES if (found := _version(name)))),
    ]


def busy_share() -> float:
    """Answer how busy the processor is with something else, in percent, over a second."""
    return psutil.cpu_percent(interval=1.0)


def _processor() -> str:
    """Name the processor as Linux does, or as Python knows it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or "unknown")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
