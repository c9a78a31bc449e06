"""Which rows of overlapping exports repeat a row that was read already."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RepeatedRows:
    """How many rows were left out because a row with the same id was read before."""

    across_files: int = 0
    """The other row is in another file: two exports overlap."""

    within_a_file: int = 0
    """The other row is in the same file, which no export should do."""

    def __add__(self, other: RepeatedRows) -> RepeatedRows:
        across = self.across_files + other.across_files
        return RepeatedRows(across, self.within_a_file + other.within_a_file)


class Repeats:
    """Remembers the ids that have come by, at about 150 bytes each."""

    def __init__(self) -> None:
        self._file_of: dict[str, int] = {}
        self.rows = RepeatedRows()

    def has(self, row_id: str, file: int) -> bool:
        """Say whether an id came by before, and count it if so; ``file`` is the number of its file.

        A row without an id repeats nothing.
        """
        if not row_id:
            return False
        first = self._file_of.setdefault(row_id, -1)
        if first == -1:
            self._file_of[row_id] = file
            return False
        self.rows += RepeatedRows(across_files=first != file, within_a_file=first == file)
        return True
