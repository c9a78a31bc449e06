"""Builds an index: locked, aside, and put in its place all at once."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from adapters.errors import SourceError, SourceUnavailable
from adapters.exports import files, places
from adapters.exports.compiling import Compiled
from adapters.exports.failures import forget_failure, note_failure
from adapters.exports.generation import Generation
from adapters.exports.job import Job
from adapters.exports.locks import only_builder
from adapters.exports.progress import Progress
from adapters.exports.sqlite_index import NAME, SqliteIndex, finish, write_records
from adapters.exports.workshop import Workshop

ASIDE = "building-"
"""How the name of a folder begins in which a build is made."""

Compiler = Callable[[Workshop, Mapping[str, list[Path]], Mapping[str, Any]], Compiled]


class BusyError(Exception):
    """Raise where another process builds the same index just now."""


def build(job: Job, progress: Progress | None = None) -> Generation:
    """Build the index of a job, and answer what it is.

    Raises BusyError, and SourceError where the files cannot be read or the index cannot be written; what
    was there before stays in service.
    """
    progress = progress or Progress()
    place = job.place
    places.make_private(place.parent)
    places.make_private(place)
    with only_builder(place) as is_ours:
        if not is_ours:
            raise BusyError
        _remove_left_over(place)
        signature = files.signature(job.patterns)
        there = None if job.force else SqliteIndex(place).look()
        if there is not None and there.signature == signature:
            return there
        try:
            with _aside(place) as folder:
                generation = _build(job, folder, signature, progress)
        except SourceError as error:
            note_failure(place, signature, error)
            raise
        forget_failure(place)
        return generation


def _build(job: Job, folder: Path, signature: files.Signature, progress: Progress) -> Generation:
    started = time.monotonic()
    has_earlier = (job.place / NAME).exists()
    workshop = Workshop(folder, memory=job.memory, progress=progress)
    try:
        compiler = _compiler(job.compiler)
        options = {**job.options, "allow_broken_off": not has_earlier}
        compiled = compiler(workshop, files.found_files(job.patterns), options)
        made = folder / NAME
        addresses = write_records(
            made, progress.chunks("writing", "addresses", workshop.chunks(compiled.query))
        )
    finally:
        workshop.close()
    if files.signature(job.patterns) != signature:
        raise SourceUnavailable("the files changed while they were read; they are read again")
    compiled.report.addresses = addresses
    compiled.report.seconds = round(time.monotonic() - started, 3)
    generation = Generation(compiled.fields, signature, time.time(), compiled.report)
    finish(made, generation, job.place / NAME)
    return generation


def _compiler(name: str) -> Compiler:
    module, _, function = name.partition(":")
    compiler: Compiler = getattr(import_module(module), function)
    return compiler


@contextmanager
def _aside(place: Path) -> Iterator[Path]:
    try:
        folder = Path(tempfile.mkdtemp(prefix=ASIDE, dir=place))
    except OSError as error:
        raise SourceUnavailable(f"the index cannot be built in {place}: {error.strerror}") from None
    try:
        yield folder
    except OSError as error:
        raise SourceUnavailable(f"the index cannot be built in {place}: {error.strerror}") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_left_over(place: Path) -> None:
    """Remove what builders that were killed left: nobody else builds while the lock is held."""
    for folder in place.glob(f"{ASIDE}*"):
        shutil.rmtree(folder, ignore_errors=True)
