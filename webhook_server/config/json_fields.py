"""One marshmallow field as a JSON Schema: its type, its limits, its default, what it is for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from marshmallow import Schema, fields, validate

from webhook_server.config.schemas import check_field_name
from webhook_server.profile.keys import LITERALS, RESERVED

Made = dict[str, Any]

VARIABLE: Made = {"pattern": r"\$\{[A-Za-z_][A-Za-z0-9_]*\}"}
"""A text with ``${NAME}`` in it may become anything: what it must look like is known when it is read."""

FIELD_NAME: Made = {
    "pattern": "^[A-Za-z_][A-Za-z0-9_-]*$",
    "not": {"enum": sorted(RESERVED | LITERALS)},
}
KINDS: tuple[tuple[type[fields.Field[Any]], str], ...] = (
    (fields.Boolean, "boolean"),
    (fields.Integer, "integer"),
    (fields.Number, "number"),
    (fields.String, "string"),
    (fields.List, "array"),
    (fields.Dict, "object"),
)
"""What a field of each kind takes; of a kind that is none of these, anything."""


def field_schema(field: fields.Field[Any]) -> Made:
    """Answer what a field takes, as far as its kind and its validators tell."""
    made = description_of(field) | _default(field)
    kind = next((name for base, name in KINDS if isinstance(field, base)), None)
    if kind is not None:
        made["type"] = kind
    if isinstance(field, fields.Nested):
        made |= table_schema(field.schema)
    if isinstance(field, fields.List):
        made["items"] = field_schema(field.inner)
    if isinstance(field, fields.Dict):
        if field.key_field is not None and (names := _limits(field.key_field, "string")):
            made["propertyNames"] = names
        if field.value_field is not None:
            made["additionalProperties"] = field_schema(field.value_field)
    limits = _limits(field, kind)
    if kind == "string" and limits:
        made["anyOf"] = [limits, VARIABLE]
    else:
        made |= limits
    own: Made = field.metadata.get("json_schema", {})
    return made | own


def table_schema(schema: Schema) -> Made:
    """Answer what a table takes."""
    named = {field.data_key or name: field for name, field in schema.fields.items()}
    made: Made = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: field_schema(field) for name, field in named.items()},
    }
    if required := [name for name, field in named.items() if field.required]:
        made["required"] = required
    return made | getattr(schema, "json_schema", {})


def description_of(field: fields.Field[Any]) -> Made:
    """Answer what a field is for."""
    text = _text_of(field)
    # Links lead from one page of the documentation to another, and from an editor nowhere.
    return {"description": re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", text)} if text else {}


def _text_of(field: fields.Field[Any]) -> str:
    # That of another package may be no text yet, but what translates itself later.
    return str(field.metadata.get("description") or "")


def _default(field: fields.Field[Any]) -> Made:
    """Answer the default as the field's description tells it: ``(default 2)``."""
    found = re.search(r"\(default ([^\s:);]+)", _text_of(field))
    if found is None:
        return {}
    if not isinstance(field, fields.Number | fields.Boolean):
        return {"default": found[1]}
    try:
        return {"default": json.loads(found[1])}
    except ValueError:  # another package may say it in words
        return {}


def _limits(field: fields.Field[Any], kind: str | None) -> Made:
    made: Made = {}
    for validator in _validators(field.validators):
        if validator is check_field_name:
            made |= FIELD_NAME
        elif isinstance(validator, validate.OneOf):
            made["enum"] = list(validator.choices)
        elif isinstance(validator, validate.Regexp):
            pattern = str(validator.regex.pattern)
            # Editors read JavaScript's expressions; marshmallow matches from the beginning.
            made["pattern"] = f"^(?:{pattern.replace(chr(92) + 'Z', '$')})"
        elif isinstance(validator, validate.Range):
            made |= _range(validator)
        elif isinstance(validator, validate.Length):
            made |= _length(validator, kind)
    return made


def _validators(given: Any) -> Iterator[Any]:
    for validator in given:
        if isinstance(validator, validate.And):
            yield from _validators(validator.validators)
        else:
            yield validator


def _range(validator: validate.Range) -> Made:
    low = "minimum" if validator.min_inclusive else "exclusiveMinimum"
    high = "maximum" if validator.max_inclusive else "exclusiveMaximum"
    made = {low: validator.min, high: validator.max}
    return {name: value for name, value in made.items() if value is not None}


def _length(validator: validate.Length, kind: str | None) -> Made:
    noun = {"array": "Items", "object": "Properties"}.get(kind or "", "Length")
    made = {f"min{noun}": validator.min, f"max{noun}": validator.max}
    return {name: value for name, value in made.items() if value is not None}
