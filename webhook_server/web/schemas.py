"""The query that comes in and the profile that goes out, as marshmallow schemas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import EXCLUDE, INCLUDE, Schema, ValidationError, fields, validate, validates_schema

from webhook_server.profile.identity import LONGEST_ADDRESS, InvalidAddressError, identify
from webhook_server.profile.keys import RESERVED, is_identifier


class EmailParameter(fields.Field[str]):
    """The parameter ``email``, given as the list of its values in the query string.

    Its errors carry a code and a message, as the server's answers do.
    """

    default_error_messages = {  # noqa: RUF012 - marshmallow declares it so
        "required": {
            "error": "email_missing",
            "message": "The parameter email is missing: give the customer's address.",
        },
        "repeated": {
            "error": "email_repeated",
            "message": "The parameter email is given more than once: give it once.",
        },
    }

    def _deserialize(self, value: Sequence[str], *_args: Any, **_kwargs: Any) -> str:
        if len(value) > 1:
            raise self.make_error("repeated")
        try:
            identify(value[0])
        except InvalidAddressError as error:
            raise ValidationError({"error": error.code, "message": str(error)}) from None
        return value[0]


class ProfileQuery(Schema):
    """What the helpdesk asks: "a GET request with `email` and `api_token` parameters".

    The token has been judged and taken away before (see auth); other parameters are ignored.
    """

    class Meta:
        """Other parameters are the helpdesk's business."""

        unknown = EXCLUDE

    email = EmailParameter(
        required=True,
        metadata={
            "description": "The customer's address, once.",
            "format": "email",
            "maxLength": LONGEST_ADDRESS,
            "example": "casey@example.com",
        },
    )


class FlatProfile(Schema):
    """What the helpdesk takes: "JSON should be returned as a single level hash.".

    The server's answers keep to it by construction; tests hold them to it.
    """

    class Meta:
        """A profile's fields are its company's own."""

        unknown = INCLUDE

    @validates_schema(pass_original=True)
    def _one_level(self, _data: object, original: Mapping[Any, Any], **_: object) -> None:
        problems: dict[str, list[str]] = {}
        for key, value in original.items():
            if not isinstance(key, str) or not is_identifier(key):
                problems[str(key)] = ["A key is a Liquid identifier without blanks."]
            elif key in RESERVED:
                problems[key] = ["The helpdesk always overrides this name."]
            elif value is not None and not isinstance(value, str | int | float | bool):
                problems[key] = ["Nested keys will not work."]
        if problems:
            raise ValidationError(problems)


class ErrorAnswer(Schema):
    """The one shape of every error."""

    error = fields.String(required=True, metadata={"description": "What is wrong, for programs."})
    message = fields.String(required=True, metadata={"description": "What to do about it, for people."})


class Health(Schema):
    """That the process lives."""

    status = fields.Constant("ok", required=True)


class Readiness(Schema):
    """What came of asking every source to check itself, on one level.

    Beside ``status`` it has ``source_<name>`` and ``breaker_<name>`` for every source, and ``reason_<name>``
    for one that is not in order.
    """

    class Meta:
        """The sources are their company's own."""

        unknown = INCLUDE

    status = fields.String(required=True, validate=validate.OneOf(["ok", "degraded", "unready"]))


class Invalidation(Schema):
    """The address whose answers are to be dropped."""

    class Meta:
        """What else a shop's webhook sends with it is nobody's concern."""

        unknown = INCLUDE

    email = fields.String(
        required=True,
        metadata={"description": "The customer's address.", "format": "email", "maxLength": LONGEST_ADDRESS},
    )
