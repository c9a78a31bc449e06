"""Every page of the helpdesk looked through by axe-core for WCAG 2.2 AA, light and dark, wide and narrow."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from helpdesk_parts import arrive, raw_mail

pytestmark = pytest.mark.browser

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
TEMPLATE = """<h3>{{ full_name }}</h3><p>Plan: {{ plan }}</p><a href="https://example.com/">Open</a>
<table><tr><th>Charge</th><td>{{ charge }}</td></tr></table>"""
PAGES = {
    "conversation": "/conversations/1",
    "nothing found": "/conversations/1?q=nothing",
    "failed": "/conversations/2",
    "settings": "/settings/custom-profile",
    "api": "/settings/api",
    "rendered": "/fetches/1",
    "template": "/fetches/1?step=template",
    "fields": "/fetches/1?step=fields",
    "json": "/fetches/1?step=json",
    "http": "/fetches/1?step=http",
    "rules": "/fetches/1?step=rules",
    "failed fetch": "/fetches/3",
    "history": "/customers/1/history",
    "not found": "/nowhere",
}


@pytest.fixture
def full_page(serve_page, page_webhook):
    """The address of a helpdesk with good and failed fetches."""
    page_webhook.body = b'{"plan": "Pro", "status": "vip", "old": 1, "stripe": {"a": 1}}'
    address, desk = serve_page(template=TEMPLATE)
    page_webhook.body = b'{"plan": 2, "charge": "$150.00", "list": [1, 2]}'
    arrive(desk, raw_mail("b", In_Reply_To="<a@example.com>", text="> Hello\n\nAgain"))
    page_webhook.status = "500 Oops"
    arrive(
        desk, raw_mail("c", sender="jo@example.com", subject="Other", Date="Sun, 15 Nov 2026 09:00:00 +0000")
    )
    page_webhook.status = "200 OK"
    return address


def violations(page):
    """Say what axe-core finds, each with where it stands."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_pages_have_no_violation_and_never_scroll_sideways(full_page, chromium, scheme, width):
    page = chromium.new_page(
        base_url=full_page, color_scheme=scheme, viewport={"width": width, "height": 800}
    )
    found = {}
    for name, path in PAGES.items():
        assert page.goto(path).status == (404 if path == "/nowhere" else 200), name
        page.wait_for_load_state("networkidle" if "settings" in path or "nowhere" in path else "load")
        found[name] = violations(page)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found[name].append("scrolls sideways")
    page.close()
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_results_of_a_test_and_a_new_token_have_no_violation(full_page, chromium, scheme):
    page = chromium.new_page(base_url=full_page, color_scheme=scheme)
    page.goto("/settings/custom-profile")
    page.get_by_label("A customer's address").fill("casey@example.com")
    page.get_by_role("button", name="Test").click()
    page.get_by_text("What the rules found").wait_for()
    page.get_by_text("Fields", exact=True).click()
    found = violations(page)
    page.get_by_label("Webhook URL").fill("ftp://x/")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Not saved.").wait_for()
    found += violations(page)
    page.goto("/settings/api")
    page.get_by_role("button", name="Regenerate").click()
    page.get_by_label("The new token").wait_for()
    found += violations(page)
    page.close()
    assert found == []


def test_axe_would_find_a_violation(chromium):
    page = chromium.new_page()
    page.set_content("<html><body><img src=x><button></button></body></html>")
    assert any(line.startswith("image-alt") for line in violations(page))
    page.close()


def test_everything_is_reached_by_tab(full_page, chromium):
    page = chromium.new_page(base_url=full_page)
    page.goto("/settings/custom-profile")
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")
        )
    for name in ("Inbox", "headline", "template", "webhook-url", "email", "Test", "Save", "API"):
        assert name in reached, name
    page.get_by_role("switch").focus()
    page.keyboard.press("Space")
    assert not page.get_by_role("switch").is_checked()

    page.close()


def test_what_is_chosen_shows_in_the_readers_own_colours_too(full_page, chromium):
    page = chromium.new_page(base_url=full_page, forced_colors="active")

    def style(selector, name):
        return page.locator(selector).first.evaluate(f"element => getComputedStyle(element).{name}")

    page.goto("/settings/custom-profile")
    toggle = page.get_by_label("Show the Custom Profile")
    toggle.focus()
    pictures = []
    for is_on in (True, False):
        toggle.set_checked(is_on)
        pictures.append(toggle.screenshot())
    assert pictures[0] != pictures[1]
    chosen, other = (
        style(f"#editor-width {which} + span", "backgroundColor")
        for which in (":checked", "input:not(:checked)")
    )
    assert chosen != other
    assert style(".places a[aria-current]", "textDecorationLine") == "underline"
    assert style(".places a:not([aria-current])", "textDecorationLine") == "none"
    page.goto("/conversations/1")
    chosen, other = (
        style(f"#inbox-list a{which}", "borderLeftColor")
        for which in ("[aria-current]", ":not([aria-current])")
    )
    assert chosen != other
    page.close()
