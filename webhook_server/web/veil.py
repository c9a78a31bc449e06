"""A Flask app whose query and forms nobody sees who wraps Flask itself, as error reporters do.

They keep the URL of a request before any middleware of the app has seen it, and its form afterwards. Here
both are put aside first of all. The query is handed to the app's own middleware alone, whose first
(TokenGate) takes token and address out; a form goes to the one view that asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from flask import Flask

from webhook_server.profile.at_once import WouldWaitError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

AT_ONCE = "custom_profile.at_once"
"""The key of the WSGI environment that stands where the thread must not wait.

What cannot be answered at once raises WouldWaitError: the server then asks again, without the key.
"""

ASKED = "custom_profile.asked"
"""The key under which the query without the token stands, put aside: ``environ[ASKED].it``."""

REPEATING = frozenset(
    {
        "HTTP_REFERER",
        "HTTP_X_ENVOY_ORIGINAL_PATH",
        "HTTP_X_FORWARDED_URI",
        "HTTP_X_ORIGINAL_URI",
        "HTTP_X_ORIGINAL_URL",
        "HTTP_X_REWRITE_URL",
    }
)
"""Headers in which a browser or a proxy (Envoy, Traefik, Caddy, ingress-nginx, IIS) repeats the URL.

Any other that repeats the query, as Azure's do, is known by the names in it.
"""

HARMLESS = frozenset(
    {
        "HTTP_ACCEPT", "HTTP_ACCEPT_ENCODING", "HTTP_ACCEPT_LANGUAGE", "HTTP_AUTHORIZATION",
        "HTTP_CACHE_CONTROL", "HTTP_CONNECTION", "HTTP_HOST", "HTTP_USER_AGENT", "HTTP_X_FORWARDED_FOR",
        "HTTP_X_FORWARDED_PROTO", "HTTP_X_REAL_IP", "HTTP_X_REQUEST_ID",
        "CONTENT_LENGTH", "CONTENT_TYPE", "PATH_INFO", "QUERY_STRING", "REMOTE_ADDR", "REMOTE_PORT",
        "REQUEST_METHOD", "SCRIPT_NAME", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "SERVER_SOFTWARE",
        "wsgi.errors", "wsgi.file_wrapper", "wsgi.input", "wsgi.input_terminated", "wsgi.multiprocess",
        "wsgi.multithread", "wsgi.run_once", "wsgi.url_scheme", "wsgi.version",
    }
)  # fmt: skip
"""What is not looked through for the query: headers that nobody repeats a URL in, and no headers.

That of authorization holds a token of its own, which may be called anything; error reporters keep it to
themselves.
"""

_QUERY = "custom_profile.query"
_BODY = "custom_profile.body"
_REPEATED = re.compile(r"api(?:_|%5f)token|email(?:=|%3d)", re.IGNORECASE)
_NOWHERE = "/nowhere"
"""Stands for a path with a query in it, such as one whose question mark was encoded, or all of it twice."""


class VeiledFlask(Flask):
    """Flask, but what is called by the server hides query and form from what Flask was wrapped in."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Answer the function itself: none here is asynchronous, and each request asks several times."""
        return func

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Put the query aside, then go on as Flask does."""
        environ[_QUERY] = PutAside(environ.get("QUERY_STRING", ""))
        environ["QUERY_STRING"] = ""
        for name in environ.keys() - HARMLESS:
            if name in REPEATING or (name.startswith("HTTP_") and _repeats_query(environ[name])):
                del environ[name]
        path = environ.get("PATH_INFO", "")
        if environ.get("CONTENT_LENGTH") or "HTTP_TRANSFER_ENCODING" in environ:
            self._put_body_aside(environ, path)
        leads_nowhere = "=" in path or "?" in path or "%" in path
        if leads_nowhere:
            environ["PATH_INFO"] = _NOWHERE
        # Some servers keep the request line, query and all, beside the standard keys.
        for name in ("REQUEST_URI", "RAW_URI"):
            if name in environ:
                environ[name] = _NOWHERE if leads_nowhere else environ[name].partition("?")[0]
        answer: Any = super().__call__(environ, start_response)
        return answer  # type: ignore[no-any-return]

    def seal(self) -> None:
        """Note that everything around Flask is in place: what is put around it later may do anything.

        Views that are added from here on are somebody else's, and have their forms.
        """
        self._sealed = self.wsgi_app
        self._own_paths = {rule.rule.encode().decode("latin-1") for rule in self.url_map.iter_rules()}
        self._own_views = len(self.view_functions)

    def _put_body_aside(self, environ: WSGIEnvironment, path: str) -> None:
        if path in self._own_paths or len(self.view_functions) == self._own_views:
            environ[_BODY] = PutAside((environ["wsgi.input"], environ.pop("CONTENT_LENGTH", "")))
            environ["wsgi.input"] = BytesIO()

    def takes_body(self, environ: WSGIEnvironment) -> int:
        """Answer how many bytes of a request's body are of use: its caller was found to be the right one."""
        return 0

    def answer_at_once(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request for a server whose thread must not wait, or raise WouldWaitError.

        The error passes no code but the kit's own, so that no error reporter takes it for one.
        """
        if self.wsgi_app is not self._sealed:
            raise WouldWaitError(for_sources=False)
        environ[AT_ONCE] = True
        return self._sealed(environ, start_response)


class Unveil:
    """WSGI middleware that gives the query back to the middleware behind it."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Put the query back, where it was put aside."""
        query = environ.pop(_QUERY, None)
        if query is not None:
            environ["QUERY_STRING"] = query.it
        return self._app(environ, start_response)


class PutAside:
    """What whoever writes an environment down does not see."""

    __slots__ = ("it",)

    def __init__(self, it: Any) -> None:
        self.it = it


def with_body(environ: WSGIEnvironment) -> WSGIEnvironment:
    """Answer a copy of the environment with the body that was put aside, for one reader."""
    aside = environ.get(_BODY)
    if aside is None:
        return environ
    body, length = aside.it
    return environ | {"wsgi.input": body, "CONTENT_LENGTH": length}


def _repeats_query(value: str) -> bool:
    return _REPEATED.search(unquote(value) if "%" in value else value) is not None
