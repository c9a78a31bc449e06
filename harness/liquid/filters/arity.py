"""How many arguments a filter takes, and Ruby's complaint where it is given others."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, NoReturn

from harness.liquid.errors import InlineError

Function = Callable[..., Any]


def bind(function: Function, given: int) -> Function:
    """Give the filter, or what raises Ruby's error when it is called with ``given`` values."""
    fewest, most = bounds(function)
    if fewest <= given <= most:
        return function
    expected = str(fewest) if fewest == most else f"{fewest}..{most}"
    message = f"wrong number of arguments (given {given}, expected {expected})"

    def refuse(*_: Any) -> NoReturn:
        raise InlineError(message)

    return refuse


@functools.cache
def bounds(function: Function) -> tuple[int, int]:
    """Give the fewest and the most values that a filter takes, what comes in being the first."""
    parameters = inspect.signature(function).parameters.values()
    required = [each for each in parameters if each.default is inspect.Parameter.empty]
    return len(required), len(parameters)
