"""Which rules are applied: ids, or the beginnings of ids, that are selected and ignored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.checks.linting import ALL_RULES, USUAL_RULES
from harness.contract import Rule


class SelectionError(Exception):
    """Raise for what is no rule, nor the beginning of one's id."""


def select_rules(
    select: Iterable[str] = (), ignore: Iterable[str] = (), *, hostile: bool = False
) -> Sequence[Rule]:
    """Choose rules by ids and beginnings such as CP4; several may stand in one text, between commas.

    Rules on hostile requests are chosen only where those are sent.
    """
    wanted, unwanted = _prefixes(select), _prefixes(ignore)
    chosen = [
        rule
        for rule in (ALL_RULES if hostile else USUAL_RULES)
        if (not wanted or rule.id.startswith(wanted)) and not (unwanted and rule.id.startswith(unwanted))
    ]
    if not chosen:
        raise SelectionError("No rule is left to apply: select more, or ignore less; CP8 needs --hostile.")
    return chosen


def _prefixes(texts: Iterable[str]) -> tuple[str, ...]:
    prefixes = tuple(part.strip().upper() for text in texts for part in text.split(",") if part.strip())
    for prefix in prefixes:
        if not any(rule.id.startswith(prefix) for rule in ALL_RULES):
            raise SelectionError(f"There is no rule {prefix}: docs/rules.md and docs/lint.md have them all.")
    return prefixes
