"""What one reading of exported files found: rows, and those that were set aside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

SHOWN = 1_000
"""Rows of one file that are named by line and reason; further ones are counted."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """A row that was not read, and why; ``reason`` holds no value of the row."""

    file: str
    line: int
    reason: str


@dataclass(slots=True)
class SetAsideRows:
    """The rows of one file that were set aside: all are counted by reason, the first SHOWN named."""

    counts: dict[str, int] = field(default_factory=dict)
    shown: list[SetAside] = field(default_factory=list)

    def add(self, row: SetAside) -> None:
        """Count one row, and name it while there is room."""
        self.count(row.reason, 1)
        if len(self.shown) < SHOWN:
            self.shown.append(row)

    def count(self, reason: str, rows: int) -> None:
        """Count rows that are named elsewhere, or not at all."""
        self.counts[reason] = self.counts.get(reason, 0) + rows

    @property
    def rows(self) -> int:
        """Answer how many there are."""
        return sum(self.counts.values())


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


@dataclass(slots=True)
class FileReport:
    """What was made of one file.

    ``columns`` maps what a column became to its name in the file, ``metadata`` columns to their fields; of
    ``unused`` ones nothing is made, though they are known. ``dates`` tells how the times of a column were
    read, ``sums`` the amounts of each currency, as people write them.
    """

    path: str
    kind: str
    generation: str
    encoding: str
    delimiter: str
    header_line: int
    rows: int = 0
    columns: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    unrecognised: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    set_aside: SetAsideRows = field(default_factory=SetAsideRows)
    dates: dict[str, str] = field(default_factory=dict)
    sums: dict[str, dict[str, str]] = field(default_factory=dict)
    decimal_sign: str = ""
    """That of the amounts, where some show it beyond doubt and none contradicts."""
    unknown_refunds: int = 0
    """Payments that were refunded in part, of which no column says how much."""
    excessive_refunds: int = 0
    """Payments of which more was given back than was paid, which Stripe does not do."""
    unknown_statuses: dict[str, int] = field(default_factory=dict)
    """Those of more than one customer, and their rows."""
    ends_whole: bool = True
    """Whether the last line ends with a line break."""
    row_by_row: bool = False
    """Whether a large file was read by Python's csv module, which takes several times as long."""
    breaks_off: int | None = None
    """The line of a last row that has neither a line break nor all cells."""

    @property
    def about_refunds(self) -> str:
        """Say what is not known of refunds; "" where all is."""
        count = self.unknown_refunds
        payments = "payment was" if count == 1 else "payments were"
        told = f"{count:,} {payments} refunded in part, and no column says how much: their totals are gross"
        return told if count else ""

    @property
    def about_excessive_refunds(self) -> str:
        """Say how many refunds are greater than what was paid; "" where none is."""
        count = self.excessive_refunds
        payments = "payment" if count == 1 else "payments"
        return f"{count:,} {payments} with a refund greater than the amount" if count else ""

    @property
    def about_metadata(self) -> str:
        """Say which columns of metadata have one field's name; "" where each has its own."""
        of_field: dict[str, list[str]] = {}
        for column, field_ in self.metadata.items():
            of_field.setdefault(field_, []).append(column)
        twins = [f"{' and '.join(names)} are {one}" for one, names in of_field.items() if len(names) > 1]
        return f"{'; '.join(twins)}: the first that a customer has is shown" if twins else ""

    @property
    def is_doubtful(self) -> bool:
        """Tell whether rows were set aside, something was guessed or is odd, or it may have been cut."""
        is_odd = bool(self.excessive_refunds) or any("guess" in told for told in self.dates.values())
        return bool(self.set_aside.rows) or is_odd or not self.ends_whole

    @property
    def good_rows(self) -> int:
        """Answer the rows that were not set aside."""
        return self.rows - self.set_aside.rows

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Self:
        """Make it from what as_json() of the whole report wrote."""
        aside = given["set_aside"]
        shown = [SetAside(**row) for row in aside["shown"]]
        return cls(**{**given, "set_aside": SetAsideRows(aside["counts"], shown)})


@dataclass(slots=True)
class Report:
    """What one reading of all files found; ``seconds`` is how long it took.

    ``passed_over`` maps files of which nothing is read to what they are exports of.
    """

    files: list[FileReport] = field(default_factory=list)
    addresses: int = 0
    repeated: RepeatedRows = field(default_factory=RepeatedRows)
    seconds: float = 0.0
    passed_over: dict[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Answer the rows of all files, those that were set aside included."""
        return sum(file.rows for file in self.files)

    @property
    def set_aside(self) -> int:
        """Answer how many rows were set aside."""
        return sum(file.set_aside.rows for file in self.files)

    @property
    def shown(self) -> Sequence[SetAside]:
        """Answer the rows that are named, by file and line."""
        return [row for file in self.files for row in file.set_aside.shown]

    def as_json(self) -> dict[str, Any]:
        """Write it as data for JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Self:
        """Make it from what as_json() wrote."""
        files: Iterable[Mapping[str, Any]] = given["files"]
        return cls(
            [FileReport.from_json(file) for file in files],
            given["addresses"],
            RepeatedRows(**given["repeated"]),
            given["seconds"],
            given["passed_over"],
        )
