"""Settings: a TOML file and the environment, read once, every problem told together."""

from webhook_server.config.load import (
    choose_metrics_folder,
    choose_settings_file,
    forget_secrets,
    load_settings,
    token_traits,
)
from webhook_server.config.making import as_sentence, make_source
from webhook_server.config.problems import Problem, SettingsError, text_of
from webhook_server.config.settings import (
    CacheSettings,
    ProfileSettings,
    ServerSettings,
    Settings,
    SourceSettings,
)
from webhook_server.config.tokens import TokenTraits, is_placeholder, problem_of_token

__all__ = [
    "CacheSettings",
    "Problem",
    "ProfileSettings",
    "ServerSettings",
    "Settings",
    "SettingsError",
    "SourceSettings",
    "TokenTraits",
    "as_sentence",
    "choose_metrics_folder",
    "choose_settings_file",
    "forget_secrets",
    "is_placeholder",
    "load_settings",
    "make_source",
    "problem_of_token",
    "text_of",
    "token_traits",
]
