"""What the tests share: a clean environment, free ports, a real browser, and skips that are heard."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator

import pytest
from helpdesk_parts import (  # noqa: F401 - fixtures
    open_page,
    page_sessions,
    page_webhook,
    serve_page,
)
from servers import postgres_server, redis_server  # noqa: F401 - fixtures

from adapters import own_code
from harness.sandbox import Sandbox

SETTINGS_VARIABLES = (
    "CUSTOM_PROFILE_CONFIG",
    "DATABASE_URL",
    "CUSTOM_PROFILE_INVALIDATION_TOKEN",
    "CUSTOM_PROFILE_METRICS_TOKEN",
    "GROOVE_API_TOKEN",
    "GROOVE_API_TOKEN_FILE",
    "HELPDESK_DATABASE",
    "HELPDESK_PORT",
    "PORT",
    "PROMETHEUS_MULTIPROC_DIR",
    "REDIS_URL",
    "WEB_CONCURRENCY",
)
NOT_APPLICABLE = "not applicable: "
"""A skip of this reason can never run, anywhere; every other skip is an error in CI."""


def pytest_addoption(parser):
    """Let the pictures of the documentation be kept, not only taken."""
    parser.addoption("--pictures", action="store_true", help="keep screenshots in docs/images")


@pytest.fixture(scope="session", autouse=True)
def own_temporary_folder():
    """Let whatever keeps something in a temporary folder, indexes of exports too, leave nothing behind."""
    temporary = tempfile.TemporaryDirectory(prefix="cp-", ignore_cleanup_errors=True)
    with temporary as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", folder)
        patch.setattr(tempfile, "tempdir", folder)
        patch.setenv("HELPDESK_DATABASE", ":memory:")  # for fixtures that outlive a test too
        yield


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    """Hide the settings of whoever runs the tests, and set the clock to UTC."""
    for name in SETTINGS_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HELPDESK_DATABASE", ":memory:")
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


@pytest.fixture(autouse=True)
def forgotten_modules():
    """Forget the modules that a test has let the python adapter import: the next has others so named."""
    yield
    own_code.forget()


@pytest.fixture
def free_port():
    """A TCP port of 127.0.0.1 that nothing listens on."""
    return _free_port()


@pytest.fixture
def free_ports():
    """A function that answers so many different free ports."""
    return lambda count: [_free_port() for _ in range(count)]


@pytest.fixture(scope="session")
def unused_ports():
    """The same as free_ports, for fixtures of a wider scope."""
    return lambda count: [_free_port() for _ in range(count)]


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    """A real Chromium, from the system's packages, driven by playwright."""
    from playwright.sync_api import sync_playwright

    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((found for name in names if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no Chromium is installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def pytest_terminal_summary(terminalreporter):
    """Say skips aloud, and make them an error in CI: a test that does not run proves nothing."""
    heard = [report for report in terminalreporter.stats.get("skipped", []) if not _not_applicable(report)]
    if heard and os.environ.get("CI"):
        terminalreporter.section("skipped tests are an error in CI", red=True, bold=True)
        for report in heard:
            terminalreporter.line(f"{report.nodeid}: {report.longrepr[2]}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not os.environ.get("CI") or hasattr(session.config, "workerinput"):
        return
    if any(not _not_applicable(report) for report in reporter.stats.get("skipped", [])) and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _not_applicable(report):
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return reason.removeprefix("Skipped: ").startswith(NOT_APPLICABLE)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """The pool that renders templates, as the page and the commands use it."""
    with Sandbox() as pool:
        yield pool
