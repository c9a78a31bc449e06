"""Reading expressions as Ruby's lax parser does."""

from __future__ import annotations

import re
from typing import Any

from liquid.expression import Expression

from harness.liquid.errors import TemplateSyntaxError
from harness.liquid.expressions import NIL, Named, Path, Range, Value, Variable
from harness.liquid.patterns import BLANK, NAME
from harness.liquid.values.lookup import COMMANDS
from harness.liquid.values.numbers import leading_integer
from harness.liquid.values.objects import Interval

_RANGE = re.compile(r"\(\s*(?>(\S+)\s*\.\.)\s*(\S+)\s*\)\Z", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]*)?(?:\.[0-9.]*)?\Z")
_STEP = re.compile(rf"\[|{NAME}+\??")
_NAME_ALONE = re.compile(rf"{NAME}+\??")
DEEPEST_BRACKETS = 200
"""Brackets within brackets of an expression; one with more gives nil."""

_BRACKET = re.compile(r"[\[\]]")
_WORDS: dict[str, Any] = {
    "nil": None, "null": None, "": None, "true": True, "false": False, "blank": "", "empty": "",
}  # fmt: skip


def parse_expression(markup: str | None) -> Expression:
    """Read one expression as Ruby's lax parser does; it refuses nothing but a range of odd ends."""
    if markup is None:
        return NIL
    markup = markup.strip(BLANK)
    if markup[:1] in {'"', "'"} and markup[-1:] == markup[:1]:
        return Value(markup[1:-1])
    if markup in _WORDS:
        return Value(_WORDS[markup])
    if markup[0] == "(" and (found := _RANGE.match(markup)):
        return _range(found[1], found[2])
    if found := _NUMBER.match(markup):
        return Value(_number(markup, found))
    return _path(markup)


def is_name(key: str) -> bool:
    """Tell a key that a template can ask for by writing it: no number, no word of Liquid's, no path."""
    return bool(_NAME_ALONE.fullmatch(key)) and isinstance(parse_expression(key), Variable)


def _number(markup: str, found: re.Match[str]) -> int | float:
    """Read a number; what follows a second dot is ignored."""
    if found[1] is None:
        return leading_integer(markup)
    return float(".".join(markup.split(".")[:2]) + "0")


def _range(first: str, last: str) -> Expression:
    ends = parse_expression(first), parse_expression(last)
    fixed = []
    for markup, end in zip((first, last), ends, strict=True):
        if not isinstance(end, Value):
            return Range(*ends)
        if isinstance(end.value, (bool, Interval)):
            raise TemplateSyntaxError(f"Invalid expression type '{markup}' in range expression")
        fixed.append(_literal_end(end.value))
    return Value(Interval(*fixed))


def _literal_end(value: Any) -> int:
    """Read a literal end of a range, as Ruby's ``to_i`` does."""
    if isinstance(value, str):
        return leading_integer(value)
    return 0 if value is None else int(value)


def _path(markup: str) -> Expression:
    steps = _steps(markup)
    if not steps:
        return NIL
    root = _root(steps[0])
    return root if len(steps) == 1 else Path(root, [_step(step) for step in steps[1:]])


def _steps(markup: str) -> list[str]:
    """Cut a path into names and brackets, which may hold brackets; what is neither is skipped."""
    steps, position = [], 0
    ends = _bracket_ends(markup) if "[" in markup else {}
    if ends is None:
        return []
    while found := _STEP.search(markup, position):
        position = found.end()
        if found[0] == "[":
            if found.start() not in ends:
                continue
            position = ends[found.start()]
        steps.append(markup[found.start() : position])
    return steps


def _bracket_ends(markup: str) -> dict[int, int] | None:
    """Give for each opening bracket that is closed the place after its closing one.

    None where they are nested deeper than any data, or so often left open that to look on is no use.
    """
    ends, opened = {}, []
    for found in _BRACKET.finditer(markup):
        if found[0] == "[":
            opened.append(found.start())
            if len(opened) > DEEPEST_BRACKETS:
                return None
        elif opened:
            ends[opened.pop()] = found.end()
    return ends


def _root(step: str) -> Expression:
    if step[0] != "[":
        return Variable(step)
    name = parse_expression(step[1:-1])
    return Variable(name.value) if isinstance(name, Value) and isinstance(name.value, str) else Named(name)


def _step(step: str) -> tuple[Any, bool]:
    if step[0] != "[":
        return step, step in COMMANDS
    inner = parse_expression(step[1:-1])
    return (inner.value if isinstance(inner, Value) and isinstance(inner.value, str) else inner), False
