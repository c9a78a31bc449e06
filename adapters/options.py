"""Kinds of options that adapters share, and how the options of one source are loaded."""

from __future__ import annotations

import glob
from collections.abc import Mapping
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any, Protocol, runtime_checkable
from zoneinfo import ZoneInfo, available_timezones

from marshmallow import RAISE, Schema, ValidationError, fields, validate
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from adapters.database_hosts import spelled_for_sqlalchemy
from adapters.errors import SourceConfigError, place_of


@runtime_checkable
class RelativeToSettings(Protocol):
    """An option that means something relative to the folder of the settings file."""

    def resolve(self, value: Any, folder: Path) -> Any:
        """Answer ``value`` as it reads from ``folder``."""


class FilePattern(fields.String):
    """A path or glob pattern; a relative one starts at the folder of the settings file."""

    def resolve(self, value: str, folder: Path) -> str:
        """Make the pattern absolute."""
        return str(folder / Path(value).expanduser())


class ExportFiles(FilePattern):
    """The same of files that are read: the settings' folder itself is no pattern, and none is no answer."""

    def __init__(self, **how: Any) -> None:
        super().__init__(validate=validate.Length(min=1), **how)

    def resolve(self, value: str, folder: Path) -> str:
        """Make the pattern absolute."""
        return super().resolve(value, Path(glob.escape(str(folder))))


class DatabaseURL(fields.String):
    """An SQLAlchemy URL; ``sqlite:///file.db`` starts at the folder of the settings file.

    Heroku's ``postgres://`` is read as ``postgresql://``, and that as the psycopg driver. Several hosts may
    be named as libpq does, ``//app@db1:5432,db2:5432/app``; they are then found in the URL's query.
    """

    default_error_messages = {  # noqa: RUF012 - marshmallow declares it so
        "url": "Not a database URL. It should look like sqlite:///company.db or "
        "postgresql://user:password@host/database.",
        "at": "Not a database URL: it has a @ too many. In a password @ is written %40, "
        "and : / ? # are %3A %2F %3F %23.",
    }

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        for short in ("postgres://", "postgresql://"):
            if text.startswith(short):
                text = "postgresql+psycopg://" + text.removeprefix(short)
        try:
            text = spelled_for_sqlalchemy(text)
            url = make_url(text)
        except (ArgumentError, ValueError):
            # The text of SQLAlchemy's own error repeats the URL, and with it a password.
            raise self.make_error("url") from None
        if url.get_backend_name() != "sqlite" and _has_at_too_many(url, text):
            raise self.make_error("at")
        return text

    def resolve(self, value: str, folder: Path) -> str:
        """Make the file of an SQLite URL absolute; leave other databases as they are."""
        url = make_url(value)
        if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
            return value
        path = folder / Path(url.database).expanduser()
        return url.set(database=str(path)).render_as_string(hide_password=False)


def _has_at_too_many(url: URL, text: str) -> bool:
    """Tell whether a part of the password has become host, database or an option's name."""
    hosts = url.query.get("host", ())
    read = (url.host or "", url.database or "", *([hosts] if isinstance(hosts, str) else hosts))
    # An option without a value, of which SQLAlchemy makes none.
    option = text.rpartition("?")[2].partition("=")[0] if "?" in text else ""
    return any("@" in part for part in read) or ("@" in option and f"@{url.host}" not in option)


class StrictFloat(fields.Float):
    """A finite number that is written as one: text and booleans are not read as numbers."""

    # nan and inf get the words of whatever else is no number.
    default_error_messages = {"special": "Not a valid number."}  # noqa: RUF012 - marshmallow declares it so

    def _validated(self, value: Any) -> float:
        if not isinstance(value, int | float):
            raise self.make_error("invalid")
        return super()._validated(value)


class StrictBoolean(fields.Boolean):
    """A boolean that is written as one: 1 and "yes" are not read as true."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class TimeZone(fields.Field[tzinfo]):
    """The IANA name of a time zone, as in ``Europe/Berlin``."""

    default_error_messages = {"zone": "No such time zone. Use an IANA name such as Europe/Berlin."}  # noqa: RUF012

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> tzinfo:
        if not isinstance(value, str) or value not in available_timezones():
            raise self.make_error("zone")
        # The one that is quicker, and that what is in UTC already has.
        return UTC if value == "UTC" else ZoneInfo(value)


def schema_within(field: fields.Field[Any] | None) -> type[Schema] | None:
    """Answer the schema of the tables that an option holds: one, a list of them, or one for each name."""
    inner = field.inner if isinstance(field, fields.List) else field
    inner = inner.value_field if isinstance(inner, fields.Dict) else inner
    return type(inner.schema) if isinstance(inner, fields.Nested) else None


def load_options(schema: type[Schema], raw: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Load a source's options and resolve those that are relative to the settings' ``folder``.

    Raises marshmallow's ValidationError, with every problem of every option, and SourceConfigError where the
    schema itself fails.
    """
    try:
        return _loaded(schema, raw, folder)
    except (ValidationError, SourceConfigError):
        raise
    except Exception as error:  # noqa: BLE001 - a schema of somebody else; the text may hold an option
        problem = f"{type(error).__name__} in {place_of(error)}"
        told = f"the schema of its options, {schema.__name__}, fails at them: {problem}; mend it"
        raise SourceConfigError(told) from None


def _loaded(schema: type[Schema], raw: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    loader = schema(unknown=RAISE)
    options: object = loader.load(dict(raw))
    if not isinstance(options, dict):
        told = f"the schema of its options, {schema.__name__}, loads {type(options).__name__}, not a dict"
        raise SourceConfigError(f"{told}: make of it what you need in from_options()")
    for name, field in loader.fields.items():
        key = field.attribute or name
        if isinstance(field, RelativeToSettings) and options.get(key) is not None:
            options[key] = field.resolve(options[key], folder)
    return options


__all__ = [
    "DatabaseURL",
    "ExportFiles",
    "FilePattern",
    "RelativeToSettings",
    "StrictBoolean",
    "StrictFloat",
    "TimeZone",
    "ValidationError",
    "load_options",
    "schema_within",
]
