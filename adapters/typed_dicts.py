"""What a function says of its answer by its annotation: the fields of a TypedDict."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, get_args, get_type_hints, is_typeddict


def outline_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Answer the TypedDict that a function returns, without values (see CustomerSource.outlines).

    Empty where its annotation names none, or cannot be read.
    """
    try:
        returned = get_type_hints(function).get("return")
    except Exception:  # noqa: BLE001 - an annotation may name what is there for type checkers alone
        return {}
    return next((_outline(kind) for kind in _kinds(returned) if is_typeddict(kind)), {})


def _outline(kind: Any, around: tuple[Any, ...] = ()) -> dict[str, Any]:
    around = (*around, kind)
    return {name: _value(inner, around) for name, inner in get_type_hints(kind).items()}


def _value(kind: Any, around: tuple[Any, ...]) -> Any:
    """Answer what a field holds; of a TypedDict within itself nothing, since there is no end to it."""
    kinds = list(_kinds(kind))
    nested = next(
        (_outline(inner, around) for inner in kinds if is_typeddict(inner) and inner not in around), None
    )
    if nested is not None:
        return [nested] if any(getattr(inner, "__origin__", None) is list for inner in kinds) else nested
    return True if bool in kinds else None


def _kinds(kind: Any) -> Iterator[Any]:
    """Go through an annotation and all that it is made of: ``list[Order] | None`` has an Order in it."""
    yield kind
    for inner in get_args(kind):
        yield from _kinds(inner)
