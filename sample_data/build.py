"""Builds the sample company's folder: whole, or not at all."""

from __future__ import annotations

import json
import secrets
import shutil
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

from sample_data.billing import bill, number_invoices
from sample_data.conversations import write_mailbox
from sample_data.database import write_database
from sample_data.people import make_people
from sample_data.resources import folder_files, seeded
from sample_data.shop import sell
from sample_data.stripe_exports import write_exports

# Lists the files of a folder that was built here: one without a list is somebody else's and is left alone.
LIST_NAME = ".sample-company.json"
Outcome = Literal["made", "kept", "mended"]


class DirectoryInTheWayError(Exception):
    """Something that is not a sample company stands where one is to be built."""


def is_complete(directory: Path) -> bool:
    """Say whether a folder is a sample company with all of its files, edited or not."""
    try:
        names = json.loads((directory / LIST_NAME).read_text(encoding="utf-8"))["files"]
        return all((directory / name).is_file() for name in names)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (ValueError, KeyError, TypeError):
        # A damaged list: the folder is a sample company, but nobody knows what is missing from it.
        return False


def build(directory: Path, *, force: bool = False) -> Outcome:
    """Make the sample company's folder, and answer what there was to do.

    ``made``: there was none, or ``force`` asked for a new one, and what was changed in the old one is lost.
    ``kept``: it stood there with all of its files. ``mended``: some were missing and are there again.
    Everything is made in a folder beside it, which takes its place at the end: no half-made company is ever
    seen. Raises DirectoryInTheWayError for what is somebody else's, and OSError where it cannot write.
    """
    directory = directory.resolve()
    ours = (directory / LIST_NAME).is_file()
    if ours and not force and is_complete(directory):
        return "kept"
    if not ours:
        _refuse_what_is_there(directory)
    directory.parent.mkdir(parents=True, exist_ok=True)
    beside = directory.with_name(f".{directory.name}.{secrets.token_hex(4)}.new")
    try:
        _fill(beside)
        if ours and not force:
            _add_missing(beside, directory)
            return "mended"
        _take_the_place(beside, directory)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return "made"


def _refuse_what_is_there(directory: Path) -> None:
    """Raise unless the place is free or an empty folder."""
    if directory.exists() and not directory.is_dir():
        raise DirectoryInTheWayError(f"{directory} is a file. Name a folder.")
    if directory.exists() and any(directory.iterdir()):
        raise DirectoryInTheWayError(
            f"{directory} holds files of something else, and they stay as they are. Name another folder."
        )


def _fill(folder: Path) -> None:
    """Write everything into a new folder, and last the list of it."""
    people = make_people()
    ledger = bill(people)
    orders = sell(ledger)
    number_invoices(ledger, seeded("invoices"))
    (folder / "stripe").mkdir(parents=True)
    write_database(folder / "company.db", people, ledger, orders)
    write_exports(ledger, folder / "stripe")
    write_mailbox(folder / "mailbox.mbox", people)
    _copy(folder_files(), folder)
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    (folder / LIST_NAME).write_text(json.dumps({"files": names}, indent=2) + "\n", encoding="utf-8")


def _copy(source: Traversable, target: Path) -> None:
    """Copy files out of the package, which may be a zip file."""
    target.mkdir(exist_ok=True)
    for entry in source.iterdir():
        if entry.is_dir():
            _copy(entry, target / entry.name)
        else:
            (target / entry.name).write_bytes(entry.read_bytes())


def _add_missing(new: Path, directory: Path) -> None:
    """Move into a sample company what it lacks, and leave alone what it has; the list comes last."""
    for path in sorted(new.rglob("*")):
        target = directory / path.relative_to(new)
        if path.is_file() and path.name != LIST_NAME and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
    (new / LIST_NAME).replace(directory / LIST_NAME)


def _take_the_place(new: Path, directory: Path) -> None:
    """Put the new folder where it belongs; if that fails, what was there before stays."""
    if not directory.exists():
        new.rename(directory)
        return
    old = new.with_suffix(".old")
    directory.rename(old)
    try:
        new.rename(directory)
    except OSError:
        old.rename(directory)
        raise
    shutil.rmtree(old)
