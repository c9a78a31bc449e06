"""Paths into what a service answered: JMESPath (https://jmespath.org)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from itertools import islice
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from adapters.base import Unreadable
from adapters.http_json.functions import ExactFunctions, problem_of_call

_OPTIONS = jmespath.Options(custom_functions=ExactFunctions())

_LEADS_ON = {"index_expression", "projection", "value_projection", "filter_projection", "flatten", "pipe"}
"""Kinds of expressions of JMESPath that begin with another one."""

MOST_KEYS = 100
"""Keys of an answer that are compared with one that it lacks."""


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


def lacks(answer: Any, path: str, *, may_be_null: bool = False) -> str:
    """Name the key that an answer of another shape lacks; empty where a path led nowhere in the right one.

    The keys that a path begins with must all be there: that the last holds nothing means nobody, and, where
    it ``may_be_null``, so does one before it.
    """
    for name in _leading_names(jmespath.compile(path).parsed):
        if answer is None and may_be_null:
            return ""
        if not isinstance(answer, dict) or name not in answer:
            return f"{name}{_near(name, answer)}"
        answer = answer[name]
    return ""


def _near(name: str, answer: Any) -> str:
    """Offer the nearest key of an answer, if it has names for keys, and not what it tells of somebody."""
    keys = islice(answer, MOST_KEYS) if isinstance(answer, Mapping) else ()
    near = get_close_matches(name, [key for key in keys if key.isidentifier()], n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _leading_names(tree: Any) -> list[str]:
    """List the keys that a path begins with."""
    if tree["type"] == "field":
        return [str(tree["value"])]
    if tree["type"] in _LEADS_ON:
        return _leading_names(tree["children"][0])
    names: list[str] = []
    for part in tree["children"] if tree["type"] == "subexpression" else ():
        names += _leading_names(part)
        if part["type"] != "field":
            break
    return names
