"""Where the CPU of one request goes: the shares of the layers it passes, by Python's own profiler.

The profiler makes calls dearer than they are, so that these are shares and no times.
"""

from __future__ import annotations

import cProfile
import os
import pstats
from collections import Counter
from collections.abc import Mapping
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

from benchmarks.cpu import apps, one_round
from benchmarks.kit import Kit
from benchmarks.results import Result
from benchmarks.sizes import Sizes

TITLE = "Where the CPU of a request goes (one SQL source)"
LAYERS: Mapping[str, tuple[str, ...]] = {
    "Flask and Werkzeug: context, routing, response": ("/flask/", "/werkzeug/", "/blinker/"),
    "SQLAlchemy: the pool": ("/sqlalchemy/",),
    "the SQL adapter, SQLite itself included": ("/adapters/",),
    "the kit: deadlines, breakers, the last good answer": ("/webhook_server/profile/", "/cachetools/"),
    "the kit: token, address, headers, log line": ("/webhook_server/", "/structlog/"),
}
"""Layers and the folders of their code; the first that fits takes it."""

SHAPING = ("shaping.py", "merge.py", "formats.py", "routes.py", "flatten.py", "detectors.py", "privacy.py")
SHAPED = "the kit: flatten, name, write and withhold fields"
OTHER = "Python's own library"

Place = tuple[str, int, str]


def measure(cache: Path, folder: Path, sizes: Sizes) -> Result:
    """Profile the kit with one SQL source."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stderr(nowhere):
        app = apps(Kit.on(cache, folder, sizes), sizes)[1]
        one_round(app, seed=0)
        profiler = cProfile.Profile()
        profiler.runcall(one_round, app, seed=1)
    spent = _by_layer(pstats.Stats(profiler).stats)  # type: ignore[attr-defined]
    whole = sum(spent.values())
    rows = [(layer, f"{100 * taken / whole:.0f} %") for layer, taken in spent.most_common()]
    return Result(TITLE, ("", "share"), rows)


def _by_layer(stats: Mapping[Place, Any]) -> Counter[str]:
    """Sum what each layer's functions took, and what those written in C took for them."""
    spent: Counter[str] = Counter()
    for place, (_, _, taken, _, callers) in stats.items():
        if place[0] != "~":
            spent[_layer(place)] += taken
            continue
        for caller, (_, _, taken_for_it, _) in callers.items():
            spent[_layer(caller)] += taken_for_it
    return spent


def _layer(place: Place) -> str:
    path = place[0]
    if "/webhook_server/profile/" in path and path.endswith(SHAPING):
        return SHAPED
    return next((layer for layer, folders in LAYERS.items() if any(part in path for part in folders)), OTHER)
