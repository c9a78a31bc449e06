"""What a source finds out about itself, whatever somebody else's code answers instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, get_args

from adapters.base import Finding
from adapters.errors import place_of

MOST_FINDINGS = 100
"""Findings of one source that are read: a check that never ends would fill the memory."""

SEVERITIES: tuple[str, ...] = get_args(Literal["ok", "warning", "error"])


def findings_of(look: Callable[[], Iterable[object]], told: str, method: str) -> Iterator[Finding]:
    """Answer what a source's ``method`` finds; where it fails, or yields anything else, that is one more.

    ``told`` is what people call it: its check.
    """
    others: dict[str, None] = {}
    try:
        answered: object = look()
        if not isinstance(answered, Iterable):
            others[f"{type(answered).__name__} in the place of findings"] = None
            answered = ()
        for place, found in enumerate(answered):
            if place == MOST_FINDINGS:
                told_too_much = f"its {told} tells more than {MOST_FINDINGS} findings: the rest is not read"
                yield Finding("source-check", "error", told_too_much, f"Mend the adapter's {method}().")
                break
            if odd := _why_none(found):
                others[odd] = None
            else:
                yield found
    except (Exception, SystemExit) as error:  # noqa: BLE001 - sources are other people's code
        problem = f"its {told} failed: {type(error).__name__} in {place_of(error)}"
        yield Finding("source-check", "error", problem, f"Mend the adapter's {method}().")
    if others:
        problem = f"its {told} told what nobody can read: {', '.join(others)}"
        fix = f'Let the adapter\'s {method}() yield Finding(id, "ok", "warning" or "error", message, fix).'
        yield Finding("source-check", "error", problem, fix)


def _why_none(found: object) -> str:
    """Say what is wrong with a finding, without repeating any of it; empty of a sound one."""
    if not isinstance(found, Finding):
        return f"{type(found).__name__} in the place of a Finding"
    texts: dict[str, object] = {"id": found.id, "message": found.message, "fix": found.fix}
    if wrong := [name for name, text in texts.items() if not isinstance(text, str)]:
        return f"a Finding whose {wrong[0]} is no text"
    return "" if found.severity in SEVERITIES else "a Finding of a severity that there is not"
