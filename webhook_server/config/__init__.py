"""Settings: a TOML file and the environment, read once, every problem told together."""

from webhook_server.config.load import choose_settings_file, load_settings
from webhook_server.config.problems import Problem, SettingsError
from webhook_server.config.settings import (
    CacheSettings,
    ProfileSettings,
    ServerSettings,
    Settings,
    SourceSettings,
)

__all__ = [
    "CacheSettings",
    "Problem",
    "ProfileSettings",
    "ServerSettings",
    "Settings",
    "SettingsError",
    "SourceSettings",
    "choose_settings_file",
    "load_settings",
]
