"""Apps of this process, found by name and called without a port."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from typing import Any

import httpx

from harness.lifespan import AwaitedApp
from harness.transports import AsgiTransport, WsgiTransport

DEFAULT_URL = "http://localhost/profile"
"""Where an app of this process is asked, unless told otherwise."""


class AppError(Exception):
    """Raise when there is no app under a name; the message says what is wrong with it."""


def transport_for(app: Callable[..., Any]) -> httpx.AsyncBaseTransport:
    """Choose how to call an app; raises AppError for what is neither WSGI nor ASGI."""
    needed = len(_needed(app) or ())
    if needed == 3:
        return AsgiTransport(app)
    if needed == 2:
        return WsgiTransport(app)
    raise AppError(
        "It is neither a WSGI app (environ, start_response) nor an ASGI app (scope, receive, send)."
    )


def load_app(name: str) -> Callable[..., Any]:
    """Import ``module:create_app`` or ``module:app``, and call what takes no argument; raises AppError."""
    module_name, _, attribute = name.partition(":")
    if not module_name or not attribute:
        raise AppError(f"{name!r} is no app: write it as module:create_app, or module:app.")
    try:
        found: Any = importlib.import_module(module_name)
        for part in attribute.split("."):
            found = getattr(found, part)
    except ModuleNotFoundError as error:
        raise AppError(f"{name}: there is no module {error.name!r}. Is its folder on the path?") from None
    except AttributeError:
        raise AppError(f"{name}: the module has no {attribute!r}.") from None
    except Exception as error:
        raise AppError(f"{name}: importing it raised {type(error).__name__}: {error}") from error
    if not callable(found):
        raise AppError(f"{name} can not be called: it is no app, nor does it make one.")
    needed = _needed(found)
    if needed == [] and inspect.iscoroutinefunction(found):
        return AwaitedApp(found, name)
    try:
        app: Callable[..., Any] = found() if needed == [] else found
    except Exception as error:
        raise AppError(f"{name}: calling it raised {type(error).__name__}: {error}") from error
    try:
        transport_for(app)
    except AppError as error:
        missing = f" A function that makes one gets nothing here: {name} needs {', '.join(needed or ())}."
        raise AppError(f"{name}: {error}{missing if needed else ''}") from None
    return app


def _needed(app: Callable[..., Any]) -> list[str] | None:
    """Name the arguments without which something cannot be called; None where nobody knows them."""
    try:
        parameters = inspect.signature(app).parameters.values()
    except (TypeError, ValueError):
        return None
    plain = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [
        each.name for each in parameters if each.kind in plain and each.default is inspect.Parameter.empty
    ]
