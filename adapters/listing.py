"""What is told of an adapter and of its options, from their schemas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from marshmallow import Schema, fields

from adapters import registry
from adapters.base import CustomerSource
from adapters.errors import SourceConfigError
from adapters.options import schema_within

KINDS = (
    (fields.Boolean, "true or false"),
    (fields.Integer, "whole number"),
    (fields.Number, "number"),
    (fields.List, "list"),
    (fields.Mapping, "table"),
    (fields.Nested, "table"),
)
"""What a value of a field is written as in settings; every other one is a text."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option; ``options`` are those of the tables that it holds."""

    name: str
    kind: str
    required: bool
    description: str
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One installed adapter; ``problem`` says why it cannot be used, ``doubt`` what is odd about it."""

    name: str
    summary: str = ""
    problem: str = ""
    doubt: str = ""
    options: tuple[Option, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Answer it as JSON has it."""
        return asdict(self)


def entry(name: str) -> Entry:
    """Tell of the adapter that settings call ``name``, whether it can be used or not."""
    try:
        adapter = registry.load(name)
    except SourceConfigError as error:
        return Entry(name, problem=str(error))
    doubt = registry.doubt_about(name, adapter)
    return Entry(name, _first_line(adapter), doubt=doubt, options=tuple(_options_of(adapter.options)))


def _options_of(schema: type[Schema]) -> Iterator[Option]:
    for name, field in schema().fields.items():
        within = schema_within(field)
        yield Option(
            field.data_key or name,
            next((kind for made, kind in KINDS if isinstance(field, made)), "text"),
            field.required,
            str(field.metadata.get("description", "")),
            tuple(_options_of(within)) if within else (),
        )


def _first_line(adapter: type[CustomerSource]) -> str:
    return (adapter.__doc__ or "").strip().partition("\n")[0]
