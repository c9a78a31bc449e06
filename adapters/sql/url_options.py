"""The options in a database's URL, after the ``?``: what its driver knows of them, without connecting."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import Any

from sqlalchemy import URL, Engine

WORDS = {
    "target_session_attrs": ("any", "read-write", "read-only", "primary", "standby", "prefer-standby"),
    "sslmode": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
}
"""What libpq takes for options that are words; it says so only while it connects."""

NUMBERS = ("connect_timeout",)
"""Options of libpq that are whole numbers."""


def problem_of_options(engine: Engine, url: URL) -> str:
    """Say which option the driver of ``engine`` does not take, if any; values are not repeated."""
    given = engine.dialect.create_connect_args(url)[1]
    known = _known_to(engine.dialect)
    for name in given if known else ():
        if name not in known:
            return f"the url has the option {_told(name)}, which the driver does not know{_near(name, known)}"
    return _problem_of_values(engine.dialect.driver, given)


def _known_to(dialect: Any) -> frozenset[str]:
    """Name the options that a driver knows; none where it cannot tell."""
    try:
        parameters = inspect.signature(dialect.loaded_dbapi.connect).parameters
    except ValueError:
        return frozenset()  # it is written in C
    names = frozenset(parameters)
    if dialect.driver == "psycopg":
        conninfo: Any = import_module("psycopg.pq").Conninfo
        return names | {option.keyword.decode() for option in conninfo.parse(b"")}
    is_open = any(one.kind is one.VAR_KEYWORD for one in parameters.values())
    return frozenset() if is_open else names


def _problem_of_values(driver: str, given: Mapping[str, Any]) -> str:
    if driver == "psycopg":
        for name, words in WORDS.items():
            if str(given.get(name, words[0])) not in words:
                return f"the url's {name} must be one of {', '.join(words)}"
        for name in NUMBERS:
            if not str(given.get(name, 1)).lstrip("-").isdecimal():
                return f"the url's {name} must be a whole number"
    if driver == "pymysql" and "charset" in given:
        charsets: Any = import_module("pymysql.charset")
        if charsets.charset_by_name(given["charset"]) is None:
            return "the url's charset is none that the driver knows; did you mean utf8mb4?"
    return ""


def _told(name: str) -> str:
    return repr(name) if name.isidentifier() else "of a name that is none"


def _near(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
