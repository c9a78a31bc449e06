"""How long a template may take, and how much memory a child process may have."""

from __future__ import annotations

import resource
from dataclasses import dataclass

_MEGABYTE = 2**20
_GRACE = 1


@dataclass(frozen=True, slots=True)
class RenderLimits:
    """Limits of one rendering: seconds by the clock, and megabytes of the whole child process."""

    seconds: float = 2.0
    megabytes: int = 256


def confine(megabytes: int) -> None:
    """Hold this process to its memory, and let it write no file and leave no dump of its memory."""
    _lower(resource.RLIMIT_AS, megabytes * _MEGABYTE)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, 0)


def allow_seconds(seconds: float) -> None:
    """Let this process compute so much longer: should nobody be left to end it, the system does."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _lower(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime + seconds) + _GRACE)


def _lower(what: int, limit: int) -> None:
    _, hard = resource.getrlimit(what)
    resource.setrlimit(what, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))
