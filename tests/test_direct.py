"""The plain call is answered without Flask's machinery, and nobody who hooks into Flask can tell."""

from __future__ import annotations

from hashlib import sha256

import flask
import pytest
from flask import Flask, signals

from adapters.errors import SourceUnavailable
from adapters.memory import MemorySource
from webhook_server.app import create_app
from webhook_server.config import ServerSettings, Settings
from webhook_server.profile.lookup import BoundSource
from webhook_server.profile.options import ProfileOptions
from webhook_server.profile.service import NoSourceAnsweredError, ProfileService

CASEY = "casey@example.com"
TOKEN = "tok-en"


class Counting(MemorySource):
    """Counts how often it is asked, and is down for those who are to have no record."""

    def __init__(self, customers, down=()):
        super().__init__(customers)
        self.asked = 0
        self.down = down

    def lookup(self, email):
        self.asked += 1
        if email in self.down:
            raise SourceUnavailable("it did not answer")
        return super().lookup(email)


def make_app(path="/profile", down=()) -> tuple[Flask, Counting]:
    source = Counting({CASEY: {"id": 3, "note": "öffentlich"}}, down)
    settings = Settings([sha256(TOKEN.encode()).digest()], [], server=ServerSettings(path=path))
    service = ProfileService([BoundSource("app", source)], ProfileOptions(incomplete_field="missing"))
    return create_app(settings, service=service), source


def ask(app: Flask, email=CASEY, path="/profile", method="GET", token=TOKEN):
    return app.test_client().open(
        path, method=method, query_string={"api_token": token, "email": email}, buffered=True
    )


def told(response):
    """Everything that the caller gets, but for the milliseconds."""
    headers = [(name, value) for name, value in response.headers if name != "Server-Timing"]
    return response.status, sorted(headers), response.data, response.headers["Server-Timing"].split(";")[0]


def refuse_to_dispatch():
    raise AssertionError("Flask was asked to dispatch a request")


@pytest.mark.parametrize("email", [CASEY, "nobody@example.com", "casey+x@example.com"])
@pytest.mark.parametrize("path", ["/profile", "/höoks/profile"])
def test_answer_is_the_same_with_and_without_flask(email, path):
    app, _ = make_app(path=path)
    with_flask = make_app(path=path)[0]
    with_flask.after_request(lambda response: response)
    assert told(ask(app, email, path)) == told(ask(with_flask, email, path))


@pytest.mark.parametrize("path", ["/profile", "/höoks/profile"])
def test_plain_call_does_not_reach_flask(path):
    app, source = make_app(path)
    app.full_dispatch_request = refuse_to_dispatch
    assert ask(app, path=path).json == {"id": 3, "note": "öffentlich"}
    assert source.asked == 1
    assert ask(app, path=path, method="HEAD").status_code == 500


HOOKS = {
    "before_request": lambda app, note: app.before_request(note),
    "after_request": lambda app, note: app.after_request(lambda response: note() or response),
    "teardown_request": lambda app, note: app.teardown_request(lambda _error: note()),
    "teardown_appcontext": lambda app, note: app.teardown_appcontext(lambda _error: note()),
    "url_value_preprocessor": lambda app, note: app.url_value_preprocessor(lambda *_: note()),
}


@pytest.mark.parametrize("hook", HOOKS)
def test_hook_of_the_app_is_run(hook):
    app, source = make_app()
    seen: list[str] = []
    HOOKS[hook](app, lambda: seen.append(flask.current_app.name))
    assert ask(app).status_code == 200
    assert seen == [app.name]
    assert source.asked == 1


def test_hook_that_is_registered_after_a_direct_answer_is_run():
    app, _ = make_app()
    seen: list[int] = []
    assert ask(app).status_code == 200
    app.after_request(lambda response: seen.append(response.status_code) or response)
    ask(app)
    assert seen == [200]


def test_hook_that_refuses_is_heeded():
    app, source = make_app()
    app.before_request(lambda: ("closed", 418))
    assert ask(app).status_code == 418
    assert source.asked == 0


@pytest.mark.parametrize(
    "name",
    ["appcontext_pushed", "appcontext_popped", "appcontext_tearing_down",
     "request_started", "request_finished", "request_tearing_down"],
)  # fmt: skip
def test_receiver_of_a_signal_is_told(name):
    app, _ = make_app()
    told_of: list[object] = []
    signal = getattr(signals, name)
    with signal.connected_to(lambda sender, **_: told_of.append(sender)):
        assert ask(app).status_code == 200
    assert app in told_of
    told_of.clear()
    ask(app)
    assert told_of == []


def test_view_that_replaces_the_kits_answers():
    app, source = make_app()
    app.view_functions["profile"] = lambda: "mine"
    assert ask(app).data == b"mine"
    assert source.asked == 0


def test_untrusted_host_is_refused():
    app, source = make_app()
    app.config["TRUSTED_HOSTS"] = ["webhook.example.com"]
    assert ask(app).status_code == 400
    assert source.asked == 0


def test_test_client_that_keeps_its_context_sees_the_request():
    app, _ = make_app()
    with app.test_client() as client:
        client.get("/profile", query_string={"api_token": TOKEN, "email": CASEY})
        assert flask.request.endpoint == "profile"


def test_error_is_handled_by_flask_and_the_source_is_asked_once():
    app, source = make_app(down=[CASEY])
    response = ask(app)
    assert (response.status_code, response.json["error"]) == (503, "unavailable")
    assert response.headers["Server-Timing"].endswith('desc="failed"')
    assert source.asked == 1


def test_error_handler_of_the_app_is_asked():
    app, _ = make_app(down=[CASEY])
    app.register_error_handler(NoSourceAnsweredError, lambda _error: ("closed for today", 503))
    assert ask(app).data == b"closed for today"


@pytest.mark.parametrize("token", ["", "wrong"])
def test_refusal_asks_no_source(token):
    app, source = make_app()
    assert ask(app, token=token).status_code == 401
    assert source.asked == 0
