"""Paths into what a service answered: JMESPath (https://jmespath.org)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from adapters.base import Unreadable
from adapters.http_json.functions import ExactFunctions, problem_of_call

_OPTIONS = jmespath.Options(custom_functions=ExactFunctions())

_LEADS_ON = {"index_expression", "projection", "value_projection", "filter_projection", "flatten", "pipe"}
"""Kinds of expressions of JMESPath that begin with another one."""


def compiled(path: str) -> Callable[[Any], Any]:
    """Make what finds a path's value, None where it leads nowhere. Raises ValueError for what is no path.

    The value is Unreadable where the path asks a function for what it cannot make of the answer.
    """
    try:
        expression = jmespath.compile(path)
    except (JMESPathError, RecursionError):
        raise ValueError("no path") from None

    def find(value: Any) -> Any:
        try:
            return expression.search(value, options=_OPTIONS)
        except (JMESPathError, ArithmeticError, TypeError, ValueError):
            # The text of JMESPath's own errors repeats the value.
            return Unreadable(f"the path {path} does not fit what was answered")

    return find


def problem_of_path(path: str) -> str:
    """Say what is wrong with a path, whatever it is looked for in; nothing where it can lead somewhere."""
    try:
        tree = jmespath.compile(path).parsed
        calls = list(_calls_in(tree))
    except (JMESPathError, RecursionError):
        return "Not a path. It should look like customer.name or orders[0].total (https://jmespath.org)."
    if _has_step_of_nothing(tree):
        return "A slice with a step of 0 leads nowhere."
    if _has_loose_expression(tree):
        return (
            "An expression with & leads nowhere by itself: it is a function's, as in sort_by(orders, &total)."
        )
    return next(filter(None, (problem_of_call(name, count) for name, count in calls)), "")


def _calls_in(tree: Any) -> Iterator[tuple[str, int]]:
    """Go through the functions that a path calls, and the numbers of values they are given."""
    if tree["type"] == "function_expression":
        yield tree["value"], len(tree["children"])
    for part in _parts_of(tree):
        yield from _calls_in(part)


def _has_loose_expression(tree: Any) -> bool:
    is_call = tree["type"] == "function_expression"
    return tree["type"] == "expref" or any(
        _has_loose_expression(inner)
        for part in _parts_of(tree)
        for inner in (_parts_of(part) if is_call and part["type"] == "expref" else [part])
    )


def _has_step_of_nothing(tree: Any) -> bool:
    is_one = tree["type"] == "slice" and tree["children"][2] == 0
    return is_one or any(map(_has_step_of_nothing, _parts_of(tree)))


def _parts_of(tree: Any) -> list[Any]:
    """List the expressions that one is made of; those of a slice are numbers."""
    return [] if tree["type"] == "slice" else tree["children"]


def keys_of(path: str) -> frozenset[str]:
    """Name the keys of the record itself that a path asks for."""
    return frozenset(_keys_in(jmespath.compile(path).parsed))


def _keys_in(tree: Any) -> Iterator[str]:
    if tree["type"] == "field":
        yield str(tree["value"])
    parts = _parts_of(tree)
    if tree["type"] in {"subexpression", *_LEADS_ON}:
        parts = parts[:1]  # what follows is asked of what that finds
    for part in parts:
        if part["type"] != "expref":  # it is asked of each element
            yield from _keys_in(part)
