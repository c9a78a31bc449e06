"""The helpdesk's page in a real Chromium: what an agent sees, and what a hostile profile cannot do."""

import json
import socket
import threading
from contextlib import contextmanager

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from harness.helpdesk.app import HelpdeskSettings, create_app
from harness.helpdesk.fetching import Webhook
from harness.helpdesk.intake import take_in
from harness.helpdesk.mailbox import read_mail
from harness.store import make_sessions, open_store, save_settings

pytestmark = pytest.mark.browser

RAW_MAIL = b"""From: Casey Morgan <casey@example.com>
Subject: Charged twice
Date: Mon, 16 Nov 2026 09:00:00 +0000
Message-ID: <a@example.com>

Hello
"""


class _Silent(WSGIRequestHandler):
    def log(self, *_):
        pass


@contextmanager
def _served(application, listener):
    server = make_server(
        "127.0.0.1", 0, application, threaded=True, request_handler=_Silent, fd=listener.fileno()
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        listener.close()


class BrowserWebhook:
    """A webhook whose fields a test sets; the same server counts what a hostile profile would load."""

    def __init__(self):
        self.fields = {"plan": "Pro"}
        self.beacons = []

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        if path != "/profile":
            self.beacons.append(path)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(self.fields).encode()]


@pytest.fixture
def browser_webhook():
    webhook = BrowserWebhook()
    with _served(webhook, socket.create_server(("127.0.0.1", 0))) as address:
        webhook.address = address
        yield webhook


@pytest.fixture
def browser_page(tmp_path, browser_webhook, chromium, sandbox):
    """A page of Chromium at the helpdesk, whose template shows the field ``plan`` as it came."""
    engine = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    sessions = make_sessions(engine)
    with sessions.begin() as session:
        url = f"{browser_webhook.address}/profile"
        save_settings(session, headline="At a glance", template="<p>Plan: {{ plan }}</p>", webhook_url=url)
        take_in(session, [read_mail(RAW_MAIL)])
    listener = socket.create_server(("127.0.0.1", 0))
    own_host = f"127.0.0.1:{listener.getsockname()[1]}"
    app = create_app(HelpdeskSettings(sessions, Webhook("token", deadline=2), [own_host], sandbox))
    with _served(app, listener) as address:
        context = chromium.new_context(base_url=address)
        yield context.new_page()
        context.close()
    engine.dispose()


def _profile(page):
    return page.frame_locator("aside iframe").locator("body")


def test_agent_sees_the_profile_and_refreshes_it(browser_page, browser_webhook):
    browser_page.goto("/")
    assert browser_page.get_by_role("heading", name="Charged twice").is_visible()
    assert browser_page.get_by_role("heading", name="At a glance").is_visible()
    assert _profile(browser_page).inner_text() == "Plan: Pro"
    browser_webhook.fields = {"plan": "Enterprise"}
    browser_page.reload()
    assert _profile(browser_page).inner_text() == "Plan: Pro"
    browser_page.get_by_role("button", name="Refresh").click()
    browser_page.wait_for_load_state()
    assert _profile(browser_page).inner_text() == "Plan: Enterprise"
    assert browser_page.title() == "Conversation 1 · Helpdesk"


def test_refresh_is_reached_and_pressed_by_keyboard(browser_page, browser_webhook):
    browser_page.goto("/")
    browser_page.keyboard.press("Tab")
    assert browser_page.locator(":focus").inner_text() == "Skip to the conversation"
    browser_page.keyboard.press("Enter")
    browser_webhook.fields = {"plan": "By keyboard"}
    browser_page.keyboard.press("Tab")
    assert browser_page.locator(":focus").inner_text().strip() == "Refresh"
    with browser_page.expect_navigation():
        browser_page.keyboard.press("Enter")
    assert _profile(browser_page).inner_text() == "Plan: By keyboard"
    assert browser_page.locator(":focus").inner_text().strip() == "Refresh"
    assert browser_page.locator(".customer").is_visible()
    browser_webhook.fields = {"plan": "Again"}
    with browser_page.expect_navigation():
        browser_page.keyboard.press("Enter")
    assert _profile(browser_page).inner_text() == "Plan: Again"


def test_refresh_keeps_the_customer_in_view(browser_page, browser_webhook):
    browser_webhook.fields = {"plan": "<br>".join(str(line) for line in range(200))}
    browser_page.set_viewport_size({"width": 1200, "height": 300})
    browser_page.goto("/")
    browser_page.get_by_role("button", name="Refresh").click()
    browser_page.wait_for_url("**#refresh")
    browser_page.wait_for_timeout(300)
    assert browser_page.locator("aside").evaluate("aside => aside.scrollTop") == 0
    assert browser_page.evaluate("scrollY") == 0


HOSTILE = {
    "script": "<script>new Image().src='{b}/s'; parent.document.title='x'; fetch('{b}/f')</script>",
    "event": "<img src=x onerror=\"fetch('{b}/e')\"><svg onload=\"fetch('{b}/v')\"></svg>",
    "image": '<img src="{b}/i"><img srcset="{b}/p 2x"><video poster="{b}/o"></video>',
    "refresh": '<meta http-equiv="refresh" content="0;url={b}/m">',
    "style": "<style>@import '{b}/c'; body{{background:url({b}/u)}}</style>",
    "sheet": "<link rel=stylesheet href='{b}/l'>",
    "preload": "<link rel=preload as=image href='{b}/r'><link rel=prefetch href='{b}/h'>",
    "frame": "<iframe src='{b}/a'></iframe><object data='{b}/j'></object><embed src='{b}/d'>",
    "form": "<form action='{b}/w'><input autofocus onfocus=this.form.submit()></form>",
    "base": "<base href='{b}/'><img src=z>",
    "closing": "</p></body></html><script src='{b}/k'></script><iframe srcdoc='<img src={b}/q>'></iframe>",
}


def test_hostile_profile_reaches_no_server_and_not_the_page(browser_page, browser_webhook):
    browser_page.goto("/")
    for kind, value in HOSTILE.items():
        browser_webhook.fields = {"plan": f"{kind} shown {value.format(b=browser_webhook.address)}"}
        browser_page.get_by_role("button", name="Refresh").click()
        _profile(browser_page).get_by_text(f"{kind} shown").wait_for()
        browser_page.wait_for_timeout(100)
        assert browser_webhook.beacons == [], kind
        assert browser_page.title() == "Conversation 1 · Helpdesk", kind
        assert browser_page.url.endswith("/conversations/1#refresh"), kind


def test_beacon_server_would_hear_an_unprotected_page(browser_page, browser_webhook):
    """The tests above could not fail if nothing could reach the beacon."""
    browser_page.set_content(HOSTILE["image"].format(b=browser_webhook.address))
    browser_page.wait_for_timeout(150)
    assert "/i" in browser_webhook.beacons


def test_link_of_a_profile_opens_a_new_tab_without_opener(browser_page, browser_webhook):
    browser_webhook.fields = {"plan": f'<a href="{browser_webhook.address}/linked">open</a>'}
    browser_page.goto("/")
    with browser_page.expect_popup() as popup:
        _profile(browser_page).get_by_text("open").click()
    popup.value.wait_for_load_state()
    assert popup.value.evaluate("window.opener") is None
    assert browser_webhook.beacons[:1] == ["/linked"]


def test_page_never_scrolls_sideways(browser_page):
    browser_page.goto("/")
    for width in (360, 800, 1400):
        browser_page.set_viewport_size({"width": width, "height": 800})
        assert browser_page.evaluate("document.documentElement.scrollWidth") <= width
