"""What every source on exported files does alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from adapters.base import Finding
from adapters.exports.findings import check_index, doubts_of
from adapters.exports.index import READING, Index
from adapters.exports.job import Job
from adapters.exports.options import index_options
from adapters.exports.wholeness import NO_END
from adapters.indexed import BuiltIndex, IndexedSource, Tell


class ExportSource(IndexedSource):
    """A source that reads files through an index."""

    is_local = True
    keeps_time = True

    def __init__(
        self,
        compiler: str,
        patterns: Mapping[str, str],
        options: Mapping[str, Any],
        warn_after_days: int,
        index: Mapping[str, Any],
    ) -> None:
        self._patterns = patterns
        self._warn_after_days = warn_after_days
        self.job = Job(compiler, patterns, options, **index_options(index))
        self._index = Index(self.job)
        self.is_local = not self.job.url

    def narrow(self, may_give: Callable[[str], bool]) -> None:
        """Leave unread what nobody wants."""
        self._index.may_give = may_give

    @property
    def shared_with(self) -> tuple[str, str]:
        """Answer the key of a shared index, and the files that it is made of."""
        if not self.job.url:
            return "", ""
        return f"{self.job.url} {self.job.key}", repr(sorted(self._patterns.items()))

    def check(self) -> Iterable[Finding]:
        """Say what was read, what was set aside, and whether the files can be read at all."""
        return check_index(self._index, self._patterns, self._warn_after_days)

    def examine(self) -> Iterable[Finding]:
        """Say the same of the newest files, and how old the newest of each kind is."""
        return check_index(self._index, self._patterns, self._warn_after_days, deep=True)

    def waiting_for(self) -> str:
        """Say so while there is nothing to serve yet."""
        return "" if self._index.is_there else READING

    def catch_up(self) -> None:
        """Wait until what is served was made of the files as they are now. Raises SourceError."""
        self._index.current(newest=True)

    def build_index(self, tell: Tell | None = None, *, accept: bool = False) -> BuiltIndex:
        """Build the index now, and say what it was made of. Raises SourceError."""
        report = self._index.build(tell, accept=accept).report
        place = str(self.job.place) if self.is_local else "the shared database"
        shown = [f"{row.file} line {row.line}: {row.reason}" for row in report.shown]
        warnings = [found.message for found in doubts_of(report)]
        warnings += [f"{file.path}: {NO_END}" for file in report.files if not file.ends_whole]
        counts = (report.rows, report.addresses, report.set_aside)
        return BuiltIndex(place, *counts, shown, report.seconds, warnings)

    def close(self) -> None:
        """End a build that is under way."""
        self._index.close()
