"""What is to be built: which files, by which compiler, and where the index goes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from adapters.exports.places import default_folder

INDEX = "index.sqlite"
"""The file in which an embedded index lives."""

FORMAT = 25
"""Of what an index holds; one of another format is built anew."""


@dataclass(frozen=True, slots=True)
class Job:
    """One source's index.

    ``patterns`` maps options to paths and globs; ``compiler`` is the name of a function such as
    ``adapters.csv_file:compile_rows``, called in the builder's process; ``options`` are its own. ``folder``
    is where indexes are kept, "" for the default; ``memory`` is in mebibytes. ``force`` builds also where
    the files have not changed, unless somebody built of them since it was ``asked`` for (seconds since 1970,
    0: even then); ``accept`` also of files that look cut, emptied or too old. ``threads`` are those of the
    builder (0: one for each processor). ``url`` is of the database that replicas share, "" for none.
    """

    compiler: str
    patterns: Mapping[str, str]
    options: Mapping[str, Any] = field(default_factory=dict)
    folder: str = ""
    memory: int = 1024
    force: bool = False
    asked: float = 0.0
    accept: bool = False
    threads: int = 0
    url: str = ""

    @property
    def key(self) -> str:
        """Answer a name that differs for everything that makes the records differ."""
        patterns = {option: self._shared(pattern) for option, pattern in self.patterns.items()}
        told = [FORMAT, self.compiler, sorted(patterns.items()), sorted(self.options.items())]
        return sha256(json.dumps(told).encode()).hexdigest()[:16]

    def _shared(self, pattern: str) -> str:
        """Leave out of a path what differs between machines that share an index."""
        return "/".join(Path(pattern).parts[-2:]) if self.url else pattern

    @property
    def place(self) -> Path:
        """Answer the folder of this index alone."""
        return (Path(self.folder) if self.folder else default_folder()) / f"index-{self.key}"

    @property
    def is_there(self) -> bool:
        """Tell whether there is an index that serves meanwhile; of a shared one that is taken for granted."""
        return bool(self.url) or (self.place / INDEX).exists()

    def as_json(self) -> str:
        """Write it for the builder's process."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Job:
        """Read what as_json() wrote."""
        return cls(**json.loads(text))
