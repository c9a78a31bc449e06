"""The decorator with which a rule is made of the function that judges it."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from harness.contract import Judge, Rule, Severity
from harness.probes import Probe

_rules: dict[str, Rule] = {}


def rule(
    id: str,  # noqa: A002 - what everybody calls it
    severity: Severity,
    title: str,
    *,
    sentence: str,
    fix: str,
    probes: tuple[Probe, ...] = (),
    shows: Probe | None = None,
    curl: str = "-sS",
) -> Callable[[Judge], Judge]:
    """Register a rule; its judge's docstring says what is looked at. Raises ValueError for an id twice."""

    def register(judge: Judge) -> Judge:
        if id in _rules:
            raise ValueError(f"There are two rules {id}.")
        looks_at = " ".join((inspect.getdoc(judge) or "").split())
        _rules[id] = Rule(id, severity, title, sentence, fix, judge, looks_at, probes, shows, curl)
        return judge

    return register


def registered() -> tuple[Rule, ...]:
    """Give every rule, in the order of the ids."""
    return tuple(_rules[id_] for id_ in sorted(_rules))
