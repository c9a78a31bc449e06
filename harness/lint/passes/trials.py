"""Fields to render a template with: made up from what its own conditions, loops and filters ask for."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterable, Iterator
from typing import Any

from harness.contract import RESERVED_FIELDS
from harness.lint.expressions import CONDITIONS, usages
from harness.lint.outline import Statement
from harness.lint.reading import Reading
from harness.liquid.patterns import QUOTED

Trial = dict[str, Any]

ANY = "any"
"""Text that stands for any other."""

_LITERAL = re.compile(rf"{QUOTED}|(?<![\w.-])-?\d+(?:\.\d+)?(?![\w.])|\b(?:true|false|blank|empty)\b")
_WORDS: dict[str, Any] = {"true": True, "false": False, "blank": "", "empty": ""}
_MARKS = frozenset("<>&\"'")
_LISTS: tuple[Any, ...] = (["a"], ["a", "b"], ["a", "b", "c", "d", "e"])
_LONGEST_LITERAL = 60
_MOST_VALUES = 40
_MOST_NAMES = 30
_MOST_MIXED = 200


def trials(reading: Reading) -> Iterator[Trial]:
    """Give the fields of made-up customers, those with few first, and always the same ones."""
    names, values = asked_names(reading), _values(reading.outline.statements)
    yield {}
    for name, value in itertools.product(names, values):
        yield {name: value}
    for value in values:
        yield dict.fromkeys(names, value)
    if len(names) < 2:
        return
    near = {name: _values_near(reading, name) or values for name in names}
    chance = random.Random(0)  # noqa: S311 - which trials are made is no secret
    for _ in range(_MOST_MIXED):
        yield {name: chance.choice(near[name]) for name in names if chance.random() > 1 / 4}


def asked_names(reading: Reading) -> list[str]:
    """List the fields on which it depends which way is taken."""
    found = [
        usage.name
        for statement in reading.outline.statements
        if not statement.is_output
        for usage in usages(statement)
        if reading.variables.of(usage.name, statement.start) is None
    ]
    fixed = RESERVED_FIELDS.keys() - {"status"}
    return [name for name in dict.fromkeys(found) if name not in fixed][:_MOST_NAMES]


def _values_near(reading: Reading, name: str) -> list[Any]:
    """List values for a field that conditions alone ask for: what stands beside it there."""
    mentions = [
        statement
        for statement in reading.outline.statements
        if not statement.is_output and any(usage.name == name for usage in usages(statement))
    ]
    is_plain = all(statement.name in CONDITIONS for statement in mentions)
    return _values(mentions, ANY) if is_plain else []


def _values(statements: Iterable[Statement], *others: Any) -> list[Any]:
    """List values for fields: some of each kind, and what stands in statements, with its neighbours."""
    found: list[Any] = list(others or (ANY, 1, *_LISTS))
    for statement in statements:
        for literal in _LITERAL.findall(statement.markup):
            found += _around(literal)
    kinds = {(type(value), str(value)): value for value in found}
    return list(kinds.values())[:_MOST_VALUES]


def _around(literal: str) -> list[Any]:
    if literal in _WORDS:
        return [_WORDS[literal]]
    if literal[0] in "\"'":
        text = literal[1:-1]
        if len(text) > _LONGEST_LITERAL or not _MARKS.isdisjoint(text):
            return []
        # What is between items of a text, in a split, looks like any other literal.
        return [text] if text.strip(" ,;|/-") else [text.join("ab"), text.join("abcde")]
    number = float(literal) if "." in literal else int(literal)
    return [number, number + 1, number - 1]
