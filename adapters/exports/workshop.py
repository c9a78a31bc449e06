"""Where DuckDB makes tables of exported files: out of core, within a memory limit, in a folder of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from adapters.errors import SourceDataError, SourceError, SourceUnavailable
from adapters.exports.progress import Progress
from adapters.exports.reader import ExportFile, open_export
from adapters.exports.rewriting import Rewriting
from adapters.exports.scan import CHUNK, Scan, scan

MEMORY = 1024
"""Mebibytes for DuckDB's data; the process takes about 200 more."""
LITTLE_MEMORY = 512
"""Mebibytes below which files are read in small pieces, and by no more threads than have room."""
MEMORY_OF_A_THREAD = 128
SMALL_PIECE = 1_048_576
"""Bytes of such a piece: several lines of the longest that a regular file has."""
ROWS_TOGETHER = 20_000


@dataclass(frozen=True, slots=True)
class ToLoad:
    """A file that was looked through: ``wanted`` maps our names of its columns to its own."""

    export: ExportFile
    found: Scan
    wanted: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A table of the rows of one file or several, in their order.

    Of several, the column ``file`` holds the number of a row's file. Of a regular file the first row stands
    on line ``first_line`` and every other on the next; of others, the table ``lines`` tells.
    """

    table: str
    files: Sequence[ToLoad]
    rows_of: Sequence[int]
    first_line: int = 0
    lines: str = ""

    @property
    def rows(self) -> int:
        """Answer how many there are."""
        return sum(self.rows_of)

    @property
    def file(self) -> str:
        """Write the number of a row's file as SQL."""
        return "file" if len(self.files) > 1 else "0"


Failed = Callable[[ExportFile, SourceError], None]
"""Takes a file that cannot be read, and why; may raise that."""


def fail(_export: ExportFile, error: SourceError) -> None:
    """Let one file that cannot be read end it all."""
    raise error


