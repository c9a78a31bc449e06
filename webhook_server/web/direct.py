"""The helpdesk's plain call, answered without what Flask does around a view.

Flask's context, routing and response object cost about as much as a lookup. They are there for those who
hook into an app; where nobody does, nobody can tell the difference, and where anybody does, Flask answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sized
from typing import TYPE_CHECKING

from flask import Flask, signals

from webhook_server.profile.at_once import WouldWaitError
from webhook_server.profile.service import ProfileService
from webhook_server.web.auth import BEYOND, PROFILE, VERDICT
from webhook_server.web.veil import AT_ONCE
from webhook_server.web.views import FAILED, written_profile

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_SIGNALS = (
    signals.appcontext_pushed,
    signals.appcontext_popped,
    signals.appcontext_tearing_down,
    signals.request_started,
    signals.request_finished,
    signals.request_tearing_down,
)
"""What Flask sends around a request that succeeds; got_request_exception it sends itself, from the view."""

_KEPT_CONTEXT = "werkzeug.debug.preserve_context"
"""Stands in the environment of a test client that wants to look at Flask's request afterwards."""


class DirectAnswer:
    """WSGI middleware around Flask that answers a GET of ``path`` with a valid token itself.

    It leaves everything else to Flask: other methods and paths, refusals, errors, and each request for as
    long as a hook, a receiver of a signal, another view or trusted hosts are registered with the app.
    """

    def __init__(self, app: Flask, service: ProfileService, path: str) -> None:
        self._flask = app
        self._app: WSGIApplication = app.wsgi_app
        self._service = service
        self._path = path.encode().decode("latin-1")  # as WSGI has it (PEP 3333)
        self._view = app.view_functions[PROFILE]
        self._own_hooks = list(app.before_request_funcs[None])
        # Flask changes these in place, so that to look into them is to see what is registered now.
        self._registered: tuple[Sized, ...] = (
            app.after_request_funcs,
            app.teardown_request_funcs,
            app.teardown_appcontext_funcs,
            app.url_value_preprocessors,
            *(signal.receivers for signal in _SIGNALS),
        )

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or pass the request on; an error on the way is Flask's to handle.

        Raises WouldWaitError where the thread must not wait and somebody else's code may do so.
        """
        at_once = AT_ONCE in environ
        if not self._is_plain(environ) or self._is_hooked():
            if at_once:
                raise WouldWaitError(for_sources=False)
            return self._app(environ, start_response)
        try:
            body, headers = written_profile(self._service, environ, at_once=at_once)
        except WouldWaitError:
            raise
        except Exception as error:  # noqa: BLE001 - the view raises it again, where Flask handles it
            if at_once:
                raise WouldWaitError(for_sources=False) from None
            environ[FAILED] = error
            return self._app(environ, start_response)
        start_response("200 OK", [*headers, ("Content-Length", str(len(body)))])
        return [body]

    def _is_plain(self, environ: WSGIEnvironment) -> bool:
        return (
            environ["REQUEST_METHOD"] == "GET"
            and environ.get("PATH_INFO") == self._path
            and environ.get(VERDICT) == "valid"
            and BEYOND not in environ
            and _KEPT_CONTEXT not in environ
        )

    def _is_hooked(self) -> bool:
        app = self._flask
        return (
            any(self._registered)
            or app.before_request_funcs[None] != self._own_hooks
            or app.view_functions[PROFILE] is not self._view
            or app.config["TRUSTED_HOSTS"] is not None
        )
