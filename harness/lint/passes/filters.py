"""Filters that Liquid does not have, and those that get too few or too many arguments."""

from __future__ import annotations

import re

from harness.lint.expressions import read_expressions
from harness.lint.nearest import nearest
from harness.lint.outline import Statement
from harness.lint.reading import Reading
from harness.lint.rules import syntax
from harness.liquid.filtered import Filter, Filtered
from harness.liquid.filters import FILTERS
from harness.liquid.filters.arity import bounds
from harness.liquid.patterns import QUOTED

_OF_OTHERS = {
    "datetime": "date",
    "strftime": "date",
    "time": "date",
    "format_date": "date",
    "titleize": "capitalize",
    "titlecase": "capitalize",
    "lowercase": "downcase",
    "lower": "downcase",
    "uppercase": "upcase",
    "upper": "upcase",
    "trim": "strip",
    "length": "size",
    "count": "size",
    "urlencode": "url_encode",
    "html_escape": "escape",
    "nl2br": "newline_to_br",
}
"""What other products and languages call some of Liquid's filters."""


def check_filters(reading: Reading) -> None:
    """Report unknown filters and wrong numbers of arguments."""
    for statement in reading.outline.statements:
        for expression in read_expressions(statement):
            if isinstance(expression, Filtered):
                before = len(reading.findings)
                _check_all(reading, statement, expression)
                if len(reading.findings) > before:
                    _drop_lax(reading, statement)


def _drop_lax(reading: Reading, statement: Statement) -> None:
    """Leave out that an output is lax where a filter lacks what it needs: a missing colon is told once."""
    first, last = reading.source.place(statement.start), reading.source.place(statement.end)
    inside = [each for each in reading.findings if first <= (each.line, each.column) < last]
    if any(each.rule_id == syntax.ARGUMENTS.id for each in inside):
        dropped = {id(each) for each in inside if each.rule_id == syntax.LAX.id}
        reading.findings = [each for each in reading.findings if id(each) not in dropped]


def _check_all(reading: Reading, statement: Statement, expression: Filtered) -> None:
    reached = 0
    unquoted = re.sub(QUOTED, lambda quoted: "_" * len(quoted[0]), statement.markup)
    for each in expression.filters:
        found = re.compile(rf"\|\s*({re.escape(each.name)})(?!\w)").search(unquoted, reached)
        start, end = (found.start(1), found.end(1)) if found else (0, len(unquoted))
        reached = end if found else reached
        _check(reading, each, statement.at + start, statement.at + end)


def _check(reading: Reading, each: Filter, start: int, end: int) -> None:
    if each.name not in FILTERS:
        found = _OF_OTHERS.get(each.name) or nearest(each.name, FILTERS)
        near = f" (did you mean “{found}”?)" if found else ""
        reading.findings.append(
            reading.source.finding(syntax.UNKNOWN_FILTER, start, end, name=each.name, nearest=near)
        )
        return
    fewest, most = (count - 1 for count in bounds(FILTERS[each.name]))
    given = len(each.arguments) + bool(each.named)
    if not fewest <= given <= most:
        expected = _count(most) if fewest == most else f"{fewest} to {_count(most)}"
        reading.findings.append(
            reading.source.finding(
                syntax.ARGUMENTS, start, end, name=each.name, expected=expected, given=str(given or "none")
            )
        )


def _count(number: int) -> str:
    return f"{number or 'no'} argument{'' if number == 1 else 's'}"
