"""Look a template over: what it does wrong in Liquid, with the fields, with HTML, and how to mend it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from harness.lint.findings import Finding, Replacement
from harness.lint.passes import PASSES
from harness.lint.reading import Render, read, render_here
from harness.lint.rule import TemplateRule
from harness.lint.rules import BY_ID, RULES
from harness.lint.silence import selects, without_silenced

__all__ = ["BY_ID", "RULES", "Finding", "Replacement", "TemplateRule", "lint_template", "selects"]


def lint_template(
    text: str, *, profiles: Sequence[Mapping[str, Any]] = (), render: Render = render_here
) -> list[Finding]:
    """List what is wrong with a template, in the order of its text; no text makes this raise.

    ``profiles`` are the fields of some customers, as the webhook answers them; an empty one stands for a
    customer whom it does not know. Without any, rules that need data are silent. Where its HTML may be
    unbalanced, ``render`` renders the template: by default in this process, by a sandbox's ``report`` in
    another one.
    """
    reading = read(text, profiles, render)
    for check in PASSES:
        with suppress(RecursionError):  # of what is nested beyond reason, what was found until then is told
            check(reading)
    return sorted(without_silenced(reading), key=lambda each: (each.line, each.column, each.rule_id))
