"""What an answer of another shape lacks, so that a misspelt path makes nobody of no customer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from itertools import islice
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult

MOST_KEYS = 100
"""Keys of an answer that are compared with one that it lacks."""

A_LIST = "a list"

_OF_EACH = {"projection", "filter_projection"}
"""Kinds of expressions of JMESPath that ask each element of a list."""

_OF_LISTS = {*_OF_EACH, "index_expression", "flatten"}
"""Kinds that ask a list."""

_OF_ONE = {"and_expression", "value_projection"}
"""Kinds whose first part must be there."""

_ITSELF = {"type": "identity", "children": []}


class _NothingError(Exception):
    """Raised where a path ends early at what holds nothing, which means nobody."""


def lacks(answer: Any, path: str, *, may_be_null: bool = False) -> str:
    """Name what an answer of another shape lacks; empty where a path led nowhere in the right one.

    The keys of a path must be there, those behind a list in one of its elements, and what is asked as a
    list must be one: that the last holds nothing means nobody, as an empty list or object does, and, where
    it ``may_be_null``, what comes before it.
    """
    try:
        return _lacking(answer, jmespath.compile(path).parsed, may_be_null=may_be_null)
    except _NothingError:
        return ""


def _lacking(answer: Any, tree: Any, *, may_be_null: bool) -> str:
    if tree["type"] == "field":
        return _lacking_key(answer, str(tree["value"]), may_be_null=may_be_null)
    if tree["type"] in {"subexpression", "pipe"}:
        return _lacking_in_turn(answer, tree["children"], may_be_null=may_be_null)
    if tree["type"] in _OF_LISTS:
        return _lacking_list(answer, tree, may_be_null=may_be_null)
    if tree["type"] in _OF_ONE:
        return _lacking(answer, tree["children"][0], may_be_null=may_be_null)
    if tree["type"] in {"or_expression", "multi_select_list"} or tree.get("value") == "not_null":
        return _lacking_in_each(answer, tree["children"], may_be_null=may_be_null)
    return ""


def _lacking_in_each(answer: Any, alternatives: Iterable[Any], *, may_be_null: bool) -> str:
    """Name what each of several alternatives lacks; empty where one of them is there."""
    missing: dict[str, None] = {}
    for tree in alternatives:
        try:
            told = _lacking(answer, tree, may_be_null=may_be_null)
        except _NothingError:
            return ""
        if not told:
            return ""
        missing[told] = None
    return " or ".join(missing)


def _lacking_in_turn(answer: Any, parts: Iterable[Any], *, may_be_null: bool) -> str:
    for part in parts:
        if missing := _lacking(answer, part, may_be_null=may_be_null):
            return missing
        answer = _found(answer, part)
        if answer is None and part["type"] in _OF_LISTS:
            raise _NothingError
    return ""


def _lacking_list(answer: Any, tree: Any, *, may_be_null: bool) -> str:
    whole, *more = tree["children"]
    if missing := _lacking(answer, whole, may_be_null=may_be_null):
        return missing
    asked = _found(answer, whole)
    if asked in (None, [], {}):
        raise _NothingError
    if not isinstance(asked, list):
        return A_LIST
    if tree["type"] not in _OF_EACH:
        return ""
    elements = _found(answer, {**tree, "children": [whole, _ITSELF, *more[1:]]})
    return _lacking_in_all(elements, more[0], may_be_null=may_be_null)


def _lacking_key(answer: Any, name: str, *, may_be_null: bool) -> str:
    if answer is None and may_be_null:
        raise _NothingError
    is_there = isinstance(answer, dict) and name in answer
    return "" if is_there else f"{name}{_near(name, answer)}"


def _lacking_in_all(elements: Iterable[Any], tree: Any, *, may_be_null: bool) -> str:
    """Name what the first of the elements lacks, where each of them lacks something."""
    missing = []
    for element in elements or ():
        try:
            missing.append(_lacking(element, tree, may_be_null=may_be_null))
        except _NothingError:
            return ""
        if not missing[-1]:
            return ""
    return missing[0] if missing else ""


def _found(answer: Any, tree: Any) -> Any:
    try:
        return ParsedResult("", tree).search(answer)
    except (JMESPathError, ArithmeticError, TypeError, ValueError):
        raise _NothingError from None


def _near(name: str, answer: Any) -> str:
    """Offer the nearest key of an answer, if it has names for keys, and not what it tells of somebody."""
    keys = islice(answer, MOST_KEYS) if isinstance(answer, Mapping) else ()
    near = get_close_matches(name, [key for key in keys if key.isidentifier()], n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
