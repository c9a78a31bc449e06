"""One whole generation of records, as whoever serves it sees it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.exports.files import Signature
from adapters.exports.report import Report


@dataclass(frozen=True, slots=True)
class Generation:
    """What is known of a generation beside its records: of which files it was made, and when.

    ``made`` is in seconds since 1970, ``fields`` are names and kinds (see records.py).
    """

    fields: Sequence[Sequence[str]]
    signature: Signature
    made: float
    report: Report
    identity: str = ""

    def as_json(self) -> str:
        """Write it to stand beside the records."""
        return json.dumps(
            {
                "fields": list(self.fields),
                "signature": self.signature,
                "made": self.made,
                "report": self.report.as_json(),
                "identity": self.identity,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Generation:
        """Read what as_json() wrote."""
        given: Mapping[str, Any] = json.loads(text)
        return cls(
            given["fields"],
            as_signature(given["signature"]),
            given["made"],
            Report.from_json(given["report"]),
            given["identity"],
        )


def as_signature(given: Sequence[Sequence[Any]]) -> Signature:
    """Read a signature from JSON, where there are only lists."""
    return tuple((path, size, written, changed, inode) for path, size, written, changed, inode in given)


def own_metadata(report: Report) -> list[str]:
    """Name the metadata that files hold, as in ``metadata_user_id``."""
    return list(dict.fromkeys(name for file in report.files for name in file.metadata.values()))
