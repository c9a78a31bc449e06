"""The settings as marshmallow schemas: one declaration for errors, defaults and documentation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from babel import Locale, UnknownLocaleError
from marshmallow import Schema, ValidationError, fields, validate

from webhook_server.profile.keys import RESERVED, is_identifier

PLAIN_NAME = re.compile(r"[a-z][a-z0-9_]*")


def check_field_name(name: str) -> None:
    """Refuse a name that a template cannot use, or that the helpdesk overrides."""
    if not is_identifier(name):
        raise ValidationError(f"{name!r} is no name for a field: use letters, digits and _, without blanks.")
    if name in RESERVED:
        raise ValidationError(f"The helpdesk always overrides {name!r}: choose another name.")


def _check_locale(name: str) -> None:
    try:
        Locale.parse(name)
    except (UnknownLocaleError, ValueError):
        raise ValidationError(f"There is no locale {name!r}: use one such as en_US or de_DE.") from None


def _check_flat(body: Mapping[str, Any]) -> None:
    for key, value in body.items():
        if value is not None and not isinstance(value, str | int | float | bool):
            raise ValidationError(f"{key}: the answer has one level: give text, a number, true or false.")


class ServerSchema(Schema):
    """The table ``[server]``."""

    path = fields.String(
        validate=validate.Regexp(r"/[A-Za-z0-9/_.~-]*", error="It must start with / and hold no blanks."),
        metadata={"description": "The path of the webhook (default /profile)."},
    )
    deadline = fields.Float(
        validate=validate.Range(min=0.1, max=30, error="It must lie between 0.1 and 30 seconds."),
        metadata={"description": "Seconds for the whole answer (default 2)."},
    )
    unknown_customer = fields.Dict(
        keys=fields.String(validate=check_field_name),
        validate=_check_flat,
        metadata={"description": "The answer for an address that no source knows (default: no fields)."},
    )


class ProfileSchema(Schema):
    """The table ``[profile]``."""

    locale = fields.String(
        validate=_check_locale, metadata={"description": "How money is written (default en_US)."}
    )
    fields_ = fields.List(
        fields.String(validate=check_field_name),
        data_key="fields",
        metadata={
            "description": "The fields that leave, in this order (default: all that the sources give)."
        },
    )
    incomplete_field = fields.String(
        validate=check_field_name,
        metadata={"description": "A field that names the sources which did not answer (default: none)."},
    )


class SourceSchema(Schema):
    """What every table ``[[sources]]`` may hold, whatever its type."""

    name = fields.String(
        required=True,
        validate=validate.Regexp(
            PLAIN_NAME.pattern + r"\Z", error="Use lower-case letters, digits and _, as in billing."
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
        metadata={
            "description": "The fields of this source that may leave, by the source's names (default: all)."
        },
    )


class SettingsSchema(Schema):
    """The top of the settings file."""

    server = fields.Dict(keys=fields.String(), metadata={"description": "How the server answers."})
    profile = fields.Dict(keys=fields.String(), metadata={"description": "What a profile looks like."})
    sources = fields.List(
        fields.Dict(keys=fields.String()),
        required=True,
        validate=validate.Length(min=1, error="At least one source is needed."),
        metadata={"description": "Where the data come from; earlier sources win over later ones."},
    )
