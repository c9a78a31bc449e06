"""The options of ``type = "sql"``."""

from __future__ import annotations

import re
from datetime import UTC
from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from sqlalchemy import text

from adapters.options import DatabaseURL, StrictFloat, TimeZone
from adapters.sql.values import READERS

TABLE_FORM = ("table", "email_column", "columns")


class SqlOptions(Schema):
    """What settings say of one database; either ``query`` or the three of the table form."""

    json_schema: ClassVar = {"oneOf": [{"required": ["query"]}, {"required": list(TABLE_FORM)}]}

    url = DatabaseURL(
        required=True,
        metadata={"description": "The SQLAlchemy URL of the database; take it from the environment."},
    )
    query = fields.String(
        metadata={"description": "A SELECT with :email in it. Its first row is the customer."},
    )
    table = fields.String(metadata={"description": "Instead of a query: the table of customers."})
    email_column = fields.String(metadata={"description": "With table: the column that holds the address."})
    columns = fields.List(
        fields.String(),
        validate=validate.Length(min=1),
        metadata={"description": "With table: the columns that agents may see."},
    )
    types = fields.Dict(
        keys=fields.String(),
        values=fields.String(validate=validate.OneOf(sorted(READERS))),
        load_default=dict,
        metadata={
            "description": "What a query's columns are where the database does not say (SQLite): "
            + ", ".join(sorted(READERS))
            + "."
        },
    )
    time_zone = TimeZone(
        load_default=UTC,
        metadata={"description": "The zone of date-times that carry none (default UTC)."},
    )
    timeout = StrictFloat(
        load_default=1.0,
        validate=validate.Range(min=0.05, max=30),
        metadata={
            "description": "Seconds that connecting may take, and a statement, which is then cancelled on "
            "the server (default 1). On databases other than SQLite, PostgreSQL, MariaDB and MySQL: that a "
            "lookup waits for a connection."
        },
    )

    @validates_schema(skip_on_field_errors=True)
    def _one_form(self, data: dict[str, Any], **_: object) -> None:
        given = [name for name in TABLE_FORM if name in data]
        if "query" in data:
            if given:
                problem = f"Give either query or {', '.join(TABLE_FORM)}: not both."
                raise ValidationError(problem, "query")
            _check_parameters(data["query"])
        elif not given:
            problem = f"Missing: a SELECT with :email in it (or {', '.join(TABLE_FORM)} instead)."
            raise ValidationError(problem, "query")
        elif missing := [name for name in TABLE_FORM if name not in data]:
            raise ValidationError({name: [f"Missing: it goes with {given[0]}."] for name in missing})


_BEGINNING = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/|\()*(\w+)", re.DOTALL)
"""Blanks, comments and parentheses, and then the first word."""


def _check_parameters(query: str) -> None:
    first = _BEGINNING.match(query)
    if first is None or first[1].upper() not in {"SELECT", "WITH"}:
        raise ValidationError("It must begin with SELECT or WITH: a lookup only reads.", "query")
    names = set(text(query).compile().params)
    others = ", ".join(f":{name}" for name in sorted(names - {"email"}))
    if others:
        raise ValidationError(f"It has {others}, but only :email is known here.", "query")
    if not names:
        raise ValidationError("It must have :email in it, or every customer would get the same row.", "query")
