"""Settings: a TOML file and the environment, read once, every problem told together."""

from webhook_server.config.load import (
    choose_metrics_folder,
    choose_settings_file,
    forget_secrets,
    load_settings,
    token_traits,
)
from webhook_server.config.problems import Problem, SettingsError
from webhook_server.config.settings import (
    CacheSettings,
    ProfileSettings,
    ServerSettings,
    Settings,
    SourceSettings,
)
from webhook_server.config.tokens import TokenTraits

__all__ = [
    "CacheSettings",
    "Problem",
    "ProfileSettings",
    "ServerSettings",
    "Settings",
    "SettingsError",
    "SourceSettings",
    "TokenTraits",
    "choose_metrics_folder",
    "choose_settings_file",
    "forget_secrets",
    "load_settings",
    "token_traits",
]
