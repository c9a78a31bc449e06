"""The settings that a server runs with, and their renewal without a restart (SIGHUP)."""

from __future__ import annotations

import structlog

from adapters import own_code
from adapters.errors import SourceConfigError
from webhook_server.config import Settings, SettingsError, load_settings
from webhook_server.wiring import build_service

log = structlog.get_logger("custom_profile")


class RunningSettings:
    """Settings that can work: workers are started with them, also when the file is broken by then."""

    def __init__(self, settings: Settings) -> None:
        self.current = settings
        self._before: tuple[Settings, own_code.Modules] = (settings, {})

    @classmethod
    def load(cls) -> RunningSettings:
        """Read file and environment. Raises SettingsError and SourceConfigError."""
        return cls(_working_settings())

    def renew(self) -> bool:
        """Read file, tokens and environment anew, and keep what is running where that cannot work.

        Functions of a company's own are imported anew. Answers whether there are new settings; if not, the
        log says all that is wrong with them.
        """
        self._before = (self.current, own_code.forget())
        try:
            self.current = _working_settings()
        except (SettingsError, SourceConfigError) as error:
            self._say_refused(str(error))
        except Exception as error:  # noqa: BLE001 - an adapter's own mistake must not end the server
            # Its text may hold a value of the settings.
            self._say_refused(f"{type(error).__name__} while the sources were made.")
        else:
            return True
        self.go_back()
        return False

    def go_back(self) -> None:
        """Take the settings, and the code, from before the last renewal."""
        self.current, modules = self._before
        own_code.restore(modules)

    @staticmethod
    def _say_refused(problems: str) -> None:
        log.error("reload_refused", problems=problems, running="with the settings before")


def _working_settings() -> Settings:
    settings = load_settings()
    build_service(settings).close()
    return settings
