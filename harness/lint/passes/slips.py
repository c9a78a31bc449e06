"""Slips of the pen from other languages: how they look, what Liquid makes of them, what to write."""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.lint.outline import Statement

_OPERATORS_IN_WORDS = {
    **dict.fromkeys(("is", "eq", "eql", "equal", "equals"), "=="),
    **dict.fromkeys(("isnt", "ne", "neq"), "!="),
    **dict.fromkeys(("gt", "above", "over"), ">"),
    **dict.fromkeys(("lt", "below", "under"), "<"),
    **dict.fromkeys(("gte", "ge"), ">="),
    **dict.fromkeys(("lte", "le"), "<="),
    **dict.fromkeys(("has", "includes", "include", "matches", "like"), "contains"),
}
_IN_WORDS = re.compile(
    r"(?:^|\b(?:and|or)\s)\s*[^\s,|]+\s+(?!(?:and|or|contains)\b)([a-z_]+)(\s+not)?\s+[^\s,|]"
)
_UNKNOWN = "Liquid has no operator “{0}”: agents see “Liquid error: Unknown operator {0}”."
_SIGNS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (
        re.compile(r"&(?:gt|lt|amp|quot|apos|#39);"),
        "A sign stands here as HTML writes it, perhaps by an editor: Liquid skips it.",
        "Write the sign itself: > and not &gt;.",
    ),
    (re.compile(r"&&"), "Liquid does not know &&, and skips what follows it.", "Write and."),
    (re.compile(r"\|\|"), "Liquid does not know ||, and skips what follows it.", "Write or."),
    (
        re.compile(r"(?<!is\s)(?<![\w.-])not\s+\w+"),
        "Liquid has no not: agents see “Liquid error: Unknown operator”.",
        "Use {% unless … %}, or compare with == false or == blank.",
    ),
    (re.compile(r"===|!=="), "Liquid does not know === and !==.", "Write == or !=."),
    (re.compile(r"=>|<=>"), _UNKNOWN, "Write >=."),
    (re.compile(r"=<"), _UNKNOWN, "Write <=."),
    (re.compile(r"=!"), _UNKNOWN, "Write !=."),
    (re.compile(r"!(?!=)"), "Liquid has no ! before a value.", "Use {% unless … %}."),
    (
        re.compile(r"(?<![=!<>])=(?!=)"),
        "Liquid compares by ==: for = agents see “Liquid error: Unknown operator =”.",
        "Write ==.",
    ),
)
TAG_WORDS = frozenset(
    {
        *("if", "unless", "elsif", "else", "case", "when", "for", "assign", "capture"),
        *("endif", "endunless", "endcase", "endfor", "endcapture"),
    }
)
"""Words that begin a tag, where they stand as a value by mistake."""

_DOUBLE = re.compile(r"\s*[\w-]+\s*={2,}")
_WITHOUT_COLON = re.compile(r"\|\s*([A-Za-z_]\w*)\s+[^\s|:,]")
_IN_VALUES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\|\||\?\?"), "For what may be missing, end it with | default: '…'."),
    (re.compile(r"\?.*:"), "Liquid has no ? and :, so use {% if … %} … {% else %} … {% endif %}."),
    (re.compile(r"[=!<>]=|\s[<>]\s"), "Put the condition into {% if … %}: it is no value."),
    (
        re.compile(r"^[^|]*(?:[+*/%]|\s-\s)"),
        "Reckon by filters: | plus: 1, minus, times, divided_by. | append: '…' joins texts.",
    ),
)


@dataclass(frozen=True, slots=True)
class Slip:
    """An operator that Liquid does not have: from where to where, what comes of it, what to write."""

    start: int
    end: int
    what: str
    fix: str


def operator_slip(condition: str) -> Slip | None:
    """Find an operator of another language in a condition whose quoted texts are blotted out."""
    for pattern, what, fix in _SIGNS:
        if found := pattern.search(condition):
            return Slip(found.start(), found.end(), what.format(found[0]), fix)
    if not (found := _IN_WORDS.search(condition)):
        return None
    better = _OPERATORS_IN_WORDS.get(found[1], "")
    better = "!=" if better == "==" and found[2] else better
    fix = f"Write {better}." if better else "Write one of == != < > <= >= contains."
    return Slip(found.start(1), found.end(1), _UNKNOWN.format(found[1]), fix)


def value_fix(statement: Statement, unquoted: str) -> str:
    """Say what to write for an output or what is assigned, by the slip in it; nothing where none is known."""
    if statement.name == "assign":
        if _DOUBLE.match(unquoted):
            return "Write a single =."
        unquoted = unquoted.partition("=")[2]
    elif not statement.is_output:
        return ""
    elif unquoted.split(maxsplit=1)[0] in TAG_WORDS:
        return f"A tag stands between {{% and %}}: {{% {statement.markup.strip()} %}}."
    if unquoted.lstrip().startswith("{"):
        return "Write two braces on each side, and no more."
    if found := _WITHOUT_COLON.search(unquoted):
        return f"Write a colon behind the filter's name: | {found[1]}: …"
    return next((fix for pattern, fix in _IN_VALUES if pattern.search(unquoted)), "")
