"""The options of ``type = "http_json"``."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from adapters.http_json.paths import problem_of_path
from adapters.http_json.templates import (
    ADDRESS,
    places_in,
    problem_of,
    problem_of_places,
    texts_in,
    whole_places_in,
)
from adapters.options import FilePattern, StrictBoolean, StrictFloat

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_HEADER_VALUE = re.compile(r"[\x20-\x7e\t]*\Z")


class PathText(fields.String):
    """A path into an answer, in JMESPath."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, *args, **kwargs)
        if problem := problem_of_path(text):
            raise ValidationError(problem)
        return text


def _check_headers(headers: dict[str, str]) -> None:
    problems = [f"{name!r} is no name of a header." for name in headers if not _HEADER_NAME.match(name)]
    # A value is often a token: it is not repeated.
    problems += [
        f"The value of {name} has line breaks or characters that no header has."
        for name, value in headers.items()
        if not _HEADER_VALUE.match(value)
    ]
    if problems:
        raise ValidationError(" ".join(problems))


def _headers(description: str) -> fields.Dict:
    return fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        validate=_check_headers,
        metadata={"description": description},
    )


def _body() -> fields.Dict:
    return fields.Dict(
        metadata={"description": "Send this as JSON, by POST; `{email}` in its texts is the address."}
    )


class CallSchema(Schema):
    """One more call, made with what the calls before it answered."""

    name = fields.String(
        required=True,
        validate=validate.Regexp(
            r"[a-z][a-z0-9_]*\Z", error="Use lower-case letters, digits and _, as in orders."
        ),
        metadata={"description": "The field that the call's answer becomes."},
    )
    url = fields.String(
        required=True,
        metadata={"description": "Its URL; `{id}` is the field id of the record, `{email}` the address."},
    )
    headers = _headers("Headers of this call; without them those of the source, where it is asked there too.")
    body = _body()
    record = PathText(metadata={"description": "The path to what counts in its answer (default: all of it)."})

    @validates_schema(skip_on_field_errors=True)
    def _places(self, data: dict[str, Any], **_: object) -> None:
        _check_places(data, first=False)


class _Calls(fields.List[Any]):
    """A list of tables, each a CallSchema."""

    def __init__(self) -> None:
        names = {name: dict(field.metadata) for name, field in CallSchema().fields.items()}
        table = {
            "type": "object",
            "required": ["name", "url"],
            "properties": names,
            "additionalProperties": False,
        }
        super().__init__(
            fields.Nested(CallSchema, metadata={"json_schema": table}),
            load_default=list,
            metadata={
                "description": "Further calls in this order, as `[[sources.calls]]`: name, url and, if "
                "needed, headers, body, record."
            },
        )


class HttpJsonOptions(Schema):
    """What settings say of one service."""

    url = fields.String(
        required=True,
        metadata={"description": "The URL of a customer, with `{email}` where the address goes, quoted."},
    )
    headers = _headers("Headers of every call; take tokens from the environment: `${SHOP_TOKEN}`.")
    username = fields.String(
        metadata={"description": "The user's name, or key, of HTTP's Basic authentication."}
    )
    password = fields.String(metadata={"description": "Its password; some services want none."})
    body = _body()
    record = PathText(
        metadata={
            "description": "The path to the record, or list of records, in the answer (default: all of it)."
        }
    )
    email_path = PathText(
        metadata={
            "description": "The path to the address in a record: one of another address is left out. For "
            "services that find more than they are asked for."
        }
    )
    paths = fields.Dict(
        keys=fields.String(),
        values=PathText(),
        validate=validate.Length(min=1),
        metadata={"description": "Field → path to its value in the record (default: the whole record)."},
    )
    calls = _Calls()
    missing_status = fields.List(
        fields.Integer(strict=True, validate=validate.Range(min=400, max=499)),
        load_default=lambda: [404],
        metadata={"description": 'The statuses that mean "no such customer" (default [404]).'},
    )
    timeout = StrictFloat(
        load_default=2.0,
        validate=validate.Range(min=0.05, max=30),
        metadata={"description": "Seconds that a lookup may take, with all its calls (default 2)."},
    )
    max_bytes = fields.Integer(
        strict=True,
        load_default=1_000_000,
        validate=validate.Range(min=1000, max=100_000_000),
        metadata={"description": "Bytes that one answer may have after decompression (default 1000000)."},
    )
    allow_private = StrictBoolean(
        load_default=False,
        metadata={
            "description": "The hosts named here may have addresses of a private network; one that is "
            "written as an IP address or localhost always may (default false)."
        },
    )
    ca_file = FilePattern(
        metadata={"description": "Certificate authorities to trust instead of the public ones: a PEM file."}
    )

    json_schema: ClassVar = {"dependentRequired": {"password": ["username"]}}

    @validates_schema(skip_on_field_errors=True)
    def _whole(self, data: dict[str, Any], **_: object) -> None:
        _check_places(data, first=True)
        if "password" in data and "username" not in data:
            raise ValidationError("Missing: it goes with password.", "username")
        if "username" in data and any(name.lower() == "authorization" for name in data.get("headers", {})):
            raise ValidationError(
                "It is sent as Authorization, which headers give too: keep one.", "username"
            )
        asked = [data["url"], *texts_in(data.get("body", {}))]
        if not any(ADDRESS in places_in(text) for text in asked):
            raise ValidationError(
                "It must have {email} in it, or every customer would get the same record.", "url"
            )
        names = [call["name"] for call in data["calls"]]
        if twins := sorted({name for name in names if names.count(name) > 1}):
            raise ValidationError(f"Two calls are named {twins[0]}: only one could be seen.", "calls")


def _check_places(data: dict[str, Any], *, first: bool) -> None:
    if problem := problem_of(data["url"], first=first):
        raise ValidationError(problem, "url")
    if problem := problem_of_places(whole_places_in(data.get("body", {})), first=first):
        raise ValidationError(problem, "body")
