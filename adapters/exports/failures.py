"""Why the last build of an index failed, told to every process that waits for it."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from adapters.errors import SourceDataError, SourceError, SourceUnavailable
from adapters.exports.files import Signature
from adapters.exports.generation import as_signature

NAME = "failed.json"


@dataclass(frozen=True, slots=True)
class Failure:
    """A build that failed: of which files, when (seconds since 1970), and with what error."""

    signature: Signature
    at: float
    error: SourceError

    @property
    def is_of_the_files(self) -> bool:
        """Tell whether it will fail again as long as the files stay as they are."""
        return isinstance(self.error, SourceDataError)


def note_failure(place: Path, signature: Signature, error: SourceError) -> None:
    """Write down why a build failed."""
    kind = "data" if isinstance(error, SourceDataError) else "unavailable"
    told = {"signature": signature, "kind": kind, "message": str(error), "fix": error.fix, "at": time.time()}
    aside = place / f"{NAME}.{os.getpid()}"
    try:
        aside.touch(mode=0o600)
        aside.write_text(json.dumps(told), encoding="utf-8")
        aside.replace(place / NAME)
    except OSError:  # a disk so full that not even this has room: each waiting process finds out itself
        aside.unlink(missing_ok=True)


def forget_failure(place: Path) -> None:
    """Take back what was written down: a build went well."""
    (place / NAME).unlink(missing_ok=True)


def last_failure(place: Path) -> Failure | None:
    """Answer why the last build failed; None where it did not."""
    try:
        told = json.loads((place / NAME).read_text("utf-8"))
        kind = SourceDataError if told["kind"] == "data" else SourceUnavailable
        error = kind(told["message"], fix=told.get("fix", ""))
        return Failure(as_signature(told["signature"]), told["at"], error)
    except (OSError, ValueError, KeyError, TypeError):
        return None
