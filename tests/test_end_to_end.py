"""The main job on real input: sample company → server process → HTTP → harness → sidebar in Chromium."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from example import EXAMPLE

from sample_data.build import build
from webhook_server.web.schemas import FlatProfile

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")

pytestmark = pytest.mark.xdist_group("end_to_end")


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """The folder of the sample company."""
    folder = tmp_path_factory.mktemp("sample") / "company"
    build(folder)
    return folder


@pytest.fixture(scope="module")
def start():
    """A function that starts a command of the kit and waits until its port answers."""
    started = []

    def start(port, *arguments, ready="/healthz", **environ):
        process = subprocess.Popen(
            [sys.executable, "-m", "custom_profile", *arguments],
            env=os.environ | {"GROOVE_API_TOKEN": "demo-token"} | environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        started.append(process)
        deadline = time.monotonic() + 60
        while True:
            try:
                with urlopen(f"http://127.0.0.1:{port}{ready}", timeout=5) as response:
                    if ready == "/healthz" or json.load(response)["status"] == "ok":
                        return
            except (URLError, ConnectionError):
                assert process.poll() is None, f"{arguments[0]} ended with {process.returncode}"
                assert time.monotonic() < deadline, f"{arguments[0]} did not answer"
                time.sleep(0.1)

    yield start
    for process in started:
        process.send_signal(signal.SIGTERM)
    for process in started:
        process.wait(timeout=60)


@pytest.fixture(scope="module")
def ports(unused_ports):
    return unused_ports(2)


@pytest.fixture(scope="module")
def webhook(company, start, ports):
    """The address of the webhook server's process on the sample company."""
    settings = str(company / "custom_profile.toml")
    command = ["serve", "--port", str(ports[0])]
    start(ports[0], *command, ready="/readyz", CUSTOM_PROFILE_CONFIG=settings)
    return f"http://127.0.0.1:{ports[0]}/profile"


@pytest.fixture(scope="module")
def helpdesk(company, start, webhook, ports):
    """The address of the helpdesk's page."""
    start(
        ports[1],
        *("helpdesk", "--webhook-url", webhook, "--headline", "Kilnwright customer", "--port", str(ports[1])),
        *(
            "--template",
            str(company / "templates" / "customer.liquid"),
            "--mailbox",
            str(company / "mailbox.mbox"),
        ),
    )
    return f"http://127.0.0.1:{ports[1]}"


