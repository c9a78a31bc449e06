"""The options of ``type = "sql"``."""

from __future__ import annotations

from datetime import UTC
from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from sqlalchemy import make_url

from adapters.options import DatabaseURL, StrictFloat, TimeZone
from adapters.sql.named import ROWS
from adapters.sql.tokens import tokens_of
from adapters.sql.values import READERS

TABLE_FORM = ("table", "email_column", "columns")


def _types(what: str) -> fields.Dict:
    return fields.Dict(
        keys=fields.String(),
        values=fields.String(validate=validate.OneOf(sorted(READERS))),
        load_default=dict,
        metadata={
            "description": f"What {what} columns are where the database does not say (SQLite): "
            + ", ".join(sorted(READERS))
            + "."
        },
    )


class NamedQueryOptions(Schema):
    """What settings say of one of several queries."""

    query = fields.String(required=True, metadata={"description": "A SELECT with :email in it."})
    rows = fields.String(
        load_default="first",
        validate=validate.OneOf(ROWS),
        metadata={"description": "What becomes of its rows: first, newest, all or count (default first)."},
    )
    newest_by = fields.String(
        validate=validate.Length(min=1),
        metadata={"description": 'With rows = "newest": the column that tells.'},
    )
    types = _types("its")

    @validates_schema(skip_on_field_errors=True)
    def _sound(self, data: dict[str, Any], **_: object) -> None:
        if (data["rows"] == "newest") != ("newest_by" in data):
            raise ValidationError('rows = "newest" and newest_by go together.', "newest_by")
        if data["rows"] == "count" and data["types"]:
            raise ValidationError("They have no effect where rows are counted: leave them out.", "types")


class SqlOptions(Schema):
    """What settings say of one database: ``query``, or the three of the table form, or ``queries``."""

    json_schema: ClassVar = {
        "anyOf": [{"required": ["query"]}, {"required": list(TABLE_FORM)}, {"required": ["queries"]}],
        "not": {"required": ["query", "table"]},
    }

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
    queries = fields.Dict(
        keys=fields.String(
            validate=validate.Regexp(
                r"[a-z][a-z0-9_]*\Z", error="Use lower-case letters, digits and _, as in open_orders."
            )
        ),
        values=fields.Nested(NamedQueryOptions),
        validate=validate.Length(min=1),
        metadata={
            "description": "Further queries, each under its name: tables of query, rows, newest_by and types."
        },
    )
    types = _types("a query's")
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

    @validates_schema(skip_on_field_errors=False)
    def _lookups(self, data: dict[str, Any], **_: object) -> None:
        if "url" not in data:
            return
        backend = make_url(data["url"]).get_backend_name()
        problems: dict[str, Any] = {
            name: {"value": {"query": [problem]}}
            for name, options in data.get("queries", {}).items()
            if (problem := _problem_of(options.get("query", "SELECT :email"), backend))
        }
        told = _problem_of(data["query"], backend) if "query" in data else ""
        if problems or told:
            raise ValidationError(
                ({"queries": problems} if problems else {}) | ({"query": [told]} if told else {})
            )

    @validates_schema(skip_on_field_errors=True)
    def _one_form(self, data: dict[str, Any], **_: object) -> None:
        given = [name for name in TABLE_FORM if name in data]
        if "query" in data:
            if given:
                problem = f"Give either query or {', '.join(TABLE_FORM)}: not both."
                raise ValidationError(problem, "query")
        elif not given and "queries" in data:
            if data["types"]:
                raise ValidationError("Give them to each of the queries: there is no other.", "types")
        elif not given:
            problem = f"Missing: a SELECT with :email in it (or {', '.join(TABLE_FORM)} instead)."
            raise ValidationError(problem, "query")
        elif missing := [name for name in TABLE_FORM if name not in data]:
            raise ValidationError({name: [f"Missing: it goes with {given[0]}."] for name in missing})


def _problem_of(query: str, backend: str) -> str:
    """Say why a query cannot be a lookup; empty where it can."""
    tokens = [token for token in tokens_of(query, backend) if token.kind != "comment"]
    first = next((token for token in tokens if token.text != "("), None)
    if first is None or not first.is_word("SELECT", "WITH"):
        return "It must begin with SELECT or WITH: a lookup only reads."
    names = {token.text for token in tokens if token.kind == "parameter"}
    if others := ", ".join(sorted(names - {":email"})):
        return f"It has {others}, but only :email is known here; write \\: for a colon that is none."
    if names:
        return ""
    if ":email" in query:
        return "Its :email stands in a text or a comment: take it out of the quotation marks."
    return "It must have :email in it, or every customer would get the same row."
