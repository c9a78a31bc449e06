"""A client of a Redis, bounded in time."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from adapters.errors import SourceConfigError
from webhook_server.profile.storage import TIME_LIMIT

if TYPE_CHECKING:
    from redis import Redis


def connect_redis(url: str) -> Redis:
    """Make a client; it connects on first use. Raises SourceConfigError, which never holds the URL."""
    try:
        redis: Any = import_module("redis")
    except ImportError:
        problem = "It needs the redis package: pip install 'custom-profile-kit[redis]'"
        raise SourceConfigError(problem) from None
    waits = {"socket_timeout": TIME_LIMIT, "socket_connect_timeout": TIME_LIMIT, "retry": None}
    try:
        # "protocol" and the like aside, the parts of a URL are looked at only here.
        return cast("Redis", redis.Redis.from_url(url, **waits))
    except ValueError:
        problem = "This is no Redis URL: it should look like redis://user:password@host:6379/0"
        raise SourceConfigError(problem) from None
