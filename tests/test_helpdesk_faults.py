"""A fault chosen in the page: the next fetch meets it, agents see what becomes of it, and it is over."""

import pytest
from helpdesk_parts import get, post

from harness.faults.catalogue import FAULTS
from harness.helpdesk.fetching import ON_REFRESH

SEEN = {
    "slow": "Plan: Pro",
    "status-500": "status 500",
    "nested": "Will not work, so it is left out",
    "spaces": "a template cannot ask for it",
    "html": "no valid JSON",
    "empty": "It is empty",
    "redirect": "redirect",
    "content-type": "Plan: Pro",
    "hang": "No complete answer within",
}


def _choose(client, name):
    return post(client, "/conversations/1/fault", "/conversations/1", fault=name)


@pytest.mark.parametrize("name", FAULTS)
def test_next_fetch_meets_the_fault_and_the_one_after_does_not(open_page, page_webhook, name, monkeypatch):
    monkeypatch.setattr("harness.faults.server.SLOW_SECONDS", 0.2)
    client = open_page(deadline=1)
    assert _choose(client, name).status_code == 303
    page = get(client).text
    assert f"Next fetch: {FAULTS[name].title}." in page
    client.desk.fetch(1, ON_REFRESH)
    page = get(client).text
    frame = get(client, "/conversations/1/profile").text
    assert SEEN[name].lower() in (page + frame).lower()
    assert "fault on demand" in page
    assert "Next fetch:" not in page
    opened = get(client, "/fetches/2?step=http").text
    assert f"fault on demand: {FAULTS[name].title}" in opened
    assert page_webhook.url in opened
    client.desk.fetch(1, ON_REFRESH)
    assert "fault on demand" not in get(client).text
    assert "Plan: Pro" in get(client, "/conversations/1/profile").text


def test_fault_is_met_by_the_next_message_too(open_page, page_webhook):
    client = open_page()
    _choose(client, "status-500")
    post(client, "/messages/new", sender="new@example.com", text="x")
    client.desk.wait()
    assert page_webhook.calls == 1
    assert "No profile to show" in get(client, "/conversations/2").text
    assert "fault on demand: Status 500" in get(client, "/conversations/2").text


def test_fault_that_was_chosen_can_be_cancelled(open_page):
    client = open_page()
    _choose(client, "hang")
    _choose(client, "")
    assert "Next fetch:" not in get(client).text
    client.desk.fetch(1, ON_REFRESH)
    assert "fault on demand" not in get(client).text


def test_fault_that_is_none_is_refused(open_page):
    answer = _choose(open_page(), "arson")
    assert (answer.status_code, "choose one from the list" in answer.text) == (422, True)


def test_testing_in_the_settings_meets_no_fault(open_page, page_webhook):
    client = open_page()
    _choose(client, "status-500")
    answer = post(client, "/settings/custom-profile", do="test", email="a@b.c", template="x", headline="H",
                  webhook_url=page_webhook.url)  # fmt: skip
    assert '<span class="pill good">200</span>' in answer.text
    assert page_webhook.calls > 1, "the webhook itself was asked"
    assert "Next fetch: Status 500." in get(client).text


@pytest.mark.browser
def test_fault_is_chosen_and_seen_without_leaving_the_page(serve_page, chromium):
    address, _ = serve_page()
    page = chromium.new_context(base_url=address).new_page()
    page.goto("/conversations/1")
    page.evaluate("window.stayed = true")
    page.get_by_text("Try a fault").click()
    page.get_by_label("Status 500").check()
    page.get_by_role("button", name="Choose for the next fetch").click()
    page.get_by_text("Next fetch: Status 500.").wait_for()
    assert not page.get_by_label("Status 500").is_checked()
    page.get_by_role("button", name="Refresh").click()
    page.get_by_text("The last fetch failed").wait_for()
    assert page.locator("#profile-note .badge").inner_text() == "fault on demand"
    assert page.evaluate("window.stayed")
    page.context.close()