class Workshop:
    """A DuckDB database in a folder that is thrown away afterwards."""

    def __init__(
        self, folder: Path, *, memory: int = MEMORY, threads: int = 0, progress: Progress | None = None
    ) -> None:
        self.folder = folder
        self.progress = progress or Progress()
        self.database = duckdb.connect()
        self._pieces = ""
        if memory < LITTLE_MEMORY:
            self._pieces = f"max_line_size = {2 * CHUNK}, buffer_size = {SMALL_PIECE}"
            threads = min(threads or os.cpu_count() or 1, max(1, memory // MEMORY_OF_A_THREAD))
        for setting in (
            f"memory_limit = '{memory}MiB'",
            *([f"threads = {threads}"] if threads else []),
            f"temp_directory = {quoted(str(folder / 'spilled'))}",
            "autoinstall_known_extensions = false",
            "autoload_known_extensions = false",
            "enable_progress_bar_print = false",
            f"enable_progress_bar = {self.progress.is_told}",
            "TimeZone = 'UTC'",
        ):
            self.database.execute(f"SET {setting}")

    def close(self) -> None:
        """Let go of the database; its files stay until the folder is removed."""
        self.database.close()

    def run(self, statement: str, parameters: Sequence[Any] = ()) -> duckdb.DuckDBPyConnection:
        """Run one statement. Raises SourceUnavailable, without what the statement or the data say."""
        with _translated():
            return self.database.execute(statement, list(parameters) or None)

    def rows(self, statement: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query."""
        for some in self.chunks(statement):
            yield from some

    def chunks(self, statement: str) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of a query, many together."""
        result = self.run(statement)
        while True:
            with _translated():
                some = result.fetchmany(ROWS_TOGETHER)
            if not some:
                return
            yield some

    def check(self, export: ExportFile) -> tuple[ExportFile, Scan]:
        """Look through a file; answer it with the encoding that it turns out to have.

        Raises SourceDataError where it is no text.
        """
        with self.progress.file("looking", export.path) as seen:
            found = scan(export, seen)
        if found.encoding != export.encoding:
            export = open_export(export.path, export.recognises, found.encoding)
        return export, found

    def load(self, files: Sequence[ToLoad], select: str, table: str, failed: Failed = fail) -> Loaded:
        """Make a table of one file or several: ``select`` computes its columns from ``cells``.

        These are the wanted ones: ``created`` is there as ``created_cell``, and empty where a file has no
        such column (``""``). ``failed`` is told of a file that cannot be read to its end.
        """
        if len(files) == 1 and files[0].found.is_regular:
            regular = self._load_regular(files[0], select, table)
            if regular is not None:
                return regular
        return self._load_rewritten(files, select, table, failed)

    def _load_regular(self, file: ToLoad, select: str, table: str) -> Loaded | None:
        """Let DuckDB read the file itself; answer None where it does not find one row on every line."""
        export, wanted = file.export, file.wanted
        link = self.folder / f"{table}.csv"
        # A link of ours: in a path of the user's DuckDB would see patterns.
        link.symlink_to(export.path.absolute())
        names = list(export.header.names)
        columns = {ours: f"c{names.index(theirs)}" for ours, theirs in wanted.items() if theirs}
        skip = export.header.line
        source = _read_csv(link, len(names), export.header.delimiter, skip=skip, pieces=self._pieces)
        statement = f"{_create(table, wanted, columns, source)} {select} FROM cells"
        expected = file.found.lines - export.header.line
        with _translated(), self.progress.query("reading", export.path.name, self.database):
            try:
                counted = self.database.execute(statement).fetchone()
            except (duckdb.InvalidInputException, duckdb.ConversionException):
                counted = None
        if counted is None or counted[0] != expected:
            self.run(f"DROP TABLE IF EXISTS {table}")
            return None
        return Loaded(table, [file], [expected], export.header.line + 1)

    def _load_rewritten(self, files: Sequence[ToLoad], select: str, table: str, failed: Failed) -> Loaded:
        """Read files with Python's csv module, and let DuckDB read what it wrote of them."""
        clean = self.folder / f"{table}-rewritten.csv"
        wanted = dict.fromkeys(ours for file in files for ours in file.wanted)
        kept = [ours for ours in wanted if any(file.wanted.get(ours) for file in files)]
        read = []
        with Rewriting(clean, kept, self.progress) as rewriting:
            for file in files:
                try:
                    rewriting.add(file.export, file.wanted)
                    read.append(file)
                except SourceError as error:
                    failed(file.export, error)
        columns = {ours: f"c{number}" for number, ours in enumerate(kept, 2)}
        source = _read_csv(clean, len(kept) + 2, ",", skip=0, is_ours=True)
        made = Loaded(table, read, rewriting.rows, 0, f"{table}_lines")
        of_file = ", file" if len(read) > 1 else ""
        creating = _create(table, wanted, columns, source, ", CAST(c0 AS INTEGER) AS file")
        counted = self.run(f"{creating} {select}{of_file} FROM cells").fetchone()
        if counted is None or counted[0] != made.rows:
            names = ", ".join(str(file.export.path) for file in read)
            problem = f"{names}: of {made.rows} rows {counted} arrived; please report this file's form"
            raise SourceDataError(problem)
        self.run(f"CREATE TABLE {made.lines} AS SELECT CAST(c1 AS BIGINT) AS line FROM {source}")
        clean.unlink()
        return made


def _read_csv(
    path: Path, width: int, delimiter: str, *, skip: int, is_ours: bool = False, pieces: str = ""
) -> str:
    # What we wrote has line breaks within cells, so that its own must be told and no thread may begin midway.
    ours = ", parallel = false, new_line = '\\n'" if is_ours else ""
    columns = ", ".join(f"'c{number}': 'VARCHAR'" for number in range(width))
    return (
        f"read_csv({quoted(str(path))}, auto_detect = false, header = false, skip = {skip}, "
        f"delim = {quoted(delimiter)}, quote = '\"', escape = '\"', columns = {{{columns}}}, "
        # No cell is this text, so none becomes NULL but by being absent.
        f"nullstr = '\\x00', strict_mode = true, {pieces or f'max_line_size = {16 * 1_048_576}'}, "
        f"compression = 'none'{ours})"
    )


def _create(
    table: str, wanted: Iterable[str], columns: Mapping[str, str], source: str, of_file: str = ""
) -> str:
    cells = [
        f"coalesce({columns[ours]}, '') AS {ours}_cell" if ours in columns else f"'' AS {ours}_cell"
        for ours in wanted
    ]
    return f"CREATE TABLE {table} AS WITH cells AS (SELECT {', '.join(cells)}{of_file} FROM {source})"


def quoted(text: str) -> str:
    """Write a text as SQL does."""
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise told(error) from None
    except RuntimeError as error:
        # So DuckDB tells of Ctrl-C while it computes.
        if "interrupted" in str(error).lower():
            raise KeyboardInterrupt from None
        raise


def told(error: duckdb.Error) -> SourceUnavailable:
    """Say what went wrong without DuckDB's own words, which repeat cells."""
    if "No space left" in str(error) or "max_temp_directory_size" in str(error):
        return SourceUnavailable("the disk is full where the index is built")
    if isinstance(error, duckdb.OutOfMemoryException):
        return SourceUnavailable("there is not enough memory for building the index: raise index_memory")
    return SourceUnavailable(f"the index cannot be built: DuckDB's {type(error).__name__}")
