"""What every ``[[sources]]`` table may hold, as a marshmallow schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from adapters.options import StrictBoolean, StrictFloat
from webhook_server.config.schemas import NO_FIELDS, check_field_name, refuse_twins
from webhook_server.profile.keys import clean_key

RULES = ("first", "newest", "merge", "numbered")
"""What may become of several records of one address."""

_NO_FIELDS_TO_NAME = "A source of aliases gives addresses and no fields: take this away."
_OF_FIELDS = {
    "lookup_by": "A source of aliases is looked up by the address.",
    "records": "Of a source of aliases all records count: take this away.",
    "newest_by": "Of a source of aliases all records count: take this away.",
    "numbered_as": _NO_FIELDS_TO_NAME,
    "prefix": _NO_FIELDS_TO_NAME,
    "rename": _NO_FIELDS_TO_NAME,
}
"""What a source of aliases would ignore, and why it can."""


class SourceSchema(Schema):
    """What every table ``[[sources]]`` may hold, whatever its type."""

    name = fields.String(
        required=True,
        validate=validate.Regexp(
            r"[a-z][a-z0-9_]*\Z", error="Use lower-case letters, digits and _, as in billing."
        ),
        metadata={"description": "The source's name, unique in these settings."},
    )
    type = fields.String(
        required=True, metadata={"description": "Which adapter it is: sql, stripe_export, …"}
    )
    prefix = fields.String(
        validate=validate.Regexp(r"[A-Za-z_][A-Za-z0-9_]*\Z", error="Use letters, digits and _."),
        metadata={"description": "Put in front of every field that is not renamed."},
    )
    rename = fields.Dict(
        keys=fields.String(),
        values=fields.String(validate=check_field_name),
        metadata={"description": "The source's name of a field → the name in the profile."},
    )
    fields_ = fields.List(
        fields.String(),
        data_key="fields",
        validate=[validate.Length(min=1, error=NO_FIELDS), refuse_twins],
        metadata={
            "description": "The fields of this source that may leave, by the source's names (default: all)."
        },
    )

    deadline = StrictFloat(
        validate=validate.Range(min=0.05, max=30, error="It must lie between 0.05 and 30 seconds."),
        metadata={"description": "Seconds for this source (default: the server's deadline)."},
    )
    lookup_by = fields.String(
        validate=check_field_name,
        metadata={"description": "Look up by this field of another source's answer, instead of the address."},
    )
    records = fields.String(
        validate=validate.OneOf(RULES),
        metadata={
            "description": "What becomes of several records of one address: "
            + ", ".join(RULES)
            + " (default first)."
        },
    )
    newest_by = fields.String(
        validate=validate.Length(min=1),
        metadata={
            "description": 'With records = "newest": the field that tells, by the source\'s name for it or '
            "the one that rename gives it."
        },
    )
    numbered_as = fields.String(
        validate=check_field_name,
        metadata={
            "description": 'With records = "numbered": the name in account_1_id (default: its source).'
        },
    )
    aliases = StrictBoolean(
        metadata={
            "description": "This source answers a person's other addresses and no fields (default false)."
        },
    )
    breaker_failures = fields.Integer(
        strict=True,
        validate=validate.Range(min=1, max=1000),
        metadata={"description": "After so many failures in a row the source is left alone (default 5)…"},
    )
    breaker_seconds = fields.Integer(
        strict=True,
        validate=validate.Range(min=1, max=3600),
        metadata={"description": "…for so many seconds (default 30)."},
    )

    @validates_schema(skip_on_field_errors=False)
    def _records_options(self, data: Mapping[str, Any], **_: object) -> None:
        rule = data.get("records", "first")
        problems: dict[str, list[str]] = {}
        if rule == "newest" and "newest_by" not in data:
            problems["newest_by"] = ['Missing: records = "newest" needs the field that tells.']
        for name, needed in (("newest_by", "newest"), ("numbered_as", "numbered")):
            if name in data and rule != needed:
                problems[name] = [f"It goes with records = {needed!r}."]
        if data.get("aliases"):
            problems |= {key: [message] for key, message in _OF_FIELDS.items() if key in data}
            if data.get("records") == "merge":
                del problems["records"]
        if problems:
            raise ValidationError(problems)

    @validates_schema(skip_on_field_errors=False)
    def _one_name_each(self, data: Mapping[str, Any], **_: object) -> None:
        """Refuse renames of which only one could ever come true."""
        keys: dict[str, str] = {}
        targets: dict[str, str] = {}
        for given, name in data.get("rename", {}).items():
            if (other := keys.setdefault(clean_key(given), given)) != given:
                problem = f"{other!r} and {given!r} are read as the same field: keep one of them."
                raise ValidationError(problem, "rename")
            if (other := targets.setdefault(name, given)) != given:
                problem = (
                    f"{other!r} and {given!r} both become {name!r}, but only one field can: name them apart."
                )
                raise ValidationError(problem, "rename")
