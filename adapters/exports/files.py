"""Which files a pattern names, and whether they have changed since."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from glob import glob
from pathlib import Path

from adapters.errors import SourceUnavailable

Signature = tuple[tuple[str, int, int, int, int], ...]
"""Path, size, times of change of the content and of anything (nanoseconds), and inode of every file."""

ENDINGS = {".csv", ".tsv", ".txt"}
"""Of the files that are read where a pattern names a folder."""


NO_CSV = {".gz", ".numbers", ".ods", ".xls", ".xlsx", ".zip"}
"""Of files in such a folder that may hold an export all the same."""
_NO_CSV = "it is no CSV: save or unpack it as CSV, or take it away"
_KEPT = re.compile(r"\[([*?[])\]")
_FOLDER = "folders within a folder are not searched: name it too, or move its files"


def find(pattern: str) -> list[Path]:
    """List the files that a path, a folder or a glob pattern names, in alphabetical order."""
    return [file for path in _named(pattern) for file in _files_at(path)]


def passed_over(pattern: str) -> dict[Path, str]:
    """Answer what a pattern names and find() leaves out, and why: folders in a folder, links, workbooks."""
    named = _named(pattern)
    within = [path for folder in named if folder.is_dir() for path in sorted(folder.iterdir())]
    within = [path for path in within if not path.name.startswith(".")]
    found = {path: _FOLDER for path in within if path.is_dir() and _files_at(path)}
    found |= {path: _NO_CSV for path in within if path.suffix.lower() in NO_CSV and path.is_file()}
    for path in (*named, *(path for path in within if path.suffix.lower() in ENDINGS)):
        if not path.is_file() and not path.is_dir():
            found[path] = "its link leads nowhere" if path.is_symlink() else "it is no file"
    return found


def _named(pattern: str) -> list[Path]:
    """List what is there of a pattern's name, whatever signs are in it, else what fits it."""
    for path in (Path(pattern), Path(_plain(pattern))):
        if os.path.lexists(path):
            return [path]
    return sorted(map(Path, glob(pattern)))  # noqa: PTH207 - absolute patterns


def _plain(pattern: str) -> str:
    """Write a pattern without what keeps signs from being one, as those of the settings' folder are kept."""
    return _KEPT.sub(r"\1", pattern)


def _files_at(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path] if path.is_file() else []
    return sorted(
        file
        for file in path.iterdir()
        if file.suffix.lower() in ENDINGS and not file.name.startswith(".") and file.is_file()
    )


def found_files(patterns: Mapping[str, str]) -> dict[str, list[Path]]:
    """List the files of each named pattern, newest first; raise SourceUnavailable where one names none."""
    found = {name: newest_first(find(pattern)) for name, pattern in patterns.items()}
    for name, paths in found.items():
        if not paths:
            told = _plain(patterns[name])
            problem = f"{name}: no file is there at {told}; export it, or correct the path"
            raise SourceUnavailable(problem)
    return found


def newest_first(paths: list[Path]) -> list[Path]:
    """Sort files by when they were last written; of those written at once, the last of the alphabet first."""
    return sorted(paths, key=lambda path: (_written(path), str(path)), reverse=True)


def _written(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        # Gone since it was found: whoever opens it says so.
        return 0


def age(paths: list[Path], now: float) -> float:
    """Answer the seconds since the newest of the files was last written; ``now`` is seconds since 1970."""
    return max(0.0, now - max(map(_written, paths)) / 1e9)


def signature(patterns: Mapping[str, str]) -> Signature:
    """Describe the files so that a replaced, grown or touched one tells."""
    described = []
    for pattern in patterns.values():
        for path in find(pattern):
            try:
                stat = path.stat()
            except FileNotFoundError:
                continue
            described.append((str(path), stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino))
    return tuple(described)
