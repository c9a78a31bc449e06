"""What ``--fix`` does: write the replacements of findings, until there are none left."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harness.lint import Finding, lint_template
from harness.lint.reading import Render, render_here

_MOST_ROUNDS = 10

Choice = Callable[[Finding], bool]


def fix_template(
    text: str,
    *,
    profiles: Sequence[Mapping[str, Any]] = (),
    is_chosen: Choice = lambda _: True,
    render: Render = render_here,
) -> tuple[str, int]:
    """Mend what can be mended safely; give the text, and how many findings were mended.

    Fixing what this gives changes nothing more. ``is_chosen`` tells which findings may be mended, ``render``
    is lint_template()'s.
    """
    mended = 0
    for _ in range(_MOST_ROUNDS):
        found = lint_template(text, profiles=profiles, render=render)
        findings = [each for each in found if is_chosen(each)]
        text, count = _replace(text, findings)
        mended += count
        if not count:
            break
    return text, mended


def _replace(text: str, findings: list[Finding]) -> tuple[str, int]:
    """Write the replacements that do not overlap."""
    replacements = sorted(
        {each.replacement for each in findings if each.replacement}, key=lambda each: each.start
    )
    parts, position, count = [], 0, 0
    for each in replacements:
        if each.start >= position:
            parts += [text[position : each.start], each.text]
            position = each.end
            count += 1
    return "".join([*parts, text[position:]]), count


def diff(before: str, after: str, name: str) -> str:
    """Write the difference as ``diff -u`` does; nothing where there is none."""
    name = name.lstrip("/")
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{name}", f"b/{name}"
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