def kit(*arguments):
    """Run a command of the kit as a person would."""
    return subprocess.run(
        [sys.executable, "-m", "custom_profile", *arguments],
        env=os.environ | {"GROOVE_API_TOKEN": "demo-token"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )


def test_casey_is_the_helpdesk_pages_example(webhook):
    with urlopen(f"{webhook}?email=casey@example.com&api_token=demo-token", timeout=10) as response:
        body = response.read().decode()
    expected = json.loads(EXAMPLE, object_pairs_hook=list)
    assert json.loads(body, object_pairs_hook=list) == expected
    assert json.dumps(json.loads(body), indent=2) == EXAMPLE
    assert FlatProfile().validate(json.loads(body)) == {}


def test_readmes_curl_gives_readmes_json(webhook):
    (command,) = re.findall(r"^\$ (curl .*)$", README, re.MULTILINE)
    (promised,) = re.findall(r"^```json\n(.*)\n```$", README, re.MULTILINE)
    url = shlex.split(command)[1].replace("http://127.0.0.1:8000/profile", webhook)
    with urlopen(url, timeout=10) as response:
        assert response.read().decode() == promised


@pytest.mark.parametrize("email", ["casey@example.com", "CASEY@Example.com"])
@pytest.mark.parametrize("template", ["customer.liquid", "compact.liquid"])
def test_check_is_content_with_our_own_server(company, webhook, email, template):
    done = kit("check", webhook, "--email", email, "--template", str(company / "templates" / template))
    assert done.returncode == 0, done.stdout
    assert "100 of 100" in done.stdout, done.stdout
    assert "demo-token" not in done.stdout + done.stderr


def test_check_says_that_nobody_is_known_under_the_address(company, webhook):
    template = str(company / "templates" / "customer.liquid")
    done = kit("check", webhook, "--email", "nobody@example.com", "--template", template)
    assert done.returncode == 1
    assert "CP706" in done.stdout
    assert "1 thing to mend" in done.stdout


def test_render_prints_the_profile_as_text(company, webhook):
    template = str(company / "templates" / "customer.liquid")
    done = kit(
        *("render", webhook, "--email", "casey@example.com", "--full-name", "Casey Morgan"),
        *("--template", template, "--format", "text"),
    )
    assert done.returncode == 0
    for shown in ("Casey Morgan", "$150.00 last charge", "23 sign-ins", "Joined 16 Jun 2013"):
        assert shown in done.stdout


def test_every_customer_of_the_company_gets_a_flat_profile(company, webhook):
    connection = sqlite3.connect(company / "company.db")
    emails = [row[0] for row in connection.execute("SELECT email FROM users ORDER BY id LIMIT 60")]
    connection.close()
    for email in emails:
        with urlopen(f"{webhook}?email={quote(email)}&api_token=demo-token", timeout=10) as response:
            profile = json.loads(response.read())
        assert FlatProfile().validate(profile) == {}
        assert profile["id"]


@pytest.mark.browser
def test_refresh_shows_what_changed_in_the_database(company, helpdesk, chromium):
    page = chromium.new_page()
    page.goto(helpdesk)
    sidebar = page.frame_locator("aside iframe")
    sidebar.get_by_text("$150.00").wait_for()
    assert sidebar.locator(".figures").inner_text().split() == ["$150.00", "last", "charge", "23", "sign-ins"]
    assert page.get_by_role("heading", name="Kilnwright customer").is_visible()

    connection = sqlite3.connect(company / "company.db")
    with connection:
        connection.execute("UPDATE users SET sign_in_count = 24 WHERE email = 'casey@example.com'")
    page.reload()
    sidebar.get_by_text("$150.00").wait_for()
    assert "23" in sidebar.locator(".figures").inner_text(), (
        "a profile is fetched on messages and on Refresh only"
    )

    page.get_by_role("button", name="Refresh").click()
    sidebar.get_by_text("24").wait_for()
    assert "demo-token" not in page.content()
    with connection:
        connection.execute("UPDATE users SET sign_in_count = 23 WHERE email = 'casey@example.com'")
    connection.close()
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures_of_the_readme_can_be_taken(helpdesk, chromium, scheme, tmp_path, request):
    """Take the README's pictures; ``pytest --pictures`` keeps them in docs/images."""
    page = chromium.new_page(
        viewport={"width": 1280, "height": 760}, color_scheme=scheme, device_scale_factor=1.5
    )
    page.goto(helpdesk)
    page.get_by_role("button", name="Refresh").click()
    page.frame_locator("aside iframe").get_by_text("23").wait_for()
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur()")
    folder = ROOT / "docs" / "images" if request.config.getoption("--pictures") else tmp_path
    path = folder / ("sidebar.png" if scheme == "light" else "sidebar-dark.png")
    page.locator("#refresh:not([aria-busy])").wait_for()
    page.wait_for_timeout(300)  # its colours fade in
    page.screenshot(path=path)
    page.close()
    assert path.stat().st_size > 20_000


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures_of_the_helpdesks_page_can_be_taken(helpdesk, chromium, scheme, tmp_path, request):
    """Take the pictures of docs/helpdesk.md; ``pytest --pictures`` keeps them in docs/images."""
    folder = ROOT / "docs" / "images" if request.config.getoption("--pictures") else tmp_path
    page = chromium.new_page(
        viewport={"width": 1280, "height": 820}, color_scheme=scheme, device_scale_factor=1.5
    )
    taken = []

    def take(name):
        page.evaluate("document.activeElement.blur()")
        taken.append(folder / f"{name}{'' if scheme == 'light' else '-dark'}.png")
        page.screenshot(path=taken[-1])

    page.goto(f"{helpdesk}/settings/custom-profile")
    page.get_by_label("A customer's address").fill("casey@example.com")
    page.get_by_role("button", name="Test", exact=True).click()
    page.frame_locator("iframe[title='Example of the profile']").get_by_text("$150.00").wait_for()
    page.get_by_text("What the rules found").wait_for()
    page.evaluate("scrollTo(0, 0)")
    take("testing")
    page.goto(helpdesk)
    page.get_by_role("link", name="Open every step").click()
    page.get_by_role("link", name="Fields", exact=True).click()
    page.get_by_text("created_at").first.wait_for()
    take("steps")
    page.close()
    assert all(path.stat().st_size > 20_000 for path in taken)
