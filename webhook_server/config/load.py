"""Reads the settings file and the environment: the only module that looks at either."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from webhook_server.config.collector import Collector
from webhook_server.config.making import check_sources
from webhook_server.config.misplaced import tell_misplaced
from webhook_server.config.problems import Problem, SettingsError
from webhook_server.config.schemas import ServerSchema, SettingsSchema
from webhook_server.config.settings import CacheSettings, ServerSettings, Settings
from webhook_server.config.tables import read_cache, read_profile, read_sources
from webhook_server.config.tokens import (
    INVALIDATION_VARIABLE,
    TOKEN_VARIABLES,
    Digests,
    TokenTraits,
    read_tokens,
    weigh_tokens,
)

FILE_VARIABLE = "CUSTOM_PROFILE_CONFIG"
METRICS_FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""prometheus-client's own name for the folder in which several workers count together."""
DEFAULT_FILE = "custom_profile.toml"
SYSTEM_VARIABLES = frozenset({"HOME", "LANG", "LOGNAME", "PATH", "PWD", "SHELL", "TMPDIR", "TZ", "USER"})
"""Variables that a file may refer to and that hold no secret; libraries read them too."""

TWO_BRACKETS = "Write [[sources]] with two brackets: there may be several."
_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


_chosen_folders: set[str] = set()


def choose_settings_file(path: str) -> None:
    """Name the settings file for this process and those it starts."""
    os.environ[FILE_VARIABLE] = path


def choose_metrics_folder(path: str) -> None:
    """Name the folder in which this process and those it starts count together: an empty one of their own."""
    os.environ[METRICS_FOLDER_VARIABLE] = path
    _chosen_folders.add(path)


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings file and the environment.

    Raises SettingsError with every problem found in either.
    """
    environ = os.environ if environ is None else environ
    return _Loading(environ, Path(environ.get(FILE_VARIABLE) or DEFAULT_FILE)).load()


class _Loading:
    """One reading of the settings, gathering problems as it goes."""

    def __init__(self, environ: Mapping[str, str], file: Path) -> None:
        self.environ = environ
        self.file = file
        self.collector = Collector()

    def load(self) -> Settings:
        digests = read_tokens(self.environ, self.collector)
        port = self._whole_number("PORT", 8000, 0, 65535)
        workers = self._whole_number("WEB_CONCURRENCY", 1, 1, 256)
        metrics_folder = self._metrics_folder() if digests.metrics else None
        text = self._text()
        document = self._document(text)
        given = self.collector.load(ServerSchema, document.get("server", {}), ("server",)) or {}
        server = ServerSettings(**given, port=port, workers=workers)
        profile = read_profile(document.get("profile", {}), document.get("identity", {}), self.collector)
        cache = read_cache(document.get("cache", {}), self.collector)
        folder = self.file.parent.absolute()
        tables = document.get("sources", [])
        sources = read_sources(tables, folder, profile.formats, self.collector)
        self._check_invalidation(digests, server, cache)
        if profile.as_of_field and profile.as_of_field == profile.incomplete_field:
            self.collector.add(
                ("profile", "as_of_field"), "It is the incomplete_field too: give it another name."
            )
        if self.collector.problems:
            # Else they are made anyway, and what is wrong with them is told then.
            check_sources(sources, tables, self.collector)
            raise SettingsError(self.collector.problems, self.file, text)
        return Settings(
            digests.webhook,
            sources,
            server,
            profile,
            cache,
            digests.invalidation,
            digests.metrics,
            metrics_folder,
            # Replicas with the same settings share a cache; other settings make other answers.
            namespace=sha256(text.encode()).hexdigest()[:16],
            file=self.file,
            variables=tuple(dict.fromkeys(_REFERENCE.findall(text))),
        )

    def _text(self) -> str:
        try:
            return self.file.read_text(encoding="utf-8-sig")  # as Windows writes it
        except FileNotFoundError:
            problem = (
                f"There is no settings file {self.file}. Write one (see docs/settings.md), "
                f"or name it in {FILE_VARIABLE}."
            )
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            problem = f"The settings file {self.file} cannot be read: {reason}."
        raise SettingsError([Problem("", problem), *self.collector.problems])

    def _document(self, text: str) -> dict[str, Any]:
        try:
            raw = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            hint = f" {TWO_BRACKETS}" if "('sources',) twice" in str(error) else ""
            problem = Problem("", f"{self.file.name} is no TOML: {error}.{hint}")
            raise SettingsError([problem, *self.collector.problems], self.file, text) from None
        if isinstance(raw.get("sources"), dict):
            self.collector.add(("sources",), TWO_BRACKETS)
        document = self._replaced(raw, ())
        tell_misplaced(document, self.collector)
        if (loaded := self.collector.load(SettingsSchema, document, ())) is not None:
            return loaded
        # What is in order at the top is read on, so that its own problems are told as well.
        tables = {
            name: table for name, table in document.items() if isinstance(table, dict) and name != "sources"
        }
        sources = document.get("sources")
        listed = sources if isinstance(sources, list) else []
        return tables | {"sources": [table for table in listed if isinstance(table, dict)]}

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
                self.collector.add(path, f"${{{name}}} is not set in the environment.")
        return _REFERENCE.sub(lambda match: self.environ.get(match[1], match[0]), value)

    def _check_invalidation(self, digests: Digests, server: ServerSettings, cache: CacheSettings) -> None:
        if digests.invalidation and server.workers > 1 and not cache.url:
            problem = "Each of several workers keeps its own answers: to drop one in all, set [cache] url."
            self.collector.add((INVALIDATION_VARIABLE,), problem)

    def _metrics_folder(self) -> Path | None:
        name = self.environ.get(METRICS_FOLDER_VARIABLE, "")
        # One that was chosen here, and that a cleaner took away since, is made anew where it is needed.
        if name and name not in _chosen_folders and not Path(name).is_dir():
            self.collector.add((METRICS_FOLDER_VARIABLE,), f"There is no folder {name}: make it, and empty.")
        return Path(name) if name else None

    def _whole_number(self, name: str, default: int, least: int, most: int) -> int:
        text = self.environ.get(name, "").strip() or str(default)
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            self.collector.add((name,), f"It must be a whole number from {least} to {most}.")
            return default
        return int(text)


def token_traits(environ: Mapping[str, str] | None = None) -> TokenTraits:
    """Answer what may be told of the tokens: not what they are, but how long."""
    return weigh_tokens(os.environ if environ is None else environ)


def forget_secrets(settings: Settings) -> None:
    """Take the variables that hold secrets out of this process's environment: the settings are read.

    These are the tokens, and whatever the settings file refers to as ``${NAME}``.
    """
    for name in TOKEN_VARIABLES.union(settings.variables) - SYSTEM_VARIABLES:
        os.environ.pop(name, None)
