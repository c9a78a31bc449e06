"""The database as a command names it: a file, an address or none; what cannot work is said in words."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import click
from sqlalchemy import URL, Engine
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from harness.store import ForeignDatabaseError, NewerDatabaseError, open_store, store_url

MEMORY = ":memory:"
"""The place of what ends with the process."""

_NEW_FILE = "Give a new file, or one that this command made."
_NO_DRIVER = "Its driver is not installed: pip install 'custom-profile-kit[postgresql]'."


def refuse_no_file(place: str) -> None:
    """Raise click's error where a place is a file that is not there: to read from it would make it."""
    try:
        url = store_url(place)
    except (ArgumentError, ValueError):
        return  # whoever opens it says what is wrong
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists():
        _refuse(f"There is no file {url.database}.", "Give the one that a helpdesk keeps its settings in.")


def shown_place(place: str) -> str:
    """Write a place as it may be shown: without the password that an address may hold."""
    return place if "://" not in place else store_url(place).render_as_string(hide_password=True)


@contextmanager
def opened_database(place: str) -> Iterator[Engine]:
    """Open the database at a place, or one that ends with the process; raises click's errors."""
    with tempfile.TemporaryDirectory(prefix="helpdesk-") as folder:
        engine = _open(str(Path(folder) / "helpdesk.sqlite") if place == MEMORY else place)
        try:
            yield engine
        finally:
            engine.dispose()


def _open(place: str) -> Engine:
    try:
        url = store_url(place)
    except (ArgumentError, ValueError):  # the latter for a port that is no number
        _refuse("That is no database's address.", "Give a file, or postgresql://user@host/name.")
    shown = shown_place(place)
    advice = (
        _NEW_FILE if url.get_backend_name() == "sqlite" else "Check the address, the rights and the server."
    )
    try:
        _make_private(url)
        return open_store(url)
    except ForeignDatabaseError as error:
        _refuse(f"{shown} belongs to something else and was left as it is: it holds {error}.", advice)
    except NewerDatabaseError:
        _refuse(
            f"{shown} was made by a newer version of this program.",
            "Update it: pip install -U custom-profile-kit.",
        )
    except (NoSuchModuleError, ModuleNotFoundError):
        if url.get_backend_name() != "postgresql":
            _refuse(
                f"{shown} is neither SQLite nor PostgreSQL.", "Give a file, or postgresql://user@host/name."
            )
        _refuse(f"{shown} cannot be used.", _NO_DRIVER)
    except SQLAlchemyError as error:
        _refuse(f"{shown} cannot be used: {_reason(error)}.", advice)
    except OSError as error:
        _refuse(f"{shown} cannot be used: {error.strerror}.", advice)


def _make_private(url: URL) -> None:
    """Make a new file readable by its owner alone: it holds the token and customers' mail."""
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).touch(mode=0o600)


def _reason(error: SQLAlchemyError) -> str:
    """Give the driver's first line; its others may quote the address."""
    text = str(getattr(error, "orig", None) or type(error).__name__)
    return text.strip().splitlines()[0].rstrip(".") if text.strip() else type(error).__name__


def _refuse(message: str, advice: str) -> NoReturn:
    raise click.BadParameter(f"{message} {advice}", param_hint="--database") from None
