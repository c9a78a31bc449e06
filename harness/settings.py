"""Settings of ``check`` from [tool.custom-profile.check] in pyproject.toml or [check] in custom_profile.toml.

Every problem of the table is told together. The token has no key here: files are committed.
"""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from marshmallow import Schema, ValidationError, fields

from harness.contract import SEVERITIES

_PLACES = (("custom_profile.toml", ("check",)), ("pyproject.toml", ("tool", "custom-profile", "check")))
_PATHS = ("email_file", "template", "baseline", "against", "authorities")


class CheckSettingsError(Exception):
    """Raise for a file that cannot be read or a table that is wrong; the message says every reason."""


def _texts(**more: Any) -> fields.List[str]:
    return fields.List(fields.String(), **more)


def _check_severity(name: str) -> None:
    if name not in (*SEVERITIES, "never"):
        raise ValidationError(f"{name!r} is none of error, warning, info, never.")


class CheckSchema(Schema):
    """The table of ``check``; each key is the option of that name."""

    url = fields.String()
    email = _texts()
    email_file = fields.String()
    template = fields.String()
    full_name = fields.String()
    headline = fields.String()
    deadline = fields.Float()
    authorities = fields.String(data_key="ca_file")
    calls = fields.Integer(strict=True)
    select = _texts()
    ignore = _texts()
    baseline = fields.String()
    against = fields.String()
    forms = _texts(data_key="format")
    fail_on = fields.String(validate=_check_severity)
    hide_values = fields.Boolean(truthy={True}, falsy={False})


def find_settings(folder: Path) -> tuple[Path, dict[str, Any]] | None:
    """Give the first of a folder's files that has a table for ``check``, and the table."""
    for name, keys in _PLACES:
        path = folder / name
        if path.is_file():
            table = _table(path, keys)
            if table is not None:
                return path, table
    return None


def read_settings(path: Path) -> dict[str, Any]:
    """Read the table of one file, whichever of the two it has; paths in it start at the file's folder."""
    for _, keys in _PLACES:
        table = _table(path, keys)
        if table is not None:
            return load_table(path, table)
    raise CheckSettingsError(f"{path} has neither [check] nor [tool.custom-profile.check].")


def load_table(path: Path, table: dict[str, Any]) -> dict[str, Any]:
    """Check a table's keys and types."""
    try:
        loaded: dict[str, Any] = CheckSchema().load(table)
    except ValidationError as error:
        messages = dict(error.messages_dict)
        lines = [f"  {key}: {_explain(key, messages[key])}" for key in messages]
        raise CheckSettingsError("\n".join([f"{path}: the settings of check are wrong.", *lines])) from None
    for key in _PATHS:
        if key in loaded:
            loaded[key] = str(path.parent / loaded[key])
    if "forms" in loaded:
        loaded["forms"] = [_beside(path, text) for text in loaded["forms"]]
    return loaded


def _beside(path: Path, form: str) -> str:
    name, separator, file = form.partition("=")
    return f"{name}={path.parent / file}" if separator else form


def _explain(key: str, messages: Any) -> str:
    names = [field.data_key or name for name, field in CheckSchema().fields.items()]
    if key not in names:
        if "token" in key:
            return "a token does not belong into a file that is shared: set GROOVE_API_TOKEN."
        near = get_close_matches(key, names, n=1)
        return f"there is no such key{f'; did you mean {near[0]}?' if near else '.'}"
    return " ".join(_flat(messages))


def _flat(messages: Any) -> list[str]:
    if isinstance(messages, dict):
        return [f"{number}: {text}" for number, inner in messages.items() for text in _flat(inner)]
    return [str(text) for text in messages]


def _table(path: Path, keys: tuple[str, ...]) -> dict[str, Any] | None:
    try:
        table: Any = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise CheckSettingsError(f"{path} is no TOML: {error}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise CheckSettingsError(f"{path} cannot be read: {error}.") from None
    for key in keys:
        if not isinstance(table, dict) or key not in table:
            return None
        table = table[key]
    if not isinstance(table, dict):
        raise CheckSettingsError(f"{path}: {'.'.join(keys)} must be a table.")
    return table
