"""The settings as marshmallow schemas: one declaration for errors, defaults and documentation."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from babel import Locale, UnknownLocaleError
from marshmallow import Schema, ValidationError, fields, validate

from adapters.options import StrictBoolean, StrictFloat, TimeZone
from webhook_server.profile.formats import LARGEST_EXACT
from webhook_server.profile.keys import RESERVED, is_identifier, why_no_identifier

TAKEN_PATHS = {"/healthz", "/invalidate", "/metrics", "/readyz"}

NO_FIELDS = "It lists no field, so nothing would ever leave: list some, or remove the line."


def check_field_name(name: str) -> None:
    """Refuse a name that a template cannot use, or that the helpdesk overrides."""
    if not is_identifier(name):
        raise ValidationError(f"{name!r} is no name for a field: {why_no_identifier(name)}.")
    if name in RESERVED:
        raise ValidationError(f"The helpdesk always overrides {name!r}: choose another name.")


def refuse_twins(names: Sequence[str]) -> None:
    """Refuse a list that names something twice."""
    twins = [name for place, name in enumerate(names) if name in names[:place]]
    if twins:
        raise ValidationError(f"{twins[0]!r} stands in it twice: take one of them away.")


def _check_locale(name: str) -> None:
    try:
        Locale.parse(name)
    except (UnknownLocaleError, ValueError):
        raise ValidationError(f"There is no locale {name!r}: use one such as en_US or de_DE.") from None


def _check_path(path: str) -> None:
    if re.fullmatch(r"(/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)+", path) is None:
        raise ValidationError(
            "Write it as /profile or /hooks/profile: letters, digits and _ . ~ - after each /."
        )
    if path in TAKEN_PATHS:
        raise ValidationError(f"The server itself answers at {path}: choose another path.")


def _check_flat(body: Mapping[str, Any]) -> None:
    for key, value in body.items():
        if value is not None and not isinstance(value, str | int | float | bool):
            raise ValidationError(f"{key}: the answer has one level: give text, a number, true or false.")
        if isinstance(value, float) and not math.isfinite(value):
            raise ValidationError(f"{key}: JSON has neither nan nor inf.")
        if isinstance(value, int) and abs(value) > LARGEST_EXACT:
            raise ValidationError(f"{key}: JSON readers round a number as large as this: give it as text.")


class ServerSchema(Schema):
    """The table ``[server]``."""

    path = fields.String(
        validate=_check_path,
        metadata={"description": "The path of the webhook (default /profile)."},
    )
    deadline = StrictFloat(
        validate=validate.Range(min=0.1, max=30, error="It must lie between 0.1 and 30 seconds."),
        metadata={"description": "Seconds for the whole answer (default 2)."},
    )
    unknown_customer = fields.Dict(
        keys=fields.String(validate=check_field_name),
        validate=_check_flat,
        metadata={"description": "The answer for an address that no source knows (default: no fields)."},
    )
    failures_per_minute = fields.Integer(
        strict=True,
        validate=validate.Range(min=0, max=100_000, error="It must lie between 0 and 100000."),
        metadata={
            "description": "How many requests without a valid token one client may send before the answer is "
            "429 (default 20; 0: any number)."
        },
    )
    threads = fields.Integer(
        strict=True,
        validate=validate.Range(min=1, max=256, error="It must lie between 1 and 256."),
        metadata={
            "description": "How many requests a worker lets wait at the same time, for sources that are slow "
            "or hang (default 64). What can be answered at once takes none of these threads."
        },
    )
    trusted_hops = fields.Integer(
        strict=True,
        validate=validate.Range(min=0, max=10, error="It must lie between 0 and 10."),
        metadata={
            "description": "How many proxies in front append to X-Forwarded-For who asked them (default 0: "
            "the header is not believed)."
        },
    )


class ProfileSchema(Schema):
    """The table ``[profile]``."""

    locale = fields.String(
        validate=_check_locale, metadata={"description": "How money is written (default en_US)."}
    )
    fields_ = fields.List(
        fields.String(validate=check_field_name),
        data_key="fields",
        validate=[validate.Length(min=1, error=NO_FIELDS), refuse_twins],
        metadata={
            "description": "The fields that leave, in this order (default: all that the sources give)."
        },
    )
    incomplete_field = fields.String(
        validate=check_field_name,
        metadata={"description": "A field that names the sources which did not answer (default: none)."},
    )
    as_of_field = fields.String(
        validate=check_field_name,
        metadata={"description": "A field that says how old the oldest stale field is (default: none)."},
    )
    time_zone = TimeZone(metadata={"description": "The zone in which times are written (default UTC)."})
    formats = fields.Dict(
        keys=fields.String(validate=check_field_name),
        metadata={"description": "How single fields are written: see [formats](webhook.md#the-profile)."},
    )
    add = fields.Dict(
        keys=fields.String(validate=check_field_name),
        metadata={
            "description": "Constants, and texts made from fields, such as links: `{id}` stands for a field."
        },
    )
    never = fields.List(
        fields.String(),
        metadata={
            "description": "Patterns of names that never leave, beside [those of the kit](privacy.md)."
        },
    )
    allow = fields.List(
        fields.String(validate=check_field_name),
        metadata={
            "description": "Exact names that may leave although a rule of privacy would withhold them."
        },
    )


class IdentitySchema(Schema):
    """The table ``[identity]``."""

    strip_plus_tags = StrictBoolean(
        metadata={
            "description": "Look for casey@example.com too when casey+tag@example.com writes (default false)."
        },
    )


class CacheSchema(Schema):
    """The table ``[cache]``."""

    fresh = StrictFloat(
        validate=validate.Range(min=0, max=86_400),
        metadata={
            "description": "Seconds that an answer is kept (default 0: the helpdesk asks once per message)."
        },
    )
    negative = StrictFloat(
        validate=validate.Range(min=0, max=86_400),
        metadata={"description": 'Seconds that "no such customer" is kept (default 0).'},
    )
    stale = StrictFloat(
        validate=validate.Range(min=0, max=2_592_000),
        metadata={
            "description": "Seconds that a source's last good answer may stand in for it (default 3600)."
        },
    )
    entries = fields.Integer(
        strict=True,
        validate=validate.Range(min=1, max=10_000_000),
        metadata={"description": "How many entries a process keeps, without Redis (default 10000)."},
    )
    url = fields.String(
        validate=validate.Regexp(
            r"(rediss?|unix)://", error="Use redis://host:port/0, rediss:// or unix://path."
        ),
        metadata={"description": "Keep them in this Redis instead, shared by replicas: `${REDIS_URL}`."},
    )


class SettingsSchema(Schema):
    """The top of the settings file."""

    server = fields.Dict(keys=fields.String(), metadata={"description": "How the server answers."})
    profile = fields.Dict(keys=fields.String(), metadata={"description": "What a profile looks like."})
    identity = fields.Dict(keys=fields.String(), metadata={"description": "Who an address is."})
    cache = fields.Dict(keys=fields.String(), metadata={"description": "What is kept, and for how long."})
    check = fields.Dict(
        keys=fields.String(),
        metadata={"description": "What `custom-profile check` does; the server leaves it alone."},
    )
    sources = fields.List(
        fields.Dict(keys=fields.String()),
        required=True,
        validate=validate.Length(min=1, error="At least one source is needed."),
        metadata={"description": "Where the data come from; earlier sources win over later ones."},
    )
