"""Settings as files that can live in a company's repository: helpdesk.toml and profile.liquid; no token."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import click
import tomli_w
from marshmallow import Schema, ValidationError, fields, validate

from harness.behaviour import BEHAVIOURS
from harness.helpdesk.changes import SETTINGS, Changes
from harness.helpdesk.database import opened_database, refuse_no_file
from harness.helpdesk.profile_form import ProfileForm, read_form, store_form, stored_form
from harness.store import make_sessions

SETTINGS_FILE, TEMPLATE_FILE = "helpdesk.toml", "profile.liquid"


class CustomProfileTable(Schema):
    """The table ``[custom_profile]``; what is left out has its default."""

    enabled = fields.Boolean(truthy={True}, falsy={False}, load_default=True)
    headline = fields.String(load_default="")
    webhook_url = fields.String(load_default="")
    behaviour = fields.String(validate=validate.OneOf(list(BEHAVIOURS)), load_default=next(iter(BEHAVIOURS)))
    template = fields.String(load_default=TEMPLATE_FILE)


class SettingsFile(Schema):
    """The whole file."""

    custom_profile = fields.Nested(CustomProfileTable, required=True)


def export_to(database: str, folder: Path) -> list[Path]:
    """Write the settings of a database into a folder, made where it is not there; give the files."""
    refuse_no_file(database)
    with opened_database(database) as engine, make_sessions(engine)() as session:
        form = stored_form(session)
    table = {
        "enabled": form.enabled,
        "headline": form.headline,
        "webhook_url": form.webhook_url,
        "behaviour": form.behaviour,
        "template": TEMPLATE_FILE,
    }
    files = {
        folder / SETTINGS_FILE: tomli_w.dumps({"custom_profile": table}),
        folder / TEMPLATE_FILE: form.template,
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in files.items():
            path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}. Name another folder.") from None
    return list(files)


def import_from(database: str, folder: Path) -> Path:
    """Read settings from a folder into a database, and give the file of the template.

    Raises click's errors, and then changes nothing.
    """
    form, template = _read(folder)
    with opened_database(database) as engine:
        sessions = make_sessions(engine)
        with sessions.begin() as session:
            store_form(session, form)
        Changes(sessions).note(SETTINGS)  # open pages of a helpdesk that runs on it follow
    return template


def _read(folder: Path) -> tuple[ProfileForm, Path]:
    path = folder / SETTINGS_FILE
    try:
        table = SettingsFile().load(tomllib.loads(_text(path)))["custom_profile"]
    except tomllib.TOMLDecodeError as error:
        raise click.UsageError(f"{path} is no TOML: {error}. Mend it there.") from None
    except ValidationError as error:
        raise click.UsageError(_told(path, error.messages_dict)) from None
    template = table.pop("template")
    if not (folder / template).resolve().is_relative_to(folder.resolve()):
        problem = f"{template} lies outside of the folder: put the template beside this file."
        raise click.UsageError(_told(path, {"custom_profile": {"template": problem}}))
    sent = {**table, "enabled": "on" if table["enabled"] else "", "template": _text(folder / template)}
    form = read_form(sent)
    if form.problems:
        raise click.UsageError(_told(path, {"custom_profile": form.problems}))
    return form, folder / template


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{path} is not UTF-8 (byte {error.start + 1}): save it as UTF-8.") from None
    except OSError as error:
        raise click.UsageError(
            f"{path} cannot be read: {error.strerror}. Give the folder of an export."
        ) from None


def _told(path: Path, problems: dict[str, Any]) -> str:
    """Tell every problem at once, each with its key."""
    lines = []
    for key, found in problems.items():
        inner = found.items() if isinstance(found, dict) else [("", found)]
        lines += [f"  {key}{'.' * bool(name)}{name}: {' '.join(_words(text))}" for name, text in inner]
    return "\n".join([f"{path}: nothing was changed.", *lines])


def _words(found: Any) -> list[str]:
    return [str(part) for part in found] if isinstance(found, list) else [str(found)]
