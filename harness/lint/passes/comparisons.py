"""Text compared with numbers, as far as literals, filters and the profiles' values tell them apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from liquid.expression import Expression

from harness.contract import RESERVED_FIELDS
from harness.lint.expressions import CONDITIONS, read_expressions
from harness.lint.outline import Statement
from harness.lint.reading import Reading
from harness.lint.rules import values
from harness.lint.variables import is_size
from harness.liquid.conditions import Comparison, parse_operand
from harness.liquid.expressions import Path, Range, Value, Variable
from harness.liquid.filtered import Filtered
from harness.liquid.patterns import FRAGMENT, QUOTED

_TO_NUMBER = frozenset(
    {
        *("abs", "at_least", "at_most", "ceil", "divided_by", "floor", "minus", "modulo", "plus", "round"),
        *("size", "times"),
    }
)
_TO_TEXT = frozenset(
    {
        *("append", "capitalize", "date", "downcase", "escape", "join", "lstrip", "prepend", "remove"),
        *("replace", "rstrip", "strip", "strip_html", "truncate", "truncatewords", "upcase", "url_encode"),
    }
)
_EFFECTS = {
    "==": "they are never equal",
    "!=": "they are never equal, and this is always true",
    "<>": "they are never equal, and this is always true",
}
_ORDERED = "agents see “Liquid error: comparison of … failed”"
_FIX_OF_FLAG = "Write true and false without quotes; compare text with the very words that the webhook sends."
_OPERATOR = re.compile(r"[=!<>]=|<>|[<>]|\bcontains\b")
_LEFT = re.compile(rf"{FRAGMENT}\s*\Z")
_RIGHT = re.compile(rf"\s*{FRAGMENT}")
_LONGEST = 200


def check_comparisons(reading: Reading) -> None:
    """Report comparisons of which one side is text, and the other a number."""
    cases: list[Statement] = []
    for statement in reading.outline.statements:
        if statement.name == "case":
            cases.append(statement)
        elif statement.name == "endcase" and cases:
            cases.pop()
        elif statement.name == "when" and cases:
            _check_when(reading, cases[-1], statement)
        elif statement.name in CONDITIONS:
            compared = [each for each in _comparisons(statement) if _OPERATOR.fullmatch(each.operator)]
            for comparison, place in zip(compared, _places(statement.markup), strict=False):
                _check(reading, statement, comparison, place)


def _check_when(reading: Reading, case: Statement, statement: Statement) -> None:
    """Report a value of which no case can be, for it is text where the case is a number, or the reverse."""
    subject = read_expressions(case)[:1]
    for found in re.finditer(FRAGMENT, statement.markup):
        if found[0] == "or" or not subject:
            continue
        value = _Kinds(reading, statement).of(parse_operand(found[0]))
        if _are_mixed(_Kinds(reading, case).of(subject[0]), value):
            asked = f"{case.markup.strip()} == {found[0]}"
            _report(reading, statement, (found.start(), found.end()), "they are never equal", asked)


def _are_mixed(left: set[str], right: set[str]) -> bool:
    return ("text" in left and "number" in right) or ("number" in left and "text" in right)


def _comparisons(statement: Statement) -> Iterator[Comparison]:
    waiting = list(read_expressions(statement))[::-1]
    while waiting:
        expression = waiting.pop()
        if isinstance(expression, Comparison):
            yield expression
        else:
            waiting += list(expression.children())[::-1]


def _places(markup: str) -> Iterator[tuple[int, int]]:
    """Find what stands around each operator."""
    unquoted = re.sub(QUOTED, lambda quoted: quoted[0][0] + "_" * (len(quoted[0]) - 2) + quoted[0][0], markup)
    for found in _OPERATOR.finditer(unquoted):
        left = _LEFT.search(unquoted, max(0, found.start() - _LONGEST), found.start())
        right = _RIGHT.match(unquoted, found.end())
        yield left.start() if left else found.start(), right.end() if right else found.end()


def _check(reading: Reading, statement: Statement, comparison: Comparison, place: tuple[int, int]) -> None:
    left = _Kinds(reading, statement).of(comparison.left)
    right = _Kinds(reading, statement).of(comparison.right)
    if comparison.operator != "contains" and _are_mixed(left, right):
        _report(reading, statement, place, _EFFECTS.get(comparison.operator, _ORDERED))
    elif comparison.operator in _EFFECTS and (other := _beside_flag(left, right)):
        what = f"true or false with {other}"
        _report(reading, statement, place, _EFFECTS[comparison.operator], what=what, fix=_FIX_OF_FLAG)


def _beside_flag(left: set[str], right: set[str]) -> str:
    """Say what a field that is always true or false is compared with, or what true is compared with."""
    if {"flag"} not in (left, right) or len(left) != 1 or len(right) != 1:
        return ""  # what is now true and now a text may be compared with both
    return "text" if "text" in left | right else "a number" if "number" in left | right else ""


def _report(
    reading: Reading,
    statement: Statement,
    place: tuple[int, int],
    effect: str,
    asked: str = "",
    *,
    what: str = "text with a number",
    fix: str = "",
) -> None:
    written = statement.markup[place[0] : place[1]].strip()
    start, end = statement.at + place[0], statement.at + place[0] + len(written)
    reading.findings.append(
        reading.source.finding(
            values.COMPARISON, start, end, fix=fix, written=asked or written, what=what, effect=effect
        )
    )


class _Kinds:
    """Find what kinds of value an expression may have: text, number, flag, other, or none where unknown."""

    def __init__(self, reading: Reading, statement: Statement) -> None:
        self._reading = reading
        self._offset = statement.start
        self._seen: set[int] = set()

    def of(self, expression: Expression) -> set[str]:
        """Give the kinds; an unknown one is left out."""
        if isinstance(expression, Value):
            return {_kind(expression.value)}
        if isinstance(expression, Range):
            return set()
        if isinstance(expression, Filtered):
            return self._of_filtered(expression)
        if isinstance(expression, Path):
            return {"number"} if is_size(expression) else set()
        return self._of_variable(expression) if isinstance(expression, Variable) else set()

    def _of_filtered(self, expression: Filtered) -> set[str]:
        last = expression.filters[-1]
        if last.name in _TO_NUMBER:
            return {"number"}
        if last.name in _TO_TEXT:
            return {"text"}
        if last.name == "default" and len(expression.filters) == 1:
            defaults = [self.of(argument) for argument in last.arguments]
            return self.of(expression.left).union(*defaults)
        return set()

    def _of_variable(self, variable: Variable) -> set[str]:
        name = variable.name
        definitions = self._reading.variables.of(name, self._offset)
        if definitions is None:
            if name in RESERVED_FIELDS:
                return {"text"}
            return {_kind(value) for value in self._reading.fields.values(name)}
        if any(each.is_loop for each in definitions):
            return set()
        kinds = {"text"} if any(each.is_text for each in definitions) else set()
        for expression, _ in self._reading.variables.followed(variable, self._offset, self._seen):
            kinds |= self.of(expression)
        return kinds


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, str) and value:
        return "text"
    return "number" if isinstance(value, (int, float)) else "other"
