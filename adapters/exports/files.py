"""Which files a pattern names, and whether they have changed since."""

from __future__ import annotations

from glob import glob
from pathlib import Path

Signature = tuple[tuple[str, int, int, int], ...]
"""Path, size, time of change (nanoseconds) and inode of every file."""


def find(pattern: str) -> list[Path]:
    """List the files that a path or glob pattern names, in alphabetical order."""
    return sorted(Path(name) for name in glob(pattern) if Path(name).is_file())  # noqa: PTH207 - absolute patterns


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


def signature(paths: list[Path]) -> Signature:
    """Describe the files so that a replaced, grown or touched one tells."""
    described = []
    for path in paths:
        try:
            stat = path.stat()
        except FileNotFoundError:
            continue
        described.append((str(path), stat.st_size, stat.st_mtime_ns, stat.st_ino))
    return tuple(described)
