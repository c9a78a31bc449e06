"""The settings as a JSON Schema (2020-12), made from the schemas that read them: for editors.

An adapter's field of a kind of its own says what it takes in ``metadata={"json_schema": {...}}``, and a
schema what no single field can say in a class attribute ``json_schema``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from marshmallow import Schema

from adapters import registry
from adapters.base import CustomerSource
from webhook_server.config import schemas
from webhook_server.config.json_fields import Made, description_of, table_schema
from webhook_server.config.schemas import SettingsSchema
from webhook_server.config.source_schema import SourceSchema
from webhook_server.profile.field_formats import OPTIONS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SCALAR: Made = {"type": ["string", "number", "boolean"]}

TABLES: Mapping[str, type[Schema]] = {
    "server": schemas.ServerSchema,
    "profile": schemas.ProfileSchema,
    "identity": schemas.IdentitySchema,
    "cache": schemas.CacheSchema,
}


def schema_text() -> str:
    """Answer the JSON Schema of the settings file, with the options of every adapter that can be imported."""
    return json.dumps(settings_schema(), ensure_ascii=False, indent=2, default=str) + "\n"


def settings_schema() -> Made:
    """Make the JSON Schema of the settings file."""
    top = SettingsSchema().fields
    made = {name: description_of(top[name]) | _table(schema) for name, schema in TABLES.items()}
    values = made["profile"]["properties"]
    values["formats"]["additionalProperties"] = _formats()
    values["add"]["additionalProperties"] = SCALAR
    made["server"]["properties"]["unknown_customer"]["additionalProperties"] = SCALAR
    made["check"] = description_of(top["check"]) | {"type": "object"}
    made["sources"] = description_of(top["sources"]) | {
        "type": "array",
        "minItems": 1,
        "items": _any_source([_source(name, adapter) for name, adapter in registry.loadable()[0].items()]),
    }
    return {
        "$schema": DIALECT,
        "title": "Settings of the Custom Profile kit",
        "type": "object",
        "required": ["sources"],
        "additionalProperties": False,
        "properties": made,
    }


def _any_source(variants: Sequence[Made]) -> Made:
    """Choose by ``type`` what a source must look like, so that a problem is told at its own key.

    All keys stand here too, because editors complete only what they need not choose for.
    """
    keys = {key: made for variant in variants for key, made in variant["properties"].items()}
    described = {key: {"description": made.get("description", "")} for key, made in keys.items()}
    names = [variant["title"] for variant in variants]
    kind = description_of(SourceSchema().fields["type"]) | {"enum": names}
    return {
        "type": "object",
        "required": ["name", "type"],
        "properties": described | {"type": kind},
        "allOf": [
            {
                "if": {"required": ["type"], "properties": {"type": {"const": variant["title"]}}},
                "then": variant,
            }
            for variant in variants
        ],
    }


def _source(name: str, adapter: type[CustomerSource]) -> Made:
    """Make one type of source: what every source may hold, and its own options."""
    common, own = _table(SourceSchema), _table(adapter.options)
    common["properties"]["type"] = {"const": name, "description": _summary(adapter.__doc__)}
    return own | {
        "title": name,
        "required": [*common["required"], *own.get("required", ())],
        "properties": common["properties"] | own["properties"],
    }


def _summary(text: str | None) -> str:
    return (text or "").strip().partition("\n")[0]


def _table(schema: type[Schema]) -> Made:
    return table_schema(schema())


def _formats() -> Made:
    tables = [
        {
            "type": "object",
            "required": ["type"],
            "additionalProperties": False,
            "properties": {"type": {"const": name}}
            | {key: {"description": option.allowed} for key, option in options.items()},
        }
        for name, options in OPTIONS.items()
    ]
    return {"anyOf": [{"enum": list(OPTIONS)}, *tables]}
