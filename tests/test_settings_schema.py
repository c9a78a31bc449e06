"""The JSON Schema of the settings: what editors are told is what the server accepts."""

from __future__ import annotations

import json
import re
import tomllib
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from pathlib import Path

import documentation
import jsonschema
import pytest
from click.testing import CliRunner
from marshmallow import Schema, fields, validate
from test_documentation import snippets

from adapters import registry
from webhook_server.config import (
    CacheSettings,
    ProfileSettings,
    ServerSettings,
    SettingsError,
    load_settings,
)
from webhook_server.config.json_schema import Made, _table, schema_text, settings_schema
from webhook_server.schema_command import schema

ROOT = Path(__file__).parent.parent
COMMITTED = ROOT / "docs" / "settings.schema.json"
VALIDATOR = jsonschema.Draft202012Validator(settings_schema())
SQL = '[[sources]]\nname = "app"\ntype = "sql"\nurl = "${DATABASE_URL}"\n'
QUERY = 'query = "SELECT id FROM users WHERE email = :email"\n'
MEMORY = '[[sources]]\nname = "any"\ntype = "memory"\ncustomers = {}\n'


def problems(text):
    """Answer what is wrong with a TOML text, as an editor sees it: dates are texts."""
    document = json.loads(json.dumps(tomllib.loads(text), default=str))
    return [error.message for error in VALIDATOR.iter_errors(document)]


def is_accepted(text, tmp_path):
    (tmp_path / "custom_profile.toml").write_text(text, encoding="utf-8")
    environ = {
        "CUSTOM_PROFILE_CONFIG": str(tmp_path / "custom_profile.toml"),
        "GROOVE_API_TOKEN": "a-token-of-a-test",
        "DATABASE_URL": "postgres://app:x@db.example/app",
    }
    try:
        return bool(load_settings(environ).sources)
    except SettingsError:
        return False


def test_schema_is_one_of_the_dialect_it_names():
    jsonschema.Draft202012Validator.check_schema(settings_schema())


def test_committed_copy_is_fresh():
    assert COMMITTED.read_text("utf-8") == schema_text(), (
        "run: custom-profile schema > docs/settings.schema.json"
    )


def test_command_prints_it():
    result = CliRunner().invoke(schema)
    assert (result.exit_code, result.output) == (0, schema_text())


@pytest.fixture
def broken_adapter(monkeypatch):
    """An adapter beside the kit's own that cannot be imported."""
    broken = EntryPoint("broken", "no_such_module:Source", registry.ADAPTERS_GROUP)
    known = entry_points(group=registry.ADAPTERS_GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: EntryPoints([*known, broken]))


@pytest.mark.usefixtures("broken_adapter")
def test_adapter_that_cannot_be_imported_is_left_out_and_named():
    result = CliRunner().invoke(schema)
    assert result.exit_code == 0
    assert "'broken' of an unknown package cannot be imported" in result.stderr
    assert result.stdout == COMMITTED.read_text("utf-8")


@pytest.mark.usefixtures("broken_adapter")
def test_documentation_is_made_without_an_adapter_that_cannot_be_imported():
    page = "<!-- made: options broken -->\nAs it was.\n<!-- end -->"
    assert documentation.renewed(page) == page
    own = (ROOT / "docs" / "adapters" / "memory.md").read_text("utf-8")
    assert documentation.renewed(own) == own


@pytest.mark.parametrize("text", snippets("toml"))
def test_example_of_the_documentation_is_valid(text):
    assert problems(text if "[[sources]]" in text else text + MEMORY) == []


