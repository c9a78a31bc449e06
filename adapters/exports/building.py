"""Builds an index: locked, aside, and put in its place all at once."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from adapters.errors import SourceDataError, SourceError, SourceUnavailable
from adapters.exports import files, places
from adapters.exports.compiling import Compiled
from adapters.exports.database_builder import DatabaseBuilder
from adapters.exports.failures import forget_failure, note_failure
from adapters.exports.generation import Generation
from adapters.exports.identity import OLDER, OLDER_FIX, are_older, identity_of, note_identity
from adapters.exports.job import Job
from adapters.exports.locks import ASIDE, BusyError, only_builder, remove_left_over
from adapters.exports.numbers import Record, numbered, share_of
from adapters.exports.progress import Progress
from adapters.exports.sqlite_index import NAME, SqliteIndex, finish, write_records
from adapters.exports.wholeness import note_ends, refuse_halves
from adapters.exports.workshop import Workshop

Write = Callable[[Iterable[Sequence[Record]]], int]
"""Takes the records, many together, and answers how many there were."""
Compiler = Callable[[Workshop, Mapping[str, list[Path]], Mapping[str, Any]], Compiled]


def build(job: Job, progress: Progress | None = None) -> Generation:
    """Build the index of a job, and answer what it is.

    Raises BusyError, and SourceError where the files cannot be read or the index cannot be written; what
    was there before stays in service.
    """
    progress = progress or Progress()
    place = job.place
    if not job.folder:
        places.make_private(place.parent)
    places.make_private(place)
    with only_builder(place) as is_ours:
        if not is_ours:
            raise BusyError
        remove_left_over(place)
        signature = files.signature(job.patterns)
        try:
            generation = (
                _build_shared(job, signature, progress) if job.url else _build_file(job, signature, progress)
            )
        except SourceError as error:
            note_failure(place, signature, error)
            raise
        forget_failure(place)
        return generation


def _build_file(job: Job, signature: files.Signature, progress: Progress) -> Generation:
    there = SqliteIndex(job.place).look()
    if there is not None and there.signature == signature and not _is_wanted_anew(job, there):
        return there
    with _aside(job.place) as folder:
        made = folder / NAME
        write = partial(write_records, made)
        generation = _compile(job, folder, signature, progress, there, write)
        finish(made, generation, job.place / NAME)
    return generation


def _is_wanted_anew(job: Job, there: Generation) -> bool:
    return job.force and not 0 < job.asked <= there.made


def _build_shared(job: Job, signature: files.Signature, progress: Progress) -> Generation:
    identity = identity_of(files.found_files(job.patterns))
    builder = DatabaseBuilder(job.url, job.key)
    with builder.leased():
        there = builder.current()
        if there is not None and are_older(signature, identity, there.signature, there.identity):
            note_identity(job.place, signature, identity)
            if not job.force:
                return there
            if not job.accept:
                raise SourceDataError(f"{OLDER}; {OLDER_FIX}")
        if there is None or there.identity != identity or _is_wanted_anew(job, there):
            with _aside(job.place) as folder:
                made = _compile(job, folder, signature, progress, there, builder.write)
                there = replace(made, identity=identity)
                builder.finish(there)
    note_identity(job.place, signature, identity)
    return there


def _compile(
    job: Job,
    folder: Path,
    signature: files.Signature,
    progress: Progress,
    earlier: Generation | None,
    write: Write,
) -> Generation:
    """Compile the files, write the records, and answer the generation that they are."""
    started = time.monotonic()
    workshop = Workshop(folder, memory=job.memory, threads=job.threads, progress=progress)
    try:
        compiled = _compiler(job.compiler)(workshop, files.found_files(job.patterns), job.options)
        note_ends(compiled.report)
        if earlier is not None and not job.accept:
            refuse_halves(compiled.report, signature, earlier)
        chunks = workshop.chunks(numbered(compiled.query))
        addresses = write(progress.chunks("writing", "addresses", chunks, share_of))
    finally:
        workshop.close()
    if files.signature(job.patterns) != signature:
        raise SourceUnavailable("the files changed while they were read; they are read again")
    compiled.report.addresses = addresses
    compiled.report.seconds = round(time.monotonic() - started, 3)
    return Generation(compiled.fields, signature, time.time(), compiled.report)


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
