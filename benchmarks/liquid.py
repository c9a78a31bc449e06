"""Liquid as the helpdesk renders it beside plain python-liquid: the same templates, the same output."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from liquid import Environment, Mode

from benchmarks.results import Goal, Result
from benchmarks.servers import UnfairError
from benchmarks.sizes import Sizes
from harness.liquid import Template, render
from harness.sandbox import Sandbox

TITLE = "Liquid: parsing and rendering, plain python-liquid = 1"
PARSE_GOAL = RENDER_GOAL = 1.5
POOL_GOAL = 3
REPEATS = 20
"""Calls that are timed together: one alone is too short for the clock."""

FIELDS: Mapping[str, Any] = {
    "full_name": "Casey Morgan",
    "plan": "Pro",
    "orders": 12,
    "mrr": 99.5,
    "joined": "2013-06-16 12:36:36 Z",
    "tags": ["new", "eu", "beta"],
    "lines": [{"sku": f"A{number}", "price": number * 1.5, "paid": number % 3 == 0} for number in range(50)],
}
ROW = "{{ line.sku | upcase }} {{ line.price | times: 2 }}"
SAMPLES = Path(__file__).parent.parent / "sample_data" / "files" / "folder" / "templates"
OWN: Mapping[str, str] = {
    "five outputs": "{{ full_name }} {{ plan }} {{ orders }} {{ mrr }} {{ tags[1] }}" * 4,
    "conditions": (
        "{% if plan == 'Pro' and orders > 3 %}a{% elsif mrr > 5 %}b{% else %}c{% endif %}"
        "{% unless tags contains 'x' %}d{% endunless %}"
        "{% case plan %}{% when 'Basic' %}e{% else %}f{% endcase %}"
    )
    * 4,
    "a loop of 50 lines": "{% for line in lines %}{% if line.paid %}"
    + ROW
    + "{% else %}-{% endif %}{% endfor %}",
    "filters": (
        "{{ full_name | split: ' ' | first | append: '!' | escape }}{{ lines | map: 'sku' | join: ', ' }}"
    )
    * 4,
    "dates": "{{ joined | date: '%B %e, %Y' }} {{ joined | date: '%Y-%m-%d %H:%M' }}" * 4,
}


def measure(_cache: Path, _folder: Path, sizes: Sizes) -> Result:
    """Measure each template, best of several rounds that take turns."""
    plain = Environment(tolerance=Mode.LAX, strict_filters=False)
    rows, parsed, rendered = [], [], []
    for name, text in _templates().items():
        theirs, ours = plain.from_string(text), Template(text)
        if theirs.render(**FIELDS) != ours.render(FIELDS):
            raise UnfairError(f"{name}: the two render different text")
        parse, plain_parse = _best(
            sizes, lambda text=text: Template(text), lambda text=text: plain.from_string(text)
        )
        show, plain_show = _best(
            sizes, lambda ours=ours: ours.render(FIELDS), lambda theirs=theirs: theirs.render(**FIELDS)
        )
        parsed.append(parse / plain_parse)
        rendered.append(show / plain_show)
        rows.append((name, f"{parsed[-1]:.2f}", f"{rendered[-1]:.2f}", f"{show * 1e6:.0f}"))
    pool = _pool_ratio(sizes)
    goals = [
        Goal("parsing, the dearest template", max(parsed), "≤", PARSE_GOAL),
        Goal("rendering, the dearest template", max(rendered), "≤", RENDER_GOAL),
        Goal("parsing and rendering in a child process", pool, "≤", POOL_GOAL),
    ]
    return Result(TITLE, ("template", "parse", "render", "render µs"), rows, goals)


def _templates() -> Mapping[str, str]:
    samples = {path.name: path.read_text("utf-8") for path in sorted(SAMPLES.glob("*.liquid"))}
    return {**samples, **OWN}


def _pool_ratio(sizes: Sizes) -> float:
    """Compare the page's way, a child process, with the same done in this one: the dearest of the samples."""
    fields = dict(FIELDS)
    with Sandbox(processes=1) as sandbox:
        ratios = []
        for text in _templates().values():
            through, here = _best(
                sizes,
                lambda text=text: sandbox.render(text, fields),
                lambda text=text: render(text, fields),
            )
            ratios.append(through / here)
    return max(ratios)


def _best(sizes: Sizes, *calls: Callable[[], object]) -> list[float]:
    """Time the calls in turns; give the least seconds of each."""
    best = [float("inf")] * len(calls)
    for _ in range(4 * sizes.cpu_rounds):
        for number, call in enumerate(calls):
            start = time.perf_counter()
            for _ in range(REPEATS):
                call()
            best[number] = min(best[number], (time.perf_counter() - start) / REPEATS)
    return best