def test_settings_of_the_sample_company_are_valid():
    path = ROOT / "sample_data" / "files" / "folder" / "custom_profile.toml"
    assert problems(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sources = []",
        "[sevrer]\n" + MEMORY,
        "[server]\ndeadlin = 2.0\n" + MEMORY,
        '[server]\ndeadline = "2"\n' + MEMORY,
        "[server]\ndeadline = 31\n" + MEMORY,
        "[server]\nunknown_customer = { a = { b = 1 } }\n" + MEMORY,
        "[server]\nunknown_customer = { email = 1 }\n" + MEMORY,
        "[profile]\nfields = []\n" + MEMORY,
        '[profile]\nfields = ["full name"]\n' + MEMORY,
        '[profile]\nformats = { paid = "monney" }\n' + MEMORY,
        '[profile]\nformats = { paid = { type = "money", currencies = "USD" } }\n' + MEMORY,
        "[cache]\nentries = 1.5\n" + MEMORY,
        '[cache]\nurl = "http://cache.example"\n' + MEMORY,
        "[identity]\nstrip_plus_tags = 1\n" + MEMORY,
        MEMORY.replace("name", "nam"),
        MEMORY.replace("any", "Any"),
        MEMORY.replace("memory", "memry"),
        MEMORY + 'records = "latest"\n',
        MEMORY + "query = 1\n",
        SQL,
        SQL + QUERY + 'table = "users"\nemail_column = "email"\ncolumns = ["id"]\n',
        SQL + 'table = "users"\n',
        SQL + QUERY + 'types = { id = "int" }\n',
        '[[sources]]\nname = "b"\ntype = "stripe_export"\n',
        '[[sources]]\nname = "b"\ntype = "stripe_export"\npayments = "a.csv"\nwarn_after_days = 0\n',
    ],
)
def test_broken_settings_fail_in_the_editor_as_in_the_server(text, tmp_path):
    assert problems(text)
    assert not is_accepted(text, tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        MEMORY,
        SQL + QUERY,
        SQL + 'table = "users"\nemail_column = "email"\ncolumns = ["id"]\n',
        '[profile]\nformats = { paid = { type = "money", currency = "USD" }, since = "since" }\n' + MEMORY,
        '[profile]\nadd = { link = "https://x.example/{id}", vip = true, level = 3 }\n' + MEMORY,
        '[server]\nunknown_customer = { plan = "none", known = false }\n' + MEMORY,
        MEMORY.replace("{}", '{ "a@b.example" = { id = 1 }, "c@d.example" = [{ id = 2 }, { id = 3 }] }'),
    ],
)
def test_sound_settings_pass_in_the_editor_as_in_the_server(text, tmp_path):
    assert problems(text) == []
    assert is_accepted(text, tmp_path)


def test_text_from_the_environment_may_stand_for_any_other():
    assert problems('[cache]\nurl = "${REDIS_URL}"\n' + MEMORY) == []
    assert problems(MEMORY + 'records = "${RULE}"\n') == []


@pytest.mark.parametrize(
    ("table", "settings"), [("server", ServerSettings()), ("profile", ProfileSettings()), ("cache", None)]
)
def test_defaults_are_those_of_the_server(table, settings):
    declared = settings_schema()["properties"][table]["properties"]
    defaults = {name: made["default"] for name, made in declared.items() if "default" in made}
    if settings is None:
        kept = CacheSettings()
        real = {name: getattr(kept.times, name) for name in ("fresh", "negative", "stale")}
        assert defaults == real | {"entries": kept.entries}
    else:
        assert defaults
        assert {name: str(value) for name, value in defaults.items()} == {
            name: re.sub(r"\.0$", "", str(getattr(settings, name))) for name in defaults
        }


def test_everything_is_described():
    def undescribed(made: Made, path):
        for name, inner in made.get("properties", {}).items():
            if "description" not in inner and "const" not in inner:
                yield f"{path}.{name}"
            yield from undescribed(inner, f"{path}.{name}")

    made = settings_schema()
    assert not list(undescribed(made, ""))
    for rule in made["properties"]["sources"]["items"]["allOf"]:
        source = rule["then"]
        assert not list(undescribed(source, source["title"]))


def test_adapter_with_fields_of_its_own_kinds_is_described_as_far_as_it_tells():
    class Odd(fields.Field):
        pass

    class Options(Schema):
        """Options of somebody's adapter."""

        json_schema = {"minProperties": 1}  # noqa: RUF012
        odd = Odd(metadata={"description": "Anything."})
        told = Odd(metadata={"json_schema": {"enum": [1, 2]}})
        ratio = fields.Float(
            validate=[validate.Range(min=0, min_inclusive=False), validate.Range(max=1)], required=True
        )
        code = fields.String(validate=validate.And(validate.Length(max=3), validate.Regexp(r"[a-z]+\Z")))
        levels = fields.List(fields.Integer(), validate=validate.Length(min=1, max=4))

    assert _table(Options) == {
        "type": "object",
        "additionalProperties": False,
        "minProperties": 1,
        "required": ["ratio"],
        "properties": {
            "odd": {"description": "Anything."},
            "told": {"enum": [1, 2]},
            "ratio": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
            "code": {
                "type": "string",
                "anyOf": [
                    {"maxLength": 3, "pattern": "^(?:[a-z]+$)"},
                    {"pattern": r"\$\{[A-Za-z_][A-Za-z0-9_]*\}"},
                ],
            },
            "levels": {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 4},
        },
    }
