"""The options of ``type = "stripe_api"``."""

from __future__ import annotations

import re
from typing import Any

import httpx
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from adapters.options import FilePattern, StrictBoolean, StrictFloat

KINDS = ("charges", "subscriptions", "invoices")
"""What may be asked for besides customers."""

_KEY = re.compile(r"[\x21-\x7e]+\Z")
_MAY_READ = re.compile(r"(rk|sk)[a-z]*_")
_OF_MODE = re.compile(r"[a-z]+_(live|test)_")


def _check_key(key: str) -> None:
    # A key is not repeated, not even a wrong one.
    if not key:
        raise ValidationError("It is empty: is the variable set that it comes from?")
    if not _KEY.match(key):
        raise ValidationError("It has blanks or characters that no key has.")
    if key.startswith("pk_"):
        raise ValidationError(
            "This is a publishable key, which may read nothing: use a restricted key (rk_…)."
        )
    if key.startswith("whsec_"):
        raise ValidationError("This is the secret of a webhook: use a restricted key (rk_…).")
    if not _MAY_READ.match(key):
        raise ValidationError("This is no key of Stripe's: use a restricted key (rk_…).")


def _check_url(text: str) -> None:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in ("http", "https") or not url.host or url.userinfo or url.query or url.fragment:
        raise ValidationError("Not a URL. It should look like https://api.stripe.com.")


class StripeApiOptions(Schema):
    """What settings say of one account at Stripe."""

    api_key = fields.String(
        required=True,
        validate=_check_key,
        metadata={"description": "A restricted key, from the environment: `${STRIPE_API_KEY}`."},
    )
    objects = fields.List(
        fields.String(validate=validate.OneOf(KINDS)),
        load_default=lambda: ["charges", "subscriptions"],
        metadata={
            "description": "What is asked for besides customers, each a further call: charges, "
            'subscriptions, invoices (default ["charges", "subscriptions"]).'
        },
    )
    most_objects = fields.Integer(
        strict=True,
        load_default=500,
        validate=validate.Range(min=100, max=10_000),
        metadata={
            "description": "Objects of one kind that are read for an address, 100 a call; where there are "
            "more, counts and sums are left out (default 500)."
        },
    )
    links = StrictBoolean(
        load_default=False,
        metadata={"description": "Add links to the dashboard (default false)."},
    )
    test_mode = StrictBoolean(
        load_default=False,
        metadata={
            "description": "The key is one of Stripe's test mode: its payments count, and links lead to test "
            "mode (default false)."
        },
    )
    timeout = StrictFloat(
        load_default=2.0,
        validate=validate.Range(min=0.05, max=30),
        metadata={"description": "Seconds that a lookup may take, with all its calls (default 2)."},
    )
    url = fields.String(
        load_default="https://api.stripe.com",
        validate=_check_url,
        metadata={"description": "Where Stripe's API is (default https://api.stripe.com): for stand-ins."},
    )
    allow_private = StrictBoolean(
        load_default=False,
        metadata={
            "description": "The host of `url` may have an address of a private network (default false)."
        },
    )
    ca_file = FilePattern(
        metadata={"description": "Certificate authorities to trust instead of the public ones: a PEM file."}
    )

    @validates_schema(skip_on_field_errors=True)
    def _mode(self, data: dict[str, Any], **_: object) -> None:
        mode = _OF_MODE.match(data["api_key"])
        if mode and (mode[1] == "test") != data["test_mode"]:
            wanted = "true" if mode[1] == "test" else "false"
            raise ValidationError(
                f"The key is one of Stripe's {mode[1]} mode: set it to {wanted}, or use another key.",
                "test_mode",
            )
