"""Reads the settings file and the environment: the only module that looks at either."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from marshmallow import Schema, ValidationError, fields

from adapters import registry
from adapters.errors import SourceConfigError
from adapters.options import load_options
from webhook_server.config.problems import Problem, SettingsError, flatten_messages
from webhook_server.config.schemas import ProfileSchema, ServerSchema, SettingsSchema, SourceSchema
from webhook_server.config.settings import ProfileSettings, ServerSettings, Settings, SourceSettings
from webhook_server.profile.keys import clean_key
from webhook_server.profile.merge import Shape

FILE_VARIABLE = "CUSTOM_PROFILE_CONFIG"
TOKEN_VARIABLE = "GROOVE_API_TOKEN"  # noqa: S105 - the variable's name
DEFAULT_FILE = "custom_profile.toml"

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
Number = TypeVar("Number", int, float)


def choose_settings_file(path: str) -> None:
    """Name the settings file for this process and those it starts."""
    os.environ[FILE_VARIABLE] = path


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings file and the environment.

    Raises SettingsError with every problem found in either.
    """
    environ = os.environ if environ is None else environ
    file = Path(environ.get(FILE_VARIABLE) or DEFAULT_FILE)
    return _Loading(environ, file).load()


class _Loading:
    """One reading of the settings, gathering problems as it goes."""

    def __init__(self, environ: Mapping[str, str], file: Path) -> None:
        self.environ = environ
        self.file = file
        self.problems: list[Problem] = []

    def load(self) -> Settings:
        text = self._text()
        digests = self._token_digests()
        document = self._document(text)
        server = self._server(document.get("server", {}))
        profile = self._profile(document.get("profile", {}))
        sources = [self._source(number, table) for number, table in enumerate(document.get("sources", []))]
        self._check_unique(document.get("sources", []))
        if self.problems:
            raise SettingsError(self.problems, self.file, text)
        found = [source for source in sources if source is not None]
        return Settings(digests, found, server, profile, self.file)

    def _text(self) -> str:
        try:
            return self.file.read_text(encoding="utf-8")
        except FileNotFoundError:
            problem = (
                f"There is no settings file {self.file}. Write one (see docs/settings.md), "
                f"or name it in {FILE_VARIABLE}."
            )
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            problem = f"The settings file {self.file} cannot be read: {reason}."
        self._token_digests()
        raise SettingsError([Problem("", problem), *self.problems])

    def _document(self, text: str) -> dict[str, Any]:
        try:
            raw = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            self.problems.append(Problem("", f"{self.file.name} is no TOML: {error}."))
            raise SettingsError(self.problems, self.file, text) from None
        document: dict[str, Any] = self._replaced(raw, ())
        loaded = self._loaded(SettingsSchema, document, ())
        return loaded if loaded is not None else {}

    def _replaced(self, value: Any, path: tuple[str, ...]) -> Any:
        """Put the environment's values in the place of every ``${NAME}`` in a string."""
        if isinstance(value, dict):
            return {key: self._replaced(inner, (*path, key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._replaced(inner, (*path, str(number))) for number, inner in enumerate(value)]
        if not isinstance(value, str):
            return value
        for name in dict.fromkeys(_REFERENCE.findall(value)):
            if name not in self.environ:
                self._problem(path, f"${{{name}}} is not set in the environment.")
        return _REFERENCE.sub(lambda match: self.environ.get(match[1], match[0]), value)

    def _loaded(self, schema: type[Schema], raw: Mapping[str, Any], path: tuple[str, ...]) -> Any:
        try:
            return schema().load(dict(raw))
        except ValidationError as error:
            self._explain(error, schema, path)
            return None

    def _explain(self, error: ValidationError, *schemas_and_path: Any) -> None:
        *schemas, path = schemas_and_path
        for problem in flatten_messages(error.messages, path):
            message = problem.message
            if message == "Unknown field.":
                message = _unknown_key(problem.key.split(".")[-1], schemas)
            elif message == "Missing data for required field.":
                message = "Missing."
            self._problem(tuple(problem.key.split(".")), message)

    def _source(self, number: int, table: Mapping[str, Any]) -> SourceSettings | None:
        path = ("sources", str(number))
        common_names = {field.data_key or name for name, field in SourceSchema().fields.items()}
        own = {key: value for key, value in table.items() if key not in common_names}
        common = self._loaded(SourceSchema, {key: table[key] for key in table.keys() & common_names}, path)
        if not isinstance(table.get("type"), str):
            return None
        try:
            adapter = registry.load(table["type"])
            options = load_options(adapter.options, own, self.file.parent.absolute())
        except SourceConfigError as error:
            self._problem((*path, "type"), f"{error}.")
            return None
        except ValidationError as error:
            self._explain(error, adapter.options, SourceSchema, path)
            return None
        if common is None:
            return None
        rename = {clean_key(key): name for key, name in common.get("rename", {}).items()}
        chosen = common.get("fields_")
        fields = None if chosen is None else frozenset(map(clean_key, chosen))
        shape = Shape(common.get("prefix", ""), rename, fields)
        return SourceSettings(common["name"], common["type"], shape, options)

    def _check_unique(self, tables: list[Mapping[str, Any]]) -> None:
        names = [table.get("name") for table in tables]
        for number, name in enumerate(names):
            if name is not None and name in names[:number]:
                self._problem(("sources", str(number), "name"), f"Another source is called {name!r} too.")

    def _server(self, raw: Mapping[str, Any]) -> ServerSettings:
        given = self._loaded(ServerSchema, raw, ("server",)) or {}
        port = self._whole_number("PORT", 8000, 0, 65535)
        workers = self._whole_number("WEB_CONCURRENCY", 1, 1, 256)
        return ServerSettings(**given, port=port, workers=workers)

    def _profile(self, raw: Mapping[str, Any]) -> ProfileSettings:
        given = self._loaded(ProfileSchema, raw, ("profile",)) or {}
        chosen = given.pop("fields_", None)
        return ProfileSettings(**given, fields=None if chosen is None else tuple(chosen))

    def _token_digests(self) -> list[bytes]:
        tokens = [token.strip() for token in self.environ.get(TOKEN_VARIABLE, "").split(",")]
        digests = [sha256(token.encode("utf-8", "surrogateescape")).digest() for token in tokens if token]
        if not digests and not any(problem.key == TOKEN_VARIABLE for problem in self.problems):
            problem = "Missing: set it to the API token of your account (in the helpdesk: Settings → API)."
            self.problems.append(Problem(TOKEN_VARIABLE, problem))
        return digests

    def _whole_number(self, name: str, default: int, least: int, most: int) -> int:
        text = self.environ.get(name, "").strip() or str(default)
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            self.problems.append(Problem(name, f"It must be a whole number from {least} to {most}."))
            return default
        return int(text)

    def _problem(self, path: tuple[str, ...], message: str) -> None:
        key = ".".join(path)
        # The first problem of a key explains those that follow from it.
        if all(problem.key != key for problem in self.problems):
            self.problems.append(Problem(key, message))


def _unknown_key(key: str, schemas: list[type[Schema]]) -> str:
    known = sorted({name for schema in schemas for name in _names(schema)})
    near = get_close_matches(key, known, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"Unknown key; {hint}Known are: {', '.join(known)}."


def _names(schema: type[Schema]) -> Iterator[str]:
    declared: Mapping[str, fields.Field[Any]] = schema().fields
    return (field.data_key or name for name, field in declared.items())
